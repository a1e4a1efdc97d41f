# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""*Guided set-up* with a real mail server: its folders, and a rehearsal that only reads."""

import pytest
from road_mails import conversation


def _call(inbox, method, model="helpdesk.inbox", ids=None, args=()):
    return inbox.world.odoo.value(
        "call",
        model=model,
        method=method,
        args=[ids or [inbox.id], *args],
        more=inbox.world.more,
    )


def _rows(inbox, model, names):
    inbox_rows = inbox.world.odoo.value(
        "call",
        model=model,
        method="search_read",
        args=[[["inbox_id", "=", inbox.id]], names],
        more=inbox.world.more,
    )
    return [{name: row[name] for name in names} for row in inbox_rows]


def test_the_folder_is_chosen_from_the_servers_list(world):
    inbox = world.inbox("imap")
    world.dovecot.maildir(inbox.user, "Büro")
    world.dovecot.maildir(inbox.user, "Archive.2026")
    _call(inbox, "action_setup_folders")
    rows = _rows(inbox, "helpdesk.inbox.setup.folder", ["name", "is_used"])
    names = [row["name"] for row in rows]
    assert names[0] == "INBOX" and rows[0]["is_used"]
    assert "Büro" in names


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_rehearsal_changes_nothing_and_comes_true(world, protocol):
    """Flags untouched, nothing deleted, nothing written; then the mail becomes what was said."""
    mails = conversation(7)
    inbox = world.inbox(protocol, mails)
    before = inbox.on_server()
    paths = sorted(path.name for path in world.dovecot.maildir(inbox.user, "INBOX").glob("*/*"))
    _call(inbox, "action_setup_rehearse")
    rows = _rows(inbox, "helpdesk.inbox.setup.mail", ["subject", "outcome", "explanation"])
    assert len(rows) == 7
    assert all(row["explanation"] for row in rows)
    assert inbox.journal() == [] and inbox.tickets() == []
    assert inbox.on_server() == before
    flags = [name.partition(":2,")[2] for name in paths]
    after = [
        path.name.partition(":2,")[2]
        for path in sorted(world.dovecot.maildir(inbox.user, "INBOX").glob("*/*"))
    ]
    assert sorted(after) == sorted(flags), "no flag was set"
    said = {}
    for row in rows:
        said[row["outcome"]] = said.get(row["outcome"], 0) + 1
    assert inbox.fetch() == said
