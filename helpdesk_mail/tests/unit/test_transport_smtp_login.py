# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Signing in to SMTP with a bearer token; the server is aiosmtpd."""

import base64
import contextlib
import logging
import smtplib
import socket

import pytest

aiosmtpd_controller = pytest.importorskip("aiosmtpd.controller")
from aiosmtpd.smtp import SMTP, AuthResult  # noqa: E402

from helpdesk_mail.transport import (  # noqa: E402
    AccountSettings,
    ConfigurationWrong,
    CredentialsRefused,
    TransportError,
    TryAgain,
    sasl,
    smtp_login,
)

USER = "désk,one=1@example.com"
ERROR = b'{"status":"401","schemes":"Bearer"}'


class Mechanisms:
    """What the server takes: ``good`` is the token; ``heard`` are the messages of clients."""

    def __init__(self, good="t0ken", error=ERROR, hang_up=False):
        self.good = good
        self.error = error
        self.hang_up = hang_up
        self.heard = []

    async def auth_XOAUTH2(self, server, args):  # noqa: N802 (aiosmtpd's name)
        return await self._auth(server, args, b"")

    async def auth_OAUTHBEARER(self, server, args):  # noqa: N802
        return await self._auth(server, args, b"\1")

    async def _auth(self, server, args, farewell):
        assert len(args) == 1, "the token must not stand in the line of the command"
        message = await server.challenge_auth("")
        self.heard.append(message)
        if f"auth=Bearer {self.good}\1".encode() in message:
            return AuthResult(success=True, auth_data=message)
        if self.hang_up:
            await server.push("421 4.7.0 Bye")
            server.transport.close()
            return AuthResult(success=False, handled=True)
        if self.error:
            assert await server.challenge_auth(self.error) == farewell
        return AuthResult(success=False, handled=False)


@pytest.fixture
def serve():
    """serve(mechanisms, exclude=[...]) -> an smtplib connection to a server that takes them."""
    with contextlib.ExitStack() as stack:

        def start(handler, exclude=()):
            # listens from now on: no port is chosen that somebody else may take meanwhile
            listener = socket.create_server(("127.0.0.1", 0))
            port = listener.getsockname()[1]

            class Controller(aiosmtpd_controller.Controller):
                def _create_server(self):
                    return self.loop.create_server(self._factory_invoker, sock=listener)

                def factory(self):
                    return SMTP(
                        self.handler,
                        # without a name, both sides ask DNS for this machine's
                        hostname="localhost",
                        auth_require_tls=False,
                        auth_exclude_mechanism=["PLAIN", "LOGIN", *exclude],
                    )

            controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=60)
            controller.start()
            stack.callback(controller.stop)
            connection = smtplib.SMTP("127.0.0.1", port, local_hostname="localhost", timeout=60)
            stack.callback(connection.close)
            return connection

        yield start


def settings(secret="t0ken", **changes):
    values = {
        "protocol": "smtp",
        "host": "127.0.0.1",
        "port": 25,
        "encryption": "none",
        "username": USER,
        "secret": secret,
        "auth_method": "oauth2",
    }
    return AccountSettings(**{**values, **changes})


def refused(kind, reason, connection, account):
    with pytest.raises(TransportError) as caught:
        smtp_login.sign_in(connection, account)
    assert (type(caught.value), caught.value.reason) == (kind, reason), str(caught.value)
    for secret in filter(None, sasl.secrets_of(account)):
        assert secret not in str(caught.value)


def test_xoauth2(serve):
    handler = Mechanisms()
    connection = serve(handler)
    smtp_login.sign_in(connection, settings())
    assert handler.heard == [f"user={USER}\1auth=Bearer t0ken\1\1".encode()]
    connection.sendmail("a@example.com", ["b@example.com"], b"Subject: Hello\r\n\r\nHello\r\n")


def test_oauthbearer_where_that_is_what_there_is(serve):
    handler = Mechanisms()
    smtp_login.sign_in(serve(handler, ["XOAUTH2"]), settings())
    name = "désk=2Cone=3D1@example.com"
    expected = f"n,a={name},\1host=127.0.0.1\1port=25\1auth=Bearer t0ken\1\1"
    assert handler.heard == [expected.encode()]


@pytest.mark.parametrize("exclude", [["OAUTHBEARER"], ["XOAUTH2"]])
def test_a_refused_token_is_said_once(serve, exclude):
    connection = serve(Mechanisms(good="other"), exclude)
    refused(CredentialsRefused, "token_refused", connection, settings())
    assert connection.noop()[0] == 250, "the conversation goes on"


def test_a_busy_server(serve):
    handler = Mechanisms(good="other", error=b'{"status":"503"}')
    refused(TryAgain, "server_busy", serve(handler), settings())


def test_neither_is_offered(serve):
    connection = serve(Mechanisms(), ["XOAUTH2", "OAUTHBEARER"])
    refused(ConfigurationWrong, "auth_unsupported", connection, settings())


def test_a_refused_token_is_renewed_once(serve):
    handler = Mechanisms(good="new")
    asked = []

    def bearer(refused):
        asked.append(refused)
        return "new" if refused == "old" else "old"

    smtp_login.sign_in(serve(handler), settings("", bearer=bearer))
    assert asked == ["", "old"]
    handler.good = "newest"
    asked.clear()
    refused(CredentialsRefused, "token_refused", serve(handler), settings("", bearer=bearer))
    assert asked == ["", "old"], "only once"


def test_a_server_that_hangs_up(serve):
    handler = Mechanisms(good="new", hang_up=True)
    refused(TryAgain, "server_busy", serve(handler), settings())


def test_debug_output_holds_no_token(serve, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    connection = serve(Mechanisms())
    connection.set_debuglevel(1)
    smtp_login.sign_in(connection, settings("t0ken"))
    assert connection.debuglevel == 1
    encoded = base64.b64encode(sasl.xoauth2(settings())).decode()
    written = caplog.text + "".join(capsys.readouterr())
    assert "t0ken" not in written and encoded not in written
