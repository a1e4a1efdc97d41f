# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a client says to sign in: PLAIN (RFC 4616) and XOAUTH2, and how to read a refusal."""

from __future__ import annotations

import base64
import json
import re

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


def secrets_of(settings: AccountSettings) -> tuple[str, ...]:
    """All forms in which the secret of an account goes over the line."""
    encoded = (base64.b64encode(say(settings)).decode() for say in (plain, xoauth2))
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
    """The reason code for the JSON with which a server turns down a token (XOAUTH2)."""
    try:
        status = str(json.loads(challenge).get("status", ""))
    except (ValueError, AttributeError):
        return "token_refused"
    return "server_busy" if status.startswith("5") else "token_refused"
