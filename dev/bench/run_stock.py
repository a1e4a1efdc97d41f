# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One run of stock Odoo's ``fetchmail.server``, in a process of its own."""

from __future__ import annotations

from typing import Any

from dev.bench import measure, people

_ALL = 10**9


def run(env: Any, task: dict[str, Any]) -> dict[str, Any]:
    """Set up a server, warm up, fetch all unread mail."""
    people.create(env, task["contacts"])
    if task.get("warm_user"):
        fetch(_server(env, task, task["warm_user"]))
    server = _server(env, task, task["user"])
    env.cr.commit()
    env.invalidate_all()
    result = measure.measure(task, lambda: fetch(server))
    result["outcome"] = measure.outcome(env, task["message_ids"])
    return result


def _server(env: Any, task: dict[str, Any], user: str) -> Any:
    server = env["fetchmail.server"].create(
        {
            "name": user,
            "server_type": "imap",
            "server": "127.0.0.1",
            "port": task["port"],
            "is_ssl": False,
            "user": user,
            "password": task["password"],
            "object_id": env["ir.model"]._get_id("helpdesk.ticket"),
            "state": "done",
        }
    )
    env.cr.commit()
    return server


def fetch(server: Any) -> None:
    """Take in everything, whatever the size of a round."""
    error = server._fetch_mail(batch_limit=_ALL)
    server.env.cr.commit()
    if error is not None:
        raise error


if __name__ == "__main__":
    measure.main(run)
