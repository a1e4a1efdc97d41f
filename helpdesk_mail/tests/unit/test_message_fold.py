# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Quoted text is folded rather than removed: marked, and nothing else is changed."""

import os
import re
import time

import pytest
import strategies
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpdesk_mail.message import folded, html_tags, html_tree, parse, text_to_html, without_lines
from helpdesk_mail.message.html_text import from_html

relaxed = settings(
    max_examples=int(os.environ.get("HELPDESK_MAIL_EXAMPLES", "100")),
    deadline=None,
    derandomize="HELPDESK_MAIL_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
MARK = ' data-o-mail-quote="1" data-o-mail-quote-node="1"'
SPAN = re.compile(rf"<span{MARK}>([^<]*)</span>")
HEAD = """From: Anna Kunde <anna@kunde.example>
To: support@desk.example
Subject: Re: The printer
In-Reply-To: <first@desk.example>
Content-Type: {}; charset=utf-8

"""
ATTRIBUTION = "On Mon, 2 Mar 2026 at 10:00, Support <support@desk.example> wrote:"
GMAIL = (
    '<div dir="ltr"><p>It works.</p><div>-- <br><div class="gmail_signature">Anna<br>Tel. 12</div>'
    '</div></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, 2 Mar 2026 '
    'at 10:00, Support &lt;<a href="mailto:support@desk.example">support@desk.example</a>&gt; '
    'wrote:<br></div><blockquote class="gmail_quote">Try it.<br>Bye</blockquote></div>'
)
OUTLOOK = (
    "<p>It works.</p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p><b>From:</b> "
    "Support &lt;support@desk.example&gt;<br><b>Sent:</b> Monday, March 2, 2026 10:00 AM<br><b>To:"
    "</b> Anna<br><b>Subject:</b> x</p></div></div><p>Try it.</p><table><tr><td>a</td></tr></table>"
)
BARE = (
    "It works.<br><br>-----Original Message-----<br>From: Support<br>Sent: Monday, March 2, 2026"
    "<br>To: Anna<br>Subject: x<br><br>Try it.<br>Bye"
)


def plain(text):
    return parse((HEAD.format("text/plain") + text).encode())


def markup(source):
    return parse((HEAD.format("text/html") + source).encode())


def shown(fragment):
    """The words that are seen before anything is unfolded."""
    stack, words, position = [], [], 0
    for match in re.finditer(r"<(/?)([a-z0-9]+)([^<>]*)>", fragment):
        if not any(stack):
            words.append(fragment[position : match.start()])
        position = match.end()
        if match[1]:
            stack.pop()
        elif match[2] not in ("br", "hr", "img", "col", "wbr"):
            stack.append(MARK in match[0])
    if not any(stack):
        words.append(fragment[position:])
    return " ".join("".join(words).replace("&nbsp;", " ").split())


def unfolded(fragment):
    """*fragment* as it was before it was marked."""
    return SPAN.sub(r"\1", fragment).replace(MARK, "")


def whole(parsed):
    return parsed.html or text_to_html(parsed.text)


@pytest.mark.parametrize(
    ("parsed", "seen"),
    [
        (plain(f"It works.\n\n{ATTRIBUTION}\n> Try it.\n> Bye\n"), "It works."),
        (plain(f"It works.\n\n-- \nAnna\n\n{ATTRIBUTION}\n> Try it.\n"), "It works."),
        (plain(f"{ATTRIBUTION}\n> Try it.\n\nIt works.\n"), "It works."),
        (plain("It works.\n\n-----Original Message-----\nFrom: S\nSent: x\n\nTry"), "It works."),
        (plain("It works."), "It works."),
        (plain("a <b> & c\n\n-- \nAnna"), "a &lt;b&gt; &amp; c"),
        (markup(GMAIL), "It works."),
        (markup(OUTLOOK), "It works."),
        (markup(BARE), "It works."),
        (markup("<p>It works.</p><pre>a\nb</pre>"), "It works.a b"),
        (
            markup(f"<div style='white-space:pre-wrap'>It works.\n\n{ATTRIBUTION}\n</div>"),
            "It works.",
        ),
    ],
)
def test_quoted_text_is_folded(parsed, seen):
    result = folded(parsed)
    assert shown(result) == seen
    assert unfolded(result) == whole(parsed), "nothing is lost"


def test_the_html_beside_a_text():
    """Of a mail with both forms the HTML is shown: it is folded where the text is."""
    head = HEAD.format("multipart/alternative; boundary=b")
    text = f"It works.\n\n-- \nAnna\nTel. 12\n\n{ATTRIBUTION}\n> Try it.\n> Bye\n"
    parsed = parse(
        f"{head}--b\nContent-Type: text/plain\n\n{text}\n--b\nContent-Type: text/html\n\n"
        f"{GMAIL}\n--b--\n".encode()
    )
    assert shown(folded(parsed)) == "It works."
    # a program that marks nothing in its HTML
    bare = GMAIL.replace("gmail", "other").replace("wrote:", "skribis:")
    parsed = parse(
        f"{head}--b\nContent-Type: text/plain\n\n{text}\n--b\nContent-Type: text/html\n\n"
        f"{bare}\n--b--\n".encode()
    )
    assert "skribis" not in shown(folded(parsed))


@pytest.mark.parametrize("parsed", [plain("It works.\n\n-- \nAnna"), markup(GMAIL)])
def test_the_signature_stays_where_it_is_not_wanted_folded(parsed):
    """*Signature detection* off: the signature is seen, history is not."""
    result = folded(parsed, signature=False)
    assert "Anna" in shown(result)
    assert "Try it" not in shown(result)
    assert "gmail_signature" not in result, "nor does Odoo fold it by its class"


def test_notes_below_are_seen():
    """What the mail encloses is said below; it is no part of the quotation."""
    calendar = (
        "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Visit\nDTSTART:20260302T100000Z\n"
        "UID:1\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    for kind, letter in (("html", GMAIL), ("plain", f"It works.\n\n{ATTRIBUTION}\n> Try it.\n")):
        parsed = parse(
            f"{HEAD.format('multipart/mixed; boundary=b')}--b\nContent-Type: text/{kind}\n\n"
            f"{letter}\n--b\nContent-Type: text/calendar; method=REQUEST\n\n{calendar}\n--b--\n"
            "".encode()
        )
        assert parsed.notes
        result = folded(parsed)
        assert "Visit" in shown(result)
        assert "Try it" not in shown(result)
        assert unfolded(result) == whole(parsed)


@pytest.mark.parametrize(
    "letter",
    [
        "<div>#close</div><div>#tag a, b</div><div><br></div>" + GMAIL,
        "#close<br>#tag a, b<br>" + BARE,
        "<p>#<b>close</b><br>\n#tag a, b</p>" + OUTLOOK,
    ],
)
def test_lines_taken_out(letter):
    """Commands that stand in the author's words are not for the customer's eyes."""
    parsed = without_lines(markup(letter), ["#close", "#tag a, b"])
    assert shown(folded(parsed)) == "It works."
    assert "close" not in parsed.html + parsed.text + parsed.reply_text
    assert "Try it." in parsed.html


def test_lines_taken_out_of_text():
    parsed = without_lines(
        plain(f"#close\n\nIt works.\n#close\n{ATTRIBUTION}\n> #close"), ["#close"]
    )
    assert parsed.reply_text == "It works.\n#close"
    assert parsed.text.endswith("> #close")


@given(
    st.lists(strategies.html() | st.sampled_from([GMAIL, OUTLOOK, BARE, ATTRIBUTION]), max_size=5),
    st.booleans(),
)
@relaxed
def test_nothing_is_lost_property(pieces, signature):
    """The words of the marked HTML are those of the HTML, and it is read as it was written."""
    parsed = markup("<p>New words.</p>" + "".join(pieces))
    result = folded(parsed, signature=signature)
    if signature:
        assert unfolded(result) == unfolded(whole(parsed))
    assert from_html(result, sanitized=True) == from_html(whole(parsed), sanitized=True)
    if parsed.html:
        assert html_tree.measure(html_tags.of_fragment(result))[1]


@given(st.lists(st.text(max_size=20) | st.sampled_from(["-- ", ATTRIBUTION, "> x", ""])))
@relaxed
def test_nothing_is_lost_of_text_property(lines):
    parsed = plain("\n".join(lines))
    assert unfolded(folded(parsed)) == whole(parsed)


def test_no_quotation_costs_nothing():
    """Under 0.1 ms for a mail of 20 kB without a quotation; linear with one."""
    parsed = markup("<p>Words and <b>words</b> of a letter.</p>" * 500)
    assert best(lambda: folded(parsed)) < 0.0001
    short, long = (markup("<p>Some words.</p>" * count + GMAIL) for count in (500, 4000))
    assert best(lambda: folded(long)) < best(lambda: folded(short)) * 30


def best(operation):
    times = []
    for _ in range(5):
        started = time.process_time()
        operation()
        times.append(time.process_time() - started)
    return min(times)
