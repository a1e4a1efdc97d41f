# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""HTML: what people wrote stays, nothing acts, tracks or leaves its place, no image loads."""

import time

import pytest

from dev.corpora import safety
from helpdesk_mail.message import has_remote_images, parse, show_remote_images, styles
from helpdesk_mail.message import html as message_html
from helpdesk_mail.message.defects import Defects
from helpdesk_mail.message.limits import DEFAULT_LIMITS


def sanitize(source):
    return message_html.sanitize(source, DEFAULT_LIMITS, Defects())


@pytest.mark.parametrize(
    "markup",
    [
        "<h1>a</h1><p>b<br>c</p><hr>",
        '<p style="color:red;font-family:&quot;Segoe UI&quot;">a</p>',
        '<p style="margin-left:36pt;text-indent:-18pt;background:rgb(1, 2, 3)">a</p>',
        '<ol start="3" type="a"><li>a</li></ol>',
        '<table border="1"><tbody><tr><td colspan="2" bgcolor="red">a</td></tr></tbody></table>',
        '<blockquote class="gmail_quote">a</blockquote>',
        "<pre>\n\n  a\n</pre>",
        "<p>a&nbsp;b &amp; &lt;c&gt;</p>",
        '<img src="cid:a@b" alt="x">',
        '<p title="x style=" dir="class=">a</p>',
        '<p title=" style=" dir=" class=">a</p>',
        '<p>style="url(x)" class="" &lt;img src="https://example.net/"&gt;</p>',
    ],
)
def test_what_people_write_stays(markup):
    assert sanitize(markup) == markup


@pytest.mark.parametrize(
    ("source", "fragment"),
    [
        # the property that a string of another one hides
        ("<p style='font-family:\"url(;position:fixed;top:0;b\"'>x</p>", "<p>x</p>"),
        ('<p style=\'color:red;font-family:"\\";position:fixed;"\'>x</p>', None),
        ('<p style="margin:calc(0px - 900px);color:red">x</p>', '<p style="color:red">x</p>'),
        ('<p style="vertical-align:-900px">x</p>', "<p>x</p>"),
        ('<p style="text-indent:-9999px">x</p>', "<p>x</p>"),
        ('<p style="color:r\\65 d;background:u\\72l(//example.net)">x</p>', None),
        (
            '<p style="background:#fff url(https://example.net/x.png) no-repeat">x</p>',
            '<p style="background:#fff no-repeat">x</p>',
        ),
        ('<P STYLE="COLOR: red; FONT-WEIGHT: bold">x</P>', None),
        ('<div class="x y">a</div>', "<div>a</div>"),
        ('<p id="x" name="y" data-x="z" target="_top">a</p>', "<p>a</p>"),
        ("<p>a</p><!-- b --><![if mso]>c<![endif]><o:p>&nbsp;</o:p>", "<p>a</p>c&nbsp;"),
        ("<a href='java&#10;script:x'>a</a>", '<a rel="noopener noreferrer nofollow">a</a>'),
    ],
)
def test_what_acts_goes_and_the_words_stay(source, fragment):
    found = sanitize(source)
    assert not safety.harm(found)
    assert not safety.lost(source, found)
    if fragment is not None:
        assert found == fragment


def test_style_names_in_capitals_are_kept():
    found = sanitize('<P STYLE="COLOR: red; FONT-WEIGHT: bold">x</P>')
    assert found == '<p style="color:red;font-weight:bold">x</p>'


@pytest.mark.parametrize(
    "style",
    [
        'a"b',
        "color:red;}p{position:fixed",
        "color:red/**/;position:fixed",
        "font-family:'a\nb';position:fixed",
        "color:red;posi\\tion:fixed",
        "width:expression(alert(1))",
        "color:rgb(url(x))",
        "color:rgb((1))",
        "color:var(--x)",
        "behavior:url(#x)",
        "-moz-binding:url(x)",
    ],
)
def test_a_style_that_is_more_than_a_style(style):
    kept = styles.declarations(style)
    assert not safety.style(";".join(f"{name}:{value}" for name, value in kept))


@pytest.mark.parametrize(
    "source",
    [
        "<p><button><p>a</button>",
        "<h1><x><h2>a",
        "<li><form><li>a",
        "<a href='https://example.net'><marquee><a href='https://example.org'>a",
        "<h1><table><h2>a<td>b",
        "<table><a>a<table><a>b",
        "<pre>\n\na",
        "<pre><img src='https://example.net/x' width=1 height=1>\na",
        "a&#13;b&#13;&#10;c",
        "<p style='margin:1px&#28;&amp;'>a",
        "<p style=font-family:';<>",
        "<a>" + "<div>" * 12 + "<a>b",
        "<table><tr><td><svg><desc><td>a",
    ],
)
def test_what_was_sanitised_stays_as_it_is(source):
    fragment = sanitize(source)
    assert not safety.harm(fragment)
    assert sanitize(fragment) == fragment


@pytest.mark.parametrize(
    "source",
    [
        "<table><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
        "<svg></p><style><a title='</style><img src=x onerror=alert(1)>'>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=x>'>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<template><s><template><s><img src=x onerror=alert(1)>@shafigullin</s></template>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<select><template><style><!--</style><a rel='--></style></template></select><img src=x>'>",
        "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<!--x--!><img src=x onerror=alert(1)>",
        "<a href='https://example.net' onclick='x' / onmouseover=y>a</a>",
        "<base href='https://example.net/'><meta http-equiv=refresh content='0;url=x'>",
        "<img src='x' srcset='https://example.net/x 2x' onload=x>",
        "<td background='https://example.net/x'><input type=image src='https://example.net/x'>",
        "<a xlink:href='javascript:x' formaction='javascript:x'>a</a>",
        "<details open ontoggle=x><video poster='https://example.net/x'><audio src=x>",
    ],
)
def test_markup_that_changes_when_it_is_read_again(source):
    fragment = sanitize(source) or ""
    assert not safety.harm(fragment)
    assert not safety.acts(show_remote_images(fragment))


def test_remote_images_load_only_once_the_switch_is_used():
    fragment = sanitize(
        '<img src="https://example.net/a.png?x=1&amp;y=2" alt="Plan" width="40" height="30">'
    )
    assert fragment == (
        '<img data-original-src="https://example.net/a.png?x=1&amp;y=2" alt="Plan" width="40" '
        'height="30">'
    )
    assert has_remote_images(fragment)
    assert not safety.loads(fragment)
    for source in (
        '<img alt="Plan" src="https://example.net/a">',
        '<img style="width:1em" src="https://example.net/a b">',
    ):
        assert sanitize(show_remote_images(sanitize(source))) == sanitize(source)
    shown = show_remote_images(fragment)
    assert shown == (
        '<img src="https://example.net/a.png?x=1&amp;y=2" alt="Plan" width="40" height="30">'
    )
    assert not has_remote_images(shown)
    assert sanitize(shown) == fragment


@pytest.mark.parametrize(
    ("source", "fragment"),
    [
        # pictures that are there to be counted
        ('<img src="https://example.net/x.gif" width="1" height="1">', ""),
        ('<img src="https://example.net/x.gif" style="width:1px;height:1px">', ""),
        ('<img src="https://example.net/x.gif" style="display:none">', ""),
        ('<img src="https://example.net/x.gif" height="0" width="200">', ""),
        # pictures that are there to be seen
        (
            '<img src="https://example.net/x.gif" width="1" height="20">',
            '<img data-original-src="https://example.net/x.gif" width="1" height="20">',
        ),
        (
            '<img src="\n HTTPS://example.net/a b.png">',
            '<img data-original-src="HTTPS://example.net/a%20b.png">',
        ),
        # addresses that are none
        ('<img src="x.png" alt="a">', '<img alt="a">'),
        ('<img src="//example.net/x.png" alt="a">', '<img alt="a">'),
        ('<img src="mailto:a@example.net" alt="a">', '<img alt="a">'),
        ('<img data-original-src="javascript:x" alt="a">', '<img alt="a">'),
        ('<img data-original-src="/web/session/logout" alt="a">', '<img alt="a">'),
        ('<img src="cid:a@b" data-original-src="https://example.net/x">', '<img src="cid:a@b">'),
    ],
)
def test_images(source, fragment):
    assert sanitize(source) == fragment


def test_the_switch_restores_addresses_of_the_web_only():
    for source in ("javascript:x", "data:text/html,x", "/web/logout", "cid:a@b", ""):
        fragment = f'<img data-original-src="{source}">'
        assert not has_remote_images(fragment)
        assert show_remote_images(fragment) == fragment
    words = 'data-original-src="https://example.net/"'
    assert not has_remote_images(words)
    assert show_remote_images(words) == words


SHAPES = {
    "end_tags_that_close_nothing": "<ul></div>",
    "end_tags_behind_blocks": "<span><div></span>",
    "end_tags_in_attributes": '<div title="</div>">',
    "end_tags_behind_quoted_brackets": '<div title="> </div ">',
    "end_tags_after_bare_quotes": '<div "></div><div ">',
    "end_tags_in_style_sheets": "<div><style></div></style>",
    "tags_behind_short_comments": "<!--><div>-->",
    "tags_in_foreign_style_sheets": "<svg><style><table>x",
    "formatting_inside_links": "<a><big>",
    "formatting_inside_buttons": "<s></li><button></li>",
    "text_between_rows": "<table>x<tr>",
    "tables_in_tables": "<table>--><a>",
    "ruby": "<ruby><rt></textarea>",
    "ruby_in_templates": "<template><ruby><td></td>",
    "foreign_elements": "<mi></div>",
    "cells_that_keep_fonts": "<font color=1><table><td></font></table>",
    "unclosed_items": "<li>x",
    "unknown_elements": "<x></y>",
    "forms": "</form><blockquote>",
    "entities": "&amp;&lt;&#65;",
    "half_entities": "&a&#&",
    "open_tags": "<a b='",
    "open_brackets": "<",
    "declarations": "<!",
    "styles": "<p style=\"font-family:'a';color:rgb(1,2,3);color:((\">",
    "images": "<img src='https://example.net/&amp;' width=1>",
    "pre": "<pre>\n</pre>",
    "many_classes": '<div class="gmail_quote x">x</div>',
    "blanks": "<p> </p>&nbsp;\u200b",
    "nested_rows": "<table><tr><td>",
    "quotations": "<blockquote>x",
    "hidden": "<p style=display:none>",
    "links": "<a href=https://example.net/>x",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_of_html_takes_long(shape):
    """Half a megabyte of anything takes far less than anything worse than linear would take."""
    unit = SHAPES[shape].encode()
    source = b"Content-Type: text/html; charset=utf-8\n\n" + unit * (500_000 // len(unit))
    start = time.process_time()
    parse(source)
    # linear work takes a tenth of this; a busy or slow processor may take five times as long
    assert time.process_time() - start < 20


def test_many_attributes_and_deep_styles_take_no_long():
    start = time.process_time()
    for source in (
        "<p " + " ".join(f"a{number}" for number in range(150_000)) + ">x",
        "<p x='>' " + " ".join(f"a{number}=1" for number in range(150_000)) + ">x",
        "<p style='color:" + "(" * 500_000 + "'>x",
        "<p style='color:" + "rgb(" * 200_000 + "'>x",
        "<p style='" + "font-family:&quot;" * 50_000 + "'>x",
        "".join(f"<font color={number}>" for number in range(200)) + "<p>x</p>" * 100_000,
        "".join(f"<p><font color={number}>x" for number in range(50_000)),
        "<br>" * 100_000 + "<table>" + "x<tr>" * 50_000,
        "<p style='" + "height:0;" * 150_000 + "' title=hidden>x",
        "<p style='overflow:hidden;" + "height:0px " * 150_000 + "'>x",
    ):
        parse(b"Content-Type: text/html; charset=utf-8\n\n" + source.encode())
    assert time.process_time() - start < 40


def test_hostile_html_is_shown_as_text():
    found = parse(b"Content-Type: text/html\n\nSee <b>this</b>" + b"<ul></div>" * 50_000)
    assert found.html == '<div style="white-space:pre-wrap">See this</div>'
    assert "The HTML is nested too deeply; it is shown as plain text." in found.defects


def test_sloppy_html_is_shown_as_html():
    rows = "".join(
        f"<tr><td><p><font face=Arial>Row {number}<td><a href=https://example.net>b<br>"
        for number in range(2000)
    )
    source = f"<body><table>{rows}</table>" + "<p><font face=Arial>x" * 2000
    found = parse(b"Content-Type: text/html\n\n" + source.encode())
    assert "Row 1999" in found.html and "<table>" in found.html
    assert "nested" not in " ".join(found.defects)
