# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every recorded mail in ``tests/data`` reads as its twin says.

``<problem>.eml`` is the mail, ``<problem>.json`` the keys that matter for it, with the values
that a user would expect to see.
"""

import json
import pathlib

import pytest

from helpdesk_mail.message import parse, to_dict

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
MAILS = sorted(path.stem for path in DATA.glob("*.eml"))
KEYS = {
    "file",
    "kind",
    "subject",
    "from",
    "sender",
    "reply_to",
    "to",
    "cc",
    "date",
    "message_id",
    "in_reply_to",
    "references",
    "text",
    "html",
    "reply_text",
    "attachments",
    "importance",
    "auto_submitted",
    "mailing_list",
    "bounce",
    "authentication",
    "defects",
}


def test_there_are_recorded_mails():
    assert len(MAILS) >= 35


@pytest.mark.parametrize("problem", MAILS)
def test_reads_as_its_twin_says(problem):
    expected = json.loads((DATA / f"{problem}.json").read_text(encoding="utf-8"))
    assert expected and expected.keys() <= KEYS
    found = to_dict(parse((DATA / f"{problem}.eml").read_bytes()), f"{problem}.eml")
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize("problem", MAILS)
def test_is_plain_data_with_exactly_the_promised_keys(problem):
    found = to_dict(parse((DATA / f"{problem}.eml").read_bytes()), f"{problem}.eml")
    assert found.keys() == KEYS
    assert found["file"] == f"{problem}.eml"
    assert json.loads(json.dumps(found)) == found
