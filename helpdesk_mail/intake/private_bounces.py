# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Delivery reports that come to a personal mailbox: what they say of mail that left from it."""

from ..message import Kind
from .addresses import normalize

_MESSAGE = "helpdesk.mailbox.message"
_LONGEST = 500


def run(batch):
    """Note on the messages that left what became of them, and whose the reports therefore are.

    One query for the batch, and none where there is no report in it.
    """
    reports = [item for item in batch.open_items() if _original(item)]
    if not reports:
        return
    sent = batch.env[_MESSAGE].search(
        [
            ("mailbox_id", "=", batch.inbox.id),
            ("direction", "=", "out"),
            ("message_id", "in", [_original(item) for item in reports]),
        ]
    )
    by_name = {message.message_id: message for message in sent}
    for item in reports:
        message = by_name.get(_original(item))
        if not message:
            continue
        if not item.partner_id and not item.lead_id:
            # no stranger's mail: it is about what was written to them
            item.partner_id, item.lead_id = message.partner_id.id, message.lead_id.id
        _note(message, item.parsed)


def _original(item):
    bounce = item.parsed.bounce
    reports = item.parsed.kind in (Kind.BOUNCE, Kind.DELAY)
    return bounce.original_message_id if bounce and reports else ""


def _note(message, parsed):
    """Write what the report *parsed* says of *message*, for the recipients that it had."""
    text = ", ".join(filter(None, [message.email_to, message.email_cc, message.email_bcc])).lower()
    named = [one for one in parsed.bounce.recipients if normalize(one.email) in text]
    if parsed.bounce.recipients and not named and not message.email_bcc:
        # forwarded by its receiver, and refused there: what it says is true all the same
        named = list(parsed.bounce.recipients)
    is_final = parsed.kind == Kind.BOUNCE
    if message.delivery == "bounced" and not is_final:
        return
    env = message.env
    lines = []
    for one in named:
        reason = " ".join((one.reason or one.status or "").split())[:_LONGEST]
        if is_final:
            line = env._("%(email)s did not get it: %(why)s", email=one.email, why=reason)
        else:
            line = env._("%(email)s has not got it yet: %(why)s", email=one.email, why=reason)
        lines.append(line)
    lines = lines or [
        env._("It came back.") if is_final else env._("It is delayed; its server still tries.")
    ]
    message.write(
        {"delivery": "bounced" if is_final else "delayed", "problem": "\n".join(lines[:20])}
    )
