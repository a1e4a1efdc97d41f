# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How much of a mail is read: bounds that keep hostile input from running away.

Whatever a bound cuts off is named in ``ParsedMessage.defects``; nothing here ever raises.

Every step is linear in the size of the mail, so the bound of time is for machines in trouble
and for shapes that nobody has thought of: the steps that are not needed to read the mail (opening
TNEF and S/MIME, sanitising HTML, looking into archives) are left out once it is over. It is far
above what any ordinary mail takes; so the same octets give the same result.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one parse. Sizes are octets of the source, or characters once decoded.

    *expanded_size* bounds what compressed content (S/MIME) may grow to, and *rtf_size* all
    compressed texts of a TNEF file together. *seconds* of *clock*
    is the time of one mail; ``ends_at`` is set by :meth:`started`.
    """

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
    expanded_size: int = 32 * 1024 * 1024
    rtf_size: int = 1024 * 1024
    seconds: float = 20.0
    clock: Callable[[], float] = time.monotonic
    ends_at: float = math.inf

    def started(self) -> Limits:
        """These limits with the clock running from now on."""
        return dataclasses.replace(self, ends_at=self.clock() + self.seconds)

    def is_over(self) -> bool:
        """Whether the time of the mail has run out."""
        return self.ends_at < math.inf and self.clock() > self.ends_at


DEFAULT_LIMITS = Limits()
