# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Signing in to an SMTP server with a bearer token (RFC 4954, RFC 7628)."""

from __future__ import annotations

import base64
import smtplib

from . import sasl
from .errors import CredentialsRefused, Peer, TransportError
from .settings import AccountSettings, with_token


def sign_in(connection: smtplib.SMTP, settings: AccountSettings) -> None:
    """Sign in on an open ``connection``; a token that the server refuses is renewed once.

    Raises TryAgain, CredentialsRefused or ConfigurationWrong.
    """
    ready = with_token(settings)
    try:
        _authenticate(connection, ready)
        return
    except CredentialsRefused as error:
        if settings.bearer is None:
            raise
        renewed = with_token(settings, ready.secret)
        if renewed.secret == ready.secret:
            raise
        refusal = error
    try:
        _authenticate(connection, renewed)
    except CredentialsRefused:
        raise
    except TransportError:
        # some servers hang up after a refusal: that was the cause
        raise refusal from None


def _authenticate(connection: smtplib.SMTP, settings: AccountSettings) -> None:
    peer = Peer(settings.host, settings.port, "smtp", sasl.secrets_of(settings))
    level = connection.debuglevel
    # nothing of a login is written to a log, whatever else is
    connection.set_debuglevel(0)
    try:
        _exchange(connection, settings, peer)
    except smtplib.SMTPServerDisconnected:
        raise peer.error("connection_closed") from None
    except TimeoutError:
        raise peer.error("timeout") from None
    except (OSError, ValueError):
        # from None: smtplib's exceptions repeat what was sent
        raise peer.error("connection_closed") from None
    finally:
        connection.set_debuglevel(level)


def _exchange(connection: smtplib.SMTP, settings: AccountSettings, peer: Peer) -> None:
    connection.ehlo_or_helo_if_needed()
    offered = connection.esmtp_features.get("auth", "").upper().split()
    mechanism = sasl.bearer_mechanism(offered)
    if not mechanism:
        raise peer.error("auth_unsupported", "neither XOAUTH2 nor OAUTHBEARER")
    # in two steps: a token may not fit into the line of a command
    code, text = connection.docmd("AUTH", mechanism)
    challenge = b""
    if code == 334:
        code, text = _say(connection, sasl.bearer_message(mechanism, settings))
    if code == 334:
        try:
            challenge = base64.b64decode(text)
        except ValueError:
            challenge = b"?"
        code, text = _say(connection, sasl.bearer_farewell(mechanism))
    if code in (235, 503):  # 503: signed in already
        return
    if challenge:
        reason = sasl.challenge_reason(challenge)
    else:
        reason = "server_busy" if 400 <= code < 500 else "token_refused"
    raise peer.error(reason, text)


def _say(connection: smtplib.SMTP, message: bytes) -> tuple[int, bytes]:
    connection.send(base64.b64encode(message) + b"\r\n")
    return connection.getreply()
