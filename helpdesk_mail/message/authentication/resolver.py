# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The one door to DNS (RFC 1035): every question of this package goes through :class:`Lookups`.

A *resolver* is any object with ``lookup(name, kind)``. Three outcomes are told apart: records, no
record (NXDOMAIN and NODATA are the same to SPF, DKIM and DMARC), and :class:`TemporaryFailure`.
:class:`Lookups` stands before it for the length of one message: it asks nothing twice, asks no
impossible name, and stops at a number of questions and of seconds. Whatever a resolver raises
becomes a temporary failure and a readable defect.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from ..charsets import clean
from ..defects import Defects

Clock = Callable[[], float]

# More than the most that SPF may ask (RFC 7208, section 4.6.4: ten terms, ten hosts for each
# "mx") would let a stranger's records decide how long we are busy.
MOST_QUERIES = 150
MOST_SECONDS = 20.0


class TemporaryFailure(Exception):
    """DNS did not answer; the same question may be answered later."""


class Resolver(Protocol):
    """Answers DNS questions."""

    def lookup(self, name: str, kind: str) -> Sequence[str]:
        """The records of type *kind* (A, AAAA, MX, PTR, TXT) of *name* (ASCII, no final dot).

        Addresses as text; MX and PTR as host names, the MX most preferred first; TXT with its
        strings joined, one character (U+0000 to U+00FF) for each octet. Aliases are followed.
        Empty if there are none. Raises :class:`TemporaryFailure` where DNS did not answer.
        """
        ...


class Lookups:
    """The DNS questions of one message, bounded in number and time."""

    def __init__(
        self,
        resolver: Resolver,
        defects: Defects,
        *,
        clock: Clock = time.monotonic,
        queries: int = MOST_QUERIES,
        seconds: float = MOST_SECONDS,
    ) -> None:
        self._resolver = resolver
        self._defects = defects
        self._clock = clock
        self._deadline = clock() + seconds
        self._left = queries
        self._answers: dict[tuple[str, str], list[str] | None] = {}

    def lookup(self, name: str, kind: str) -> list[str]:
        """As :meth:`Resolver.lookup`; an impossible name has no records."""
        name = name.rstrip(".").lower() if name.endswith(".") else name.lower()
        if not is_possible_name(name):
            return []
        key = (name, kind)
        if key not in self._answers:
            self._answers[key] = self._ask(name, kind)
        answer = self._answers[key]
        if answer is None:
            raise TemporaryFailure(name)
        return answer

    def _ask(self, name: str, kind: str) -> list[str] | None:
        if self._left <= 0:
            self._defects.add("The sender's check asks DNS too much; it was stopped.")
            return None
        if self.is_late():
            return None
        self._left -= 1
        try:
            return [str(value) for value in self._resolver.lookup(name, kind)]
        except TemporaryFailure:
            self._defects.add(f"DNS did not answer the question for {clean(name)[:100]} ({kind}).")
        except Exception as error:  # noqa: BLE001 - a resolver is a stranger's code
            self._defects.add(
                f"The question for {clean(name)[:100]} ({kind}) failed: {type(error).__name__}."
            )
        return None

    def is_late(self) -> bool:
        """Whether the seconds of the message are used up."""
        if self._clock() <= self._deadline:
            return False
        self._defects.add("The check of the sender took too long; it was stopped.")
        return True


def is_possible_name(name: str) -> bool:
    """Whether *name* can be asked for: labels of 1 to 63 octets, 253 in all (RFC 1035, 2.3.4)."""
    return (
        0 < len(name) <= 253
        and name.isascii()
        and name.isprintable()
        and all(0 < len(label) <= 63 for label in name.split("."))
    )
