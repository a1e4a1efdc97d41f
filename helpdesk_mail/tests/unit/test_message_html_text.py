# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Plain text from HTML: what a person would read aloud."""

import pytest

from helpdesk_mail.message import html as message_html
from helpdesk_mail.message import html_text
from helpdesk_mail.message.defects import Defects
from helpdesk_mail.message.limits import DEFAULT_LIMITS


def text(source):
    fragment = message_html.sanitize(source, DEFAULT_LIMITS, Defects())
    return html_text.from_html(fragment, sanitized=True)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # blanks
        ("<p>a \n b<b> c</b>d</p>", "a b cd"),
        ("<p>a&nbsp;&nbsp;b</p>", "a  b"),
        ("a<br>b<br><br>c<br>", "a\nb\n\nc"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"),
        ("<pre>a\n  b\n\n\nc</pre>d", "a\n  b\n\n\nc\n\nd"),
        ('<div style="white-space:pre-wrap">a\n  b</div>c', "a\n  b\nc"),
        ("soft&shy;hyphen zero&#8203;width", "softhyphen zerowidth"),
        ("日本語　テキスト", "日本語　テキスト"),
        ("می‌خواهم", "می\u200cخواهم"),
        # blocks
        ("<h1>Title</h1><p>a</p><hr>b", "Title\n\na\n\n--------------------\n\nb"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n\n>> b\n\nc"),
        ("<blockquote><pre>a\n\nb</pre></blockquote>", "> a\n>\n> b"),
        # lists
        ("<ul><li>a<li>b</ul>c", "- a\n- b\n\nc"),
        ("<ol><li>a<ul><li>b<li>c</ul><li>d</ol>", "1. a\n   - b\n   - c\n2. d"),
        ("<ol start=9 type=a><li>x</ol>", "i. x"),
        ("<ol type=i><li>x<li value=4>y</ol>", "i. x\niv. y"),
        ("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\n  b"),
        ("<p>·<span>&nbsp;&nbsp;&nbsp; </span>a</p>", "· a"),
        # tables
        (
            "<table><tr><th>Qty<th>Name<tr><td>1<td>Screw<tr><td><td>Nut</table>",
            "Qty | Name\n1 | Screw\n | Nut",
        ),
        ("<table><tr><td>Name:<td>Anna</table>", "Name: Anna"),
        ("<table><tr><td><p>a</p><td><p>b</p></table>", "a | b"),
        ("<table><tr><td>&nbsp;<td>a<td></table>b", "a\n\nb"),
        ("<table><tr><td><table><tr><td><p>a<p>b</table></table>c", "a\n\nb\n\nc"),
        ("<blockquote><table><tr><td>a<td>b</table></blockquote>", "> a | b"),
        # links and images
        ('<a href="https://example.com/x">here</a>', "here <https://example.com/x>"),
        ('<a href="https://example.com/">example.com</a>', "example.com"),
        ('<a href="mailto:a@example.com?subject=x">write</a>', "write <a@example.com>"),
        ('<a href="mailto:a@example.com">a@example.com</a>', "a@example.com"),
        ('<a href="tel:+49123">+49 123</a>', "+49 123"),
        ('<a href="tel:+49123">call</a>', "call <+49123>"),
        ('<a href="javascript:x">a</a>', "a"),
        ('<img src="https://example.net/x.png" alt="A &amp; B">', "[A & B]"),
        ('<img src="cid:x" alt="">a', "a"),
        # what is not to be seen
        ("<style>p{}</style><title>x</title><script>y</script>a<!-- b -->", "a"),
        ("<!--[if mso]><p>x</p><![endif]-->a<![if !mso]>b<![endif]>", "ab"),
        ('<div style="display:none">x<div>y</div></div>a', "a"),
        ('<div style="max-height:0;overflow:hidden">x</div>a', "a"),
        ('<div style="mso-hide:all">x</div>a', "a"),
        ('<td style="visibility:hidden">x</td><span style="opacity:0">y</span>a', "xa"),
        ('<div style="font-size:0">x<p style="font-size:13px">a</p></div>b', "a\n\nb"),
        ('<p style="font-size:0.9em">a</p>', "a"),
        ('<p title="display:none">a</p>', "a"),
        # where nothing else is there, it is better than nothing
        ('<p style="display:none">a</p>', "a"),
        ("<p>a<o:p></o:p></p>", "a"),
    ],
)
def test_text(source, expected):
    assert text(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<style>x</style><p>a <b>b</b><table><tr><td>c<td>d", "a b\n\nc d"),
        ("<p style=display:none>a", "a"),
        ("a<script>b", "ab"),
        ("<blockquote><p>a</blockquote><ul><li>b", "> a\n\n- b"),
    ],
)
def test_text_of_markup_that_nobody_put_in_order(source, expected):
    assert html_text.from_html(source) == expected


def test_deep_lists_and_quotations_stay_readable():
    found = html_text.from_html("<blockquote><ul><li>" * 5000 + "x")
    assert found.endswith("x") and len(found) < 1_000_000
