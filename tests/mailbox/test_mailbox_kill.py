# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The process is killed (SIGKILL) at every step of a visit to a personal mailbox: nothing is lost,
nothing comes twice.
"""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from mailbox_world import SENT, mail

FILE = (
    "--cut\nContent-Type: text/plain\n\nSee the file.\n"
    '--cut\nContent-Type: application/pdf; name="a.pdf"\nContent-Transfer-Encoding: base64\n'
    'Content-Disposition: attachment; filename="a.pdf"\n\nJVBERi0xLjQ=\n--cut--'
)
# with 7 mails in INBOX and 2 in Sent, taken in three at a time
STEPS = {
    "imap": (
        "connect", "select", "list", "older", "mark", "fetch", "private take in", "private parse",
        "private recognise", "private identify", "private write", "private files",
        "private journal", "commit batch", "tell", "close", "remember",
    ),
    "pop3": (
        "list", "mark", "fetch", "private take in", "private write", "private files",
        "private journal", "commit batch", "tell", "acknowledge", "close",
    ),
}  # fmt: skip
CASES = [(protocol, step) for protocol, steps in STEPS.items() for step in steps]


@pytest.fixture(scope="module")
def pool(world):
    """A function (protocol) -> a mailbox with mail that nobody has fetched yet."""
    waiting = {"imap": [], "pop3": []}

    def get(protocol):
        if not waiting[protocol]:
            waiting[protocol] += world.mailboxes(30, protocol)
        mailbox = waiting[protocol].pop()
        fill(mailbox)
        return mailbox

    return get


def fill(mailbox):
    mailbox.expected = set()
    cut = ('Content-Type: multipart/mixed; boundary="cut"',)
    for number in range(7):
        name = f"{number}.{mailbox.uid}@customer.example"
        more = {"body": FILE, "extra": cut} if number % 3 == 1 else {}
        before = f"{number - 1}.{mailbox.uid}@customer.example" if number % 2 else ""
        mailbox.deliver(mail(name, answers=before, **more))
        mailbox.expected.add(name)
    if mailbox.protocol == "imap":
        for number in range(2):
            name = f"s{number}.{mailbox.uid}@phone"
            mailbox.deliver(mail(name, sender=mailbox.email, to="c@customer.example"), SENT)
            mailbox.expected.add(name)


def check_nothing_lost(mailbox):
    """At any moment: what the server has no more is here, and what is here is here once."""
    here = mailbox.ids()
    assert len(here) == len(set(here)), "a mail came twice"
    gone = mailbox.expected - mailbox.on_server() - mailbox.on_server(SENT)
    assert gone <= set(here), f"deleted on the server and not here: {gone - set(here)}"
    assert mailbox.protocol == "pop3" or not gone, "IMAP leaves mail where it is"


def check_all_there(mailbox):
    here = mailbox.ids()
    assert sorted(mailbox.expected) == here
    journal = [row for row in mailbox.journal() if row["outcome"] == "private"]
    assert sorted(row["mailbox_message_id"] for row in journal) == sorted(
        message["id"] for message in mailbox.messages()
    )
    assert len(mailbox.journal()) == len(journal)
    with_files = [m for m in mailbox.messages() if m["has_attachments"]]
    files = mailbox.world.rows(
        "SELECT res_id FROM ir_attachment WHERE res_model = 'helpdesk.mailbox.message'"
        " AND res_field IS NULL AND res_id = ANY(%s)",
        [message["id"] for message in mailbox.messages()],
    )
    assert sorted(file["res_id"] for file in files) == sorted(m["id"] for m in with_files)
    assert len(with_files) == 2
    folder = mailbox.folder()
    assert not folder["in_flight"] and not folder["older_uid"] and not folder["backlog"]
    originals = mailbox.world.rows(
        "SELECT res_id FROM ir_attachment WHERE res_model = 'helpdesk.mailbox.message'"
        " AND res_field = 'source' AND res_id = ANY(%s)",
        [message["id"] for message in mailbox.messages()],
    )
    if mailbox.protocol == "pop3":
        assert mailbox.on_server() == set()
        # what the server has no more is kept, once
        assert sorted(row["res_id"] for row in originals) == sorted(
            message["id"] for message in mailbox.messages()
        )
    else:
        assert not originals, "the server keeps its own"


def die_and_recover(get, protocol, step, when, nth):
    """Kill a visit there, then go on: False where it never came there."""
    mailbox = get(protocol)
    fault = {"step": step, "when": when, "nth": nth, "action": "kill"}
    ended = mailbox.start(faults=[fault]).finish()
    if ended.lived:
        assert ended.error is None, ended.error
        check_all_there(mailbox)
        return False
    assert ended.code == -signal.SIGKILL
    check_nothing_lost(mailbox)
    mailbox.fetch()
    mailbox.fetch()
    check_all_there(mailbox)
    assert mailbox.fetch() == {}
    return True


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("protocol", "step"), CASES)
def test_killed_at_step(pool, protocol, step, when):
    """The first and the second time that the visit passes the step."""
    with ThreadPoolExecutor(2) as threads:
        runs = list(
            threads.map(lambda nth: die_and_recover(pool, protocol, step, when, nth), (1, 2))
        )
    assert runs[0], f"the visit never comes to {step}"


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_killed_at_every_commit(pool, protocol):
    """Right after each single COMMIT, until there is none left."""
    reached = []
    with ThreadPoolExecutor(2) as threads:
        while all(reached):
            numbers = range(len(reached) + 1, len(reached) + 5)
            reached += threads.map(
                lambda nth: die_and_recover(pool, protocol, "COMMIT", "after", nth), numbers
            )
    assert reached.index(False) > 6, "the visit has fewer commits than this was written for"


def test_poison_among_what_waits(pool):
    """A mail that stops the program each time is put aside, and the others come in."""
    mailbox = pool("imap")
    poison = f"poison.{mailbox.uid}@customer.example"
    mailbox.deliver(mail(poison, extra=["X-Poison: yes"]))
    for number in range(5):
        name = f"later{number}.{mailbox.uid}@customer.example"
        mailbox.deliver(mail(name))
        mailbox.expected.add(name)
    fault = {"step": "fetch", "when": "after", "action": "kill", "holding": "X-Poison"}
    for _turn in range(8):
        ended = mailbox.start(faults=[fault]).finish()
        if ended.lived:
            break
    # the one visit that only names it, without looking into it, passes "fetch" as well
    mailbox.fetch()
    mailbox.fetch()
    assert set(mailbox.ids()) >= mailbox.expected
