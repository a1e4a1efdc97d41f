# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
# isort: off
# the order counts: what others inherit from comes first
from . import helpdesk_mail_account
from . import helpdesk_mail_account_fetch
from . import helpdesk_mail_folder
from . import helpdesk_inbox
from . import helpdesk_inbox_notifications
from . import helpdesk_deny_rule
from . import helpdesk_recipient
from . import helpdesk_recipient_move
from . import helpdesk_recipient_pairing
from . import helpdesk_incoming_mail
from . import helpdesk_ticket
from . import helpdesk_ticket_answer
from . import helpdesk_ticket_notify
from . import helpdesk_ticket_layout
from . import helpdesk_ticket_events
from . import helpdesk_ticket_sla
from . import helpdesk_ticket_pairing
from . import crm_lead
from . import helpdesk_customer_domain
from . import ir_qweb
from . import mail_mail
from . import mail_message
from . import mail_thread
from . import res_company
from . import res_config_settings
from . import res_partner
