# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The open elements of HTML while its tags are read, and what reading them costs.

The rules of HTML5 (WHATWG HTML, section 13.2.6) have steps whose cost grows with what came
before: at an end tag the open elements are searched; formatting that was never closed is made
anew in every block; what stands in a table but in none of its cells is moved out of it. Here the
stack of open elements is followed by name alone, which takes linear time, and those steps are
counted.
"""

from __future__ import annotations

_MOST_WORK = 5_000_000
_MOST_FOSTERED = 5000

_VOID = frozenset(
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param "
    "source track wbr html head body frameset #text".split()
)
_LEVEL = _VOID | {f"/{name}" for name in _VOID}
_MOVED_VOID = frozenset(
    "area br embed hr image img keygen param source track wbr /br #text".split()
)
FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_CLOSES_PARAGRAPH = _HEADINGS | frozenset(
    "address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form header hgroup li listing main menu nav ol p plaintext pre search section "
    "summary table ul xmp".split()
)
_SPECIAL = (
    _CLOSES_PARAGRAPH - {"dialog", "search"}
    | _VOID
    | frozenset(
        "applet button caption colgroup iframe marquee noembed noframes noscript object script "
        "select style tbody td template textarea tfoot th thead title tr".split()
    )
)
# Nothing inside them is closed from inside a table, a cell or another document in them.
_BARRIERS = frozenset(
    "applet caption marquee object select table td template th svg:annotation-xml svg:desc "
    "svg:foreignobject svg:mi svg:mn svg:mo svg:ms svg:mtext svg:title".split()
)
_FORGETS_FORMATTING = frozenset("applet caption marquee object td template th".split())
_IN_TABLE = frozenset("table tbody tfoot thead tr".split())
_TABLE_PARTS = frozenset("caption colgroup tbody td tfoot th thead tr".split())
_MAY_STAND_IN_TABLE = frozenset("form script style template".split())
# What a row, a cell and so on stand in.
_STANDS_IN = {
    "td": _IN_TABLE | {"template"},
    "th": _IN_TABLE | {"template"},
    "tr": frozenset("table tbody tfoot thead template".split()),
    **dict.fromkeys("caption colgroup tbody tfoot thead".split(), frozenset({"table", "template"})),
}
_CLOSES_ITEM = {"li": ("li",), "dd": ("dd", "dt"), "dt": ("dd", "dt")}
_ITEM_PASSES = _SPECIAL - {"address", "div", "p"}
_INTEGRATION = frozenset(name for name in _BARRIERS if name.startswith("svg:"))
_BREAKS_OUT = (
    (_CLOSES_PARAGRAPH - {"details", "dialog", "search", "summary", "form"})
    | FORMATTING - {"a"}
    | frozenset("br embed hr img meta ruby span sub sup table var".split())
)


class Stack:
    """The open elements; ``pending`` is the formatting that will be opened again."""

    __slots__ = ("deepest", "hostile", "levels", "moved", "open", "pending", "reopened", "work")

    def __init__(self, deepest: int) -> None:
        self.deepest = deepest
        self.open: list[str] = []
        self.pending: list[str] = []
        self.levels: list[list[str]] = []
        self.work = self.moved = self.reopened = 0
        self.hostile = False

    def read(self, tags: list[str]) -> None:
        """Follow *tags* up to where they turn out to be hostile."""
        stack = self.open
        deepest = self.deepest
        for tag in tags:
            if tag in _LEVEL:
                if tag in _MOVED_VOID:
                    self._void()
                continue
            if stack and tag[0] == "/" and stack[-1] == tag[1:]:
                if tag[1:] in _FORGETS_FORMATTING:
                    self.pending = self.levels.pop()
                stack.pop()
                continue
            if tag[0] == "/":
                self._end(tag[1:])
            else:
                self._start(tag)
            self.work += len(stack)
            if len(stack) > deepest or self.work > _MOST_WORK:
                break
        else:
            deepest = len(stack)
        self.hostile = len(stack) > deepest or self.work > _MOST_WORK or self.moved > _MOST_FOSTERED

    def _void(self) -> None:
        if self.open and self.open[-1] == "colgroup":
            self.open.pop()
        if self.open and self.open[-1] in _IN_TABLE:
            self.moved += 1
        elif self.pending:
            self._reopen()

    def _start(self, tag: str) -> None:
        stack = self.open
        identity = tag
        if " " in tag:
            tag = tag.partition(" ")[0]
        closed = tag.endswith("/")
        tag = tag.rstrip("/")
        if stack and stack[-1].startswith("svg:") and stack[-1] not in _INTEGRATION:
            if tag not in _BREAKS_OUT:
                if not closed:
                    stack.append(f"svg:{tag}")
                return
            while stack and stack[-1].startswith("svg:") and stack[-1] not in _INTEGRATION:
                stack.pop()
        if tag in _TABLE_PARTS:
            self._start_table_part(tag)
            return
        if tag in _VOID:
            self._void()
            return
        if stack and stack[-1] == "colgroup":
            stack.pop()
        if stack and stack[-1] in _IN_TABLE:
            self.moved += tag not in _MAY_STAND_IN_TABLE
            if tag == "table":
                self._close_through("table")
        if tag in _CLOSES_PARAGRAPH and "p" in stack:
            self._close_in_scope("p", also=("button",))
        if tag in _CLOSES_ITEM:
            self._close_item(_CLOSES_ITEM[tag])
        elif tag in _HEADINGS and stack and stack[-1] in _HEADINGS:
            stack.pop()
        elif tag in ("option", "optgroup") and stack and stack[-1] == "option":
            stack.pop()
        elif tag in ("a", "nobr"):
            self._end_formatting(tag, forced=True)
        elif tag in ("button", "select") and tag in stack:
            self._close_in_scope(tag)
        elif tag in ("svg", "math"):
            if not closed:
                stack.append(f"svg:{tag}")
            return
        if self.pending:
            self.work += len(self.pending)
            if tag in _CLOSES_PARAGRAPH or (stack and stack[-1] in _IN_TABLE):
                # The text in the new block will open it again.
                self.reopened += len(self.pending)
            else:
                self._reopen()
        if tag in _FORGETS_FORMATTING:
            self.levels.append(self.pending)
            self.pending = []
        stack.append(identity)

    def _start_table_part(self, tag: str) -> None:
        stack = self.open
        place = len(stack) - 1
        wanted = _STANDS_IN[tag]
        while place >= 0 and stack[place] not in wanted:
            place -= 1
        if place < 0 or (stack[place] == "template" and place < len(stack) - 1):
            return
        self._truncate(place + 1)
        if tag in _FORGETS_FORMATTING:
            self.levels.append(self.pending)
            self.pending = []
        stack.append(tag)

    def _end(self, name: str) -> None:
        stack = self.open
        name = name.rstrip("/")
        if stack and stack[-1].startswith("svg:"):
            place = len(stack) - 1
            while place >= 0 and stack[place].startswith("svg:"):
                if stack[place] == f"svg:{name}":
                    self._truncate(place)
                    return
                place -= 1
        if name in FORMATTING:
            self._end_formatting(name)
        elif name in _TABLE_PARTS or name == "table":
            self._close_through(name)
        elif name not in stack:
            return
        elif name == "form":
            place = len(stack) - 1 - stack[::-1].index("form")
            if _BARRIERS.isdisjoint(stack[place:]):
                del stack[place]
        elif name in _HEADINGS:
            self._close_in_scope(name, same=_HEADINGS)
        elif name in ("select", "template"):
            self._close_through(name)
        elif name in _SPECIAL:
            self._close_in_scope(name, also=("button",) if name == "p" else ())
        else:
            place = len(stack) - 1
            while stack[place] != name:
                if stack[place] in _SPECIAL or stack[place] in _BARRIERS:
                    return
                place -= 1
            self._truncate(place)

    def _end_formatting(self, name: str, *, forced: bool = False) -> None:
        """The "adoption agency": *name* goes, the blocks that were opened in it stay."""
        for place in range(len(self.pending) - 1, -1, -1):
            if self.pending[place].partition(" ")[0] == name:
                del self.pending[place]
                return
        stack = self.open
        block = 0
        for place in range(len(stack) - 1, -1, -1):
            element = stack[place]
            if element in _BARRIERS and not (forced and element == "table"):
                return
            if element == name or element.startswith(f"{name} "):
                if block:
                    del stack[place]
                else:
                    self._truncate(place + 1)
                    stack.pop()
                return
            block += element in _SPECIAL

    def _close_item(self, names: tuple[str, ...]) -> None:
        for place in range(len(self.open) - 1, -1, -1):
            element = self.open[place]
            if element in names:
                self._truncate(place)
                return
            if element in _ITEM_PASSES or element in _BARRIERS:
                return

    def _close_in_scope(
        self, name: str, also: tuple[str, ...] = (), same: frozenset[str] = frozenset()
    ) -> None:
        for place in range(len(self.open) - 1, -1, -1):
            element = self.open[place]
            if element == name or element in same:
                self._truncate(place)
                return
            if element in _BARRIERS or element in also:
                return

    def _close_through(self, name: str) -> None:
        for place in range(len(self.open) - 1, -1, -1):
            element = self.open[place]
            if element == name:
                self._truncate(place)
                return
            if element in ("table", "template"):
                return

    def _truncate(self, place: int) -> None:
        """Close the open elements from *place* on; formatting among them will be reopened."""
        reopened: list[str] = []
        stack = self.open
        while len(stack) > place:
            element = stack.pop()
            self.work += 1
            if element in _FORGETS_FORMATTING:
                self.pending = self.levels.pop()
                reopened = []
            elif element.partition(" ")[0] in FORMATTING:
                reopened.append(element)
        for element in reversed(reopened):
            if " " not in element or self.pending.count(element) < 3:
                self.pending.append(element)

    def _reopen(self) -> None:
        self.work += len(self.pending)
        self.reopened += len(self.pending)
        self.open += self.pending
        self.pending = []
        if len(self.open) > self.deepest:
            self.work = _MOST_WORK + 1
