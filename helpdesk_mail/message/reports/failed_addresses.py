# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which addresses a delivery report in free words names as failed, and why.

One reader for all servers, instead of one for each. In the report's own words (before the mail
that it returns) an address counts

- that stands at the beginning of a line or alone on it ("<anna@example.com>: user unknown");
- behind a label ("Recipient: [SMTP:anna@example.com]", "RCPT TO:<anna@example.com>");
- in a sentence or a reply that says what failed ("550 5.1.1 anna@example.com unknown").

Whom to write to for help, who sent the mail, and the addresses of this mail itself never count.
"""

from __future__ import annotations

import dataclasses
import re

from ..headers import one_line
from . import bare_names, original_text, status
from .entries import LONGEST_LABEL, LONGEST_REASON, Paragraph, emails, is_telling, paragraphs
from .signs import Mail

_LABEL = re.compile(
    r"(?:recipients?|rcpt to|address(?:es)?|users?|userid|mailbox|mailbox for|account|error-for"
    r"|failed|failure|undeliverable|unknown|invalid|rejected|is full|attempts|for delivery"
    r"|addressed to|generated from|expanded from|forwarded from|redirected from|delivered to"
    r"|undeliverable to|deliver(?:y)? to|(?:message|mail|e-?mail) (?:to|for)|empf[äa]nger|adresse"
    r"|adressat|destinataire|destinatarios?|dirección|direccion|endereço|indirizzo"
    r"|ontvanger|mottagare|modtager|mottaker|vastaanottaja|odbiorca|adresat|příjemce|címzett|адрес"
    r"|получатель|адресат|收件人|地址|宛先|受信者|받는 ?사람|수신자)"
    r"(?: ?\([^)]{0,30}\))?(?: address(?:es)?)? ?[:=\uff1a]? ?[<\[\"'(]{0,3}(?:smtp:)? ?\Z",
    re.I,
)
_MATTER_LABEL = re.compile(
    r"[\W_]{0,20}(?:from|de|von|to|an|para|à|a|cc|bcc|kopie|subject|betreff|objet|asunto|oggetto"
    r"|assunto|sent|date|datum|sender|reply-to|message-?id|references|in-reply-to|mail from"
    r"|ehlo|helo|received|return-path|x-[\w-]{1,40}|envelope-from|list-[\w-]{1,30}) ?:",
    re.I,
)
_TO_LABEL = re.compile(r"[\W_]{0,20}to ?:", re.I)
_NOT_FAILED = re.compile(
    r"(?:\bfrom|\bby|\bsender|\bcontact|\bcontacting|\bmailto|\bwrite to|\breply to"
    r"|\be-?mail(?:ing)?|\bat|\bvia|\bforward(?: it)? to"
    r"|\bsend (?:it|mail|e-?mail|a mail) to|\binstead|\bis|\bvon"
    r"|\bpar|\bpor|\bdi|\bdoor|\bfrån|\bfra|\bod|\bот) ?:? ?[<\[\"'(]{0,3}\Z",
    re.I,
)
_STILL_FAILED = re.compile(
    r"(?:generated|expanded|forwarded|redirected|aliased) from ?:? ?[<\[\"'(]{0,3}\Z", re.I
)
_BLANKS = re.compile(r"[ \t\xa0]+")
_MAILTO = re.compile(r"<mailto:[^<>\s]{1,300}>|\[mailto:[^\]\s]{1,300}\]", re.I)
_MOST_LINES = 600
_LONGEST_LINE = 1000
_MOST_RECIPIENTS = 100


@dataclasses.dataclass(slots=True)
class _Failure:
    """An address that failed, what is said of it, and whether it stands as a program lists it."""

    email: str
    reason: str
    listed: bool


def own_words(mail: Mail) -> str:
    """The text of *mail* up to the message that it returns."""
    return original_text.before(mail.notice)


def listed(mail: Mail) -> bool:
    """Whether the report names an address as a program does: on its own line, or with a code."""
    return any(failure.listed for failure in _scan(mail))


def find(mail: Mail) -> list[tuple[str, str]]:
    """The addresses that the report names as failed, lower case, each once, with the reason."""
    found: dict[str, str] = {}
    told = own_words(mail)
    failures = _scan(mail)
    if not any(failure.listed for failure in failures):
        found = dict.fromkeys(bare_names.addresses(told, mail.sender), "")
    for failure in failures if not found else ():
        known = found.get(failure.email)
        if known is None and len(found) >= _MOST_RECIPIENTS:
            break
        if known is None or (not status.of(known) and status.of(failure.reason)):
            found[failure.email] = failure.reason or known or ""
    if len(found) == 1:
        # a report about one address: what it says anywhere is about this one
        (email, reason), *_ = found.items()
        if not status.of(reason):
            found[email] = _join(reason, _telling_line(told, reason))
    return list(found.items())


def _scan(mail: Mail) -> list[_Failure]:
    """The failures in the order of the text; where there is none, those that can be inferred."""
    lines = [
        _MAILTO.sub("", _BLANKS.sub(" ", line[:_LONGEST_LINE]))
        for line in own_words(mail).split("\n")[:_MOST_LINES]
    ]
    found: list[_Failure] = []
    inferred: list[_Failure] = []
    for paragraph in paragraphs(lines):
        for number in range(paragraph.start, paragraph.end):
            line = lines[number]
            if "@" not in line:
                continue
            if not _MATTER_LABEL.match(line):
                found += _in_line(paragraph, number)
            elif _TO_LABEL.match(line):
                inferred += [_Failure(email, "", listed=False) for _, _, email in emails(line)]
        if len(found) > 2 * _MOST_RECIPIENTS:
            break
    own = mail.own_addresses
    found = [failure for failure in found if failure.email not in own]
    if header := _header_recipients(mail):
        reasons: dict[str, _Failure] = {}
        for failure in found:
            reasons.setdefault(failure.email, failure)
        return [reasons.get(email) or _Failure(email, "", listed=True) for email in header]
    return found or [failure for failure in inferred if failure.email not in own]


def _header_recipients(mail: Mail) -> list[str]:
    """The addresses in Exim's X-Failed-Recipients, lower case."""
    found = []
    for value in mail.fields.raw_all("x-failed-recipients")[:20]:
        found += [email for _, _, email in emails(value[:20_000])]
    return list(dict.fromkeys(found))[:_MOST_RECIPIENTS]


def _in_line(paragraph: Paragraph, number: int) -> list[_Failure]:
    """The failures on line *number*."""
    line = paragraph.lines[number]
    found: list[_Failure] = []
    for start, stop, email in emails(line):
        before, after = line[max(0, start - LONGEST_LABEL) : start], line[stop:]
        if "://" in before.rpartition(" ")[2]:
            continue
        first = paragraph.begins(number, start, after)
        if not _STILL_FAILED.search(before):
            if _NOT_FAILED.search(before) or (not first and paragraph.helps):
                continue
        if first:
            found.append(_Failure(email, paragraph.reason(number, after, email), listed=True))
            if is_telling(found[-1].reason):
                # what else stands on the line is about this one ("<a@b>: 550 <a@b>... unknown")
                break
        elif status.of(line):
            found.append(_Failure(email, one_line(line)[:LONGEST_REASON], listed=True))
        elif _LABEL.search(before):
            reason = paragraph.reason(number, after, email) or one_line(line)
            found.append(_Failure(email, reason[:LONGEST_REASON], listed=True))
        elif paragraph.fails:
            found.append(_Failure(email, paragraph.text[:LONGEST_REASON], listed=False))
    return found


def _telling_line(told: str, known: str) -> str:
    """The first line of the report that carries a code, or else words that say why."""
    lines = [one_line(line[:_LONGEST_LINE]) for line in told.split("\n")[:_MOST_LINES]]
    lines = [line for line in lines if line and not _MATTER_LABEL.match(line)]
    for line in lines:
        if status.of(line):
            return line
    if known and is_telling(known):
        return ""
    return next((line for line in lines if is_telling(line)), "")


def _join(reason: str, line: str) -> str:
    if not line or line in reason:
        return reason
    return f"{reason} {line}".strip()[:LONGEST_REASON]
