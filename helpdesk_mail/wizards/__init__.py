# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import (
    base_partner_merge,
    helpdesk_deny_paste,
    helpdesk_deny_rehearsal,
    helpdesk_inbox_folder_choose,
    helpdesk_inbox_push_token,
    helpdesk_inbox_simulation,
    helpdesk_inbox_test_mail,
    helpdesk_macro_use,
    helpdesk_mail_accept,
    helpdesk_mail_health_token,
    helpdesk_mail_import,
    helpdesk_notification_preview,
    helpdesk_recipient_pair,
    helpdesk_ticket_viewers,
    mail_followers_edit,
)
