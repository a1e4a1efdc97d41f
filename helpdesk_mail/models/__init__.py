# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
# isort: off
# the order counts: what others inherit from comes first
from . import helpdesk_mail_account
from . import helpdesk_mail_account_fetch
from . import helpdesk_mail_folder
from . import helpdesk_inbox
from . import helpdesk_incoming_mail
from . import helpdesk_ticket
from . import helpdesk_ticket_answer
from . import mail_message
from . import mail_thread
