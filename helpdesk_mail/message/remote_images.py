# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Images that stand on somebody else's server: not loaded until a person says so.

Whoever shows a remote image tells its server that the mail was read, when, and from where. So
the address moves from ``src`` to an attribute that no browser loads, and which Odoo's own
sanitiser lets pass; :func:`show` is the switch that moves it back. Images that are there only to
count readers are removed altogether.
"""

from __future__ import annotations

import html
import re

# Odoo keeps few attributes that it does not know; this one it keeps (``safe_attrs`` in
# odoo/tools/mail.py), and gives the same meaning: where the image really is.
ATTRIBUTE = "data-original-src"

_IMAGE = re.compile(r"<img((?: [^<>]*)?)>")
_PAIR = re.compile(r" ([a-z-]+)=\"([^\"]*)\"")
_REMOTE = re.compile(r"https?://[^\s<>\"\\]{1,4000}", re.I)
# What the URL Standard (section 4.1) strips and removes before it reads a URL.
_IGNORED = re.compile("^[\x00-\x20]+|[\x00-\x20]+$|[\t\r\n]+")
_STYLE_SIZE = re.compile(r"(?:^|;)(width|height|max-width|max-height):\s*([\d.]+)(px|pt|;|$)")
_UNSEEN = re.compile(
    r"(?:^|;)(?:display:\s*none|visibility:\s*hidden|opacity:\s*0(?:\.0*)?(?:;|$))"
)
_SMALLEST_SEEN = 3
# What almost all images look like: one sound address, and a size that can be seen.
_USUAL = re.compile(r' src="(https?://(?:[^\s<>"\\&]++|&amp;){1,2000})"')
_PERHAPS_SMALL = re.compile(r'h(?:t)?(?:="|:)\s*[0-2]?(?!\d)')


def hide(fragment: str) -> str:
    """Sanitised *fragment* with remote images not loading, and without those nobody can see."""
    return _IMAGE.sub(_hidden, fragment) if "<img" in fragment else fragment


def show(fragment: str) -> str:
    """*fragment*, the HTML of a parsed message, with its remote images in their places again.

    Only ``http`` and ``https`` addresses are restored; everything else stays as it is.
    """
    return _IMAGE.sub(_shown, fragment) if ATTRIBUTE in fragment else fragment


def has_any(fragment: str) -> bool:
    """Whether *fragment*, the HTML of a parsed message, holds images that :func:`show` shows."""
    return ATTRIBUTE in fragment and any(
        _address(dict(_PAIR.findall(match[1])).get(ATTRIBUTE, ""))
        for match in _IMAGE.finditer(fragment)
    )


def _hidden(match: re.Match[str]) -> str:
    attributes = match[1]
    usual = _USUAL.search(attributes)
    if (
        usual
        and not _PERHAPS_SMALL.search(attributes)
        and not (
            ATTRIBUTE in attributes
            or "none" in attributes
            or "hidden" in attributes
            or "opacity" in attributes
        )
    ):
        before, after = attributes[: usual.start()], attributes[usual.end() :]
        return f'<img{before} {ATTRIBUTE}="{usual[1]}"{after}>'
    pairs = dict(_PAIR.findall(attributes))
    source = pairs.get("src", "")
    if source[:4] == "cid:" and ATTRIBUTE not in pairs:
        return match[0]
    if _IGNORED.sub("", source)[:4].lower() == "cid:":
        return _image(pairs, "src", "cid:" + _IGNORED.sub("", source)[4:])
    address = _address(source) or _address(pairs.get(ATTRIBUTE, ""))
    if address and _is_counter(pairs):
        return ""
    return _image(pairs, ATTRIBUTE, address)


def _shown(match: re.Match[str]) -> str:
    pairs = dict(_PAIR.findall(match[1]))
    address = _address(pairs.get(ATTRIBUTE, ""))
    return _image(pairs, "src", address) if address else match[0]


def _image(pairs: dict[str, str], name: str, address: str) -> str:
    """An image with the attributes *pairs*, and *address* ("": none) as its attribute *name*
    where the first address stood."""
    text = "<img"
    for key, value in pairs.items():
        if key not in ("src", ATTRIBUTE):
            text += f' {key}="{value}"'
        elif address:
            text += f' {name}="{address}"'
            address = ""
    return text + ">"


def _address(escaped: str) -> str:
    """The http address that the attribute value *escaped* holds, escaped again; else ""."""
    if not escaped:
        return ""
    if "&" not in escaped and _REMOTE.fullmatch(escaped):
        return escaped
    address = _IGNORED.sub("", html.unescape(escaped)).replace("\\", "/").replace(" ", "%20")
    if not _REMOTE.fullmatch(address):
        return ""
    return html.escape(address, quote=False)


def _is_counter(pairs: dict[str, str]) -> bool:
    """Whether an image of these attributes cannot be seen: it only tells that it was loaded."""
    style = pairs.get("style", "")
    if style and _UNSEEN.search(style):
        return True
    sizes = {name: _size(pairs[name]) for name in ("width", "height") if name in pairs}
    for name, number, _ in _STYLE_SIZE.findall(style):
        sizes[name.removeprefix("max-")] = _size(number)
    return 0.0 in sizes.values() or (
        len(sizes) == 2 and all(size < _SMALLEST_SEEN for size in sizes.values())
    )


def _size(text: str) -> float:
    """The length *text* in pixels; large where it says anything else."""
    match = re.fullmatch(r"\s*(\d{1,6}(?:\.\d{0,6})?)(?:px|pt)?\s*", text)
    return float(match[1]) if match else 1e6
