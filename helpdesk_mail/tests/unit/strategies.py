# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Hypothesis strategies for mails: mostly well made, with damage of the kinds that happen.

``PIECES`` and ``MARKUP`` are what mails and HTML are made of; the fuzzers take them as their
dictionary.
"""

import base64
import pathlib
import quopri

from hypothesis import strategies as st

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"

PIECES = [
    b"\n--b\n",
    b"\n--b--\n",
    b"\n\n",
    b"\r\n",
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\x1b$B",
    b"=?utf-8?B?",
    b"=?utf-8?Q?=E4?=",
    b"?=",
    b"Content-Type: multipart/mixed; boundary=b\n",
    b"Content-Type: multipart/alternative; boundary=b\n",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
    b"Content-Type: text/html; charset=",
    b"Content-Type: text/plain; format=flowed\n",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Type: message/delivery-status\n\n",
    b"Content-Type: text/calendar; method=REQUEST\n",
    b"Content-Type: application/ms-tnef\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: quoted-printable\n",
    b"Content-Transfer-Encoding: x-uuencode\n",
    b"Content-Disposition: attachment; filename*0*=utf-8''%",
    b"Content-ID: <a@b>\n",
    b"From: ",
    b"To: a@example.com, ",
    b"Subject: ",
    b"Date: Mon, 2 Nov 2026 10:15:00 +0100\n",
    b"Date: 32 Foo 99999 99:99 +9999\n",
    b"References: <a@b> <c@d>\n",
    b"Auto-Submitted: auto-replied\n",
    b"Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1\n",
    b"\n> ",
    b"\n-- \n",
    b"\nOn 1/1/2026 a@example.com wrote:\n",
    b"\n-----Original Message-----\n",
    b"begin 644 a.txt\n",
    b"utf-7",
    b"utf-16",
    b"idna",
    b"(((",
    b'"',
    b"<",
    b"\t ",
]

MARKUP = [
    *"p div b i a font span table tbody tr td th caption colgroup col li ul ol dd h1 h2 pre "
    "blockquote form button select option svg math mi annotation-xml foreignObject desc template "
    "style script title textarea noscript iframe xmp plaintext noembed frameset object marquee "
    "body html head base meta link input img br hr o:p x ruby rt nobr details".split(),
    *("<", "</", ">", "/>", "<!--", "-->", "--!>", "<!-->", "<![CDATA[", "]]>", "<?", "<!", "="),
    *("'", '"', "`", " ", "\n", "\t", "\x0c", "\x00", "\r", "&nbsp;", "\u00ad", "\u200b", "\u3000"),
    *("&lt;", "&gt;", "&quot;", "&amp;", "&#", "&#x", "&#13;", "&#1;", "&colon;", "&Tab;"),
    *("javascript:alert(1)", "java\nscript:", "vbscript:x", "data:text/html,x", "//example.net/x"),
    *("https://example.net/x?a=1&b=2", "http:\\\\example.net", "mailto:a@example.com", "cid:a@b"),
    *(" href=", " src=", " srcset=", " style=", " onclick=", " onerror=x ", " class=", " id="),
    *(" background=", " width=1 height=1", " target=_blank", " data-original-src=", " title="),
    *("gmail_quote", "color:red;", "position:fixed;", "u\\72l(x)", "url(https://example.net/)"),
    *("expression(1)", "font-family:", "margin:-9px;", "calc(0px - 9px)", "rgb(1,2,3)", "/*", "*/"),
    *("display:none;", "font-size:0;", "white-space:pre;", "max-height:0;overflow:hidden;", "\\"),
    "words",
]

_tags = st.sampled_from(
    "p div b i a font span table tr td th li ul ol h1 h2 pre blockquote form button select svg "
    "math template style script noscript x o:p nobr marquee".split()
)
_texts = st.text(
    st.characters(codec="utf-8", exclude_characters="<>&"), min_size=1, max_size=15
) | st.sampled_from(["words", "&nbsp;", "&amp;", "1 < 2", "\u00e4\u00f6", "&#128512;"])
_styles = st.lists(
    st.sampled_from(
        "color:red margin:0 margin:-5px display:none font-size:0 position:absolute "
        "background:url(https://example.net/x) font-family:'a;b' white-space:pre-wrap".split()
    ),
    max_size=3,
).map(";".join)
_addresses = st.sampled_from(
    ["https://example.com/", "javascript:x", "cid:a@b", "mailto:a@example.com", "//x/", "x.html"]
)


@st.composite
def elements(draw, depth=4):
    """A piece of HTML as people and programs write it: nested, with tags left open at times."""
    if not depth or draw(st.booleans()):
        return draw(_texts)
    tag = draw(_tags)
    attributes = ""
    if draw(st.booleans()):
        attributes += f' style="{draw(_styles)}"'
    if tag == "a" or draw(st.integers(0, 9)) == 0:
        attributes += f' href="{draw(_addresses)}"'
    inner = "".join(draw(st.lists(elements(depth=depth - 1), max_size=3)))
    if draw(st.integers(0, 5)) == 0:
        inner += f'<img src="{draw(_addresses)}" alt="{draw(st.sampled_from(["", "Logo"]))}"><br>'
    closed = draw(st.integers(0, 7))
    return f"<{tag}{attributes}>{inner}" + (f"</{tag}>" if closed else "")


def html():
    """HTML: written by people, or pieces in any order."""
    return (
        st.lists(elements(), max_size=5).map("".join)
        | st.lists(st.sampled_from(MARKUP), max_size=30).map("".join)
        | st.lists(st.sampled_from(MARKUP).map("<{}>".format), max_size=20).map("".join)
    )


_charsets = st.sampled_from(
    "utf-8 us-ascii iso-8859-1 windows-1252 utf-16 gb2312 koi8-r iso-2022-jp x-none".split() + [""]
)
_names = st.sampled_from(["Anna Berg", "Größe", '"Berg, Anna"', "", "=?utf-8?q?=C3=A4?=", "(x)"])
_mailboxes = st.builds(
    "{} <{}>".format,
    _names,
    st.sampled_from(["anna@example.com", "b@b\u00fccher.example", "x", ""]),
)
_header_values = {
    "From": _mailboxes,
    "To": st.lists(_mailboxes, max_size=3).map(", ".join),
    "Reply-To": _mailboxes,
    "Subject": st.text(max_size=30).map(lambda text: text.replace("\n", " ")),
    "Date": st.sampled_from(["Mon, 2 Nov 2026 10:15:00 +0100", "2 Nov 26", "now", ""]),
    "Message-ID": st.sampled_from(["<a@b>", "a@b", "<>", "<a@b> <c@d>"]),
    "References": st.sampled_from(["<a@b> <c@d>", "<a@b>,<c@d>", "?"]),
    "Auto-Submitted": st.sampled_from(["no", "auto-replied", "auto-generated; x"]),
    "List-Id": st.just("<list.example.com>"),
}
_contents = {
    "text/plain": st.text(max_size=80) | st.lists(_texts, max_size=5).map("\n> ".join),
    "text/html": html(),
    "text/calendar": st.just("BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n"),
    "message/delivery-status": st.just(
        "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@example.com\nAction: failed\n"
    ),
    "application/octet-stream": st.text(max_size=40),
    "application/ms-tnef": st.just('x\u0178>"x'),
    "image/png": st.text(max_size=20),
}


def _encoded(draw, content):
    encoding = draw(st.sampled_from(["", "7bit", "8bit", "base64", "quoted-printable", "x-odd"]))
    if encoding == "base64":
        content = base64.encodebytes(content)
    elif encoding == "quoted-printable":
        content = quopri.encodestring(content)
    damage = draw(st.integers(0, 9))
    if damage == 0:
        content = content[: len(content) // 2]
    elif damage == 1:
        content += b"\xff="
    return encoding, content


@st.composite
def parts(draw, depth=3):
    """The header fields and the content of a part, as octets."""
    if depth and draw(st.integers(0, 2)) == 0:
        kind = draw(st.sampled_from("mixed alternative related report signed odd".split()))
        boundary = draw(st.sampled_from(["b", "b", "=_x 1", "b2"]))
        children = draw(st.lists(parts(depth=depth - 1), max_size=4))
        body = b"".join(f"--{boundary}\n".encode() + child + b"\n" for child in children)
        if draw(st.integers(0, 4)):
            body += f"--{boundary}--\n".encode()
        return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode() + body
    if depth and draw(st.integers(0, 9)) == 0:
        return b"Content-Type: message/rfc822\n\n" + draw(mails(depth=depth - 1))
    kind = draw(st.sampled_from(sorted(_contents)))
    charset = draw(_charsets)
    text = draw(_contents[kind])
    try:
        content = text.encode(charset or "utf-8", "replace")
    except LookupError:
        content = text.encode("utf-8", "replace")
    encoding, content = _encoded(draw, content)
    head = f"Content-Type: {kind}" + (f"; charset={charset}" if charset else "") + "\n"
    if encoding:
        head += f"Content-Transfer-Encoding: {encoding}\n"
    if draw(st.integers(0, 3)) == 0:
        head += f"Content-Disposition: attachment; filename={draw(_names) or 'a.txt'}\n"
    return head.encode() + b"\n" + content


@st.composite
def mails(draw, depth=3):
    """A whole mail: some header fields, then a part; cut short or damaged at times."""
    names = draw(st.lists(st.sampled_from(sorted(_header_values)), max_size=6))
    head = "".join(f"{name}: {draw(_header_values[name])}\n" for name in names)
    source = bytearray(head.encode("utf-8", "replace") + draw(parts(depth=depth)))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 3]))):
        position = draw(st.integers(0, len(source)))
        source[position:position] = draw(st.sampled_from(PIECES))
    return bytes(source)
