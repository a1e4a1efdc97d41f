# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Connecting and signing in to a POP3 server (RFC 1939, RFC 2595, RFC 5034)."""

from __future__ import annotations

import base64
import poplib
from collections.abc import Mapping, Sequence

from . import sasl
from .channel import Channel
from .errors import Peer, TransportError
from .pop3_wire import Pop3Wire
from .settings import AccountSettings

Capabilities = Mapping[str, Sequence[str]]


def connect(settings: AccountSettings, peer: Peer) -> tuple[Pop3Wire, Capabilities]:
    """A session that is signed in, and what the server offers in it.

    Raises TryAgain, CredentialsRefused, ConfigurationWrong.
    """
    channel = Channel(settings, peer)
    try:
        wire = _greet(channel, peer)
        capabilities = _capabilities(wire)
        if settings.encryption == "starttls":
            if capabilities and "STLS" not in capabilities:
                raise peer.error("starttls_missing")
            try:
                wire.upgrade()
            except poplib.error_proto as error:
                raise peer.error("starttls_missing", error_text(error), error) from error
            # What was offered in clear text counts for nothing now (RFC 2595, section 4).
            capabilities = _capabilities(wire)
        _sign_in(wire, settings, peer, capabilities)
        return wire, _capabilities(wire) or capabilities
    except TransportError:
        channel.close()
        raise
    except (poplib.error_proto, ValueError) as error:
        channel.close()
        raise peer.error("protocol", cause=error) from error


def error_text(error: poplib.error_proto) -> str:
    """The server's words in an exception of poplib."""
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def _greet(channel: Channel, peer: Peer) -> Pop3Wire:
    try:
        return Pop3Wire(channel)
    except (poplib.error_proto, ValueError) as error:
        if channel.first_line.startswith(b"-ERR"):
            raise peer.error("server_busy", channel.first_line[4:], error) from error
        raise peer.error("wrong_protocol", cause=error) from error


def _capabilities(wire: Pop3Wire) -> Capabilities:
    """CAPA (RFC 2449), or nothing where the server has none."""
    try:
        return {name.upper(): values for name, values in wire.capa().items()}
    except poplib.error_proto:
        return {}


def _sign_in(
    wire: Pop3Wire, settings: AccountSettings, peer: Peer, capabilities: Capabilities
) -> None:
    mechanisms = [name.upper() for name in capabilities.get("SASL", ())]
    encrypted = settings.encryption != "none"
    challenge = b""
    try:
        if settings.auth_method == "oauth2":
            mechanism = sasl.bearer_mechanism(mechanisms)
            if not mechanism:
                raise peer.error("auth_unsupported", "neither XOAUTH2 nor OAUTHBEARER")
            challenge = _authenticate(
                wire,
                mechanism.encode(),
                sasl.bearer_message(mechanism, settings),
                sasl.bearer_farewell(mechanism),
            )
        elif "PLAIN" in mechanisms and (sasl.needs_plain(settings) or "USER" not in capabilities):
            _authenticate(wire, b"PLAIN", sasl.plain(settings))
        else:
            wire.user(settings.username)
            wire.pass_(settings.secret)
    except poplib.error_proto as error:
        text = error_text(error)
        reason = sasl.refusal_reason(text.removeprefix("-ERR"), encrypted=encrypted)
        if settings.auth_method == "oauth2":
            challenge = getattr(error, "challenge", b"")
            if challenge:
                reason = sasl.challenge_reason(challenge)
            elif reason == "credentials":
                reason = "token_refused"
        raise peer.error(reason, text, error) from error


def _authenticate(wire: Pop3Wire, mechanism: bytes, message: bytes, farewell: bytes = b"") -> bytes:
    """AUTH (RFC 5034) in two steps, since an initial response may not fit into its line.

    A second challenge carries the error (of a bearer token); ``farewell`` ends it, and the
    exception takes it along as ``challenge``.
    """
    wire.command(b"AUTH " + mechanism)
    answer = wire.command(base64.b64encode(message))
    if answer.startswith(b"+OK"):
        return b""
    try:
        challenge = base64.b64decode(answer[1:].strip())
    except ValueError:
        challenge = b""
    try:
        wire.command(base64.b64encode(farewell))
    except poplib.error_proto as error:
        error.challenge = challenge  # type: ignore[attr-defined]
        raise
    return challenge
