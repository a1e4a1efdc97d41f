# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How much of a mail is read: bounds that keep hostile input from running away.

Whatever a bound cuts off is named in ``ParsedMessage.defects``; nothing here ever raises.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one parse. Sizes are octets of the source, or characters once decoded."""

    size: int = 100 * 1024 * 1024
    headers: int = 1000
    header_size: int = 256 * 1024
    parts: int = 1000
    depth: int = 40
    addresses: int = 5000
    references: int = 100
    text_size: int = 1024 * 1024
    html_size: int = 2 * 1024 * 1024
    html_depth: int = 250
    expanded_size: int = 4 * 1024 * 1024


DEFAULT_LIMITS = Limits()
