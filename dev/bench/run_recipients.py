# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A helpdesk with a million addresses: who wrote, and how long the list of recipients takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from dev.bench import measure

_TURNS = 15
_BATCH = 100


def run(env: Any, task: dict[str, Any]) -> dict[str, Any]:
    """Fill the database, then measure."""
    inbox = _fill(env, task["recipients"], task["tickets"])
    result = {"recipients": task["recipients"], "tickets": task["tickets"]}
    result["identify"] = _identify(env, inbox, task["recipients"])
    user = env.ref("base.user_admin")
    result["list"] = {
        name: _time(env, lambda domain=domain: _list(env, user, domain))
        for name, domain in {
            "all": [],
            "unpaired": [("is_paired", "=", False), ("is_shared", "=", False)],
            "banned": [("is_banned", "=", True)],
            "by address": [("email", "ilike", f"person{task['recipients'] // 2}@")],
        }.items()
    }
    return result


def _fill(env: Any, recipients: int, tickets: int) -> Any:
    """Rows by SQL: a million creates would take an hour, and the bench measures reading."""
    env.user.group_ids += env.ref("helpdesk_mgmt.group_helpdesk_manager")
    team = env["helpdesk.ticket.team"].create({"name": "Bench"})
    inbox = env["helpdesk.inbox"].create(
        {"name": "Bench", "email": "bench@desk.example", "kind": "forwarded", "team_id": team.id}
    )
    inbox.action_activate()
    partner = env["res.partner"].create({"name": "Bench", "is_company": True})
    ticket = env["helpdesk.ticket"].create(
        {"name": "x", "description": "x", "team_id": team.id, "inbox_id": inbox.id}
    )
    env.flush_all()
    env.cr.execute(
        "INSERT INTO res_partner (name, complete_name, email, email_normalized, active, type,"
        " is_company, partner_share, lang)"
        " SELECT 'Contact ' || n, 'Contact ' || n, 'contact' || n || '@c.example',"
        " 'contact' || n || '@c.example', true, 'contact', false, true, 'en_US'"
        " FROM generate_series(1, %s) n",
        [recipients // 10],
    )
    env.cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id WHERE commercial_partner_id IS NULL"
    )
    env.cr.execute(
        "INSERT INTO helpdesk_recipient (email, email_key, email_domain, name, company_id,"
        " partner_id, is_banned, last_mail_date)"
        " SELECT email, email, 'd' || n %% 50000 || '.example', 'Person ' || n, %s,"
        " CASE WHEN n %% 3 = 0 THEN %s END, n %% 500 = 0, now()"
        " FROM (SELECT n, 'person' || n || '@d' || n %% 50000 || '.example' AS email"
        " FROM generate_series(1, %s) n) numbers",
        [inbox.company_id.id, partner.id, recipients],
    )
    env.cr.execute(
        "INSERT INTO helpdesk_ticket (number, name, description, team_id, inbox_id, company_id,"
        " stage_id, active, priority, partner_email, recipient_id, sequence, create_date)"
        " SELECT 'B' || n, 'Ticket ' || n, 'x', team_id, inbox_id, company_id, stage_id, true, '1',"
        " 'x@y.example', (SELECT min(id) FROM helpdesk_recipient) + n, 10, now()"
        " FROM helpdesk_ticket, generate_series(1, %s) n WHERE id = %s",
        [tickets, ticket.id],
    )
    env.cr.commit()
    for table in ("res_partner", "helpdesk_recipient", "helpdesk_ticket"):
        env.cr.execute(f"ANALYZE {table}")  # pylint: disable=sql-injection
    env.cr.commit()
    env.invalidate_all()
    return inbox


def _identify(env: Any, inbox: Any, recipients: int) -> dict[str, float]:
    """The stage *identify* for a batch of senders: known, contacts, and new ones."""
    from odoo import SUPERUSER_ID, sql_db
    from odoo.addons.helpdesk_mail import intake
    from odoo.addons.helpdesk_mail.intake import identify
    from odoo.addons.helpdesk_mail.intake.item import Batch, Item
    from odoo.addons.helpdesk_mail.message import parse
    from odoo.addons.helpdesk_mail.transport import RawMail

    inbox = inbox.with_user(SUPERUSER_ID)
    door = intake.Door(inbox, inbox.env["helpdesk.mail.folder"], "imap")
    seconds, queries = [], []
    for turn in range(_TURNS):
        items = []
        for number in range(_BATCH):
            n = (turn * _BATCH + number) * 7919 % recipients + 1
            kinds = (
                f"person{n}@d{n % 50000}.example",
                f"contact{n % 1000 + 1}@c.example",
                f"new{n}@e{n}.example",
            )
            email = kinds[number % 3]
            source = f"From: {email}\r\nTo: bench@desk.example\r\nSubject: x\r\n\r\nx".encode()
            item = Item(RawMail(source=source, size=len(source)), parse(source))
            item.sender_email = email
            items.append(item)
        env.invalidate_all()
        batch = Batch(inbox.env, door, items)
        # the stages before have asked the inbox, whose settings are read at once
        _ = inbox.address_source, inbox.company_id.helpdesk_mail_plus_addressing
        before, started = sql_db.sql_counter, time.perf_counter()
        identify.run(batch)
        seconds.append(time.perf_counter() - started)
        queries.append(sql_db.sql_counter - before)
    return {
        "ms": 1000 * statistics.median(seconds),
        "best_ms": 1000 * min(seconds),
        "queries": statistics.median(queries),
    }


def _list(env: Any, user: Any, domain: list[Any]) -> None:
    fields = (
        "email name partner_id lead_id contact_id ticket_count is_shared is_banned "
        "in_deny_list last_mail_date is_paired"
    ).split()
    specification = {name: {} for name in fields}
    for name in ("partner_id", "lead_id", "contact_id"):
        specification[name] = {"fields": {"display_name": {}}}
    records = env["helpdesk.recipient"].with_user(user)
    records.web_search_read(domain, specification, limit=80, count_limit=10001)


def _time(env: Any, work: Callable[[], None]) -> float:
    seconds = []
    for _turn in range(5):
        env.invalidate_all()
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return 1000 * statistics.median(seconds)


if __name__ == "__main__":
    measure.main(run)
