# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import (
    helpdesk_inbox,
    helpdesk_incoming_mail,
    helpdesk_mail_account,
    helpdesk_mail_folder,
    helpdesk_ticket,
    helpdesk_ticket_answer,
    mail_message,
    mail_thread,
)
