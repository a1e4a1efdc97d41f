# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Sending a test mail, step by step, so that a person sees where it ends."""

import email.generator
import email.message
import email.policy
import io
import smtplib
import ssl
import types

from odoo import models
from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ..message.authentication import signed_mail
from . import smtp_errors

OK, FAILED, HINT, WARNING = "ok", "failed", "hint", "warning"
_STATES = {"success": OK, "info": HINT, "warning": WARNING, "danger": WARNING}


class _Stopped(Exception):
    """The test ends at a step."""


class HelpdeskMailAccount(models.AbstractModel):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mail.account"  # pylint: disable=consider-merging-classes-inherited

    def _helpdesk_mail_send_test(self, email_to):
        """Send a test mail as the account's mail is sent: a list of (step, state, sentence).

        :param email_to: a normalised address
        """
        self.ensure_one()
        steps = []
        try:
            self._helpdesk_mail_test_steps(email_to, steps)
        except _Stopped:
            return steps
        steps += [
            ("note", _STATES[level], sentence) for level, sentence in self._outgoing_findings()
        ]
        return steps

    def _helpdesk_mail_test_route(self):
        """How the test mail leaves (hook): ``ir.mail_server`` in the environment that sends, the
        server (empty: that of the configuration file), and From.
        """
        raise NotImplementedError

    def _helpdesk_mail_test_content(self):
        """What the test mail says (hook): keyword arguments for ``_build_email__``."""
        raise NotImplementedError

    def _outgoing_findings(self):
        """What receivers will hold against the mail of this account: a list of (level, sentence);
        level: "danger", "warning", "info" or "success" (hook).
        """
        return []

    def _outgoing_server_env(self):
        """ir.mail_server with the context in which Odoo's queue sends for the account's company."""
        # sudo: as the queue does
        Server = self.env["ir.mail_server"].sudo().with_company(self.company_id)
        domain = self.sudo().company_id.alias_domain_id
        if domain:
            Server = Server.with_context(
                domain_notifications_email=domain.default_from_email,
                domain_bounce_address=domain.bounce_email,
            )
        return Server

    def _helpdesk_mail_envelope(self, server, smtp_from, address, bounce):
        """What Odoo would make of a mail of this account: (server, address in From, address for
        bounces). Nothing is sent, nothing connected.

        :param server: in the environment of :meth:`_outgoing_server_env`; empty: the one of the
            configuration file
        """
        from_filter = server.from_filter if server else server._get_default_from_filter()
        session = types.SimpleNamespace(from_filter=from_filter, smtp_from=smtp_from)
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["From"] = message["To"] = address
        if bounce:
            message["Return-Path"] = bounce
        try:
            envelope, _to, message = server._prepare_email_message__(message, session)
        except AssertionError:
            # an address that no server takes; sending says so
            return server, address, ""
        return server, email_normalize(str(message["From"])) or "", email_normalize(envelope) or ""

    def _helpdesk_mail_test_steps(self, email_to, steps):
        Server, server, email_from = self._helpdesk_mail_test_route()
        peer = server._helpdesk_mail_peer() or self.env._("the server of the configuration file")
        try:
            session = Server._connect__(
                mail_server_id=server.id or None,
                smtp_from=email_from,
            )
        except MailDeliveryException as error:
            step = "sign_in" if error.kind == smtp_errors.SIGN_IN else "connect"
            self._helpdesk_mail_test_failed(steps, step, error.args[0])
        except UserError as error:
            self._helpdesk_mail_test_failed(steps, "connect", str(error))
        except (smtplib.SMTPException, ssl.SSLError, OSError, UnicodeError) as error:
            explained = smtp_errors.explain(self.env, error, peer)
            step = "sign_in" if explained.kind == smtp_errors.SIGN_IN else "connect"
            self._helpdesk_mail_test_failed(steps, step, explained.sentence)
        if session is None:
            self._helpdesk_mail_test_failed(
                steps, "connect", self.env._("Sending is switched off on this system.")
            )
        try:
            self._helpdesk_mail_test_connected(session, server, peer, steps)
            self._helpdesk_mail_test_send(Server, session, peer, (email_from, email_to), steps)
        finally:
            session.close()

    def _helpdesk_mail_test_connected(self, session, server, peer, steps):
        sock = session.sock
        if isinstance(sock, ssl.SSLSocket):
            sentence = self.env._(
                "Connected to %(server)s, encrypted (%(version)s).",
                server=peer,
                version=sock.version(),
            )
        else:
            sentence = self.env._("Connected to %(server)s, not encrypted.", server=peer)
        steps.append(("connect", OK if isinstance(sock, ssl.SSLSocket) else HINT, sentence))
        user = self._helpdesk_mail_smtp_user() if server.helpdesk_account_id else server.smtp_user
        steps.append(
            (
                "sign_in",
                OK if user else HINT,
                self.env._("Signed in as %(user)s.", user=user)
                if user
                else self.env._("Not signed in: none is set."),
            )
        )

    def _helpdesk_mail_test_send(self, Server, session, peer, ends, steps):
        email_from, email_to = ends
        content = self._helpdesk_mail_test_content()
        content["headers"] = {"Auto-Submitted": "auto-generated", **content.get("headers", {})}
        message = Server._build_email__(email_from=email_from, email_to=[email_to], **content)
        sender, recipients, message = Server._prepare_email_message__(message, session)
        buffer = io.BytesIO()
        email.generator.BytesGenerator(buffer).flatten(message, linesep="\r\n")
        source = Server._helpdesk_mail_seal(buffer.getvalue(), getattr(session, "_host", ""))
        try:
            code, said = session.mail(sender)
            if code != 250:
                self._helpdesk_mail_test_refused(
                    steps, "sender", smtplib.SMTPSenderRefused(code, said, sender), peer
                )
            steps.append(
                (
                    "sender",
                    OK,
                    self.env._(
                        "The sender was accepted: From %(sender)s, bounces to %(bounce)s.",
                        sender=email_normalize(str(message["From"])),
                        bounce=sender,
                    ),
                )
            )
            code, said = session.rcpt(recipients[0])
            if code not in (250, 251):
                error = smtplib.SMTPRecipientsRefused({recipients[0]: (code, said)})
                self._helpdesk_mail_test_refused(steps, "recipient", error, peer)
            steps.append(
                (
                    "recipient",
                    OK,
                    self.env._("The recipient %(email)s was accepted.", email=recipients[0]),
                )
            )
            code, said = session.data(source)
            if code != 250:
                self._helpdesk_mail_test_refused(
                    steps, "accepted", smtplib.SMTPDataError(code, said), peer
                )
        except (smtplib.SMTPException, OSError) as error:
            self._helpdesk_mail_test_refused(steps, "accepted", error, peer)
        words = " ".join(said.decode("utf-8", "replace").split())[:200]
        steps.append(
            (
                "accepted",
                OK,
                self.env._("The server took the mail: %(words)s", words=words),
            )
        )
        Server._helpdesk_mail_sent(source)
        self._helpdesk_mail_test_signature(source, steps)

    def _helpdesk_mail_test_signature(self, source, steps):
        count = len(signed_mail.read(source).values(b"dkim-signature"))
        if count:
            steps.append(
                (
                    "signature",
                    OK,
                    self.env._("Signatures of ours (DKIM): %(count)s.", count=count),
                )
            )

    def _helpdesk_mail_test_refused(self, steps, step, error, peer):
        explained = smtp_errors.explain(self.env, error, peer)
        self._helpdesk_mail_test_failed(steps, step, explained.sentence)

    def _helpdesk_mail_test_failed(self, steps, step, sentence):
        steps.append((step, FAILED, sentence))
        raise _Stopped
