# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""HTML that is safe to show next to other people's data.

An allow list of elements, attributes, URL schemes and style properties; everything else goes.
Markup that is built to exhaust a parser (very deep, very large, thousands of attributes) is
never given to one: its words are shown as escaped text instead.
"""

from __future__ import annotations

import re

import nh3

from . import charsets, html_hostile, html_tags, html_text, html_tree, remote_images, styles
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
# Some old programs write the names of properties in capitals.
_STYLES = styles.PROPERTIES | {name.upper() for name in styles.PROPERTIES}
_CELL = {"width", "height", "align", "valign", "bgcolor", "colspan", "rowspan", "nowrap"}
_ATTRIBUTES = {
    "*": {"style", "dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "align", "border", "hspace", "vspace"}
    | {remote_images.ATTRIBUTE},
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
_UNIX_LINE_ENDS = re.compile("\r\n?")
# HTML5 drops a line end at the start of <pre>: the one that belongs to the text needs another.
_LINE_END_IN_PRE = re.compile(r"(<pre(?: [^<>]*)?>)(?=\n)")
_NO_CLASS = re.compile(r'(<[a-z][a-z0-9]*(?: (?!class=)[a-z-]+="[^"]*+")*) class=""')
_MOST_PASSES = 6


def sanitize(source: str, limits: Limits, defects: Defects) -> str | None:
    """The mail's HTML *source* as a safe fragment, or None if it is hostile or too large.

    The caller then shows its words alone; *defects* says why. Remote images in the fragment do not
    load by themselves (see :mod:`remote_images`). What was sanitised once stays as it is when it
    is sanitised again.
    """
    if len(source) > limits.html_size:
        defects.add("The HTML is too large; it is shown as plain text.")
        return None
    if not html_hostile.is_hostile(source, limits.html_depth):
        fragment = _cleaned(source)
        for _ in range(_MOST_PASSES):
            depth, is_settled = html_tree.measure(html_tags.of_fragment(fragment))
            if depth > limits.html_depth:
                break
            if is_settled or fragment == (again := _cleaned(fragment)):
                if not fragment and html_text.from_html(source):
                    defects.add("The HTML shows none of its words; they are shown as plain text.")
                    return None
                return fragment
            fragment = again
    defects.add("The HTML is nested too deeply; it is shown as plain text.")
    return None


def _cleaned(source: str) -> str:
    fragment = _cleaner.clean(source)
    if "&#" in source:
        # Controls that were written as character references.
        plain = _UNIX_LINE_ENDS.sub("\n", charsets.clean(fragment))
        if plain != fragment:
            fragment = _cleaner.clean(plain)
    fragment = styles.restrict(fragment)
    fragment = remote_images.hide(fragment)
    if ' class=""' in fragment:
        fragment = _NO_CLASS.sub(r"\1", fragment)
    if "<pre" in fragment:
        fragment = _LINE_END_IN_PRE.sub("\\1\n", fragment)
    return fragment.strip()
