# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The new text of replies: the well-known mails of GitHub's parser.

The corpus has no expected results. What is asked was found by reading the mails: a few words
that their authors wrote, and a few of the history and the signature.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import reply_tools
from .case import Case

FOLDER = "github-reply"
TOOLS = reply_tools.TOOLS
judge = reply_tools.judge
Parts = tuple[tuple[str, ...], tuple[str, ...]]

WANTED: dict[str, Parts] = {
    "correct_sig.txt": (("correct -- signature",), ("rick",)),
    "email_1_1.txt": (("clear a Riak", "HTTP API.", "Abhishek"), ("mailing list",)),
    "email_1_2.txt": (("Hi,", "You can list", "would do it", "delete them all indiv"), ()),
    "email_1_3.txt": (("Oh thanks.", "would be great"), ("Russell", "You can list")),
    "email_1_4.txt": (("Awesome!", "problem with it"), ("defunkt", "working well")),
    "email_1_5.txt": (("One:", "fourth bullet", "another one", "for a while"), ()),
    "email_1_6.txt": (("rendering as well", "torch of pixels"), ("Corey", "caching related")),
    "email_1_7.txt": ((":+1:",), ("Wanstrath", "Steps 0-2")),
    "email_1_8.txt": (("under this one", "and under this"), ()),
    "email_2_1.txt": (("Outlook with a reply",), ("mail-noreply", "recently updated")),
    "email_2_2.txt": (("directly above line",), ("CRM Comments", "replying to a")),
    "email_2_3.txt": (("directly above line",), ("CRM Comments", "replying to a")),
    "email_BlackBerry.txt": (("another email",), ("BlackBerry",)),
    "email_bullets.txt": (("test 2 this", "how about bullets"), ("goalengine", "Give us")),
    "email_iPhone.txt": (("another email",), ("iPhone",)),
    "email_long_quote.txt": (("clear a Riak", "asdf", "HTTP API."), ("mailing list",)),
    "email_multi_word_sent_from_my_mobile_device.txt": (("another email",), ("Verizon",)),
    "email_one_is_not_on.txt": (("One outstanding", "when I run..."), ("Tapley", "much better")),
    "email_sent_from_my_not_signature.txt": (("Sent from my desk", "mobile phone"), ()),
    "email_sig_delimiter_in_middle_of_line.txt": (("fix -- this", "kthxbai"), ()),
    "greedy_on.txt": (("On your remote", "tunnel is not"), ("Plymale", "odd issue")),
    "pathological.txt": (("onto something", "to a computer"), ("Sullivan", "shortening")),
}


def cases(folder: Path) -> Iterator[Case]:
    """Two questions for each mail: what must be there, and what must not."""
    yield from reply_tools.fragment_cases(folder, WANTED)
