# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Address lists (RFC 5322, section 3.4; RFC 6854; RFC 6532), as tolerant as people are.

Understood besides the grammar: semicolons as separators, "Last, First <a@example.com>" without
quotes, quotes and angle brackets that never close, addresses twice ("a@b <a@b>"), comments as
names, encoded words anywhere, and groups, whose members count and whose names do not.
International domains are given in Unicode, so that "xn--mller-kva.example" and
"müller.example" are one address.
"""

from __future__ import annotations

import itertools
import re

from . import encoded_words
from .defects import Defects
from .headers import one_line
from .limits import Limits
from .parsed import Address

_SIMPLE = re.compile(
    r'(?:"([^"\\<>@=]*)"|([^"<>,;:()@\\=\[\]]*))\s*<\s*([^\s<>,;:()"@\[\]]+@[^\s<>,;:()"@\[\]]+)\s*>\Z'
)
_BARE = re.compile(r"[^\s<>,;:()\"@=\[\]]+@[^\s<>,;:()\"@=\[\]]+\Z")
_QUOTED = r'|(?P<quoted>"(?:[^"\\]|\\.)*+(?:"|\\?\Z))'
_WORD = r"(?P<word>=\?[^?\s=]+\?[bBqQ]\?[^?]*\?=)"
_REST = (
    r"|(?P<angle><[^<>]*(?:>|\Z|(?=<)))"
    r"|(?P<literal>\[[^\[\]<>,;]*\])"
    r"|(?P<comment>\()"
    r"|(?P<separator>[,;:])"
    r'|(?P<text>[^",;:<()\[=]+)'
    r"|(?P<other>.)"
)
_TOKEN = re.compile(_WORD + _QUOTED + _REST, re.S)
_TOKEN_NO_QUOTES = re.compile(_WORD + _REST, re.S)
# For each address that is allowed; more than that is no address list.
_MOST_TOKENS = 10
_PARENTHESIS = re.compile(r"\\.|[()]", re.S)
_ESCAPED = re.compile(r"\\(.)", re.S)
_MAILTO = re.compile(r"\b(?:mailto|smtp):", re.I)
_DOUBLED = re.compile(r"<\s*<+|>\s*>+")
_QUOTED_TEXT = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"|\\?\Z)', re.S)
# An obsolete form (RFC 5322, section 4.4) has blanks around its dots and its "@".
_AROUND_DOTS = re.compile(r"\s*([.@])\s*")
_COMMENT = re.compile(r"\([^()]*\)")
# What turns the direction of a name, or is not seen, only serves to deceive.
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_DEEPEST_COMMENT = 5
_FIND = re.compile(r"[^\s<>,;:()\"'@\[\]]{1,256}@[^\s<>,;:()\"'@\[\]]{1,256}")


def parse_addresses(value: str, limits: Limits, defects: Defects) -> tuple[Address, ...]:
    """The addresses of *value*, a raw unfolded header field, in order."""
    value = value.strip()
    if not value:
        return ()
    if match := _SIMPLE.match(value):
        return (Address(_name(match[1] or match[2] or ""), _domain_lower(match[3])),)
    if _BARE.match(value):
        return (Address("", _domain_lower(value)),)
    reader = _Reader(value, limits.addresses)
    found = reader.read()
    if reader.full:
        defects.add(f"A field names more than {limits.addresses} addresses; the rest was cut off.")
    return tuple(found)


class _Reader:
    """One pass over the tokens of an address list."""

    def __init__(self, value: str, most: int) -> None:
        self.value = _DOUBLED.sub(lambda found: found.group()[0], _MAILTO.sub("", value))
        self.most = most
        self.full = False
        self.found: list[Address] = []
        self.phrase: list[str] = []
        self.comments: list[str] = []
        self.angle: str | None = None
        # How much of the phrase stands before the angle.
        self.before = 0
        self.pending: list[str] = []

    def read(self) -> list[Address]:
        value, position, tokens, comments = self.value, 0, _TOKEN, True
        rounds = 0
        while position < len(value) and not self.full:
            rounds += 1
            self.full = rounds > self.most * _MOST_TOKENS
            match = tokens.match(value, position)
            if match is None:
                position += 1
                continue
            kind, token = match.lastgroup, match.group()
            if kind == "quoted" and (len(token) < 2 or not token.endswith('"')):
                # The quote never closes: it must not swallow the addresses that follow.
                tokens = _TOKEN_NO_QUOTES
                position += 1
                continue
            position = match.end()
            if kind == "comment":
                stop = _comment_end(value, position) if comments else -1
                comments = stop >= 0
                if comments:
                    self.comments.append(value[position : stop - 1])
                    position = stop
                else:
                    self.phrase.append(token)
            else:
                self.take(kind or "", token)
        self.finish("")
        return self.found

    def take(self, kind: str, token: str) -> None:
        if kind == "separator":
            self.finish(token)
        elif kind == "angle" or (kind == "literal" and self.is_address(token)):
            if self.angle is not None:
                # "A <a@b> C <c@d>": the comma between them is missing.
                following = self.phrase[self.before :]
                del self.phrase[self.before :]
                self.finish(",")
                self.phrase = following
            self.angle = token.strip("<>[]") if kind == "literal" else token.strip("<>")
            self.before = len(self.phrase)
        else:
            self.phrase.append(token)

    def is_address(self, token: str) -> bool:
        """Whether brackets hold an address ("[mailto:a@b]"), and are no part of one ("a@[::1]")."""
        return "@" in token and not (self.phrase and self.phrase[-1].endswith("@"))

    def finish(self, separator: str) -> None:
        """Close the address that has been collected; *separator* is what ended it."""
        phrase = "".join(self.phrase).strip()
        angle, comments = self.angle, self.comments
        self.phrase, self.comments, self.angle = [], [], None
        if separator == ":":
            # The name of a group, or the start of an obsolete route.
            self.pending = []
            return
        if angle is None and "@" not in phrase:
            if phrase and separator == "," and not phrase.startswith('"'):
                # Perhaps "Last, First <...>".
                self.pending.append(phrase)
                return
            if phrase or self.pending:
                self.flush()
                if phrase:
                    self.nameless(_name(phrase))
            return
        if self.pending:
            if angle is not None and "@" not in phrase:
                phrase = ", ".join(part for part in (*self.pending, phrase) if part)
                self.pending = []
            else:
                self.flush()
        self.resolve(phrase, angle, comments)

    def resolve(self, phrase: str, angle: str | None, comments: list[str]) -> None:
        if angle is not None:
            email = _email(angle)
            name = _name(phrase) or _name(" ".join(comments))
            if not email and "@" in phrase and (match := _FIND.search(phrase)):
                email, name = _email(match.group()), ""
            self.add("" if name.lower() == email.lower() else name, email)
            return
        email = _email(phrase)
        if email:
            self.add(_name(" ".join(comments)), email)
        elif matches := list(itertools.islice(_FIND.finditer(phrase), self.most + 1)):
            # "John john@example.com", or several with blanks only between them.
            name = _name(phrase[: matches[0].start()]) if len(matches) == 1 else ""
            for match in matches:
                if self.full:
                    break
                self.add(name or _name(" ".join(comments)), _email(match.group()))
        else:
            self.nameless(_name(phrase))

    def nameless(self, name: str) -> None:
        """Something without an address; some programs encode the address together with the name."""
        match = _FIND.search(name) if "@" in name else None
        email = _email(match.group()) if match else ""
        self.add(name[: match.start()].strip(" <(\"'") if match and email else name, email)

    def flush(self) -> None:
        if self.pending:
            self.add(_name(", ".join(self.pending)), "")
            self.pending = []

    def add(self, name: str, email: str) -> None:
        if len(self.found) >= self.most:
            self.full = True
        elif name or email:
            self.found.append(Address(name, email))


def _comment_end(value: str, position: int) -> int:
    """Where the comment that was opened just before *position* ends, or -1."""
    depth = 1
    for match in _PARENTHESIS.finditer(value, position):
        token = match.group()
        if token == "(":
            depth += 1
        elif token == ")":
            depth -= 1
            if not depth:
                return match.end()
    return -1


def _name(phrase: str) -> str:
    """A display name: quotes and escapes off, encoded words decoded, on one line."""
    phrase = phrase.strip()
    if '"' in phrase:
        phrase = _unquoted(phrase)
    if "=?" in phrase:
        phrase = encoded_words.decode(phrase)
    phrase = one_line(phrase)
    if not phrase.isascii():
        phrase = _UNSEEN.sub("", phrase)
    phrase = phrase.rstrip("<[ ")
    if len(phrase) > 1 and phrase[0] == phrase[-1] and phrase[0] in "'\"":
        phrase = phrase[1:-1].strip()
    return phrase


def _unquoted(phrase: str) -> str:
    """*phrase* without the quotes around its words; quotes that were escaped stay."""
    pieces: list[str] = []
    position = 0
    for match in _QUOTED_TEXT.finditer(phrase):
        pieces += [phrase[position : match.start()].replace('\\"', "").replace('"', "")]
        pieces += [_ESCAPED.sub(r"\1", match[1])]
        position = match.end()
    return "".join((*pieces, phrase[position:].replace('"', "")))


def _email(text: str) -> str:
    """*text* as an addr-spec, or "" if it is none. A source route (RFC 5322, 4.4) is dropped."""
    text = text.strip().strip("'`<>").strip()
    if text.startswith("@") and ":" in text:
        text = text.rpartition(":")[2].strip()
    if "=?" in text:
        text = encoded_words.decode(text).strip()
    if "@" not in text or len(text) > 512:
        return ""
    if "(" in text and not text.startswith('"'):
        for _ in range(_DEEPEST_COMMENT):
            text = _COMMENT.sub("", text)
    local, _, domain = text.rpartition("@")
    quoted = len(local) > 2 and local[0] == local[-1] == '"'
    if not quoted:
        local = _AROUND_DOTS.sub(r"\1", local).strip()
        if '"' in local or "@" in local or any(map(str.isspace, local)):
            return ""
    domain = "".join(domain.split()).rstrip(".,;")
    if not local or not domain or not f"{local}{domain}".isprintable():
        return ""
    return _domain_lower(f"{local}@{domain}")


def _domain_lower(email: str) -> str:
    local, _, domain = email.rpartition("@")
    domain = domain.lower().rstrip(".")
    if "xn--" in domain and len(domain) < 254:
        domain = ".".join(map(_unicode_label, domain.split(".")))
    return f"{local}@{domain}" if domain else ""


def _unicode_label(label: str) -> str:
    """An A-label as the U-label that it stands for, if it really does (RFC 5890)."""
    if not label.startswith("xn--"):
        return label
    try:
        decoded = label.encode("ascii").decode("idna")
        return decoded if decoded.encode("idna") == label.encode("ascii") else label
    except (UnicodeError, ValueError):
        return label
