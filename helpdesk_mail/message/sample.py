# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The texts of a mail, looked at together where nothing declares their charset."""

from __future__ import annotations

from . import detection, transfer
from .defects import Defects

_MOST_TEXTS = 100
_SAMPLE = 16 * 1024


class Sample:
    """Where the 8-bit texts of a mail are, for finding out a charset that nothing declares.

    All texts of a mail are nearly always in one charset, and the more of them are looked at, the
    surer the answer. Only offsets are kept, so that no part refers back to its tree.
    """

    def __init__(self, source: bytes, start: int, end: int) -> None:
        self._source = source
        self._texts: list[tuple[int, int, str]] = [(start, end, "")]
        self._codec = ""

    def add(self, start: int, end: int, encoding: str) -> None:
        """Note the body of a text part, and its transfer encoding."""
        if len(self._texts) < _MOST_TEXTS:
            self._texts.append((start, end, encoding))

    def codec(self) -> str:
        """The Python codec that the lines of all texts which are not ASCII are most likely in."""
        if not self._codec:
            lines: list[bytes] = []
            for start, end, encoding in self._texts:
                stop = min(end, start + 2 * _SAMPLE)
                text = transfer.decode(self._source, start, stop, encoding, Defects())
                lines += [line for line in text.splitlines() if not line.isascii()]
            self._codec = detection.detect(b"\n".join(dict.fromkeys(lines))[:_SAMPLE])
        return self._codec
