# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Stage *write*: tickets, messages and journal rows of a batch, all in the caller's transaction."""

import base64
import datetime
import traceback
import uuid

from markupsafe import escape
from odoo.fields import Command

from . import (
    attachments,
    changes,
    commands,
    forwards,
    hooks,
    leads,
    reasons,
    recipients,
    write_batch,
    write_ordinary,
)
from .addresses import normalize
from .journal import server_uid
from .posting import message_date, shown_sender
from .route import referenced_ids

_ERROR_LIMIT = 10_000


def run(batch):
    """Write what the stages before have decided, then the journal."""
    items = batch.open_items()
    if items:
        leads.write(batch, items)
        recipients.write(batch, items)
        for item in items:
            if item.ticket_values and item.recipient and item.recipient.id:
                item.ticket_values["recipient_id"] = item.recipient.id
            if item.ticket_values:
                # for the portal's link; else it is an UPDATE for each ticket once it is asked for
                item.ticket_values["access_token"] = str(uuid.uuid4())
                if batch.door.simulated:
                    # a number that a sequence has given does not come back
                    item.ticket_values["number"] = batch.env._("New")
        overrides = hooks.foreign_overrides(batch.env)
        if overrides:
            for item in items:
                item.step("write", "ordinary", told=False, overrides=", ".join(overrides))
            write_ordinary.run(batch, items)
        else:
            write_batch.run(batch, items)
        forwards.write_notes(batch, items)
        _reopen(batch, items)
        changes.write(batch, items)
        commands.apply(batch, items)
        for item in items:
            name_outcome(item)
            _name_new_ticket(batch, item)
    _report_bounces(batch)
    write_journal(batch)


def name_outcome(item):
    """Name what became of a message that no stage refused: the reason is what *route* decided."""
    codes = [step.code for step in item.trace if step.stage == "route" and step.told]
    item.outcome = reasons.CREATED if item.ticket_values else reasons.APPENDED
    if item.outcome == reasons.CREATED:
        # "belongs to HT1" and "HT1 is closed": what made the ticket a new one is the reason
        codes = [code for code in codes if code in reasons.NEW_TICKET] or codes
    item.reason = codes[0] if codes else "new"
    if item.imported_by:
        done = [step.code for step in item.trace if step.code in reasons.BY_HAND]
        item.reason = done[0] if done else "imported"


def _name_new_ticket(batch, item):
    """Tell the trace the number of the ticket that an earlier mail of this batch has opened."""
    for step in item.trace:
        if step.code == "reference" and not step.values.get("number"):
            step.values["number"] = batch.env["helpdesk.ticket"].browse(item.ticket_id).number


def _reopen(batch, items):
    """Open the closed tickets that a reply reopens: first open stage of their team, unless another
    add-on that saw the reply has moved them to an open stage already.
    """
    tickets = batch.env["helpdesk.ticket"].browse({item.ticket_id for item in items if item.reopen})
    tickets._helpdesk_mail_reopened_by_mail()
    for item in items:
        ticket = tickets.browse(item.ticket_id)
        by_its_agent = item.agent_user_id and item.agent_user_id == ticket.user_id.id
        if item.reopen and (batch.door.history or item.old or by_its_agent):
            ticket._helpdesk_mail_stay_silent()
    for team, members in tickets.grouped("team_id").items():
        stage = team._get_applicable_stages().filtered(lambda stage: not stage.closed)[:1]
        if stage:
            members.filtered("stage_id.closed").write({"stage_id": stage.id})
            members.write({"closed_date": False, "active": True})


def _report_bounces(batch):
    """Say on the ticket that a message of ours did not arrive, and mark its notification as
    failed.
    """
    for item in batch.items:
        if item.outcome != reasons.BOUNCE or not item.ticket_id:
            continue
        ticket = batch.env["helpdesk.ticket"].browse(item.ticket_id)
        failed = item.parsed.bounce.recipients if item.parsed.bounce else ()
        lines = [
            f"{recipient.email}: {recipient.reason or recipient.status or recipient.action}"
            for recipient in failed[:20]
        ]
        text = reasons.sentence(batch.env, item.reason, _last_values(item))
        ticket._message_log(body="\n".join([text, *lines]))
        for recipient in failed:
            if recipient.permanent:
                _count_bounce(batch, item, recipient)


def _count_bounce(batch, item, recipient):
    """Let Odoo mark the notification as failed and count the bounce of the address, and add-ons
    do what they do for it.
    """
    env = batch.env
    email = normalize(recipient.email)
    env["mail.thread"]._routing_handle_bounce(
        None,
        {
            "bounced_email": email or False,
            "bounced_partner": env["res.partner"].search([("email_normalized", "=", email)])
            if email
            else env["res.partner"],
            "bounced_msg_ids": [f"<{name}>" for name in referenced_ids(item.parsed)],
            "bounced_message": env["mail.message"].browse(item.parent_message_id or []),
            "email_from": item.sender_email,
            "to": ",".join(item.parsed.recipients),
            "message_id": f"<{item.parsed.message_id}>",
            "body": escape(recipient.reason),
            "is_bounce": True,
        },
    )


def _last_values(item):
    return item.trace[-1].values


def explanation(env, item):
    """The sentences of the trace that people read, as one paragraph."""
    sentences = []
    for step in item.trace:
        if step.code in reasons.NEW_TICKET and item.outcome != reasons.CREATED:
            continue
        if step.told and step.code in reasons.REASONS:
            sentences.append(reasons.sentence(env, step.code, step.values))
    return " ".join(sentences)


def write_journal(batch):
    """One row for each message of the batch; messages that have one get it updated. One INSERT."""
    env = batch.env
    Journal = env["helpdesk.incoming.mail"]
    rows, targets = [], []
    for item in batch.items:
        if item.outcome == "known":
            if item.known_row:
                values = {"server_uid": server_uid(item.raw), "folder_id": batch.door.folder.id}
                if batch.door.name == "imap":
                    values["on_server"] = True
                Journal.browse(item.known_row).write(values)
            continue
        values = _journal_values(batch, item)
        if item.journal_id:
            Journal.browse(item.journal_id).write(values)
        else:
            rows.append(values)
            targets.append(item)
    for item, row in zip(targets, Journal.create(rows) if rows else [], strict=True):
        item.journal_id = row.id
    attachments.hold(batch)


def _arrived(raw):
    """When the mail server received a message (naive UTC), where it says so."""
    moment = raw.received_at
    return moment.astimezone(datetime.UTC).replace(tzinfo=None) if moment else False


def _journal_values(batch, item):
    parsed = item.parsed
    door = batch.door
    keep = (
        door.keep_raw
        or door.inbox.keep_source == "always"
        or item.outcome in (reasons.QUARANTINED, reasons.IGNORED, reasons.BOUNCE)
        # it leaves the folder in which we would find it
        or item.move_to
    )
    values = {
        "inbox_id": door.inbox.id,
        "company_id": door.inbox.company_id.id,
        "door": door.name,
        "folder_id": door.folder.id if door.folder else False,
        "server_uid": server_uid(item.raw),
        "digest": item.digest,
        "message_id": parsed.message_id or False,
        "email_from": shown_sender(item) or (parsed.from_.email if parsed.from_ else False),
        "subject": " ".join(parsed.subject.split())[:500] or False,
        "date": message_date(item),
        "arrived_at": _arrived(item.raw),
        "sender_email": item.sender_email or False,
        "recipient_id": (item.recipient and item.recipient.id) or False,
        "deny_rule_id": item.deny_rule_id or False,
        "size": min(item.raw.size or len(item.raw.source), 2**31 - 1),
        "on_server": bool(item.raw.uid) and (door.name == "imap" or item.stays_on_server),
        "outcome": item.outcome,
        "reason": item.reason,
        "explanation": explanation(batch.env, item),
        "trace": [[step.stage, step.code, step.values] for step in item.trace],
        "ticket_id": item.resolved_ticket_id() or False,
        "mail_message_id": item.mail_message_id or False,
        "error": item.error or False,
    }
    if item.rule_ids:
        values["rule_ids"] = [Command.set(item.rule_ids)]
    if item.journal_id is None:
        values["raw"] = base64.b64encode(item.raw.source) if keep else False
    elif (item.outcome == reasons.QUARANTINED or item.move_to) and item.raw.source:
        # tried again in vain, perhaps with what the server gave only now
        values["raw"] = base64.b64encode(item.raw.source)
    return values


def add_to_explanation(batch, code, outcomes=(reasons.CREATED,), **values):
    """Add a sentence to the journal rows of the batch that were written already, those with one
    of *outcomes*.
    """
    values = {key: _storable(value[:300]) for key, value in values.items()}
    ids = [item.journal_id for item in batch.items if item.outcome in outcomes]
    for row in batch.env["helpdesk.incoming.mail"].browse(ids):
        row.explanation = f"{row.explanation} {reasons.sentence(batch.env, code, values)}"
        row.trace = [*row.trace, ["notify", code, values]]


def quarantine(batch, item, error):
    """Keep a message that could not be processed.

    :param error: the exception, or the reason code where there was none ("crashed", "not_given")
    """
    if isinstance(error, BaseException):
        item.error = _storable("".join(traceback.format_exception(error))[-_ERROR_LIMIT:])
        item.decide(reasons.QUARANTINED, "write", "error", error=words_of(error))
    else:
        item.decide(reasons.QUARANTINED, "write", error)
    item.ticket_id = item.ticket_item = item.duplicate_of = item.mail_message_id = None
    item.known_row = None


def words_of(error):
    """What the exception *error* says, short enough to be read."""
    return _storable(f"{type(error).__name__}: {error}"[:300])


def _storable(text):
    """*text* without what PostgreSQL refuses: an error may quote the octets of a hostile mail."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
