# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import helpdesk_deny_paste, helpdesk_inbox_push_token, helpdesk_recipient_pair
