# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The tags of a text in the order in which an HTML5 parser meets them (WHATWG HTML, 13.2.5).

What stands in a comment, in an attribute or in a style sheet is no tag. A reading that is cheaper
than the rules can be led to see other tags than a browser does.
"""

from __future__ import annotations

import re

_SPACE = "\t\n\f\r "
# Their content is text whatever stands in it; not so inside the elements of other languages.
_END_OF_TEXT = {
    name: re.compile(rf"</{name}(?=[{_SPACE}/>])", re.I)
    for name in "script style title textarea xmp iframe noembed noframes".split()
}
# Text after one of these stands where a table has none.
_BESIDE_CELLS = frozenset(
    "table tbody thead tfoot tr colgroup col /tbody /thead /tfoot /tr /td /th /caption "
    "/colgroup".split()
)
_FOREIGN = re.compile(r"<(?:svg|math|select|template)\b|<!\[CDATA\[", re.I)
_ATTRIBUTE = (
    rf"[^{_SPACE}/>][^{_SPACE}/>=]*+"
    rf"(?:[{_SPACE}]*+=[{_SPACE}]*+(?:\"[^\"]*+\"|'[^']*+'|[^{_SPACE}>\"'][^{_SPACE}>]*+)?)?"
)
_TOKEN = re.compile(
    rf"<(?:(/?[a-zA-Z][^{_SPACE}/>]*+)((?:[{_SPACE}/]++|{_ATTRIBUTE})*)>?"
    r"|!--(?:-?>|.*?(?:--!?>|\Z))|[!?][^>]*+>?|/[^a-zA-Z>][^>]*+>?)",
    re.S,
)
_QUOTED = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_WRITTEN_NAME = re.compile(r"<(/?[a-z][a-z0-9]*)")


def tokens(source: str) -> list[tuple[str, str]]:
    """Each tag of *source*: its lower-case name ("/name" for end tags, "name/" for those that
    close themselves where that may matter), and its attributes without quoted values.

    Text that stands in a table, but in none of its cells, is the tag "#text"."""
    found = []
    foreign = bool(_FOREIGN.search(source))
    position = 0
    beside_cells = False
    while match := _TOKEN.search(source, position):
        before = source[position : match.start()] if beside_cells else ""
        position = match.end()
        name, attributes = match.groups()
        if before and not before.isspace():
            found.append(("#text", ""))
        if name is None:
            continue
        name = name.lower()
        beside_cells = name in _BESIDE_CELLS
        if foreign:
            if attributes.endswith("/"):
                name += "/"
        elif name in _END_OF_TEXT:
            end = _END_OF_TEXT[name].search(source, position)
            position = end.start() if end else len(source)
        elif name == "plaintext":
            position = len(source)
        found.append((name, _QUOTED.sub("", attributes) if len(attributes) > 1000 else attributes))
    return found


def of_fragment(fragment: str) -> list[str]:
    """The names of the tags of *fragment*, which the sanitiser wrote: "<" is a tag's, always."""
    return _WRITTEN_NAME.findall(fragment)
