# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How urgent the sender calls a mail (RFC 2156, section 5.3; RFC 4021; X-Priority by practice).

Sensitivity (personal, confidential) is another matter and changes nothing here.
"""

from __future__ import annotations

from .structure import Part

_FIELDS = ("importance", "x-priority", "priority", "x-msmail-priority")


def importance(root: Part) -> str:
    """ "high", "normal" or "low", of the first field of the mail that says high or low."""
    for name in _FIELDS:
        if name not in root.headers:
            continue
        value = root.headers.raw(name).strip().lower()
        if value[:1] in ("1", "2") or value.startswith(("high", "urgent")):
            return "high"
        if value[:1] in ("4", "5") or value.startswith(("low", "non-urgent", "nonurgent")):
            return "low"
    return "normal"
