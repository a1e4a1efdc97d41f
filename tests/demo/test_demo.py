# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a person sees who types ``make run``, twice, and writes a mail in between."""

import datetime
import email
import shlex
import signal
import urllib.request

import pytest
from conftest import Run, dev

from dev import postgres
from dev.demo import outcomes, processes, samples, sent

SUMMARY = "9 mails: 6 tickets, 2 replies, 1 refused"
# Whatever a second run could have made twice, and what Odoo rewrites when it writes at all.
STATE = """
SELECT 'ticket', count(*)::text, max(write_date)::text FROM helpdesk_ticket
UNION ALL SELECT 'message', count(*)::text, max(write_date)::text FROM mail_message
UNION ALL SELECT 'mail', count(*)::text, max(write_date)::text FROM mail_mail
UNION ALL SELECT 'incoming', count(*)::text, max(write_date)::text FROM helpdesk_incoming_mail
UNION ALL SELECT 'private', count(*)::text, max(write_date)::text FROM helpdesk_mailbox_message
UNION ALL SELECT 'inbox', count(*)::text, max(write_date)::text FROM helpdesk_inbox
UNION ALL SELECT 'partner', count(*)::text, max(write_date)::text FROM res_partner
UNION ALL SELECT 'user', count(*)::text, max(write_date)::text FROM res_users
UNION ALL SELECT 'server', count(*)::text, max(write_date)::text FROM ir_mail_server
UNION ALL SELECT 'parameter', count(*)::text, md5(string_agg(key || value, '' ORDER BY key))
FROM ir_config_parameter
"""


@pytest.fixture(scope="module")
def first(place):
    """What the first run prints."""
    return dev("run", "--no-serve", "--name", place.name)


def test_first_run_tells_what_became_of_each_mail(first):
    lines = first.splitlines()
    assert SUMMARY in lines
    kinds = [line[:10].strip() for line in lines if line[:10].strip() in KINDS]
    assert kinds == ["new ticket"] * 6 + ["reply"] * 2 + ["refused"]
    assert "One of four desks arrived" in first
    assert "Azure Interior, Brandon" in first
    assert "out of office" in first


KINDS = {word for word, _, _ in outcomes.WORDS.values()}


def test_second_run_changes_nothing(first, place):
    for _ in range(3):
        before = postgres.main_cluster().sql(STATE, place.name)
        mails = sorted(place.dovecot.rglob("*localhost*"))
        again = dev("run", "--no-serve", "--name", place.name)
        # somebody edits the add-on, or has taken a port, while this test runs
        if "upgrading" not in again and "new ports" not in again:
            break
    assert f"{SUMMARY} (from before)" in again
    assert "delivered" not in again
    assert postgres.main_cluster().sql(STATE, place.name) == before
    assert sorted(place.dovecot.rglob("*localhost*")) == mails


def test_printed_command_makes_a_ticket_and_ctrl_c_ends_all(first, place):
    run = Run("--name", place.name)
    try:
        run.wait_for("Ctrl-C stops everything")
        address = run.wait_for("Odoo runs:").split()[2]
        with urllib.request.urlopen(address, timeout=300) as page:
            assert page.status == 200
        command = run.wait_for(" send --subject").strip()
        dev(*shlex.split(command)[3:])
        assert "The printer is on fire" in run.wait_for("new ticket  HT")
    finally:
        code = run.end()
    assert code == 0, run
    assert "has ended" not in str(run), run
    assert not place.is_taken()
    assert processes.end_remains(place.working) == 0


def test_run_after_a_killed_one(first, place):
    run = Run("--name", place.name)
    run.wait_for("Ctrl-C stops everything")
    run.end(signal.SIGKILL)
    again = dev("run", "--no-serve", "--name", place.name)
    assert "that an earlier run had left behind" in again
    assert processes.end_remains(place.working) == 0


def test_request_received_is_kept_not_sent(first, place):
    mails = [email.message_from_bytes(path.read_bytes()) for path in sent.stored(place.sent)]
    to = {mail["X-Envelope-To"] for mail in mails}
    assert "brandon.freeman55@example.com" in to
    assert "billy.fox45@example.com" not in to  # automatic mail gets no answer
    assert "brandon.freeman55@example.com" in dev("mails", "--name", place.name)


def test_the_agent_has_private_mail(first, place):
    """Under *Messages*: what came, what was sent elsewhere, and whose it is."""
    rows = postgres.main_cluster().sql(
        "SELECT m.direction, p.name, u.login, count(*) FROM helpdesk_mailbox_message m "
        "JOIN helpdesk_mailbox b ON b.id = m.mailbox_id JOIN res_users u ON u.id = b.user_id "
        "LEFT JOIN res_partner p ON p.id = m.partner_id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        place.name,
    )
    assert rows == [
        ["in", "Brandon Freeman", "agent", "2"],
        ["in", "", "agent", "1"],
        ["out", "Brandon Freeman", "agent", "1"],
    ]
    assert "contract" not in first, "it is not for whoever starts the demo"


def test_samples_are_dated_as_if_just_written():
    now = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
    found = samples.samples(now)
    assert len(found) == 9
    dates = [email.message_from_bytes(sample.source)["Date"] for sample in found]
    parsed = [email.utils.parsedate_to_datetime(date) for date in dates]
    assert max(parsed) == now - samples.NEWEST
    assert now - min(parsed) < datetime.timedelta(hours=3)
    assert len({sample.message_id for sample in found}) == 9


@pytest.mark.parametrize("width", [20, 40, 80, 110, 120, 200])
def test_a_line_fits_the_terminal(width):
    mail = {
        "outcome": "created",
        "number": "HT00014",
        "subject": "椅子の肘掛けがぐらつきます（CH-210）\x1b[31m and more words than fit",
        "email_from": '"佐藤 花子" <hanako.sato@example.net>',
        "partner": None,
        "lead": None,
        "explanation": "New ticket: the mail names no ticket of ours. " + "Nobody is known. " * 20,
    }
    line = outcomes.line(mail, width)
    assert outcomes.columns(line) <= max(width, 32)
    assert "\x1b" not in line


def test_summary_counts_in_words():
    assert outcomes.summary([]) == "0 mails"
    assert outcomes.summary([{"outcome": "appended"}]) == "1 mail: 1 reply"
    many = [{"outcome": "quarantined"}, {"outcome": "created"}, {"outcome": "created"}]
    assert outcomes.summary(many) == "3 mails: 2 tickets, 1 in quarantine"
