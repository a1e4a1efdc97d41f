# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether written HTML is read again as the tree that it was written from.

A sanitiser takes elements out of a tree and writes down the rest. HTML5 (WHATWG HTML, section
13.2.6) does not read every tree as it was written: without the <button> between them, the second
of two nested paragraphs ends the first. A fragment that is read otherwise has to be sanitised
once more, so that what was checked is what a browser shows.
"""

from __future__ import annotations

_VOID = frozenset("br col hr img wbr".split())
_CHILDREN = {
    "table": frozenset("caption colgroup thead tbody tfoot".split()),
    **dict.fromkeys(("thead", "tbody", "tfoot"), frozenset({"tr"})),
    "tr": frozenset({"td", "th"}),
    "colgroup": frozenset({"col"}),
}
_TABLE_PARTS = frozenset().union(*_CHILDREN.values())
_CELLS = frozenset({"td", "th", "caption"})
_ENDS_MATTER = _CELLS | {"p", "a"}
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_CLOSES_PARAGRAPH = _HEADINGS | frozenset(
    "address article aside blockquote center dd details div dl dt figcaption figure footer header "
    "hr li main nav ol p pre section summary table ul".split()
)
_ITEMS = {"li": frozenset({"li"}), "dd": frozenset({"dd", "dt"}), "dt": frozenset({"dd", "dt"})}
_KEEPS_ITEM_OPEN = (_CLOSES_PARAGRAPH | _CELLS) - {"address", "div", "p"}


def measure(tags: list[str]) -> tuple[int, bool]:
    """The depth of the written fragment whose tags are *tags*, and whether it is read as written.

    The reading stops where it is not.
    """
    stack = [""]
    outside: list[tuple[int, int]] = []
    deepest = paragraphs = links = 0
    children = None  # what may stand in the open element, if it is a part of a table
    for tag in tags:
        if tag[0] == "/":
            name = stack.pop()
            if name != tag[1:]:
                return deepest, False
            children = _CHILDREN.get(stack[-1])
            if name in _ENDS_MATTER:
                if name == "p":
                    paragraphs -= 1
                elif name == "a":
                    links -= 1
                else:
                    paragraphs, links = outside.pop()
            continue
        if children is not None:
            if tag not in children:
                return deepest, False
        elif tag in _TABLE_PARTS:
            return deepest, False
        if tag in _CLOSES_PARAGRAPH:
            if paragraphs or (tag in _HEADINGS and stack[-1] in _HEADINGS):
                return deepest, False
            if tag in _ITEMS and _ends_item(stack, _ITEMS[tag]):
                return deepest, False
            if tag == "p":
                paragraphs = 1
        elif tag in _ENDS_MATTER:
            if tag != "a":
                outside.append((paragraphs, links))
                paragraphs = links = 0
            elif links:
                return deepest, False
            else:
                links = 1
        if tag not in _VOID:
            children = _CHILDREN.get(tag)
            stack.append(tag)
            if len(stack) > deepest:
                deepest = len(stack)
    return deepest - 1, True


def _ends_item(stack: list[str], items: frozenset[str]) -> bool:
    for name in reversed(stack):
        if name in items:
            return True
        if name in _KEEPS_ITEM_OPEN:
            return False
    return False
