# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where the signature below a letter starts, and the notices that programs add.

Cut is what is certain: what stands below the mark "-- " (RFC 3676, section 4.3), the note of a
device, the footer of a mailing list, a legal notice, a formula that closes a letter with names
and addresses alone below it. What could be a sentence of the author stays.
"""

from __future__ import annotations

import re

from .words_signatures import (
    CLOSINGS,
    DEVICES,
    NOTICE_ABOUT,
    NOTICE_OTHER,
    NOTICE_OTHER_HINTS,
    NOTICE_RECEIVER,
    NOTICE_SECRET,
    SENT_FROM,
    SENT_LAST,
)

# Many programs strip the blank of "-- ", but people also draw "--" between paragraphs.
_LONGEST_BELOW_MARK = {"-- ": 40, "--": 12, "__": 12}
_DEVICE = re.compile(
    rf"^\W{{0,3}}(?:(?:{SENT_FROM})[ \xa0:]?.{{0,50}}?(?<!\w)(?:{DEVICES})(?!\w)"
    rf"|(?:{DEVICES}).{{0,40}}?(?:{SENT_LAST})\W{{0,3}}$|sent wirelessly\b|"
    r"(?:nachricht|mail) von meinem)",
    re.I,
)
_EAST_ASIAN_DEVICE = re.compile(
    r"^(?:发自|從|从|傳送自|寄件自|나의|내 |.{0,30}(?:から送信|에서 보냄))", re.I
)
_VERB = re.compile(r"(?<![\w'])(?:is|are|was|ist|will|and|und|because)\b")
_LONGEST_DEVICE = 110
_MOST_WORDS_BEHIND_DEVICE = 9
_LIST_RULE = re.compile(r"^_{20,}\s*$")
_CLOSING = re.compile(
    rf"^[\W_]{{0,3}}(?:{CLOSINGS})[\s,.!;:\u2026\U0001f300-\U0001faff\U00002600-\U000027bf]*$", re.I
)
_CLOSING_AND_NAME = re.compile(rf"^(?:{CLOSINGS})\s*[,.!]\s*(?P<name>[^,.!?:]{{2,40}})$", re.I)
_RULE = re.compile(r"^\s*(?:[-_=*\u2013\u2014]\s?){3,}\s*$")
_CONTACT = re.compile(
    r"[^\s@]@[^\s@]+\.[a-z]|https?://|\bwww\.|(?:\+|\(|\b)\d[\d\s()./\u2011-]{5,}\d", re.I
)
_POSTSCRIPT = re.compile(r"^\W{0,3}(?:p\.?\s?s\.?|n\.?b\.?|nachtrag|edit|update)\b", re.I)
_SIGNED_WITH_STROKE = re.compile(r"^/ ?([^\W\d_][\w-]+)(?: [^\W\d_][\w-]+)?$")
_ABOUT = re.compile(NOTICE_ABOUT, re.I)
_RECEIVER = re.compile(NOTICE_RECEIVER, re.I)
_OTHER_NOTICE = re.compile(NOTICE_OTHER, re.I)
_NOTICE_TITLE = re.compile(
    r"^\W{0,3}(?:legal )?(?:disclaimer|confidentiality(?: notice| note)?|haftungsausschluss|"
    r"vertraulichkeitshinweis|avertissement|aviso legal|avviso|avvertenza|important "
    r"notice)\W{0,3}$",
    re.I,
)
_SHORTEST_NOTICE = 60
_MOST_NOTICE_LINES = 40
_MOST_SIGNATURE_LINES = 12
_MOST_BLOCK_LINES = 25
_LONGEST_SIGNATURE_LINE = 80
_LONGEST_NAME = 45
_SENTENCE_WORDS = 8
_LONGEST_LINE = 300
_LONGEST_NOTICE = 8000
_MOST_STEPS = 20


def tail(lines: list[str]) -> int:
    """Where what is no letter any more starts at the end of *lines*; ``len(lines)`` if nothing.

    It looks only for marks: of signatures, devices, mailing lists and legal notices.
    """
    end = len(lines)
    for _ in range(_MOST_STEPS):
        before = end
        end = _blank(lines, end)
        end = _notice(lines, end)
        end = _list_footer(lines, end)
        if end > 1 and _is_device(lines[end - 1]):
            end -= 1
        elif end == _blank(lines, before):
            break
    end = _mark(lines, end)
    end = _blank(lines, end)
    if end > 1 and _is_device(lines[end - 1]):
        end = _blank(lines, end - 1)
    if not any(map(str.strip, lines[:end])):
        return len(lines)
    return end


def start(lines: list[str], name: str = "", email: str = "", history: str = "") -> int:
    """Where the signature of the author's *lines* starts; ``len(lines)`` if there is none.

    *name* and *email* are the sender's; *history* is what the mail answers, in which a name that
    signs with "/Anna" must stand if it is not in *name*.
    """
    whole = len(lines)
    end = tail(lines)
    for found in (_ruled_block(lines, end, name, email), _closing(lines, end)):
        if found < end and any(map(str.strip, lines[:found])):
            end = _blank(lines, found)
    last = _blank(lines, end)
    if last:
        signed = _SIGNED_WITH_STROKE.match(lines[last - 1].strip())
        known = f"{name} {history[:2000]}".casefold().split()
        if signed and any(word.strip(",.!:<>\"'") == signed[1].casefold() for word in known):
            end = last - 1
    card = _card(lines, _blank(lines, end), name, email)
    if card is not None and any(map(str.strip, lines[:card])):
        end = card
    return end if any(map(str.strip, lines[:end])) else whole


def _blank(lines: list[str], end: int) -> int:
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _mark(lines: list[str], end: int) -> int:
    """Where the first signature mark near the end stands; *end* if there is none."""
    for number in range(max(1, end - max(_LONGEST_BELOW_MARK.values())), end):
        line = lines[number]
        longest = _LONGEST_BELOW_MARK.get(line) or _LONGEST_BELOW_MARK.get(line.rstrip())
        if line == "--\xa0":
            longest = _LONGEST_BELOW_MARK["-- "]
        if not longest or end - number > longest or not any(map(str.strip, lines[:number])):
            continue
        below = lines[number + 1 : end]
        if any(below_line.lstrip().startswith(">") for below_line in below):
            continue
        if line in ("-- ", "--\xa0") or not any(map(_is_sentence, below)):
            return number
    return end


def _is_device(line: str) -> bool:
    """Whether *line* is the note that a device or a program adds."""
    if len(line) > _LONGEST_LINE * 10:
        return False
    line = line.strip()
    if not line or len(line) > _LONGEST_DEVICE:
        link = line.find("<http")
        if not 0 < link <= _LONGEST_DEVICE:
            return False
        line = line[:link]
    match = _DEVICE.match(line)
    if match is None:
        return bool(len(line) < 40 and _EAST_ASIAN_DEVICE.match(line))
    rest = line[match.end() :]
    if "<http" in rest:
        rest = rest[: rest.index("<http")]
    # "Sent from my desk, is much easier than my mobile phone." is a sentence.
    if "," in match.group() or _VERB.search(rest):
        return False
    return len(rest.split()) <= _MOST_WORDS_BEHIND_DEVICE and not rest.rstrip().endswith("?")


def _list_footer(lines: list[str], end: int) -> int:
    """Where the footer of a mailing list starts: a long rule, then addresses of the list."""
    for number in range(max(0, end - 7), end):
        if _LIST_RULE.match(lines[number]):
            below = [line for line in lines[number + 1 : end] if line.strip()]
            if below and not any(map(_is_sentence, below)):
                if any(_CONTACT.search(line) for line in below):
                    return number
    return end


def _notice(lines: list[str], end: int) -> int:
    """Where legal notices at the end of *lines*[:*end*] start; *end* if there are none."""
    for _ in range(_MOST_STEPS):
        end = _blank(lines, end)
        first = end
        while first and end - first < _MOST_NOTICE_LINES and lines[first - 1].strip():
            first -= 1
        if end and lines[end - 1].lstrip().startswith(">"):
            return end
        if sum(map(len, lines[first:end])) > _LONGEST_NOTICE:
            return end
        paragraph = " ".join(lines[first:end])
        if _RULE.match(paragraph) and end < len(lines):
            # The rule between two notices, or above one.
            end = first
            continue
        if not first or not _is_notice(paragraph):
            return end
        end = first
        above = _blank(lines, end)
        if above and _NOTICE_TITLE.match(lines[above - 1]):
            end = above - 1
    return end


def _is_notice(paragraph: str) -> bool:
    lowered = paragraph.lower()
    if any(hint in lowered for hint in NOTICE_OTHER_HINTS) and len(paragraph) < 1000:
        if _OTHER_NOTICE.search(paragraph):
            return bool(_ABOUT.search(paragraph) or len(paragraph) < 150)
    if len(paragraph) < _SHORTEST_NOTICE or "?" in paragraph:
        return False
    if not any(part in lowered for part in NOTICE_SECRET):
        return False
    return bool(_ABOUT.search(paragraph) and _RECEIVER.search(paragraph))


def _ruled_block(lines: list[str], end: int, name: str, email: str) -> int:
    """Where a rule with the sender's names and addresses alone below it starts; *end* if none.

    A rule right below a line underlines a title: what follows is no signature.
    """
    for number in range(max(1, end - _MOST_BLOCK_LINES), end):
        if _RULE.match(lines[number]) and not lines[number - 1].strip():
            below = [line for line in lines[number + 1 : end] if line.strip()]
            if any(map(_is_sentence, below)) or not _names_sender(below, name, email):
                continue
            if sum(bool(_CONTACT.search(line)) for line in below) >= 2:
                return number
    return end


def _closing(lines: list[str], end: int) -> int:
    """Where the formula that closes the letter stands; *end* if there is none."""
    end = _blank(lines, end)
    texts = 0
    for number in range(end - 1, 0, -1):
        line = lines[number].strip()
        if not line:
            continue
        if len(line) <= _LONGEST_SIGNATURE_LINE and _CLOSING.match(line):
            below = [text for text in lines[number + 1 : end] if text.strip()]
            return number if all(map(_is_name_or_contact, below)) else end
        if len(line) <= _LONGEST_SIGNATURE_LINE and not texts:
            match = _CLOSING_AND_NAME.match(line)
            if match and _is_name(match["name"]):
                return number
        texts += 1
        if texts > _MOST_SIGNATURE_LINES or _is_sentence(line):
            return end
    return end


def _card(lines: list[str], end: int, name: str, email: str) -> int | None:
    """Where the sender's own name and addresses stand as the last paragraph; or None."""
    first = end
    while first and end - first < _MOST_SIGNATURE_LINES and lines[first - 1].strip():
        first -= 1
    block = [line.strip() for line in lines[first:end]]
    if not first or len(block) < 2 or any(map(_is_sentence, block)):
        return None
    if any(map(_RULE.match, block)):
        return None
    above = _blank(lines, first)
    if above and lines[above - 1].rstrip().endswith((":", "\uff1a")):
        return None
    contacts = sum(bool(_CONTACT.search(line)) for line in block)
    named = _names_sender(block[:1], name, "")
    parts = re.split(r"[\W\d_]+", email.partition("@")[0].casefold())
    alike = any(len(part) > 2 and part in block[0].casefold() for part in parts)
    own = alike and _is_name(block[0]) and _names_sender(block, "", email)
    if (named and contacts >= 1) or (own and contacts >= 2):
        return first
    return None


def _names_sender(block: list[str], name: str, email: str) -> bool:
    """Whether the sender's *name* or *email* stands in the lines of *block*."""
    wanted = [text.casefold() for text in (name, email) if len(text) > 2]
    return any(text in line.casefold() for line in block for text in wanted)


def _is_name_or_contact(line: str) -> bool:
    """Whether *line* can stand below a formula that closes a letter."""
    return _is_name(line) or bool(_CONTACT.search(line)) or "|" in line or _is_device(line)


def _is_name(line: str) -> bool:
    """Whether *line* can be the name of a person or a company."""
    line = line.strip(" *_,.-/")
    if not line or len(line) > _LONGEST_NAME or line.endswith(("?", ":")):
        return False
    words = [word for word in re.findall(r"[^\W\d_][\w'\u2019.-]*", line)]
    if not words:
        return False
    small = sum(word[0].islower() for word in words)
    return len(words) <= 7 and (small * 2 <= len(words) or len(words) == 1)


def _is_sentence(line: str) -> bool:
    """Whether *line* can be something that the author says, and not names and addresses."""
    if len(line) > _LONGEST_LINE:
        return True
    line = line.strip()
    if not line:
        return False
    if line.endswith("?") or _POSTSCRIPT.match(line):
        return True
    words = line.split()
    if len(words) > 16:
        return True
    return len(words) >= _SENTENCE_WORDS and line.endswith((".", "!", "\u3002", ":"))
