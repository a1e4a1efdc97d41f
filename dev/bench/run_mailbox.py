# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The first reading of a personal mailbox, in a process of its own."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dev.bench import measure, people, run_ours


def run(env: Any, task: dict[str, Any]) -> dict[str, Any]:
    """Set up a user with a mailbox, warm up, fetch."""
    people.create(env, task["contacts"])
    if task.get("warm_user"):
        run_ours.fetch(_mailbox(env, task, task["warm_user"]))
    mailbox = _mailbox(env, task, task["user"])
    env.cr.commit()
    env.invalidate_all()
    visits = []
    result = measure.measure(task, lambda: _read(mailbox, visits))
    result["visits"] = len(visits)
    env.cr.execute(
        "SELECT count(*) FROM helpdesk_mailbox_message WHERE mailbox_id = %s", [mailbox.id]
    )
    [result["here"]] = env.cr.fetchone()
    return result


def _read(mailbox: Any, visits: list[dict[str, int]]) -> dict[str, int]:
    """All visits until nothing is left, each of which ends in time, as the scheduler makes them."""
    counts: Counter[str] = Counter()
    while found := run_ours.fetch(mailbox):
        visits.append(found)
        counts.update(found)
    return dict(counts)


def _mailbox(env: Any, task: dict[str, Any], login: str) -> Any:
    """The mailbox of a new user, as that user."""
    email = f"{login}@firm.example"
    user = env["res.users"].create({"name": login, "login": login, "email": email})
    mailbox = (
        env["helpdesk.mailbox"]
        .with_user(user)
        .create(
            {
                "email": email,
                "protocol": "imap",
                "host": "127.0.0.1",
                "port": task["port"],
                "encryption": "none",
                "username": login,
                "password": task["password"],
                "sync_start": "2000-01-01",
                "read_sent": False,
                "mark_seen": True,
            }
        )
    )
    mailbox.action_activate()
    env.cr.commit()
    return mailbox


if __name__ == "__main__":
    measure.main(run)
