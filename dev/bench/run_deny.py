# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the deny list of an inbox costs a mail, and how its recipients are found."""

from __future__ import annotations

import statistics
import time
from typing import Any

from dev.bench import mails, measure, rules

_TURNS = 5


def run(env: Any, task: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds a mail with ``task["rules"]`` rules, and of the searches with
    ``task["recipients"]`` recipients.
    """
    # found only once Odoo knows its addons_path
    from odoo.addons.helpdesk_mail import message
    from odoo.addons.helpdesk_mail.intake import deny

    inbox = env["helpdesk.inbox"].create({"name": "Bench", "email": mails.SUPPORT[1]})
    started = time.perf_counter()
    env["helpdesk.deny.rule"].create(rules.mixed(task["rules"]))
    result: dict[str, Any] = {"rules": task["rules"], "create": time.perf_counter() - started}
    env.flush_all()
    started = time.perf_counter()
    ready = deny.rules_of_inbox(env, inbox)
    result["compile"] = time.perf_counter() - started
    parsed = [message.parse(source) for source in mails.mixed(task["mails"])]
    senders = [mail.from_.email if mail.from_ else "" for mail in parsed]
    result["first"] = _milliseconds(ready, senders, parsed, turns=1)
    result["mail"] = _milliseconds(ready, senders, parsed, turns=_TURNS)
    result["characters"] = statistics.median(len(mail.text) for mail in parsed)
    hostile = ("winner1 lottery pills " * 1000)[:20_000]
    started = time.perf_counter()
    ready.of_text("body", hostile)
    result["hostile"] = 1000 * (time.perf_counter() - started)
    started = time.perf_counter()
    for _round in range(1000):
        deny.rules_of_inbox(env, inbox)
    result["ask"] = time.perf_counter() - started
    if task["recipients"]:
        result |= _recipients(env, task["recipients"])
    env.cr.rollback()
    return result


def _milliseconds(ready: Any, senders: list[str], parsed: list[Any], turns: int) -> dict[str, Any]:
    """Of each mail the least of some turns: mean and the slowest; and how many were refused."""
    best = [float("inf")] * len(parsed)
    refused = 0
    for _turn in range(turns):
        for index, mail in enumerate(parsed):
            started = time.perf_counter()
            rule = ready.of_mail(senders[index], mail)
            best[index] = min(best[index], time.perf_counter() - started)
            refused += rule is not None
    return {
        "mean": 1000 * statistics.mean(best),
        "most": 1000 * max(best),
        "refused": refused // turns,
    }


def _recipients(env: Any, count: int) -> dict[str, Any]:
    """Seconds of the list's filters with many recipients and a tenth as many tickets."""
    env.cr.execute(
        "INSERT INTO helpdesk_recipient (email, email_key, email_domain, company_id, create_date)"
        " SELECT key, key, split_part(key, '@', 2), %s, now() FROM (SELECT 'user' || i || '@firm'"
        " || i %% 50000 || '.example' AS key FROM generate_series(1, %s) i) made",
        [env.company.id, count],
    )
    partners = env["res.partner"].create([{"name": f"Customer {n}"} for n in range(50)]).ids
    # two tickets of each writer; of every hundredth they belong to two customers
    env.cr.execute(
        "INSERT INTO helpdesk_ticket (name, number, company_id, recipient_id, partner_id,"
        " commercial_partner_id, active, description)"
        " SELECT 'Ticket', 'B' || i, %s, recipient.id, customer, customer, true, ''"
        " FROM (SELECT i, i / 2 AS place, (%s::int[])[1 + (i / 2 + CASE WHEN i / 2 %% 100 = 0"
        " THEN i ELSE 0 END) %% 50] AS customer FROM generate_series(2, %s) i) made"
        " JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM helpdesk_recipient)"
        " recipient ON recipient.place = made.place",
        [env.company.id, partners, count // 10],
    )
    env["helpdesk.deny.rule"].create(
        [
            {"match": "domain", "pattern": "firm7.example"},
            {"match": "domain", "pattern": "*.example7"},
            {"match": "exact", "pattern": "user8@firm8.example"},
            {"match": "exact", "pattern": "user5*@firm9.example"},
        ]
    )
    env.cr.execute("ANALYZE helpdesk_recipient")
    env.cr.execute("ANALYZE helpdesk_ticket")
    env.invalidate_all()
    Recipient = env["helpdesk.recipient"]
    result: dict[str, Any] = {"recipients": count}

    def timed(name: str, work: Any) -> None:
        started = time.perf_counter()
        result[name] = {"found": work(), "seconds": time.perf_counter() - started}

    timed("denied", lambda: len(Recipient.search([("in_deny_list", "=", True)], limit=80)))
    timed("denied_count", lambda: Recipient.search_count([("in_deny_list", "=", True)]))
    timed("shared", lambda: len(Recipient.search([("looks_shared", "=", True)], limit=80)))
    timed("shared_count", lambda: Recipient.search_count([("looks_shared", "=", True)]))
    page = Recipient.search([], limit=80)
    timed("page", lambda: len(page.read(["email", "in_deny_list", "looks_shared"])))
    looked_up = [("location", "=", "sender"), ("match", "not in", ("exact", "domain"))]
    env["helpdesk.deny.rule"].search(looked_up).unlink()
    timed("denied_indexed", lambda: Recipient.search_count([("in_deny_list", "=", True)]))
    return result


if __name__ == "__main__":
    measure.main(run)
