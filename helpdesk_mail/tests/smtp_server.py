# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A real SMTP server on the loopback for tests, which takes mail or refuses it as told."""

import asyncio
import contextlib
import datetime
import ipaddress
import os
import pathlib
import socket
import ssl
import tempfile
import threading
from unittest import SkipTest
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

try:
    from aiosmtpd.smtp import SMTP, AuthResult
except ImportError:  # only what tests need it is skipped
    SMTP = None


class SmtpServer:
    """``mails``: (envelope sender, recipients, octets) of what came; ``logins``: who signed in.

    :param encryption: "none", "starttls" or "ssl"
    :param users: dict of user -> password; None: nobody needs to sign in
    :param replies: dict of "MAIL", "RCPT" or "DATA" -> the reply instead of 250
    :param exclude: the mechanisms that are not offered
    """

    def __init__(self, encryption="none", users=None, replies=None, exclude=("CRAM-MD5",)):
        if SMTP is None:
            raise SkipTest("aiosmtpd is not installed")
        self.encryption = encryption
        self.users = users
        self.replies = replies or {}
        self.exclude = list(exclude)
        self.mails, self.logins, self.connections = [], [], 0

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        context = None
        if self.encryption != "none":
            self.ca_file, context = _certificate(pathlib.Path(self._folder.name))
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, args=(listener, context), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._folder.cleanup()

    def trusted(self):
        """A context in which clients of this process trust the server's certificate."""
        return patch.dict(os.environ, {"SSL_CERT_FILE": str(self.ca_file)})

    def _serve(self, listener, context):
        loop = self._loop
        asyncio.set_event_loop(loop)

        def session():
            self.connections += 1
            return SMTP(
                self,
                hostname="localhost",
                loop=loop,
                enable_SMTPUTF8=True,
                tls_context=context if self.encryption == "starttls" else None,
                auth_required=self.users is not None,
                auth_require_tls=False,
                auth_exclude_mechanism=self.exclude,
                authenticator=self._authenticate,
            )

        loop.run_until_complete(
            loop.create_server(
                session, sock=listener, ssl=context if self.encryption == "ssl" else None
            )
        )
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        with contextlib.suppress(RuntimeError):
            loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    def _authenticate(self, server, session, envelope, mechanism, data):
        user, password = data.login.decode(), data.password.decode()
        if self.users is not None and self.users.get(user) == password:
            self.logins.append(user)
            return AuthResult(success=True)
        return AuthResult(
            success=False, handled=False, message=self.replies.get("AUTH", "535 5.7.8 Wrong")
        )

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        """Take the sender, or refuse it."""
        envelope.mail_from = address
        return self.replies.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        """Take the recipient, or refuse it."""
        if "RCPT" in self.replies:
            return self.replies["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        """Keep the mail, or refuse it."""
        if "DATA" in self.replies:
            return self.replies["DATA"]
        self.mails.append((envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
        return "250 2.0.0 Queued as 4711"


class TokenPost(SmtpServer):
    """An SMTP server that takes the tokens of *provider* alone (XOAUTH2)."""

    def __init__(self, provider):
        super().__init__(users={}, exclude=("CRAM-MD5", "PLAIN", "LOGIN"))
        self.provider = provider

    async def auth_XOAUTH2(self, server, _args):  # noqa: N802 (aiosmtpd's name)
        """Look at the token, or at what is sent in its place."""
        message = (await server.challenge_auth("")).decode()
        user, token = message.strip("\1").split("\1auth=Bearer ")
        good = self.provider.access_tokens.get(token) == user.removeprefix("user=")
        if not good:
            await server.challenge_auth(b'{"status":"401"}')
        return AuthResult(success=good, handled=False, auth_data=user)


def _certificate(folder):
    """A certificate for localhost: its file, and the server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert_file, key_file)
    return cert_file, context
