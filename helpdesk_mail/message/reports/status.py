# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Enhanced status codes (RFC 3463), found in what servers say or drawn from it."""

from __future__ import annotations

import re

from .words import fold, holds, phrases

# In a field of its own any code counts; in free words one that stands as a code does, since
# programs' versions and IP addresses look alike.
_ALONE = re.compile(r"(?<![\w.])([245]\.\d{1,3}\.\d{1,3})(?![\w]|\.\d)")
_AFTER_CODE = re.compile(r"\b[45]\d\d[ \-]{1,3}\(?#?([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_MARKED = re.compile(
    r"(?:^[ \t]{0,9}|[#(\[:\uff1a=][ \t]?|- |\b(?:status|code|dsn|error|message|said"
    r"|reason)[ \t]{1,3})#?([45]\.\d{1,3}\.\d{1,3})(?![\w]|\.\d)",
    re.M | re.I,
)
_REPLY = re.compile(
    r"(?:^[ \t>*-]{0,9}|[:\uff1a>(\[#\"'][ \t]?|\b(?:said|code|error|reply|replied|response"
    r"|returned|status|smtp|message|for)[ \t]{1,3})([45])[0-5]\d(?=[\s\-:;,.)\]<]|$)(?!\.\d)",
    re.M | re.I,
)

# What servers say, most telling first: (detail of RFC 3463, phrases).
_SAID: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "2.2",
        phrases(
            """quota | mailbox full | mailbox is full | full mailbox | mailfolder is full
            mailbox has exceeded | too much mail | inbox is full | mail box space
            out of storage | boite pleine | boite aux lettres pleine | postfach voll
            postfach ist voll | mailbox size limit | espace insuffisant | buzon lleno
            casella piena | caixa cheia | not enough disk space | exceeded storage
            over its limit | disk full | ящик переполнен | переполнен | skrzynka pelna
            empfaengerpostfach | mail full | 容量超过 | 邮箱已满"""
        ),
    ),
    (
        "1.1",
        phrases(
            """user unknown | unknown user | no such user | no such recipient
            no mailbox here | user not found | recipient not found | mailbox not found
            no such mailbox | unknown recipient | recipient unknown | address unknown
            invalid recipient | unknown address | invalid mailbox | does not exist
            doesn't exist | not listed in | unknown local | addressee unknown
            account that you tried to reach | user doesn't have | no such address
            not a valid user | user is unknown | user not known | no such account
            couldn't be found | wasn't found | could not be found | address rejected
            no such person | not our customer | mailbox unavailable
            disabled or discontinued | no longer valid | recipient name is not recognized
            account is disabled | account has been disabled | invalid final delivery userid
            unbekannt | inconnu | desconocid | sconosciut | n'existe pas | no existe
            non esiste | nao existe | existiert nicht | bestaat niet | не существует
            не найден | neexistuje | nie istnieje | 用户不存在 | 不存在
            宛先が見つかりません | ユーザーが見つかりません"""
        ),
    ),
    (
        "1.2",
        phrases(
            """host not found | host unknown | unknown host | domain not found
            unknown domain | domain name not found | no such domain | domain does not exist
            name service error | host or domain name not found | unrouteable | unroutable
            could not find a gateway | dns error | nxdomain | domain unbekannt
            hostname lookup | no mx"""
        ),
    ),
    (
        "4.7",
        phrases(
            """message expired | in the queue too long | allowed queue period
            delivery time expired | timed out | time expired | retry timeout exceeded
            message timeout | too long in queue | retry time not reached
            maximum-time-expired | has not been collected | maximum delivery attempts
            could not be delivered for | zu lange in der warteschlange"""
        ),
    ),
    (
        "4.1",
        phrases(
            """connection refused | connection timed out | not responding | can't connect
            cannot connect | unable to connect | establish an smtp connection
            no answer from host | network is unreachable
            connection to mail exchanger failed | no route to host | did not respond
            server unavailable"""
        ),
    ),
    ("4.6", phrases("loop detected | message looping | too many hops | routing loop")),
    (
        "3.4",
        phrases(
            """message too large | message size | too big | exceeds the maximum | size limit
            message is too large | maximum message size | maximum incoming message size"""
        ),
    ),
    (
        "7.1",
        phrases(
            """spam | blacklist | blocklist | blocked | policy | unsolicited | relay denied
            relaying denied | unable to relay | relay access denied | not authorized
            access denied | not accepting mail from | reputation | dmarc
            permission denied | virus"""
        ),
    ),
)
_GIVEN_UP = phrases(
    """given up | giving up on | not going to try again | in the queue too long
    permanent error | permanent fatal | over a period of | delivery time expired
    message expired | has expired | retry timeout exceeded | allowed queue period
    failed permanently | permanently failed | removed from the queue | no further attempts
    gave up | unable to deliver message after | could not be delivered for
    will be deleted from queue | max attempts | maximum delivery | message timed out
    dauerhaft | definitiv | permanente | not be retried"""
)


def stated(value: str) -> str:
    """The enhanced status code in *value*, a Status field (RFC 3464, section 2.3.4), or "" """
    match = _ALONE.search(value)
    return match[1] if match else ""


def enhanced(text: str) -> str:
    """The first enhanced status code of a failure in *text*, a server's words, or "" """
    match = _AFTER_CODE.search(text) or _MARKED.search(text)
    return match[1] if match else ""


def reply_class(text: str) -> str:
    """ "4" or "5", the class of the first SMTP reply code of a failure in *text*, or "" """
    match = _REPLY.search(text)
    return match[1] if match else ""


def of(text: str, *, permanent: bool | None = None) -> str:
    """The status that *text*, a server's words, tells; "" if it tells none.

    An enhanced code counts as it stands. Without one, the class comes from the SMTP reply code,
    or from *permanent* where there is no such code, and the detail from what is said.
    """
    if found := enhanced(text):
        return found
    kind = reply_class(text)
    said = fold(text)
    detail = next((detail for detail, sought in _SAID if holds(said, sought)), "")
    if not kind and permanent is not None and detail:
        kind = "5" if permanent else "4"
    if not kind:
        return ""
    return f"{kind}.{detail or '0.0'}"


def is_permanent(action: str, status: str, *told: str) -> bool:
    """Whether a delivery with *action* and *status* failed for good, as *told* by the server.

    A failure of class 4 may succeed when the mail is sent again (RFC 3463, section 3.1), unless
    the server says that it has tried for as long as it will.
    """
    if action != "failed" or status.startswith("2."):
        return False
    if not status.startswith("4."):
        return True
    return status == "4.4.7" or any(holds(fold(text), _GIVEN_UP) for text in told)
