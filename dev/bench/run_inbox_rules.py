# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the rules of an inbox cost a mail."""

from __future__ import annotations

import time
from typing import Any

from dev.bench import inbox_rules, mails, measure

_BATCH = 100
_TURNS = 5


def run(env: Any, task: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds a mail of the stage *rules* with ``task["rules"]`` rules."""
    # found only once Odoo knows its addons_path
    from odoo.addons.helpdesk_mail import message
    from odoo.addons.helpdesk_mail.intake import Batch, Door, Item, filter, rules
    from odoo.addons.helpdesk_mail.transport import RawMail

    inbox = env["helpdesk.inbox"].create({"name": "Bench", "email": mails.SUPPORT[1]})
    door = Door(inbox, env["helpdesk.mail.folder"], "imap")
    partners = env["res.partner"].search([], limit=50).ids
    parsed = [(source, message.parse(source)) for source in mails.mixed(task["mails"])]

    def batches() -> list[Any]:
        made = []
        for start in range(0, len(parsed), _BATCH):
            items = []
            for number, (source, mail) in enumerate(parsed[start : start + _BATCH]):
                item = Item(RawMail(source=source, size=len(source)), mail)
                item.partner_id = partners[number % len(partners)]
                items.append(item)
            batch = Batch(env, door, items)
            filter.run(batch)
            made.append(batch)
        return made

    def stage() -> tuple[float, int, int]:
        """Milliseconds a mail, queries a batch, and how many rules held."""
        made = batches()
        env.flush_all()
        env.invalidate_all()
        # what the stages before have read
        str(inbox._all_own_addresses()) + inbox.company_id.name
        # of this process alone: what else the machine does is no cost of ours
        queries, started = env.cr.sql_log_count, time.process_time()
        for batch in made:
            rules.run(batch)
        seconds = time.process_time() - started
        held = sum(len(item.rule_ids) for batch in made for item in batch.items)
        return 1000 * seconds / len(parsed), env.cr.sql_log_count - queries, held

    result: dict[str, Any] = {"rules": task["rules"], "mails": len(parsed)}
    stage()
    result["none"] = min(stage()[0] for _turn in range(_TURNS))
    env["helpdesk.inbox.rule"].create(
        [{"inbox_id": inbox.id, **values} for values in inbox_rules.mixed(task["rules"])]
    )
    env.flush_all()
    started = time.perf_counter()
    env["helpdesk.inbox.rule"]._of_inbox(inbox)
    result["compile"] = time.perf_counter() - started
    result["first"] = stage()[0]
    turns = [stage() for _turn in range(_TURNS)]
    result["mail"], queries, result["held"] = min(turns)
    result["queries"] = queries / len(batches())
    hostile = b"From: a@x.example\r\nSubject: x\r\n\r\n" + b"invoicex orderx ab " * 5000
    item = Item(RawMail(source=hostile, size=len(hostile)), message.parse(hostile))
    batch = Batch(env, door, [item])
    started = time.process_time()
    rules.run(batch)
    result["hostile"] = 1000 * (time.process_time() - started)
    env.cr.rollback()
    return result


if __name__ == "__main__":
    measure.main(run)
