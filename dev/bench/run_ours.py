# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One run of a ``helpdesk.inbox``, in a process of its own."""

from __future__ import annotations

from typing import Any

from dev.bench import mails, measure, people


def run(env: Any, task: dict[str, Any]) -> dict[str, Any]:
    """Set up an inbox, warm up, fetch."""
    people.create(env, task["contacts"])
    if task.get("warm_user"):
        fetch(_inbox(env, task, task["warm_user"], "warm@desk.example.com"))
    inbox = _inbox(env, task, task["user"], mails.SUPPORT[1])
    env.cr.commit()
    env.invalidate_all()
    result = measure.measure(task, lambda: fetch(inbox))
    result["outcome"] = measure.outcome(env, task["message_ids"])
    return result


def _inbox(env: Any, task: dict[str, Any], user: str, address: str) -> Any:
    """The inbox of ``address``, made where it is missing; a later run goes on with it."""
    inbox = env["helpdesk.inbox"].search([("email", "=", address)])
    if inbox:
        return inbox
    inbox = env["helpdesk.inbox"].create(
        {
            "name": user,
            "email": address,
            "kind": "mailbox",
            "protocol": "imap",
            "host": "127.0.0.1",
            "port": task["port"],
            "encryption": "none",
            "username": user,
            "password": task["password"],
            "sync_start": "2000-01-01",
            # stock fetchmail marks as read as well
            "mark_seen": True,
            "notify_request_received": bool(task.get("notify")),
        }
    )
    inbox.action_activate()
    env.cr.commit()
    return inbox


def fetch(inbox: Any) -> dict[str, int]:
    """One visit; the counts by outcome."""
    counts: dict[str, int] = inbox.fetch()
    inbox.env.cr.commit()
    if inbox.last_error:
        raise RuntimeError(inbox.last_error)
    return counts


if __name__ == "__main__":
    measure.main(run)
