# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Parts whose content is elsewhere: message/external-body and message/partial (RFC 2046, 5.2).

They are said in words. Nothing is ever fetched: it would tell strangers who reads the mail.
"""

from __future__ import annotations

from . import charsets

_PLACES = {
    "url": "at {url}",
    "ftp": "on the FTP server {site}, in {directory}/{name}",
    "anon-ftp": "on the FTP server {site}, in {directory}/{name}",
    "tftp": "on the TFTP server {site}, in {directory}/{name}",
    "mail-server": "with the mail server {server}",
    "local-file": "in the file {name} of the sender's computer",
    "afs": "in the file {name} of a file server",
}


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def describe(content_type: str, parameters: dict[str, str]) -> str:
    """A sentence about a part of *content_type* with these parameters, or ""."""
    values = _Known({key: _short(value) for key, value in parameters.items()})
    if content_type == "message/partial":
        total = f" of {values['total']}" if "total" in values else ""
        return (
            f"[This is piece {values['number']}{total} of a longer message that was cut up on "
            "its way; the whole message cannot be shown.]"
        )
    if content_type != "message/external-body":
        return ""
    kind = parameters.get("access-type", "").lower()
    place = _PLACES.get(kind, f"elsewhere ({_short(kind)})" if kind else "elsewhere")
    if kind == "url":
        # RFC 2017: blanks inside the address are to be ignored.
        values["url"] = "".join(parameters.get("url", "?").split())[:1000]
    said = place.format_map(values).replace(", in ?/", ", in ")
    size = f" ({values['size']} octets)" if parameters.get("size", "").isdigit() else ""
    return f"[A part of this message is not enclosed but lies {said}{size}; it was not fetched.]"


def _short(value: str) -> str:
    return " ".join(charsets.clean(value).split())[:200]
