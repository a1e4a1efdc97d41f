# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The new text of replies: the mails of a PHP port of GitHub's parser, in more languages.

The corpus has no expected results; as in :mod:`.github_reply`, what is asked was found by
reading the mails. Templates with a placeholder for an attribution are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import github_reply, reply_tools
from .case import Case

FOLDER = "willdurand-reply"
TOOLS = reply_tools.TOOLS
judge = reply_tools.judge

_FILL = ("Fusce bibendum", "nec nec nibh")
_SHORT_FILL = ("Fusce bibendum", "Something wrote:", "nec nec nibh")
_HISTORY = ("Etiam non", "Company Questions")
_GITHUB = {
    "correct_sig.txt": "correct_sig.txt",
    "email_1.txt": "email_1_1.txt",
    "email_2.txt": "email_1_2.txt",
    "email_2_1.txt": "email_2_1.txt",
    "email_3.txt": "email_1_3.txt",
    "email_4.txt": "email_1_4.txt",
    "email_5.txt": "email_1_5.txt",
    "email_6.txt": "email_1_6.txt",
    "email_blackberry.txt": "email_BlackBerry.txt",
    "email_bullets.txt": "email_bullets.txt",
    "email_iphone.txt": "email_iPhone.txt",
    "email_multi_word_sent_from_my_mobile_device.txt": (
        "email_multi_word_sent_from_my_mobile_device.txt"
    ),
    "email_one_is_not_on.txt": "email_one_is_not_on.txt",
    "email_sent_from_my_not_signature.txt": "email_sent_from_my_not_signature.txt",
}
WANTED: dict[str, github_reply.Parts] = {
    **{name: github_reply.WANTED[other] for name, other in _GITHUB.items()},
    "email_7.txt": (_FILL, ("ha scritto", "Ciao Lorem")),
    "email_8.txt": (_FILL, ("schreef", "Beste Praesent")),
    "email_9.txt": (_FILL, ("Message du", "Proin cursus")),
    **{f"email_{number}.txt": (_FILL, _HISTORY) for number in (10, 11, 12, 13, 14, 16, 17)},
    "email_15.txt": (_FILL, ("Wiko", "Etiam non")),
    "email_18.txt": (_FILL, ("John Jung", "Etiam non")),
    "email_19.txt": (("On Thursday, I get", "torch of pixels"), ("Corey", "caching related")),
    "email_20.txt": (("On Thursday.",), ("John Doe", "this parsing")),
    "email_21.txt": (("On Thursday:", "est laborum."), ()),
    "email_22.txt": (_FILL, ("Sylvie", "Etiam non")),
    "email_23.txt": (_FILL, ("support@domain", "Ticket answered")),
    "email_23_1.txt": (_SHORT_FILL, ("support@domain", "Ticket answered")),
    "email_custom_quote_header.txt": (("Thank you!",), ("imdb", "your products")),
    "email_customer_quote_header_2.txt": (("Thank you very",), ("somedude", "new message")),
    "email_customer_quote_header_3.txt": (("bonjour,", "merci d'avance"), ("Somewhere", "cdt")),
    "email_issue_77.txt": (("paragraph 1", "pose problème", "paragraph 2"), ("a écrit",)),
    "email_ls-l.txt": (("funny one", "098sc6"), ("glen",)),
    "email_norwegian_gmail.txt": (_FILL, ("Test user", "Ok. Thanks")),
    "email_thread.txt": (("thread from bellow",), ("John Doe", "Ok. Thanks")),
    "email_unquoted_reply.txt": (("This is my reply",), ("This is my quote",)),
    "email_w10_mail.txt": (("Great thanks Bort", "Braxton"), ("Windows 10", "is the stuff")),
    "email_zimbra_free_en.txt": (("Bonjour", "the issue", "paragraph"), ("Flenderson", "BONJOUR")),
    "email_zimbra_free_fr.txt": (("Bonjour", "problème", "paragraph"), ("Flenderson", "BONJOUR")),
    "sig_no_empty_line.txt": (("empty line above",), ("rick",)),
}

_BELOW_A_DEVICE = (
    "below the note of a device stands text that nothing marks as a quotation; an author, too, "
    "writes there, and no word of an author may be lost"
)
DEVIATIONS = {
    f"email_15.txt: {reply_tools.HISTORY_REMOVED}": _BELOW_A_DEVICE,
    f"email_7.txt: {reply_tools.HISTORY_REMOVED}": (
        "between quoted lines stands one without a mark, a sentence of its own: it can be an answer"
    ),
    f"email_unquoted_reply.txt: {reply_tools.HISTORY_REMOVED}": (
        "'On ... you wrote:' without a time, an address and quotation marks is what people write "
        "before they answer"
    ),
}


def cases(folder: Path) -> Iterator[Case]:
    """Two questions for each mail: what must be there, and what must not."""
    yield from reply_tools.fragment_cases(folder, WANTED)
