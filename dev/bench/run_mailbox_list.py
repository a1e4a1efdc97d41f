# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A personal mailbox with very many messages: how long its list takes, and that of Odoo's own
messages beside it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from dev.bench import measure

_TURNS = 7
_PAGE = 80
_FIELDS = (
    "date direction state email_from party_email subject preview is_read is_starred is_answered "
    "has_attachments importance partner_id lead_id is_unknown mailbox_id"
).split()
_COMPARED = "date email_from subject preview author_id is_internal message_type".split()


def run(env: Any, task: dict[str, Any]) -> dict[str, Any]:
    """Fill the database, then measure as the owner, and as a delegate of three mailboxes."""
    owner, delegate = _fill(env, task["messages"])
    Message = env["helpdesk.mailbox.message"]
    listed = {
        "the list, first page": lambda user: _page(Message, user, []),
        "the list, page 100": lambda user: _page(Message, user, [], offset=100 * _PAGE),
        "unread": lambda user: _page(Message, user, [("is_read", "=", False)]),
        "author not found": lambda user: _page(Message, user, [("is_unknown", "=", True)]),
        "sender": lambda user: _page(Message, user, [("sender_email", "ilike", "person77@")]),
        "words": lambda user: _page(Message, user, [("words", "ilike", "number 77777")]),
        "grouped by month": lambda user: _group(Message, user, "date:month"),
        "grouped by customer": lambda user: _group(Message, user, "partner_id"),
    }
    result: dict[str, Any] = {"messages": task["messages"]}
    result["owner"] = {name: _time(env, lambda w=work: w(owner)) for name, work in listed.items()}
    result["delegate"] = {
        name: _time(env, lambda w=work: w(delegate)) for name, work in listed.items()
    }
    mailbox = env["helpdesk.mailbox"].with_user(owner)._of_user()
    result["owner"]["unread counter"] = _time(env, lambda: mailbox.browse(mailbox.id).unread_count)
    messages = env["mail.message"]
    result["stock"] = {
        "the list, first page": _time(
            env, lambda: _page(messages, env.ref("base.user_admin"), [], names=_COMPARED)
        )
    }
    result["row"] = _row_size(env)
    return result


def _fill(env: Any, count: int) -> tuple[Any, Any]:
    """Rows by SQL: the bench measures reading. A third is somebody else's, in two mailboxes."""
    users = env["res.users"].create(
        [{"name": n, "login": n, "email": f"{n}@firm.example"} for n in ("a", "b", "c", "d")]
    )
    boxes = [env["helpdesk.mailbox"].with_user(u).create({}) for u in users]
    for box in boxes[:3]:
        box.delegate_ids = users[3]
    partners = env["res.partner"].create([{"name": f"Customer {n}"} for n in range(500)])
    env.flush_all()
    env.cr.execute("UPDATE helpdesk_mailbox SET state = 'active'")
    for box, number in ((boxes[0], count), (boxes[1], count // 4), (boxes[2], count // 4)):
        env.cr.execute(
            "INSERT INTO helpdesk_mailbox_message (mailbox_id, direction, state, message_id,"
            " thread_key, sender_name, sender_email, email_to, party_email, subject, date, preview,"
            " body, has_attachments, importance, kind, partner_id, is_read, is_starred, size,"
            " server_uid)"
            " SELECT %(box)s, CASE WHEN n %% 4 = 0 THEN 'out' ELSE 'in' END,"
            " CASE WHEN n %% 4 = 0 THEN 'sent' ELSE 'received' END, n || '@c.example',"
            " n / 3 || '@c.example', 'Person ' || n %% 2000, 'person' || n %% 2000 || '@c.example',"
            " 'a@firm.example', 'person' || n %% 2000 || '@c.example', 'Subject number ' || n,"
            " now() AT TIME ZONE 'UTC' - n * interval '7 minutes', repeat('preview ', 24),"
            # few words often, many seldom, as people write
            " (SELECT string_agg('<p>word' || exp(10.8 * (hashint4(n * 500 + i) & 65535)"
            "::float8 / 65536)::int || '</p>', ' ') FROM generate_series(1, 250) i)"
            " || ' number ' || n, n %% 5 = 0, 'normal', 'message',"
            " CASE WHEN n %% 3 = 0 THEN %(partner)s + n %% 500 END, n %% 20 != 0, n %% 100 = 0,"
            " 4000, '7:' || n FROM generate_series(1, %(count)s) n",
            {"box": box.id, "count": number, "partner": partners[0].id},
        )
    env.cr.execute(
        "INSERT INTO mail_message (model, res_id, message_type, subject, body, email_from, date)"
        " SELECT 'res.partner', %s, 'email', subject, body, sender_email, date"
        " FROM helpdesk_mailbox_message WHERE mailbox_id = %s",
        [partners[0].id, boxes[0].id],
    )
    env.cr.commit()
    for table in ("helpdesk_mailbox_message", "mail_message"):
        env.cr.execute(f"ANALYZE {table}")  # pylint: disable=sql-injection
    env.cr.commit()
    env.invalidate_all()
    return users[0], users[3]


def _page(model: Any, user: Any, domain: list[Any], offset: int = 0, names: Any = _FIELDS) -> None:
    specification: dict[str, Any] = {name: {} for name in names}
    for name in ("partner_id", "lead_id", "mailbox_id", "author_id"):
        if name in specification:
            specification[name] = {"fields": {"display_name": {}}}
    model.with_user(user).web_search_read(
        domain, specification, offset=offset, limit=_PAGE, count_limit=10001
    )


def _group(model: Any, user: Any, by: str) -> None:
    model.with_user(user).web_read_group([], [by], ["__count"], limit=_PAGE)


def _time(env: Any, work: Callable[[], Any]) -> float:
    seconds = []
    for _turn in range(_TURNS):
        env.invalidate_all()
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return 1000 * statistics.median(seconds)


def _row_size(env: Any) -> dict[str, float]:
    """Octets of a message in the table that the list reads, and beside it (bodies)."""
    env.cr.execute(
        "SELECT pg_relation_size('helpdesk_mailbox_message'), pg_table_size("
        "'helpdesk_mailbox_message'), count(*) FROM helpdesk_mailbox_message"
    )
    main, table, count = env.cr.fetchone()
    return {"main": main / count, "beside": (table - main) / count}


if __name__ == "__main__":
    measure.main(run)
