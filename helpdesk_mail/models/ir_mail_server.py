# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Outgoing servers that belong to an account, and what is done to each mail as it leaves."""

import email.utils
import functools
import logging
import re
import smtplib
import ssl

from odoo import api, fields, models
from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.exceptions import UserError
from odoo.tools import ormcache

from ..intake.addresses import recipient_key
from ..message.authentication.public_suffix import ascii_domain
from ..message.signing import senders, sign
from ..message.signing.wire import lasting
from ..transport.errors import Peer
from ..transport.networks import addresses
from . import private_networks, smtp_errors
from .helpdesk_mail_account_outgoing import SenderInfo
from .smtp_session import Line

_logger = logging.getLogger(__name__)

_LINE_END = re.compile(r"\r\n|\r|\n")
_FROM = re.compile(rb"(?im)^from[ \t]*:(.*(?:\r?\n[ \t].*)*)")


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    helpdesk_account_model = fields.Char(readonly=True, copy=False)
    helpdesk_account_id = fields.Many2oneReference(
        string="Belongs to",
        model_field="helpdesk_account_model",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    # ------------------------------------------------------------------
    # servers of accounts
    # ------------------------------------------------------------------

    def _helpdesk_mail_account__(self):
        """The account (inbox, mailbox) that this server belongs to, or None."""
        model = self.helpdesk_account_model if len(self) == 1 else False
        if not model or model not in self.env:
            return None
        # sudo: whoever sends, the server signs in as its account
        account = self.env[model].browse(self.helpdesk_account_id).exists()
        return account._helpdesk_mail_unsealed__() or None

    @api.model
    def _filter_mail_servers_fallback(self, servers):
        """What is nobody's in particular never leaves through an inbox's own server."""
        servers = super()._filter_mail_servers_fallback(servers)
        return servers.filtered(lambda server: not server.helpdesk_account_id)

    def _check_forced_mail_server(self, mail_server, allow_archived, smtp_from):
        """An account's server sends from the account's addresses only."""
        result = super()._check_forced_mail_server(mail_server, allow_archived, smtp_from)
        if mail_server.helpdesk_account_id:
            account = mail_server._helpdesk_mail_account__()
            addresses = account._helpdesk_mail_sender_addresses() if account else ()
            # a domain in Unicode is the same in ASCII (RFC 5890)
            if recipient_key(smtp_from) not in map(recipient_key, addresses):
                raise UserError(
                    self.env._(
                        "%(server)s sends from the addresses of its inbox only.",
                        server=mail_server.display_name,
                    )
                )
        return result

    def _smtp_login__(self, connection, smtp_user, smtp_password):
        """Sign in; for an account's server with the account's secret, which is no value of this
        record.
        """
        level = connection.debuglevel
        # a password is in no log, not even in that of a session that is being debugged
        connection.set_debuglevel(0)
        try:
            account = self._helpdesk_mail_account__()
            if account:
                account._helpdesk_mail_check_server(self)
                self._helpdesk_mail_check_network(connection)
                if self.smtp_authentication == "login":
                    return account._helpdesk_mail_smtp_login(connection, smtp_user)
            return super()._smtp_login__(connection, smtp_user, smtp_password)
        finally:
            connection.set_debuglevel(level)

    # ------------------------------------------------------------------
    # sending
    # ------------------------------------------------------------------

    def _connect__(self, *args, **kwargs):
        """Connect, and let what is sent in this session go through our hands last."""
        server = self.sudo().browse(kwargs.get("mail_server_id") or [])
        if server.helpdesk_account_id and not self._disable_send():
            server._helpdesk_mail_check_network()
        connect = functools.partial(super()._connect__, *args, **kwargs)
        try:
            session = connect()
        except (smtplib.SMTPException, ssl.SSLError, OSError, UnicodeError) as error:
            explained = smtp_errors.explain(self.env, error, server._helpdesk_mail_peer())
            self._helpdesk_mail_note_failure(explained.kind, server)
            if not server.helpdesk_account_id:
                raise
            failure = MailDeliveryException(explained.sentence)
            failure.kind = explained.kind
            raise failure from error
        if session is not None and hasattr(session, "sendmail"):
            self._helpdesk_mail_attach(session, connect)
        return session

    def _helpdesk_mail_check_network(self, connection=None):
        """Refuse an account's server within our own network, unless that is allowed: whoever sets
        up an account is not whoever runs this machine.

        :param connection: check where this one leads, and not what the name means now
        :raise MailDeliveryException: it is refused
        """
        networks = private_networks.allowed(self.env)
        try:
            if connection is None:
                found = [address[0] for _family, address in addresses(self.smtp_host, 0)]
            else:
                found = [connection.sock.getpeername()[0]]
        except (OSError, UnicodeError):
            # connecting says better what is wrong
            return
        if not all(networks.allows(address) for address in found):
            # the same words as for incoming mail
            failure = MailDeliveryException(
                str(Peer(self.smtp_host, self.smtp_port, "SMTP").error("private_network"))
            )
            failure.kind = smtp_errors.SETTINGS
            raise failure

    def _helpdesk_mail_peer(self):
        """The server as people know it."""
        return f"{self.smtp_host}:{self.smtp_port}" if len(self) == 1 else ""

    def _helpdesk_mail_attach(self, session, connect):
        """Sign at the one place that all mail passes, after all other changes: on the octets that
        the session is about to send. And note how far each mail gets.

        :param connect: makes another session of this kind
        """
        send = session.sendmail
        if isinstance(session, smtplib.SMTP):
            line = Line(session, connect)
            send, session.quit = line.sendmail, line.quit
        host = getattr(session, "_host", "") or ""

        def sendmail(from_addr, to_addrs, msg, mail_options=(), rcpt_options=()):
            if isinstance(msg, str):
                msg = _LINE_END.sub("\r\n", msg).encode("ascii")
            msg = self._helpdesk_mail_seal(msg, host)
            refused = send(from_addr, to_addrs, msg, mail_options, rcpt_options)
            # for whoever keeps a copy of what really left
            session.helpdesk_mail_left = msg
            self._helpdesk_mail_sent(msg)
            if refused:
                # Odoo does not look at it
                self.env.cr.cache.setdefault("helpdesk_mail_refused", {}).update(refused)
            return refused

        session.sendmail = sendmail

    @api.model
    def _helpdesk_mail_seal(self, source, host=""):
        """*source* (octets as they leave) signed with the keys of its From, if there are any."""
        sender = _sender(source)
        keys = self.env["helpdesk.dkim.key"]._signing_keys(sender.rpartition("@")[2])
        if not keys:
            return source
        try:
            return sign(lasting(source), keys, leave=senders.replaced_fields(host))
        except Exception:
            # a mail that leaves unsigned is better than one that does not leave
            _logger.exception("A mail of %s could not be signed", sender.rpartition("@")[2])
            return source

    @api.model
    def _helpdesk_mail_sent(self, source):
        """*source* has left. Whatever goes wrong here, it is not sent again for that."""
        account = self.env.context.get("helpdesk_mail_sender")
        # no request can name an object of this kind
        if not isinstance(account, SenderInfo):
            account = self._helpdesk_mail_senders().get(_sender(source))
        if not account or account.sent_copy == "no":
            return
        try:
            with self.env.cr.savepoint():
                self.env["helpdesk.sent.copy"].sudo()._remember(account, source)
        except Exception:
            _logger.warning("A sent mail could not be put aside for its folder", exc_info=True)

    @api.model
    @ormcache()
    def _helpdesk_mail_senders(self):
        """Normalised address -> SenderInfo of the account that sends from it, where that has a
        limit or wants copies.
        """
        found = {}
        for model in self._helpdesk_mail_account_models():
            # sudo: which addresses have a limit, whoever sends
            found.update(self.env[model]._helpdesk_mail_unsealed__()._helpdesk_mail_sender_rows())
        return found

    @api.model
    def _helpdesk_mail_account_models(self):
        """The models of accounts that send (hook)."""
        return ["helpdesk.inbox", "helpdesk.mailbox"]

    def _helpdesk_mail_note_failure(self, kind, server=None):
        """Tell the queue, which learns of a failure by its words only, what it asks for.

        :param server: the ir.mail_server that could not be signed in to
        """
        account = None
        if server and kind == smtp_errors.SIGN_IN:
            account = server._helpdesk_mail_oauth_account() or server._helpdesk_mail_account__()
        self.env.cr.cache["helpdesk_mail_failure"] = (kind, account)

    def _helpdesk_mail_take_failure(self):
        """The failure that was noted last, once: its kind, and the account whose sign-in has to
        be repaired, or None for each.
        """
        return self.env.cr.cache.pop("helpdesk_mail_failure", (None, None))

    def _helpdesk_mail_take_refused(self):
        """The addresses that servers have refused since the last call, of mails whose other
        recipients they took: address -> (code, words).
        """
        return self.env.cr.cache.pop("helpdesk_mail_refused", {})

    def send_email(self, message, mail_server_id=None, **kwargs):
        """Send; if that fails, say why in plain words, with the server's own behind them."""
        try:
            return super().send_email(message, mail_server_id=mail_server_id, **kwargs)
        except smtplib.SMTPServerDisconnected as error:
            # Odoo would end the whole run of the queue here: the mails behind this one, too
            # sudo: its name, for the sentence
            server = self.sudo().browse(mail_server_id or [])
            explained = smtp_errors.explain(self.env, error, server._helpdesk_mail_peer())
            self._helpdesk_mail_note_failure(explained.kind, server)
            raise MailDeliveryException(explained.sentence) from error
        except MailDeliveryException as error:
            cause = error.__context__
            if isinstance(cause, UserError):
                # signing in once more, on a new connection; its words say all
                raise MailDeliveryException(str(cause)) from cause
            if not isinstance(cause, smtplib.SMTPException | OSError):
                raise
            # sudo: its name, for the sentence
            server = self.sudo().browse(mail_server_id or [])
            explained = smtp_errors.explain(self.env, cause, server._helpdesk_mail_peer())
            self._helpdesk_mail_note_failure(explained.kind, server)
            details = [str(argument) for argument in error.args[1:]]
            raise MailDeliveryException(explained.sentence, *details) from cause


def _sender(source):
    """The address in From of *source* (octets), as addresses are compared; or ""."""
    found = _FROM.search(source[: source.find(b"\r\n\r\n") + 2] or source[:65536])
    if not found:
        return ""
    value = b" ".join(found[1].split()).decode("utf-8", "replace")
    address = email.utils.parseaddr(value)[1].strip()
    local, at, domain = address.rpartition("@")
    return f"{local.lower()}@{ascii_domain(domain)}" if at else ""
