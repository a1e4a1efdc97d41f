# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Connecting and signing in to an IMAP server (RFC 3501, sections 6.1 and 6.2)."""

from __future__ import annotations

import imaplib

from . import sasl
from .channel import Channel
from .errors import Peer, TransportError
from .imap_wire import Client
from .settings import AccountSettings


def connect(settings: AccountSettings, peer: Peer) -> Client:
    """A connection that is signed in. Raises TryAgain, CredentialsRefused, ConfigurationWrong."""
    channel = Channel(settings, peer)
    try:
        client = _greet(channel, peer)
        if settings.encryption == "starttls":
            _start_tls(client, peer)
        if client.wire.state != "AUTH":  # it is after a PREAUTH greeting
            _sign_in(client, settings, peer)
        # The server may offer more now (RFC 3501, 6.2.2); ask unless it has told already.
        client.capabilities()
    except TransportError:
        channel.close()
        raise
    except (imaplib.IMAP4.error, ValueError) as error:
        channel.close()
        raise peer.error("protocol", cause=error) from error
    return client


def _greet(channel: Channel, peer: Peer) -> Client:
    try:
        return Client(channel)
    except (imaplib.IMAP4.error, ValueError) as error:
        if channel.first_line.upper().startswith(b"* BYE"):
            raise peer.error("server_busy", channel.first_line[5:], error) from error
        if channel.first_line.upper().startswith((b"* OK", b"* PREAUTH")):
            raise peer.error("protocol", cause=error) from error
        raise peer.error("wrong_protocol", cause=error) from error


def _start_tls(client: Client, peer: Peer) -> None:
    # A PREAUTH greeting would rule STARTTLS out (RFC 9051, 11.1): an old trick against it.
    if client.wire.state != "NONAUTH" or not client.has_capability("STARTTLS"):
        raise peer.error("starttls_missing")
    try:
        client.starttls()
    except imaplib.IMAP4.error as error:
        raise peer.error("starttls_missing", cause=error) from error


def _sign_in(client: Client, settings: AccountSettings, peer: Peer) -> None:
    challenges: list[bytes] = []
    mechanism = sasl.bearer_mechanism(_mechanisms(client))

    def token(challenge: bytes) -> bytes:
        challenges.append(challenge)
        # A second challenge carries the error.
        if len(challenges) == 1:
            return sasl.bearer_message(mechanism, settings)
        return sasl.bearer_farewell(mechanism)

    encrypted = settings.encryption != "none"
    try:
        if settings.auth_method == "oauth2":
            if not mechanism:
                raise peer.error("auth_unsupported", "neither XOAUTH2 nor OAUTHBEARER")
            client.sasl_login(mechanism, token)
        elif client.has_capability("AUTH=PLAIN") and (
            sasl.needs_plain(settings) or client.has_capability("LOGINDISABLED")
        ):
            client.sasl_login("PLAIN", lambda _challenge: sasl.plain(settings))
        elif client.has_capability("LOGINDISABLED"):
            raise peer.error("auth_unsupported" if encrypted else "login_disabled")
        else:
            _login(client, settings)
    except imaplib.IMAP4.abort as error:
        reason = "server_busy" if sasl.is_busy(str(error)) else "connection_closed"
        raise peer.error(reason, error, error) from error
    except imaplib.IMAP4.error as error:
        text = str(error)
        if len(challenges) > 1:
            reason = sasl.challenge_reason(challenges[1])
        else:
            reason = sasl.refusal_reason(text, encrypted=encrypted)
        if reason == "credentials" and settings.auth_method == "oauth2":
            reason = "token_refused"
        raise peer.error(reason, _unquote(text), error) from error


def _mechanisms(client: Client) -> list[str]:
    """The SASL mechanisms that the server offers, upper case."""
    offered = (name.decode("ascii", "replace").upper() for name in client.capabilities())
    return [name[5:] for name in offered if name.startswith("AUTH=")]


def _login(client: Client, settings: AccountSettings) -> None:
    username = settings.username
    if sasl.needs_plain(settings):
        # imaplib quotes the password only, and both are ASCII to it.
        client.wire.speak_utf8()
        username = '"' + username.replace("\\", "\\\\").replace('"', '\\"') + '"'
    client.login(username, settings.secret)


def _unquote(text: str) -> str:
    """The server's words out of the way imaplib and IMAPClient print them (b'...')."""
    return text[2:-1] if text[:2] in ("b'", 'b"') else text
