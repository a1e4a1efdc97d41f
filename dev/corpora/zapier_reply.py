# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The new text of replies: the mails of Zapier's parser (GitHub's and some more).

As in :mod:`.github_reply`, what is asked was found by reading the mails.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import github_reply, reply_tools
from .case import Case

FOLDER = "zapier-reply"
TOOLS = reply_tools.TOOLS
judge = reply_tools.judge

_OWN: dict[str, github_reply.Parts] = {
    "email_2_3.txt": (("unusual format",), ("Kim via Site", "Ei tale")),
    "email_gmail.txt": (("for inbox replying",), ("Steven Scott", "how outdated")),
    "email_headers_no_delimiter.txt": (("another reply!",), ("Dan Watson", "second line")),
    "email_partial_quote_header.txt": (
        ("On your remote", "tunnel is not"),
        ("Plymale", "odd issue"),
    ),
}
_MISSING = ("email_long_quote.txt",)


def cases(folder: Path) -> Iterator[Case]:
    """Two questions for each mail: what must be there, and what must not."""
    shared = {name: parts for name, parts in github_reply.WANTED.items() if name not in _MISSING}
    yield from reply_tools.fragment_cases(folder, shared | _OWN)
