# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Connecting to the SMTP server of an account (RFC 5321, RFC 3207, RFC 8314).

What fails is raised as :mod:`smtplib`, :mod:`socket` and :mod:`ssl` raise it: whoever sends mail
explains all of these, from every server, in one place.
"""

from __future__ import annotations

import smtplib
import socket
import ssl

from .errors import Peer
from .networks import addresses
from .settings import AccountSettings


class Session(smtplib.SMTP):
    """A connection by *settings*, encrypted as they say, not signed in yet.

    Connecting and TLS have ``connect_timeout``, each answer ``timeout``. The addresses that are
    checked against ``networks`` are those that are connected to. Raises ConfigurationWrong
    ("private_network"), smtplib.SMTPException, OSError, UnicodeError.
    """

    def __init__(self, settings: AccountSettings) -> None:
        self._settings = settings
        self._context = None if settings.encryption == "none" else _context(settings)
        super().__init__(timeout=settings.timeout)
        # smtplib's own name for what TLS verifies
        self._host = settings.host
        try:
            code, words = self.connect(settings.host, settings.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, words)
            if settings.encryption == "starttls":
                self._start_tls()
        except BaseException:
            self.close()
            raise

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = self._connected()
        try:
            if self._settings.encryption == "ssl":
                assert self._context is not None
                sock = self._context.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise
        sock.settimeout(timeout)
        return sock

    def _connected(self) -> socket.socket:
        settings = self._settings
        found = addresses(settings.host, settings.port)
        if settings.networks is not None:
            if not all(settings.networks.allows(address[0]) for _family, address in found):
                raise Peer(settings.host, settings.port, "SMTP").error("private_network")
        failure: OSError | None = None
        for family, address in found:
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.settimeout(settings.connect_timeout or settings.timeout)
            try:
                sock.connect(address)
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        raise failure or OSError("no address")

    def _start_tls(self) -> None:
        """STARTTLS; a server that does not offer or refuses it is not spoken to any further."""
        self.ehlo_or_helo_if_needed()
        assert self.sock is not None
        self.sock.settimeout(self._settings.connect_timeout or self._settings.timeout)
        code, words = self.starttls(context=self._context)
        if code != 220:
            raise smtplib.SMTPResponseException(code, words)
        self.sock.settimeout(self._settings.timeout)


def _context(settings: AccountSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file, cadata=settings.ca_data or None)
    if not settings.verify_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
