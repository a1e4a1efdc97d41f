# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the corpora of HTML sanitisers have in common: the questions, the tools, the judge.

Their expected texts are each project's taste (one escapes a script, another removes it), so only
this is asked: that nothing acts, that nothing is fetched when the mail is shown, and that the words
that people read are still there. Words are compared with what the markup says to a reader, not
with the project's own output.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import safety
from .case import Case

RUNS, CALLS, WORDS = "runs nothing", "calls nobody", "keeps the words"


def questions(name: str, markup: str) -> Iterator[Case]:
    """The questions about the HTML *markup*."""
    for field in (RUNS, CALLS, WORDS):
        yield Case(name, field, markup.encode("utf-8", "surrogatepass"), "nothing", extra=markup)


def judge(case: Case, answer: str) -> bool:
    """Whether the sanitised HTML *answer* is right for the field of *case*."""
    if case.field == RUNS:
        return not safety.acts(answer)
    if case.field == CALLS:
        return not safety.loads(answer)
    return not safety.lost(case.extra, answer)


def _ours(case: Case) -> str:
    from helpdesk_mail.message import parse, text_to_html

    head = b"From: a@example.com\nContent-Type: text/html; charset=utf-8\n\n"
    parsed = parse(head + case.source)
    answer = parsed.html or text_to_html(parsed.text)
    if case.field == RUNS and (found := safety.harm(answer)):
        raise ValueError(f"harm: {found}")
    return answer


def _lxml_html_clean(case: Case) -> str:
    from lxml_html_clean import Cleaner

    if not case.extra.strip():
        return ""
    # All that its documentation offers against scripts and styles.
    cleaner = Cleaner(style=True, inline_style=False, forms=True, safe_attrs_only=True)
    return str(cleaner.clean_html(case.extra))


def _odoo(case: Case) -> str:
    try:
        from odoo.tools.mail import html_sanitize
    except Exception as error:  # noqa: BLE001 - Odoo that cannot be imported has no answer
        raise ImportError(str(error)) from error
    # As the body of a message is stored.
    return str(html_sanitize(case.extra, sanitize_attributes=True, sanitize_style=True))


def _nh3(case: Case) -> str:
    import nh3

    return nh3.clean(case.extra)


TOOLS = {
    "helpdesk_mail": _ours,
    "lxml_html_clean": _lxml_html_clean,
    "Odoo": _odoo,
    "nh3's defaults": _nh3,
}
