# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the markup of a mail says about history and signature, carried through to its text.

Mail programs mark quotations by classes and identifiers that the sanitizer takes away. So a
character that no text holds is set into the HTML where such an element starts; it goes through
the sanitizer and the making of plain text like any word, and is taken out of both at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

HISTORY = "\U0010fff0"
ATTRIBUTION = "\U0010fff1"
SIGNATURE = "\U0010fff2"
SIGNATURE_END = "\U0010fff3"
_ALL = f"{HISTORY}{ATTRIBUTION}{SIGNATURE}{SIGNATURE_END}"
_BLANK_LINES = re.compile(r"\n{3,}")

# Below such an element stands nothing but history.
_HISTORY_NAMES = (
    "appendonsend|divrplyfwdmsg|olk_src_body_section|stopspelling|zwchr|isforwardcontent|"
    "isreplycontent|mail-editor-reference-message-container|ms-outlook-mobile-reference-message|"
    "ms-outlook-mobile-body-separator-line|_mailoriginal|outlookmessageheader|yahoo_quoted|"
    "reply-intro|originalcontent|quoteheader|netease_mail_reply|ntes-mailmaster-quote"
)
# Such an element starts with the attribution of a quotation.
_ATTRIBUTION_NAMES = (
    "gmail_attr|moz-cite-prefix|protonmail_quote|tutanota_quote|zmail_extra|gmail_quote"
)
_SIGNATURE_NAMES = (
    "gmail_signature|moz-signature|signature|ms-outlook-mobile-signature|applemailsignature|"
    "protonmail_signature_block|data-signatureblock|tutanota_signature|zmail_signature|"
    "outlook_signature|yahoo_signature"
)
# One of these stands in every HTML that has something to mark: a cheap look.
_HINTS = (
    "quote gmail_attr moz-cite appendonsend rplyfwdmsg olk_src stopspelling zwchr forwardcontent "
    "replycontent reference-message body-separator mailoriginal outlookmessageheader reply-intro "
    "originalcontent netease_mail zmail_extra signature border-top"
).split()
_TAG = re.compile(
    r"<(?P<name>div|blockquote|span|hr|pre|a)\b(?P<attributes>[^<>]{1,1500})>",
    re.I,
)
_NAMED = re.compile(
    r"(?:\b(?:id|class|name)\s*=\s*(?:\"([^\"]{1,200})\"|'([^']{1,200})'|([^\s\"'>]{1,100})))"
    r"|(data-signatureblock)",
    re.I,
)
_IS_HISTORY = re.compile(
    rf"(?:x_|ydp\w{{1,20}}?|yiv\d{{1,20}})?(?:{_HISTORY_NAMES})(?:_\d+)?\Z", re.I
)
_IS_ATTRIBUTION = re.compile(rf"(?:{_ATTRIBUTION_NAMES})\Z", re.I)
_IS_SIGNATURE = re.compile(rf"(?:x_|ydp\w{{1,20}}?)?(?:{_SIGNATURE_NAMES})\Z", re.I)
# Outlook's line above the labels, in all of its versions and any language.
_OUTLOOK_RULE = re.compile(
    r"border-top\s*:\s*(?:solid\s+(?:#E1E1E1|#B5C4DF|windowtext)\s+1\.0pt|"
    r"1px\s+solid\s+rgb\(\s*(?:229|225|181))|border-top-color\s*:\s*rgb\(\s*229",
    re.I,
)
_BOLD_LABEL = re.compile(
    r"<(?:b|strong)\b[^<>]{0,300}>(?:\s|<[^<>]{0,300}>){0,8}[^<>]{1,40}[:\uff1a]", re.I
)
_LABELS_WITHIN = 2500
_LONGEST_TAG = 1600
_MOST_MARKS = 200
_MOST_LOOKS = 30
_LONGEST_SIGNATURE = 20_000


def mark(source: str) -> str:
    """*source* (HTML) with the marks in it; the very same where it has nothing to mark."""
    source = unmark_html(source)
    lowered = source.lower()
    if not any(hint in lowered for hint in _HINTS):
        return source
    pieces: list[str] = []
    position = marks = looks = 0
    for match in _tags(source, lowered):
        attributes = match["attributes"]
        if "=" not in attributes or match.start() < position:
            continue
        kind = _kind(source, match, attributes)
        if kind == SIGNATURE:
            looks += 1
            end = _closing_tag(source, match["name"], match.end()) if looks < _MOST_LOOKS else 0
            kind = SIGNATURE if end > match.end() else ""
        if not kind:
            continue
        at = match.start() if match["name"].lower() == "hr" else match.end()
        pieces += [source[position:at], kind]
        position = at
        if kind == SIGNATURE:
            pieces += [source[at:end], SIGNATURE_END]
            position = end
        marks += 1
        if marks >= _MOST_MARKS:
            break
    pieces.append(source[position:])
    return "".join(pieces)


def _tags(source: str, lowered: str) -> Iterator[re.Match[str]]:
    """The tags of *source* that one of the hints stands in: those alone can be marks."""
    if len(lowered) != len(source):
        # a few letters are longer in lower case, and their places differ
        yield from _TAG.finditer(source)
        return
    places: list[int] = []
    for hint in _HINTS:
        at = lowered.find(hint)
        while at >= 0:
            places.append(at)
            at = lowered.find(hint, at + len(hint))
    end = 0
    for place in sorted(places):
        if place < end:
            continue
        start = source.rfind("<", max(end, place - _LONGEST_TAG), place)
        match = _TAG.match(source, start) if start >= 0 else None
        if match and match.end() > place:
            end = match.end()
            yield match


def _kind(source: str, match: re.Match[str], attributes: str) -> str:
    for found in _NAMED.finditer(attributes):
        for name in next((group for group in found.groups() if group), "").split():
            if _IS_HISTORY.match(name):
                return HISTORY
            if _IS_ATTRIBUTION.match(name) and match["name"].lower() != "blockquote":
                return ATTRIBUTION
            if _IS_SIGNATURE.match(name) and match["name"].lower() in ("div", "pre", "span"):
                return SIGNATURE
    if "border-top" in attributes and _OUTLOOK_RULE.search(attributes):
        within = source[match.end() : match.end() + _LABELS_WITHIN]
        labels = sum(1 for _ in zip(_BOLD_LABEL.finditer(within), range(3), strict=False))
        return HISTORY if labels >= 3 else ""
    return ""


def _closing_tag(source: str, name: str, start: int) -> int:
    """Where the element *name* that is open at *start* is closed; *start* if it is not, soon."""
    depth = 1
    pattern = re.compile(rf"<(/?){re.escape(name)}\b", re.I)
    for match in pattern.finditer(source, start, start + _LONGEST_SIGNATURE):
        depth += -1 if match[1] else 1
        if not depth:
            return match.start()
    return start


def has_marks(text: str) -> bool:
    """Whether *text* holds a mark."""
    return not text.isascii() and any(mark in text for mark in _ALL)


def is_mark(line: str) -> bool:
    """Whether *line* is nothing but marks."""
    return has_marks(line) and not unmark_html(line).strip()


def unmark(text: str) -> str:
    """*text* without the marks, and without the lines that were marks alone."""
    if not has_marks(text):
        return text
    kept = []
    for line in text.split("\n"):
        if has_marks(line):
            line = unmark_html(line)
            if not line.strip("> \t"):
                continue
        kept.append(line)
    return _BLANK_LINES.sub("\n\n", "\n".join(kept))


def unmark_html(fragment: str) -> str:
    """*fragment* (HTML) without the marks."""
    if has_marks(fragment):
        for mark in _ALL:
            fragment = fragment.replace(mark, "")
    return fragment


def lines(text: str) -> list[str]:
    """The lines of a marked *text*: each mark is a line of its own, and none is in a quotation."""
    found: list[str] = []
    for line in text.split("\n"):
        if not has_marks(line):
            found.append(line)
        elif line.lstrip().startswith(">"):
            found.append(unmark_html(line))
        else:
            found += [piece for piece in re.split(f"([{_ALL}])", line) if piece.strip()]
    return found
