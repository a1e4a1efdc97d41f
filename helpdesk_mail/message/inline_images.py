# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Images that stand in the HTML itself as "data:" URLs (RFC 2397), made ordinary inline parts.

Some web mailers paste screenshots so. As attachments they are seen, stored once, and do not
count towards the size of the HTML.
"""

from __future__ import annotations

import hashlib
import re

from . import transfer

_DATA = re.compile(
    r"(<img\b[^<>]{0,2000}?\ssrc\s*=\s*[\"']?)data:image/(png|jpe?g|gif|webp|bmp);base64,"
    r"([A-Za-z0-9+/=\s]*)",
    re.I,
)
_MOST = 100


def extract(html: str) -> tuple[str, dict[str, tuple[str, bytes]]]:
    """*html* with its data images replaced by "cid:" URLs, and {content id: (type, octets)}."""
    found: dict[str, tuple[str, bytes]] = {}
    if "data:image" not in html:
        return html, found

    def replace(match: re.Match[str]) -> str:
        content = transfer.base64(match[3].encode("ascii", "ignore"))
        content_id = f"{hashlib.sha256(content).hexdigest()[:32]}@inline.invalid"
        found[content_id] = (f"image/{match[2].lower()}".replace("jpg", "jpeg"), content)
        return f"{match[1]}cid:{content_id}"

    return _DATA.sub(replace, html, count=_MOST), found
