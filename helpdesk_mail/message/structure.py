# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The MIME tree of a message (RFC 2045, RFC 2046), found in one pass over the octets.

Parts are slices of the source: nothing is copied until a leaf is decoded. All open boundaries
are looked for at once, so a lost closing boundary costs one part and not the rest of the mail,
and the time stays linear however deep the tree is.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from . import boundaries, charsets, filenames, headers, transfer
from .defects import Defects
from .headers import Headers
from .limits import Limits
from .sample import Sample

_BLANK = re.compile(r"\s")
_MOST_SEARCHES = 5
_LONGEST_DELIMITER = 8192
_WORD = re.compile(rb"[ \t]")


@dataclasses.dataclass(slots=True)
class Part:
    """An entity: a leaf whose body is ``source[start:end]``, or a multipart with children."""

    source: bytes = dataclasses.field(repr=False)
    headers: Headers = dataclasses.field(repr=False)
    start: int
    end: int
    content_type: str
    parameters: dict[str, str]
    disposition: str
    filename: str
    children: list[Part] = dataclasses.field(default_factory=list)
    sample: Sample | None = dataclasses.field(default=None, repr=False)

    @property
    def is_multipart(self) -> bool:
        """Whether the entity was opened and its children are what counts."""
        return self.content_type.startswith("multipart/")

    @property
    def content_id(self) -> str:
        """The Content-ID without its angle brackets, or ""."""
        return self.headers.decoded("content-id").strip("<> ")

    @property
    def label(self) -> str:
        """What a defect calls this part."""
        return f"The part {self.filename or self.content_type[:60]!r}"

    def decoded(self, defects: Defects) -> bytes:
        """The body with its transfer encoding undone."""
        encoding = self.headers.raw("content-transfer-encoding")
        return transfer.decode(self.source, self.start, self.end, encoding, defects, self.label)

    def text(self, defects: Defects) -> str:
        """The body of a text part, with its line ends made "\\n"."""
        return self.text_of(self.decoded(defects), defects)

    def text_of(self, octets: bytes, defects: Defects) -> str:
        """*octets*, the decoded body or some of it, as the text of this part."""
        text = charsets.decode(
            octets,
            self.parameters.get("charset", ""),
            defects,
            html=self.content_type == "text/html",
            others=self.sample.codec if self.sample is not None else None,
        )
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def leaves(self) -> Iterator[Part]:
        """Every leaf below (or the entity itself), in the order of the mail."""
        stack = [self]
        while stack:
            part = stack.pop()
            if part.is_multipart:
                stack.extend(reversed(part.children))
            else:
                yield part


def leaf(
    content: bytes,
    content_type: str,
    filename: str = "",
    fields: list[tuple[str, bytes]] | None = None,
) -> Part:
    """A part that stands in no mail: something that another part held, decoded already."""
    parameters = {"charset": "utf-8"} if content_type.startswith("text/") else {}
    disposition = "attachment" if filename else ""
    found = Headers(fields or [])
    return Part(content, found, 0, len(content), content_type, parameters, disposition, filename)


def read(source: bytes, start: int, end: int, limits: Limits, defects: Defects) -> Part:
    """The tree of the message in *source*[*start*:*end*]; its root carries the mail's headers."""
    fields, body = headers.split(source, start, end, limits, defects)
    root = _entity(source, fields, body, end, "text/plain", defects)
    root.sample = sample = Sample(source, start, body)
    if root.is_multipart:
        _read_children(root, limits, defects)
    if not root.children and fields.raw("content-type").lower().startswith("multipart/"):
        _find_boundary(root, end, limits, defects)
    named = (part.parameters.get("charset", "") for part in (root, *root.leaves()))
    fields.use_charset(next(filter(None, named), ""), sample.codec)
    for part in root.leaves():
        if part.content_type.startswith("text/"):
            encoding = part.headers.raw("content-transfer-encoding")
            sample.add(part.start, part.end, encoding)
            part.sample = sample
    return root


def _find_boundary(root: Part, end: int, limits: Limits, defects: Defects) -> None:
    """Read a multipart whose boundary is missing or wrong by the one that its parts show."""
    boundary = boundaries.shown(root.source, root.start, end)
    if boundary:
        defects.add("The boundary that the message names is wrong; the one in use was taken.")
        root.content_type = filenames.parse_parameters(root.headers.raw("content-type"))[0]
        root.parameters["boundary"] = boundary
        root.end = end
        _read_children(root, limits, defects)
    elif root.parameters.get("boundary", "").strip():
        defects.add("A multipart holds none of its boundaries; it is read as text.")


def _entity(
    source: bytes, fields: Headers, start: int, end: int, default: str, defects: Defects
) -> Part:
    content_type = default
    parameters: dict[str, str] = {}
    value = fields.raw("content-type")
    if value:
        content_type, parameters = filenames.parse_parameters(value)
        content_type = _known_type(content_type, default, defects)
    disposition = ""
    disposed: dict[str, str] = {}
    value = fields.raw("content-disposition")
    if value:
        disposition, disposed = filenames.parse_parameters(value)
    if content_type.startswith("multipart/") and not parameters.get("boundary", "").strip():
        defects.add("A multipart names no boundary; it is read as text.")
        content_type = "text/plain"
    name = filenames.file_name(disposed, parameters)
    return Part(source, fields, start, end, content_type, parameters, disposition, name)


def _known_type(content_type: str, default: str, defects: Defects) -> str:
    content_type = content_type.partition("(")[0].strip(" \t\"'.,")
    if content_type in ("text", "plain", "text/text", "text/", "ascii"):
        return "text/plain"
    if content_type in ("html", "text/x-html"):
        return "text/html"
    if content_type.count("/") == 1 and content_type.isascii() and not _BLANK.search(content_type):
        return content_type
    defects.add(f"The content type {charsets.clean(content_type)[:60]!r} is no valid one.")
    return default


class _Tree:
    """The multiparts that are open while the boundary lines go by, outermost first."""

    def __init__(self, root: Part) -> None:
        self.open: list[Part] = []
        self.depth_of: dict[bytes, int] = {}
        self.searches = 0
        self.enter(root)

    def enter(self, part: Part) -> None:
        boundary = part.parameters["boundary"]
        if boundary != boundary.rstrip():
            # RFC 2046 forbids blanks at the end; they count only where they are really there.
            self.searches += 1
            if self.searches > _MOST_SEARCHES or b"\n--" + _boundary(part) not in part.source:
                part.parameters["boundary"] = boundary.rstrip()
        # A boundary that is in use already keeps its outer meaning.
        self.depth_of.setdefault(_boundary(part), len(self.open))
        self.open.append(part)

    def leave_to(self, depth: int, position: int) -> None:
        """Close every multipart deeper than *depth*; their octets end at *position*."""
        while len(self.open) > depth:
            part = self.open.pop()
            part.end = max(part.start, position)
            if self.depth_of.get(_boundary(part)) == len(self.open):
                del self.depth_of[_boundary(part)]
            if not part.children:
                part.content_type = "text/plain"


def _boundary(part: Part) -> bytes:
    return part.parameters["boundary"].encode("utf-8", "replace")


def _read_children(root: Part, limits: Limits, defects: Defects) -> None:
    """Find every boundary line below *root* and hang up what lies between them."""
    source, end = root.source, root.end
    tree = _Tree(root)
    leaf: Part | None = None
    count = 0
    closed = False
    position = root.start
    for line_start, line_end, depth, closing in _delimiters(source, root.start, end, tree.depth_of):
        if line_start < position:
            continue
        if len(tree.open) - 1 > depth:
            defects.add("A multipart is not closed by its boundary.")
        content_end = _before_line_end(source, line_start, position)
        if leaf is not None:
            leaf.end = content_end
            leaf = None
        tree.leave_to(depth + 1, content_end)
        if closing:
            tree.leave_to(max(depth, 1), content_end)
            closed = closed or depth == 0
            continue
        if closed:
            defects.add("Parts follow after the last boundary.")
        if count >= limits.parts:
            defects.add(f"There are more than {limits.parts} parts; the rest is one attachment.")
            rest = Part(source, Headers([]), line_end, end, "application/octet-stream", {}, "", "")
            root.children.append(rest)
            return
        count += 1
        parent = tree.open[-1]
        default = "message/rfc822" if parent.content_type == "multipart/digest" else "text/plain"
        fields, position = headers.split(source, line_end, end, limits, defects)
        part = _entity(source, fields, position, end, default, defects)
        parent.children.append(part)
        if part.is_multipart and len(tree.open) < limits.depth:
            tree.enter(part)
            continue
        if part.is_multipart:
            defects.add(f"Parts are nested deeper than {limits.depth} levels.")
            part.content_type = "application/octet-stream"
        leaf = part
    tree.leave_to(1, end)
    if not root.children:
        root.content_type = "text/plain"
    elif not closed:
        defects.add("The message is cut off: its last boundary is missing.")


def _delimiters(
    source: bytes, start: int, end: int, depth_of: dict[bytes, int]
) -> Iterator[tuple[int, int, int, bool]]:
    """The lines that are a boundary of *depth_of*: (start, end, depth, whether it closes)."""
    at = source.find(b"\n--", max(0, start - 1), end)
    while at >= 0:
        line_end = source.find(b"\n", at + 1, min(end, at + _LONGEST_DELIMITER))
        if line_end < 0 and end - at < _LONGEST_DELIMITER:
            line_end = end
        if line_end >= 0:
            token = source[at + 3 : line_end].rstrip(b"\r")
            depth, closing = _meaning(token, depth_of)
            if depth is not None:
                yield at + 1, min(line_end + 1, end), depth, closing
        at = source.find(b"\n--", at + 1 if line_end < 0 else line_end, end)


def _meaning(token: bytes, depth_of: dict[bytes, int]) -> tuple[int | None, bool]:
    """The depth of the boundary that *token* is, or None; and whether it closes."""
    for candidate in (token, token.rstrip()):
        if candidate in depth_of:
            return depth_of[candidate], False
    token = candidate
    if token.endswith(b"--"):
        for candidate in (token[:-2], token[:-2].rstrip()):
            if candidate in depth_of:
                return depth_of[candidate], True
    if b" " in token or b"\t" in token:
        # RFC 2046, section 5.1.1: what follows the boundary on its line does not matter.
        word = _WORD.split(token, 1)[0]
        if word and word in depth_of:
            return depth_of[word], False
        if word.endswith(b"--"):
            return depth_of.get(word[:-2]), True
    return None, False


def _before_line_end(source: bytes, position: int, floor: int) -> int:
    """The line end before a boundary belongs to the boundary (RFC 2046, section 5.1.1)."""
    if position > floor and source[position - 1] == 0x0A:
        position -= 1
        if position > floor and source[position - 1] == 0x0D:
            position -= 1
    return position
