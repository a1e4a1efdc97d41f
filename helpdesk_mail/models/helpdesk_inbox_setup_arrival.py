# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Does mail really arrive? A test mail goes out into the world and is awaited at the gateway.

It is known by a token in its header, however it comes back (gateway or push, inbox active or not).
It becomes no ticket; that it arrived is noted on the inbox.
"""

import re
import secrets
import smtplib
import xmlrpc.client

from odoo import api, fields, models
from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from . import smtp_errors

_MANAGER = "helpdesk_mail.group_mail_administrator"
_HEADER = "X-Helpdesk-Mail-Test"
# forwarding keeps at least one of the three; an automatic reply repeats none of them as its own
_TOKEN = re.compile(
    rb"^(?:subject|message-id|x-helpdesk-mail-test):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)?"
    rb"\bhmt-([0-9a-f]{32})\b",
    re.I | re.M,
)
# octets of a header that are looked at
_MOST_HEADER = 256 * 1024


def token_of(source):
    """The token of a test mail in *source* (bytes), or ""."""
    header = source[:_MOST_HEADER].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    if b"hmt-" not in header:
        return ""
    found = _TOKEN.search(header)
    return found[1].decode() if found else ""


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    setup_test_token = fields.Char(copy=False, groups=fields.NO_ACCESS)
    setup_test_sent_at = fields.Datetime(
        string="Test mail sent", readonly=True, copy=False, groups=_MANAGER
    )
    setup_test_arrived_at = fields.Datetime(
        string="Test mail arrived", readonly=True, copy=False, groups=_MANAGER
    )
    setup_forward_to = fields.Char(
        string="Forward to", compute="_compute_setup_forward_to", groups=_MANAGER
    )

    @api.depends("alias_emails", "kind")
    def _compute_setup_forward_to(self):
        found = {address.rpartition("@")[2] for inbox in self for address in inbox._addresses()[1:]}
        # sudo: names of domains
        Domain = self.env["mail.alias.domain"].sudo()
        domains = Domain.search([("name", "in", list(found))]).mapped("name")
        for inbox in self:
            inbox.setup_forward_to = inbox.kind == "forwarded" and next(
                (
                    address
                    for address in inbox._addresses()[1:]
                    if address.rpartition("@")[2] in domains
                ),
                False,
            )

    def _setup_forward_address(self):
        """Give the inbox an address under our alias domain to which its mail can be forwarded."""
        self.ensure_one()
        domain = self.company_id.alias_domain_id.name
        if self.setup_forward_to or not domain:
            return
        local = re.sub(r"[^a-z0-9.-]", "", self.email_normalized.rpartition("@")[0])[:40]
        address = f"{local.strip('.-') or 'inbox'}-{secrets.token_hex(3)}@{domain}"
        self.alias_emails = "\n".join(filter(None, [(self.alias_emails or "").strip(), address]))

    def action_setup_send_test(self):
        """Send a mail to the inbox's address through the system's outgoing server.

        :raise UserError: it cannot be sent
        """
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        token = secrets.token_hex(16)
        # sudo: which server sends is the system's affair; one mail to the inbox's own address
        Server = self.env["ir.mail_server"].sudo()
        sender = self.env.user.email_formatted or self.company_id.email_formatted
        if not sender or email_normalize(sender) in self._all_own_addresses():
            raise UserError(
                self.env._(
                    "Enter a mail address in your user preferences: the test mail needs one."
                )
            )
        domain = email_normalize(sender).rpartition("@")[2]
        message = Server._build_email__(
            email_from=sender,
            email_to=[self.email_normalized],
            subject=self.env._("Test of the inbox %(name)s", name=self.name) + f" [hmt-{token}]",
            body=self.env._(
                "This mail tests whether mail for the inbox arrives. It needs no answer."
            ),
            message_id=f"<hmt-{token}@{domain}>",
            headers={_HEADER: f"hmt-{token}", "Auto-Submitted": "auto-generated"},
        )
        try:
            Server.send_email(message)
        except MailDeliveryException as error:
            raise UserError(" ".join(str(word) for word in error.args[:1])) from error
        except (smtplib.SMTPException, OSError) as error:
            peer = self.env._("the system's outgoing server")
            raise UserError(smtp_errors.explain(self.env, error, peer).sentence) from error
        # sudo: the token is nobody's to read
        self.sudo().write(
            {
                "setup_test_token": token,
                "setup_test_sent_at": fields.Datetime.now(),
                "setup_test_arrived_at": False,
            }
        )
        return True

    def action_setup_check_arrival(self):
        """Look once more whether the test mail has arrived."""
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        if self.setup_test_arrived_at:
            return True
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "title": self.env._("Not here yet"),
                "message": self.env._(
                    "The test mail has not arrived. Some servers take a few minutes."
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _setup_take_test(self, source):
        """Whether *source* (bytes) is a test mail that an inbox waits for; it is noted there."""
        token = token_of(source)
        if not token:
            return False
        # sudo: whoever delivers; the token can only be known from the mail that we sent
        inbox = self.sudo().search([("setup_test_token", "=", token)], limit=1)
        if not inbox:
            return False
        inbox.write({"setup_test_token": False, "setup_test_arrived_at": fields.Datetime.now()})
        inbox.message_post(
            body=self.env._("The test mail has arrived."), subtype_xmlid="mail.mt_note"
        )
        return True


class MailThread(models.AbstractModel):
    # a reason to change of its own: a file of its own
    _inherit = "mail.thread"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def message_process(self, model, message, *args, **kwargs):
        """Note the test mail of a set-up; leave all other mail to the road."""
        may_deliver = self.env.su or self.env.user._is_internal()
        source = message.data if isinstance(message, xmlrpc.client.Binary) else message
        source = source.encode() if isinstance(source, str) else bytes(source)
        if may_deliver and self.env["helpdesk.inbox"]._setup_take_test(source):
            return False
        return super().message_process(model, message, *args, **kwargs)
