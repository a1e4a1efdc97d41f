# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Inline styles that colour and space a text, and can do nothing else (CSS Syntax Level 3).

What is left after :mod:`html` has chosen the properties is read here as a browser reads it. A
declaration stays if it calls no function but a colour, holds no escape, and does not move its
element out of its place; where the reading is in doubt, the rest of the attribute goes.
"""

from __future__ import annotations

import functools
import html
import re

# Properties that may stand in a mail. Not among them: position, transform, z-index, and whatever
# takes the address of an image.
PROPERTIES = frozenset(
    "background background-color border border-bottom border-bottom-color border-bottom-style "
    "border-bottom-width border-collapse border-color border-left border-left-color "
    "border-left-style border-left-width border-radius border-right border-right-color "
    "border-right-style border-right-width border-spacing border-style border-top border-top-color "
    "border-top-style border-top-width border-width clear color direction display float font "
    "font-family font-size font-style font-variant font-weight height letter-spacing line-height "
    "list-style-type "
    "margin margin-bottom margin-left margin-right margin-top max-height max-width min-height "
    "min-width mso-hide opacity overflow overflow-wrap padding padding-bottom padding-left "
    "padding-right padding-top table-layout text-align text-decoration text-decoration-line "
    "text-indent text-transform vertical-align visibility white-space width word-break "
    "word-spacing word-wrap".split()
)
# Python 3.11.2 loses its place in repeated groups that are possessive: only sets of characters are.
# Read from the start of the tag, since the value of another attribute may end in " style=".
_ATTRIBUTE = re.compile(r'(<[a-z][a-z0-9]*(?: (?!style=)[a-z-]+="[^"]*+")*) style="([^"]*+)"')
# One declaration up to its semicolon. What it does not describe (a backslash, brackets, comments,
# strings that never end, nested functions) ends the reading of the attribute.
# A string is the name of a font; whoever reads styles carelessly shall find nothing else in it.
_NAME = r"[^\"'\\;:@(){}<>\r\n\f]*+"
_VALUE = (
    r"(?:[^;:\"'\\()<>{}\[\]@/]++|\"" + _NAME + r"\"|'" + _NAME + "'"
    r"|\((?:[^\"'\\()<>;{}]++|\"[^\"\\\r\n\f]*+\"|'[^'\\\r\n\f]*+')*\)|/(?![*/]))*"
)
_DECLARATION = re.compile(rf"\s*+([a-zA-Z-]++)\s*+:({_VALUE})(?:;|\Z)\s*+")
_FUNCTION = re.compile(r"([\w-]*)\(")
_COLOURS = frozenset({"rgb", "rgba", "hsl", "hsla"})
_URL = re.compile(r"\burl\((?:\s*\"[^\"]*\"\s*|\s*'[^']*'\s*|[^()\"']*)\)", re.I)
_NEGATIVE = re.compile(r"(?<!\w)-\s*+[\d.(][\w.%+-]*+")
# How far a text may be moved against its direction: Word hangs the numbers of its lists so.
_SLIGHT = re.compile(r"-(?:\d{1,2}(?:\.\d+)?(?:px|pt)|[0-3]?(?:\.\d+)?em|0?\.\d+(?:in|cm))", re.I)
_MAY_BE_SLIGHT = frozenset({"letter-spacing", "text-indent", "vertical-align", "word-spacing"})
_LONGEST_REMEMBERED = 500


def restrict(fragment: str) -> str:
    """Sanitised HTML *fragment* with every style attribute reduced to what is harmless.

    It must be serialised as HTML5 says, with "<" and ">" in attribute values escaped.
    """
    return _ATTRIBUTE.sub(_attribute, fragment)


def _attribute(match: re.Match[str]) -> str:
    style = match[2]
    if len(style) > _LONGEST_REMEMBERED:
        return match[1] + _restricted(style)
    return match[1] + _remembered(style)


def _restricted(style: str) -> str:
    """The attribute for the escaped value *style*, or "" where nothing of it may stay."""
    kept = declarations(html.unescape(style))
    text = ";".join(f"{name}:{value}" for name, value in kept)
    text = html.escape(text, quote=False).replace('"', "&quot;").replace("\xa0", "&nbsp;")
    return f' style="{text}"' if text else ""


_remembered = functools.lru_cache(maxsize=1024)(_restricted)


def declarations(style: str) -> list[tuple[str, str]]:
    """The harmless (property, value) pairs of *style*, an inline style, in their order."""
    kept = []
    position = 0
    while match := _DECLARATION.match(style, position):
        position = match.end()
        name, value = match[1].lower(), match[2].strip()
        if name == "background":
            # The colour behind a picture stays without the picture.
            value = " ".join(_URL.sub("", value).split())
        if value and name in PROPERTIES and _is_harmless(name, value):
            kept.append((name, value))
    return kept


def _is_harmless(name: str, value: str) -> bool:
    if "(" in value and not _COLOURS.issuperset(map(str.lower, _FUNCTION.findall(value))):
        return False
    if "-" not in value:
        return True
    negative = _NEGATIVE.findall(value)
    return not negative or (
        name in _MAY_BE_SLIGHT and all(_SLIGHT.fullmatch(number) for number in negative)
    )
