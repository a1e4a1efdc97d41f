# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""HTML that is safe to show next to other people's data.

An allow list of elements, attributes, URL schemes and style properties; everything else goes.
Markup that is built to exhaust a parser (very deep, very large, thousands of attributes) is
never given to one: its words are shown as escaped text instead.
"""

from __future__ import annotations

import html
import re

import nh3

from . import charsets
from .defects import Defects
from .limits import Limits

_TAGS = frozenset(
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col "
    "colgroup "
    "dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i "
    "img "
    "ins kbd li main mark nav ol p pre q s samp section small span strike strong sub summary sup "
    "table tbody td tfoot th thead time tr tt u ul var wbr".split()
)
_DROPPED_WITH_CONTENT = frozenset(
    "script style title noscript template iframe frameset object applet audio video svg math "
    "select textarea noembed noframes xml".split()
)
_STYLES = frozenset(
    "background background-color border border-bottom border-bottom-color border-bottom-style "
    "border-bottom-width border-collapse border-color border-left border-left-color "
    "border-left-style border-left-width border-radius border-right border-right-color "
    "border-right-style border-right-width border-spacing border-style border-top border-top-color "
    "border-top-style border-top-width border-width clear color direction display float font "
    "font-family font-size font-style font-variant font-weight height letter-spacing line-height "
    "margin margin-bottom margin-left margin-right margin-top max-height max-width min-height "
    "min-width overflow-wrap padding padding-bottom padding-left padding-right padding-top "
    "table-layout text-align text-decoration text-indent text-transform vertical-align white-space "
    "width word-break word-spacing word-wrap".split()
)
_CELL = {"width", "height", "align", "valign", "bgcolor", "colspan", "rowspan", "nowrap"}
_ATTRIBUTES = {
    "*": {"style", "dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "align", "border", "hspace", "vspace"},
    "font": {"color", "face", "size"},
    "table": {"width", "height", "align", "bgcolor", "border", "cellpadding", "cellspacing"},
    "td": _CELL,
    "th": _CELL | {"scope"},
    "tr": {"align", "valign", "bgcolor", "height"},
    "col": {"width", "span", "align"},
    "colgroup": {"width", "span", "align"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
    "p": {"align"},
    "div": {"align"},
    "hr": {"width", "size", "align", "color"},
    "blockquote": {"type"},
    "time": {"datetime"},
    **{f"h{level}": {"align"} for level in range(1, 7)},
}
# What marks a quotation or a signature in the mails of the great programs.
_CLASSES = {
    "div": {
        "gmail_quote",
        "gmail_quote_container",
        "gmail_attr",
        "gmail_signature",
        "moz-cite-prefix",
        "moz-signature",
        "moz-forward-container",
        "yahoo_quoted",
        "protonmail_quote",
    },
    "blockquote": {"gmail_quote", "protonmail_quote"},
    "pre": {"moz-signature"},
    "span": {"gmail_signature_prefix"},
}
_cleaner = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_DROPPED_WITH_CONTENT),
    attributes=_ATTRIBUTES,
    allowed_classes=_CLASSES,
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    url_relative="deny",
    filter_style_properties=set(_STYLES),
    link_rel="noopener noreferrer nofollow",
)
_STYLED_TAG = re.compile(r'<[a-z][a-z0-9]*(?: [a-z-]+="[^"]*")+')
_STYLE = re.compile(r' style="([^"]*)"')
# What makes a style property load something, run something, or hide that it does.
_FETCHES = ("url(", "image(", "image-set(", "src(", "expression(", "script:", "import", "\\", "/*")
_MOVES = re.compile(r"margin[a-z-]*\s*:[^;\"]{0,80}-[\d.]")
_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]*)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_LONG_TAG = re.compile(r"<[a-zA-Z/][^<>]{8000,}")
_HIDES_TAGS = re.compile(
    r"<(?:!--|svg|math|template|style|title|script|xmp|noembed|noscript|textarea|iframe|plaintext"
    r"|select)",
    re.I,
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
# Their end tags are optional, and they cannot be nested without something else in between.
_SELF_CLOSING = frozenset("p li td th tr dt dd option thead tbody tfoot html head body".split())
# Tags that change no depth.
_LEVEL = _VOID | _SELF_CLOSING | {f"/{name}" for name in _VOID | _SELF_CLOSING}
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
# After the end of a nested table, its outer table's cell goes on.
_INTO_CELL = frozenset("td th caption /table".split())
_OUT_OF_CELL = frozenset(
    "table tbody thead tfoot tr colgroup /td /th /caption /tr /tbody /thead /tfoot "
    "/colgroup".split()
)
_HARMLESS_TAGS = 3000
_MOST_WORK = 2_000_000
_MOST_REOPENED = 200_000
_MOST_FOSTERED = 5000
_MOST_TAGS_BESIDE_TABLES = 20_000


def sanitize(source: str, limits: Limits, defects: Defects) -> str | None:
    """The mail's HTML *source* as a safe fragment, or None if it is hostile or too large.

    The caller then shows its words alone; *defects* says why.
    """
    if len(source) > limits.html_size:
        defects.add("The HTML is too large; it is shown as plain text.")
        return None
    if is_hostile(source, limits.html_depth):
        defects.add("The HTML is nested too deeply; it is shown as plain text.")
        return None
    cleaned = _cleaner.clean(source)
    if "&#" in source:
        # Controls that were written as character references.
        cleaned = charsets.clean(cleaned)
    if " style=" in cleaned and _is_unsafe(cleaned):
        cleaned = _STYLED_TAG.sub(lambda match: _STYLE.sub(_without_unsafe, match.group()), cleaned)
    return cleaned.strip()


def _is_unsafe(style: str) -> bool:
    """Whether *style* loads something, or moves its element out of its place."""
    lowered = style.lower()
    return any(mark in lowered for mark in _FETCHES) or bool(_MOVES.search(lowered))


def _without_unsafe(match: re.Match[str]) -> str:
    declarations = html.unescape(match[1]).split(";")
    kept = [declaration for declaration in declarations if not _is_unsafe(declaration)]
    return f' style="{html.escape(";".join(kept))}"' if any(kept) else ""


def is_hostile(source: str, deepest: int) -> bool:
    """Whether parsing *source* as HTML5 would take more than linear time or a very deep tree.

    An estimate that errs on the side of trust for sloppy mails: unclosed paragraphs and cells
    do not count towards the depth. What makes HTML5 parsers slow is the depth of open elements,
    which they walk at every tag; open formatting elements, which they make anew in every block;
    content that stands in a table but in none of its cells, which they move; and one tag with
    thousands of attributes.
    """
    tags = [tag.lower() for tag in _TAG.findall(source)]
    return (
        _is_too_deep(tags, deepest)
        or _has_endless_tag(source)
        or (len(tags) > _HARMLESS_TAGS and (_is_reopening(tags) or _is_fostering(tags, source)))
    )


def _is_too_deep(tags: list[str], deepest: int) -> bool:
    depth = work = 0
    for tag in tags:
        if tag in _LEVEL:
            continue
        if tag[0] == "/":
            depth -= depth > 0
        else:
            depth += 1
            if depth > deepest:
                return True
        work += depth
    return work > _MOST_WORK


def _is_reopening(tags: list[str]) -> bool:
    reopened = 0
    formatting: dict[str, int] = {}
    for tag in tags:
        if tag in _FORMATTING:
            formatting[tag] = formatting.get(tag, 0) + 1
        elif tag[1:] in formatting and tag[0] == "/":
            formatting[tag[1:]] = max(0, formatting[tag[1:]] - 1)
        elif formatting:
            reopened += sum(formatting.values())
            if reopened > _MOST_REOPENED:
                return True
    return False


def _is_fostering(tags: list[str], source: str) -> bool:
    if "table" not in tags:
        return False
    if len(tags) > _MOST_TAGS_BESIDE_TABLES:
        first_table = source.lower().find("<table")
        if _HIDES_TAGS.search(source, first_table):
            return True
    fostered = 0
    between_cells = False
    for tag in tags:
        if tag in _INTO_CELL:
            between_cells = False
        elif tag in _OUT_OF_CELL:
            between_cells = True
        elif between_cells:
            fostered += 1
    return fostered > _MOST_FOSTERED


def _has_endless_tag(source: str) -> bool:
    """Whether one tag has so many attributes that telling them apart is quadratic."""
    return any(len(_QUOTED.sub("", match.group())) > 8000 for match in _LONG_TAG.finditer(source))
