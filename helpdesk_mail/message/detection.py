# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which legacy charset some octets are in, where nothing says so.

Three questions in turn, each answered only where the answer is clear: letters here and there
belong to a Latin alphabet, and the language tells which; runs that are all letters of only one
other alphabet, in a sane case, are in that; the rest is for the statistics of charset-normalizer.
"""

from __future__ import annotations

import codecs
import re

_HIGH = re.compile(rb"[\x80-\xff]")
_RUN = re.compile(rb"[\x80-\xff]{3,}")
_UPPER_AFTER_LOWER = re.compile("[a-zа-яёα-ωά-ώ][A-ZА-ЯЁΑ-Ω]")
_LATIN = (
    ("cp1252", "äöüß"),
    ("cp1252", "éèêëàâçîïôûùœ"),
    ("cp1252", "áéíóúñü¿¡ºª"),
    ("cp1252", "ãõáéíóúâêôçàü"),
    ("cp1252", "àèéìòù"),
    ("cp1252", "åäöøæéü"),
    ("cp1252", "ëéïöüèáó"),
    ("cp1252", "áðéíóúýþæö"),
    ("cp1250", "ąćęłńóśźż"),
    ("iso8859_2", "ąćęłńóśźż"),
    ("cp1250", "áčďéěíňóřšťúůýž"),
    ("iso8859_2", "áčďéěíňóřšťúůýž"),
    ("cp1250", "áäčďéíĺľňóôŕšťúýž"),
    ("iso8859_2", "áäčďéíĺľňóôŕšťúýž"),
    ("cp1250", "áéíóöőúüű"),
    ("iso8859_2", "áéíóöőúüű"),
    ("cp1250", "ăâîşţ"),
    ("iso8859_2", "ăâîşţ"),
    ("cp1250", "čćđšž"),
    ("iso8859_2", "čćđšž"),
    ("cp1254", "çğıöşüâî"),
    ("cp1257", "ąčęėįšųūž"),
    ("cp1257", "āčēģīķļņšūž"),
    ("cp1257", "äõöüšž"),
)
_PUNCTUATION = frozenset("\u00a0«»„“”‘’‚–—…•€°§£©®·´")
_ALPHABETS = (
    ("cp1251", "а", "я", "ёЁ"),
    ("koi8_r", "а", "я", "ёЁ"),
    ("iso8859_5", "а", "я", "ёЁ"),
    ("cp866", "а", "я", "ёЁ"),
    ("cp1253", "α", "ω", "άέήίόύώϊϋΐΰΆΈΉΊΌΎΏς"),
    ("cp1255", "א", "ת", ""),
    ("cp1256", "ء", "ي", "،؟پچژگ"),
    ("iso8859_6", "ء", "ي", "،؛؟\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652"),
    ("cp874", "ก", "์", "ๆฯ"),
)
_SHORT = 24


def detect(sample: bytes) -> str:
    """The Python codec that *sample*, octets which are no UTF-8, is most likely in."""
    high = len(_HIGH.findall(sample))
    in_runs = sum(map(len, _RUN.findall(sample)))
    if in_runs * 2 < high:
        return _latin(sample)
    alphabets = _alphabets(sample)
    if alphabets and (high < _SHORT or len(alphabets) == 1):
        return alphabets[0]
    # Slow to import and seldom needed.
    from charset_normalizer import from_bytes

    best = from_bytes(sample, steps=3, chunk_size=256).best()
    otherwise = alphabets[0] if alphabets else "cp1252"
    if best is None:
        return otherwise
    found = codecs.lookup(best.encoding).name.replace("-", "_")
    if found.startswith(("utf_16", "utf_32", "utf_7", "cp037", "cp500", "cp1140", "cp1026")):
        return otherwise
    return found


def _latin(sample: bytes) -> str:
    """The charset of the language whose own letters the octets are; Western if none is better."""
    best, best_score = "cp1252", 0
    for codec, letters in _LATIN:
        score = 0
        for character in _high_text(sample, codec):
            if character.lower() in letters:
                score += 1
            elif character not in _PUNCTUATION:
                score -= 2
        if score > best_score:
            best, best_score = codec, score
    return best


def _high_text(sample: bytes, codec: str) -> str:
    return b"".join(_HIGH.findall(sample)).decode(codec, "replace")


def _alphabets(sample: bytes) -> list[str]:
    """The charsets in which all high octets are letters of one alphabet, in a sane case."""
    found: list[str] = []
    for codec, first, last, more in _ALPHABETS:
        try:
            text = sample.decode(codec)
        except UnicodeDecodeError:
            continue
        foreign = (character for character in text if character > "\x7f")
        if all(
            first <= character.lower() <= last or character in more or character in _PUNCTUATION
            for character in foreign
        ) and not _UPPER_AFTER_LOWER.search(text):
            found.append(codec)
    return found
