# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a client says to sign in: PLAIN (RFC 4616), XOAUTH2 and OAUTHBEARER (RFC 7628); and how to
read a refusal.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection

from .settings import AccountSettings

# RFC 5530 and RFC 3206/2449 response codes and what they ask for.
_CODES = {
    "AUTHENTICATIONFAILED": "credentials",
    "AUTHORIZATIONFAILED": "credentials",
    "EXPIRED": "credentials",
    "AUTH": "credentials",
    "CONTACTADMIN": "credentials",
    "PRIVACYREQUIRED": "login_disabled",
    "UNAVAILABLE": "server_busy",
    "LIMIT": "server_busy",
    "SERVERBUG": "server_busy",
    "SYS/TEMP": "server_busy",
    "LOGIN-DELAY": "server_busy",
    "INUSE": "in_use",
    "IN-USE": "in_use",
    "SYS/PERM": "credentials",
}
_CODE = re.compile(r"\[([A-Z][A-Z0-9/-]*)[ \]]")
_BUSY = re.compile(
    r"too many|try again|try later|temporar|unavailable|not connected|busy|timed? ?out", re.I
)
_IN_USE = re.compile(r"\block(ed)?\b|in use", re.I)
_CLEAR_TEXT = re.compile(r"plain ?text|clear ?text|secure connection|\b(TLS|SSL|STLS)\b", re.I)


def plain(settings: AccountSettings) -> bytes:
    """The one message of PLAIN, in UTF-8."""
    return f"\0{settings.username}\0{settings.secret}".encode()


def xoauth2(settings: AccountSettings) -> bytes:
    """The one message of XOAUTH2; ``secret`` is the bearer token."""
    return f"user={settings.username}\1auth=Bearer {settings.secret}\1\1".encode()


def oauthbearer(settings: AccountSettings) -> bytes:
    """The one message of OAUTHBEARER (RFC 7628, section 3.1); ``secret`` is the bearer token."""
    # a saslname (RFC 5801, section 4)
    name = settings.username.replace("=", "=3D").replace(",", "=2C")
    return (
        f"n,a={name},\1host={settings.host}\1port={settings.port}\1"
        f"auth=Bearer {settings.secret}\1\1"
    ).encode()


# The first that a server offers is used. XOAUTH2 first: it is what every provider tests with mail
# programs. With each, what a client answers to the error of the server (RFC 7628, section 3.2.3).
_BEARER = {"XOAUTH2": (xoauth2, b""), "OAUTHBEARER": (oauthbearer, b"\1")}


def bearer_mechanism(offered: Collection[str]) -> str:
    """Which of the ``offered`` SASL mechanisms (upper case) takes a bearer token: a name or ""."""
    return next((name for name in _BEARER if name in offered), "")


def bearer_message(mechanism: str, settings: AccountSettings) -> bytes:
    """The one message of a ``bearer_mechanism``."""
    return _BEARER[mechanism][0](settings)


def bearer_farewell(mechanism: str) -> bytes:
    """What ends the exchange after the server has told its error in a challenge."""
    return _BEARER[mechanism][1]


def secrets_of(settings: AccountSettings) -> tuple[str, ...]:
    """All forms in which the secret of an account goes over the line."""
    encoded = (base64.b64encode(say(settings)).decode() for say in (plain, xoauth2, oauthbearer))
    return (settings.secret, *encoded)


def needs_plain(settings: AccountSettings) -> bool:
    """Whether IMAP's LOGIN or POP3's USER cannot carry these credentials for certain."""
    return not (
        re.fullmatch(r"[\x21-\x7e]+", settings.username)
        and not re.search(r'[(){%*"\\]', settings.username)
        and re.fullmatch(r"[\x20-\x7e]*", settings.secret)
    )


def refusal_reason(text: str, *, encrypted: bool) -> str:
    """The reason code for what a server said when it refused a login.

    Where the response code (RFC 5530, RFC 3206) leaves it open, the words decide.
    """
    for code in _CODE.findall(text):
        if code == "AUTH" and not encrypted and _CLEAR_TEXT.search(text):
            return "login_disabled"
        if code in _CODES:
            return _CODES[code]
    if _BUSY.search(text):
        return "server_busy"
    if _IN_USE.search(text):
        return "in_use"
    if not encrypted and _CLEAR_TEXT.search(text):
        return "login_disabled"
    return "credentials"


def is_busy(text: str) -> bool:
    """Whether a server says that it has no time now."""
    return bool(_BUSY.search(text))


def challenge_reason(challenge: bytes) -> str:
    """The reason code for the JSON with which a server turns down a token (RFC 7628, 3.2.2)."""
    try:
        status = str(json.loads(challenge).get("status", ""))
    except (ValueError, AttributeError):
        return "token_refused"
    return "server_busy" if status.startswith("5") else "token_refused"
