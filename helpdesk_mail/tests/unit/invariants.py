# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What holds for every mail and every piece of HTML, whatever it is: for tests and fuzzers."""

import json
import re

from helpdesk_mail.message import (
    charsets,
    has_remote_images,
    html_text,
    parse,
    show_remote_images,
    to_dict,
)
from helpdesk_mail.message import html as message_html
from helpdesk_mail.message.defects import Defects
from helpdesk_mail.message.limits import DEFAULT_LIMITS

UNSAFE = re.compile("[\x00\ud800-\udfff]")
_UNSAFE_HTML = re.compile("[\x00-\x08\x0b\x0c\r\x0e-\x1f\x7f\ud800-\udfff]")


def check_mail(source, harm=None):
    """Read the octets *source*; AssertionError where the result breaks a promise.

    *harm* is a judge of HTML: what harm it can do, in words.
    """
    found = parse(source)
    assert found == parse(bytes(source)), "not the same twice"
    plain = to_dict(found, "x.eml")
    assert json.loads(json.dumps(plain)) == plain
    for text in _strings([plain, found.headers, found.recipients]):
        assert not UNSAFE.search(text)
    if found.forwarded:
        inner = found.forwarded
        assert not UNSAFE.search(inner.text + inner.subject + inner.introduction)
    assert all(sentence.isprintable() for sentence in found.defects)
    names = [attachment.filename for attachment in found.attachments]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(name and not re.search(r"[/\\\x00-\x1f]", name) for name in names)
    assert found.date is None or found.date.tzinfo is not None
    assert not found.text.strip() or found.reply_text.strip()
    if harm is not None:
        assert not harm(found.html), harm(found.html)
        if found.forwarded:
            assert not harm(found.forwarded.html), harm(found.forwarded.html)
    return found


def check_html(source, harm=None):
    """Sanitise *source*; AssertionError where the fragment breaks a promise. Returns it."""
    source = charsets.clean(source)
    fragment = message_html.sanitize(source, DEFAULT_LIMITS, Defects())
    soup = html_text.from_html(source)
    assert not UNSAFE.search(soup)
    if fragment is None:
        return None
    assert not _UNSAFE_HTML.search(fragment)
    again = message_html.sanitize(fragment, DEFAULT_LIMITS, Defects())
    assert again == fragment, f"{fragment!r} became {again!r}"
    text = html_text.from_html(fragment, sanitized=True)
    assert not UNSAFE.search(text) and "\x01" not in text + soup
    shown = show_remote_images(fragment)
    assert not has_remote_images(shown)
    assert message_html.sanitize(shown, DEFAULT_LIMITS, Defects()) == fragment
    if harm is not None:
        assert not harm(fragment), f"{harm(fragment)} in {fragment!r}"
        remote = re.sub(r'(<img[^<>]*) src="https?://[^"]*"', r"\1", shown)
        assert not harm(remote), f"{harm(remote)} in {shown!r}"
    return fragment


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)
