# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Stage *map*: what a new ticket is filled with."""

from markupsafe import Markup

from ..message import text_to_html
from . import attachment_policy, fill, folding
from .addresses import format_address, normalize
from .filter import is_by_machine
from .values import PRIORITY

# a subject is a line of text, not a place to store data
_SUBJECT_LIMIT = 500


def run(batch):
    """Prepare the values of the tickets to be created, and the attachments of all messages."""
    env = batch.env
    attachment_policy.run(batch)
    items = [item for item in batch.open_items() if not item.ticket_id and not item.ticket_item]
    if not items:
        return
    inbox = batch.inbox
    channel = env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email", raise_if_not_found=False)
    common = {
        "inbox_id": inbox.id,
        "team_id": inbox.team_id.id,
        "company_id": inbox.company_id.id,
        "channel_id": channel.id if channel else False,
        # known once for the batch; looked up for each ticket otherwise
        "stage_id": inbox.team_id.with_company(inbox.company_id)._get_applicable_stages()[:1].id,
    }
    for item in items:
        parsed = item.parsed
        item.ticket_values = {
            **common,
            "name": subject(env, parsed),
            "description": body(batch, item),
            "partner_id": item.partner_id or False,
            "partner_name": (item.recipient and item.recipient.name)
            or item.sender_name
            or item.sender_email
            or False,
            "partner_email": item.sender_email or False,
            "lead_id": item.lead_id or False,
            "sender_verification": item.verification or False,
            # nobody has taken it on yet; else the company's setting assigns it to the
            # scheduler's user
            "user_id": item.agent_user_id
            if batch.inbox.company_id.helpdesk_mgmt_ticket_auto_assign
            else False,
            "priority": PRIORITY.get(parsed.importance, "1") if inbox.map_importance else "1",
            "email_cc": (item.notes_copies and copies(parsed.cc)) or False,
            "origin_ticket_id": item.origin_ticket_id or False,
            "opened_by_machine": is_by_machine(item),
        }
        item.first_stage_id = common["stage_id"]
    template = fill.run(batch, items)
    if batch.plan is not None and not batch.door.plain:
        # what rules say comes last
        for item in items:
            batch.plan.fill(item, item.ticket_values)
    fill.finish(batch, items, template)


def subject(env, parsed):
    """The title of the ticket: the subject in one line, or words that say there is none."""
    return " ".join(parsed.subject.split())[:_SUBJECT_LIMIT] or env._("No Subject")


def body(batch, item):
    """The HTML that people read: the mail's own, or its text; with a notice where the mail is
    not whole.
    """
    parsed = item.parsed
    if parsed.html or parsed.text.strip():
        # safe: message/ sanitises and escapes
        html = Markup(folding.body(batch.inbox, parsed, item.has_ticket))
    else:
        html = Markup(text_to_html(batch.env._("(The mail has no text.)")))
    if item.raw.truncated:
        html = Markup("<p><strong>%s</strong></p>") % _notice(batch, item) + html
    return html + attachment_policy.notice(batch, item)


def _notice(batch, item):
    """The words that stand above a mail of which only the beginning was taken in."""
    on_server = batch.door.name in ("imap", "pop3")
    values = {"size": round(item.raw.size / 2**20, 1), "limit": batch.inbox.max_size_mb}
    item.step("map", "too_large" if on_server else "too_large_cut", **values)
    if on_server:
        return batch.env._(
            "This mail (%(size)s MB) is over the limit of %(limit)s MB. Here is its beginning; "
            "the whole mail is still on the mail server.",
            **values,
        )
    return batch.env._(
        "This mail (%(size)s MB) is over the limit of %(limit)s MB. Here is its beginning.",
        **values,
    )


def copies(addresses):
    """The addresses of a Cc list as Odoo keeps them in ``email_cc``."""
    return ", ".join(
        format_address(address.name, normalize(address.email))
        for address in addresses
        if normalize(address.email)
    )
