# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Connecting to an account's own SMTP server as the account says: its time-outs, its certificate
authority, and no host of our own network.
"""

import idna
from odoo import models
from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..transport import AccountSettings, TransportError
from ..transport.smtp import Session
from . import private_networks, smtp_errors


class IrMailServer(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    def _connect__(
        self, host=None, *args, smtp_from=None, mail_server_id=None, allow_archived=False, **kwargs
    ):
        """Odoo's own way has one time-out for all and trusts public authorities only."""
        server = self.sudo().browse(mail_server_id or [])
        sender = smtp_from
        if not server and not host and not self._disable_send():
            # as Odoo finds it: by the From
            server, sender = self.sudo()._find_mail_server(smtp_from)
            server = server or self.sudo().browse()
        account = server._helpdesk_mail_account__()
        if account is None or self._disable_send():
            return super()._connect__(
                host,
                *args,
                smtp_from=smtp_from,
                mail_server_id=mail_server_id,
                allow_archived=allow_archived,
                **kwargs,
            )
        if mail_server_id:
            self._check_forced_mail_server(server, allow_archived, sender)
        try:
            session = Session(server._helpdesk_mail_smtp_settings(account))
        except TransportError as error:
            failure = MailDeliveryException(str(error))
            failure.kind = smtp_errors.SETTINGS
            raise failure from None
        try:
            session.set_debuglevel(kwargs.get("smtp_debug") or server.smtp_debug)
            if server.smtp_user:
                local, at, domain = server.smtp_user.rpartition("@")
                user = local + at + (idna.encode(domain).decode("ascii") if at else domain)
                server._smtp_login__(session, user, server.smtp_pass or "")
            session.ehlo_or_helo_if_needed()
        except BaseException:
            session.close()
            raise
        # what Odoo's own sessions know of their server
        session.from_filter = server.from_filter
        session.smtp_from = sender
        return session

    def _helpdesk_mail_smtp_settings(self, account):
        """The AccountSettings of this server, which belongs to *account*; no secret among them."""
        self.ensure_one()
        kind, _dash, strict = self.smtp_encryption.partition("_")
        return AccountSettings(
            protocol="smtp",
            host=self.smtp_host,
            port=self.smtp_port,
            encryption=kind,
            username=self.smtp_user or "",
            secret="",
            verify_certificate=bool(strict),
            timeout=account.timeout_ms / 1000,
            connect_timeout=account.connect_timeout_ms / 1000,
            ca_data=(account.ca_certificate or "").strip(),
            networks=private_networks.allowed(self.env),
        )
