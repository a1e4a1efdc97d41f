# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
# isort: off
# the order counts: what others inherit from comes first
from . import helpdesk_mail_account
from . import helpdesk_mail_account_fetch
from . import helpdesk_mail_folder
from . import helpdesk_inbox
from . import helpdesk_deny_rule
from . import helpdesk_recipient
from . import helpdesk_recipient_move
from . import helpdesk_recipient_pairing
from . import helpdesk_incoming_mail
from . import helpdesk_ticket
from . import helpdesk_ticket_answer
from . import helpdesk_ticket_pairing
from . import crm_lead
from . import mail_message
from . import mail_thread
from . import ir_binary
from . import ir_rule
from . import res_users
from . import res_partner_scope
from . import helpdesk_inbox_scope
from . import helpdesk_recipient_scope
from . import helpdesk_ticket_scope
from . import helpdesk_ticket_audience
from . import crm_lead_scope
from . import mail_activity
from . import mail_followers
from . import mail_tracking_value
from . import res_company
from . import res_config_settings
from . import res_partner
