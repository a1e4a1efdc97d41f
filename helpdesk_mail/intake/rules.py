# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Stage *rules*: what the inbox's own rules say of a mail.

They are tried in their order until one says *stop* or refuses the mail. Each that was tried stands
in the trace. What a rule fills in (:mod:`.rule_plan`) comes to a new ticket in *map*, to one that
is there in *write*; here is only decided what.

No query for an inbox without rules; one for a batch in which some hold, and those that their
conditions ask of customers.
"""

from . import identify, notify, reasons, rule_plan
from .facts import Shared


def run(batch):
    """Try the rules of the inbox on its open messages."""
    items = batch.open_items()
    if not items or batch.door.plain:
        return
    rule_set = batch.env["helpdesk.inbox.rule"]._of_inbox(batch.inbox)
    if not rule_set:
        return
    shared = Shared(batch)
    own = batch.inbox._all_own_addresses()
    for item in items:
        # what it answers may have been refused just now: then it is no reply
        identify.leave_refused([item])
        _try(batch, rule_set, shared, item, own)
    batch.plan = rule_plan.of_batch(batch, items)
    for item in items:
        _answer(batch, item, own)
        if item.open and item.has_ticket:
            batch.plan.fill(item, item.reply_values, reply=True)


def _try(batch, rule_set, shared, item, own):
    missed, refusing = [], None
    steps = []
    for rule, holds in rule_set.tried(shared, item):
        if rule.error:
            steps.append(("rule_broken", {"rule": rule.name, "error": rule.error}))
            batch.problem("rule_broken", rule=rule.name, error=rule.error)
            continue
        if not holds:
            missed.append(rule.name)
            continue
        item.rule_ids.append(rule.id)
        item.rules.append(rule)
        if rule.refuse != "no":
            refusal = _who_is_not_refused(item)
            if not refusal:
                refusing = rule
                break
            steps.append((refusal, {"rule": rule.name, "sender": item.sender_email}))
            continue
        steps.append(("rule_matched", {"rule": rule.name}))
        if rule.stop:
            steps.append(("rule_stop", {"rule": rule.name}))
            break
    if missed:
        item.step("rules", "rules_tried", told=False, rules=", ".join(missed))
    for code, values in steps:
        item.step("rules", code, told=code != "rule_stop", **values)
    for rule in item.rules:
        if rule.folder and (rule.refuse == "no" or rule is refusing):
            _move(batch, item, rule)
    if refusing is not None:
        item.decide(reasons.IGNORED, "rules", "rule_refused", rule=refusing.name)


def _who_is_not_refused(item):
    """The code that says why no rule refuses the message, or ""."""
    if item.accepted:
        return "rule_accepted"
    return "rule_agent" if item.agent_user_id else ""


def _move(batch, item, rule):
    """The last rule that names a folder decides."""
    values = {"rule": rule.name, "folder": rule.folder}
    if batch.door.name != "imap":
        item.step("rules", "rule_not_moved", **values)
    elif rule.folder != batch.door.folder.name:
        item.move_to = rule.folder
        item.step("rules", "rule_moves", **values)


def _answer(batch, item, own):
    """Which rule's template answers the message: the last one's, where it may be answered."""
    answering = [
        rule
        for rule in item.rules
        if (rule.refuse == "answer" and not item.open) or (rule.refuse == "no" and rule.answers)
    ]
    if not answering or (not item.open and item.reason != "rule_refused"):
        return
    rule = answering[-1]
    if not batch.plan.has_template(item, rule):
        return
    may = notify.may_answer(item, own) and not item.agent_user_id
    # whoever's address was forged did not write to us
    if not may or item.verification == "fail" or item.internal or item.old or batch.door.history:
        item.step("rules", "rule_no_answer", told=False, rule=rule.name)
        return
    item.answer = rule
    template = batch.plan.template_name(rule)
    item.step("rules", "rule_answers", rule=rule.name, template=template)
