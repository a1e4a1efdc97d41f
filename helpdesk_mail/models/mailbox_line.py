# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The connection by which private mail leaves, and how it fails."""

import logging
import smtplib
import ssl

from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.exceptions import UserError

from . import smtp_errors

_logger = logging.getLogger(__name__)


class SendingFailed(Exception):
    """``kind``: the reaction (:mod:`.smtp_errors`); ``of_server``: the next mail would meet it
    too; ``is_unknown``: nobody knows whether the mail has left; ``needs_connect``: the provider's
    sign-in has ended, and the mail waits for the next one.
    """

    def __init__(self, kind, sentence, of_server=False, is_unknown=False, needs_connect=False):
        super().__init__(sentence)
        self.kind = kind
        self.sentence = sentence
        self.of_server = of_server
        self.is_unknown = is_unknown
        self.needs_connect = needs_connect


class Line:
    """The connection of one run of one mailbox to its outgoing server."""

    def __init__(self, mailbox):
        self.mailbox = mailbox
        self._session = None
        self._server = None

    def open(self):
        """Connect and sign in, unless that is done.

        :raise SendingFailed: it does not work
        """
        if self._session is not None:
            return
        env = self.mailbox.env
        self._server = self.mailbox._outgoing_env()
        server, sender = self.mailbox._outgoing_server()
        try:
            self._session = self._server._connect__(
                mail_server_id=server.id or None, smtp_from=sender
            )
        except MailDeliveryException as error:
            kind = getattr(error, "kind", None) or smtp_errors.SETTINGS
            raise SendingFailed(kind, str(error.args[0]), of_server=True) from error
        except UserError as error:
            # what OAuth says, and what the settings lack
            kind, _account = self._server._helpdesk_mail_take_failure()
            raise SendingFailed(
                kind or smtp_errors.SETTINGS,
                str(error),
                of_server=True,
                needs_connect=getattr(error, "helpdesk_mail_needs_connect", False),
            ) from error
        except (smtplib.SMTPException, ssl.SSLError, OSError, UnicodeError) as error:
            explained = smtp_errors.explain(env, error, self.mailbox._outgoing_name())
            raise SendingFailed(explained.kind, explained.sentence, of_server=True) from error
        finally:
            self._server._helpdesk_mail_take_failure()

    @property
    def size_limit(self):
        """What the server takes, octets; 0: it does not say."""
        features = getattr(self._session, "esmtp_features", None) or {}
        size = features.get("size") or ""
        return int(size) if size.isdecimal() and len(size) < 10 else 0

    def transmit(self, mail, only=None):
        """Hand *mail* (EmailMessage) to the server.

        :param only: addresses of the envelope that are left; None: all
        :return: (addresses taken, dict of address refused -> (code, words), octets as they left)
        :raise SendingFailed: nobody gets it
        """
        env = self.mailbox.env
        server = self._server.with_context(send_validated_to=only or [])
        try:
            envelope, recipients, mail = server._prepare_email_message__(mail, self._session)
        except AssertionError as error:
            raise SendingFailed(
                smtp_errors.ADDRESS, env._("No address is left that a mail can go to.")
            ) from error
        if self._session is None:
            # Odoo sends nothing in tests
            return recipients, {}, b""
        try:
            refused = self._session.send_message(mail, envelope, recipients) or {}
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            self.close()
            explained = smtp_errors.explain(env, error, self.mailbox._outgoing_name())
            raise SendingFailed(explained.kind, explained.sentence) from error
        taken = [address for address in recipients if address not in refused]
        return taken, refused, getattr(self._session, "helpdesk_mail_left", b"") if taken else b""

    def close(self):
        """Say goodbye, whatever the server makes of it."""
        session, self._session = self._session, None
        if session is not None:
            try:
                session.quit()
            except (smtplib.SMTPException, OSError):
                _logger.debug("The outgoing server was gone already")
