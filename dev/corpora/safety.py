# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether HTML can do any harm: a judge that knows nothing of how we sanitise.

It reads the markup twice, by libxml2 and by the standard library's tokenizer, since what one
parser takes for text is a tag to another. :func:`harm` is the strict judge of our own work: what
it does not know counts as harm. :func:`acts` and :func:`loads` are fair to sanitisers that allow
more than we do: they name what certainly runs, covers or fetches something.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser

import lxml.html

_ELEMENTS = frozenset(
    "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col "
    "colgroup dd del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 "
    "header hgroup hr i img ins kbd li main mark menu nav ol p pre q rp rt ruby s samp section "
    "small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var "
    "wbr html body".split()
)
_ATTRIBUTES = frozenset(
    "abbr align alt bgcolor border cellpadding cellspacing cite class color colspan compact "
    "data-original-src datetime dir face headers height href hspace lang nowrap rel rowspan scope "
    "size span src start style summary title type valign value vspace width".split()
)
_ADDRESSES = {"href", "src", "cite", "data-original-src"}
_SCHEMES = frozenset({"http", "https", "mailto", "tel", "cid"})
# Controls, blanks and characters without a width, which browsers pass over in a scheme.
_SEPARATORS = re.compile(r"[\x00-\x20\x7f-\xa0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff]")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")
_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})[ \t\r\n\f]?|\\(.)", re.I | re.S)
_STYLE_HARM = re.compile(
    r"url\(|image\(|image-set\(|src\(|expression|@|<|javascript:|vbscript:|var\(|attr\(|calc\("
    r"|element\(|\\|(?:^|;)(?:position|z-index|transform|translate|rotate|scale|inset|top|left|right"
    r"|bottom|animation|transition|filter|backdrop|content|cursor|pointer-events|clip|mask|behaviou?r"
    r"|background-image|list-style|list-style-image|border-image|--|-[a-z]+-binding|float:fixed)"
    r"[a-z-]*(?<!list-style-type):",
)
_AWAY = re.compile(
    r"(?:margin[a-z-]*|text-indent|word-spacing|letter-spacing):[^;]*(?<![\w-])-\d{3,}"
)
_NEGATIVE_MARGIN = re.compile(r"margin[a-z-]*:[^;]*(?<![a-z\d])-\s*[\d.(]")


def harm(fragment: str) -> str:
    """What harm the HTML *fragment* can do, in words; "" if none."""
    for tag, attributes in (*_by_tokenizer(fragment), *_by_tree(fragment)):
        if found := _element(tag, attributes):
            return found
    return ""


# Elements that run, load, submit, cover or replace something, or start another language.
_ACTING = frozenset(
    "applet audio base bgsound button dialog embed form frame frameset iframe ilayer input isindex "
    "keygen layer link marquee math meta noembed noframes noscript object option param plaintext "
    "portal script select slot source style svg template textarea title track video xml xmp".split()
)
_TARGETS = frozenset("href src action formaction data srcset srcdoc xlink:href background".split())
_RUNS = re.compile(r"(?:javascript|vbscript|livescript|mocha|data|file|about|feed|view-source):")
_STYLE_ACTS = re.compile(
    r"javascript|vbscript|expression\(|behaviou?r:|binding:|@import|position:(?:fixed|absolute|sticky)"
)
_STYLE_LOADS = re.compile(r"(?:url|image|image-set|src)\(['\"]?(?:https?:)?//")


def acts(fragment: str) -> str:
    """What in the HTML *fragment* certainly runs, submits or covers something; "" if nothing."""
    for tag, attributes in (*_by_tokenizer(fragment), *_by_tree(fragment)):
        if tag in _ACTING:
            return f"<{tag}>"
        for name, value in attributes:
            if name.startswith("on") or name == "srcdoc":
                return f"<{tag} {name}>"
            if name in _TARGETS and _RUNS.match(plain(value)):
                if not (name == "src" and re.match(r"data:image/(?!svg)", plain(value))):
                    return f"<{tag} {name}={plain(value)[:60]}>"
            if name == "style" and (match := _STYLE_ACTS.search(_style_text(value))):
                return f"<{tag} style={match[0]}>"
    return ""


def loads(fragment: str) -> str:
    """What the HTML *fragment* fetches from elsewhere when it is shown; "" if nothing."""
    for tag, attributes in (*_by_tokenizer(fragment), *_by_tree(fragment)):
        for name, value in attributes:
            address_ = plain(value)
            if name in ("src", "srcset", "background", "poster", "data", "lowsrc", "dynsrc") and (
                address_.startswith(("http:", "https:", "//", "ftp:"))
            ):
                return f"<{tag} {name}={address_[:60]}>"
            if name == "style" and (match := _STYLE_LOADS.search(_style_text(value))):
                return f"<{tag} style={match[0]}>"
            if tag == "link" and name == "href":
                return f"<{tag} {name}={address_[:60]}>"
    return ""


def _by_tokenizer(fragment: str) -> list[tuple[str, list[tuple[str, str]]]]:
    found: list[tuple[str, list[tuple[str, str]]]] = []

    class Reader(HTMLParser):
        CDATA_CONTENT_ELEMENTS = ()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, [(name, value or "") for name, value in attrs]))

        def handle_comment(self, data: str) -> None:
            found.append(("!--", []))

        handle_decl = unknown_decl = handle_pi = handle_comment

    reader = Reader(convert_charrefs=True)
    reader.feed(fragment)
    reader.close()
    return found


def _by_tree(fragment: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    if not fragment.strip():
        return
    root = lxml.html.document_fromstring(f"<html><body><div>{fragment}</div></body></html>")
    for element in root.iter():
        tag = element.tag if isinstance(element.tag, str) else "!--"
        yield tag, [(str(name), str(value)) for name, value in element.attrib.items()]


def _element(tag: str, attributes: list[tuple[str, str]]) -> str:
    if tag not in _ELEMENTS:
        return f"<{tag}>"
    for name, value in attributes:
        if name not in _ATTRIBUTES:
            return f"<{tag} {name}>"
        if name in _ADDRESSES and (found := address(value)):
            return f"<{tag} {name}={found}>"
        if name == "src" and not plain(value).startswith("cid:"):
            return f"<{tag} src> loads {value[:80]}"
        if name == "style" and (found := style(value)):
            return f"<{tag} style={found}>"
    return ""


def plain(value: str) -> str:
    """*value* as the most forgiving browser reads the beginning of an address."""
    for _ in range(3):
        value = html.unescape(value)
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", value)).lower()


def address(value: str) -> str:
    """What is wrong with the address *value*, "" if nothing."""
    text = plain(value)
    scheme = _SCHEME.match(text)
    if scheme is None:
        return f"{text[:60]} (no scheme)"
    return "" if scheme[1] in _SCHEMES else text[:60]


def style(value: str) -> str:
    """What is wrong with the inline style *value*, "" if nothing."""
    # Names of fonts are words; only so can a string stand in a style.
    text = _style_text(re.sub(r"\"[\w .,&'+-]*\"|'[\w .,&+-]*'", "''", value))
    for pattern in (_STYLE_HARM, _AWAY, _NEGATIVE_MARGIN):
        if match := pattern.search(text):
            return match[0][:60]
    return ""


def _style_text(value: str) -> str:
    """The style *value* without comments and escapes, as a browser understands it."""
    text = _ESCAPE.sub(_unescaped, value)
    text = re.sub(r"/\*.*?(?:\*/|\Z)", "", text, flags=re.S)
    text = unicodedata.normalize("NFKC", text)
    return re.sub(r"\s+", " ", re.sub(r"\s*([:;,()])\s*", r"\1", text)).lower()


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        number = int(match[1], 16)
        return chr(number) if number < 0x110000 else "?"
    return match[2]


# Their content is not words of the mail.
_NO_WORDS = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[.*?\]>|<(script|style|title|xml|noscript|iframe|object|svg|math|select|"
    r"textarea|template|applet|audio|video|noembed|noframes|frameset)\b.*?(?:</\1\s*>|\Z)"
    r"|<[/!?a-zA-Z](?:=\s*\"[^\"]*\"|=\s*'[^']*'|[^>])*?(?:>|\Z)",
    re.I | re.S,
)
_WORD = re.compile(r"[^\W_]+")


def words(markup: str) -> list[str]:
    """The words that a person reads in *markup*. A mail holds no NUL (RFC 5322, section 4)."""
    text = html.unescape(_NO_WORDS.sub(" ", markup.replace("\0", "")))
    return _WORD.findall(unicodedata.normalize("NFKC", text))


def lost(source: str, result: str) -> list[str]:
    """The words of the HTML *source* that the HTML *result* does not have any more."""
    kept = set(words(result))
    return [word for word in words(source) if word not in kept]
