# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A customer's mail that an agent forwards to the inbox: the ticket is the customer's.

Only what an agent sends to the inbox itself, and what opens a new conversation. What stands inside
a forward proves nothing: it makes nobody an agent, and an address of ours there counts for nothing.
The agent's own words, and the files that they added, become an internal note.
"""

import dataclasses

from markupsafe import Markup

from ..message import text_to_html
from . import reasons
from .addresses import normalize


@dataclasses.dataclass(frozen=True, slots=True)
class Forward:
    """Who handed on a customer's mail, with which words (text) and files of their own."""

    user_id: int
    partner_id: int
    name: str
    email: str
    words: str
    files: tuple


def inner_senders(batch, items):
    """Item -> the normalised address inside it, of the mails that are a customer's if it was an
    agent who sent them.
    """
    inbox = batch.inbox
    if inbox.agent_forward_policy != "customer":
        return {}
    own = inbox._own_addresses()
    everywhere = inbox._all_own_addresses()
    found = {}
    for item in items:
        parsed = item.parsed
        if (
            parsed.forwarded is None
            or parsed.forwarded.sender is None
            or item.has_ticket
            or item.origin_ticket_id
            or item.web_form
            or item.automatic
            or parsed.mailing_list
            or item.verification == "fail"
            or own.isdisjoint(normalize(to.email) for to in (*parsed.to, *parsed.cc))
        ):
            continue
        email = normalize(parsed.forwarded.sender.email)
        if email and email not in everywhere and email != item.sender_email:
            found[item] = email
    return found


def hand_over(batch, item, email, recipient):
    """Make *item*, which an agent sent, the mail of the address inside it.

    :param recipient: what is known of that address (senders.Recipient)
    """
    user = batch.env["res.users"].browse(item.agent_user_id)
    parsed = item.parsed
    inner = parsed.forwarded
    item.forward = Forward(
        user_id=user.id,
        partner_id=user.partner_id.id,
        name=user.partner_id.name or item.sender_email,
        email=item.sender_email,
        words=inner.introduction,
        files=parsed.attachments if inner.enclosed else (),
    )
    item.step("identify", "forwarded", user=item.forward.name, sender=email)
    # the agent wants it, whatever is said of its sender
    item.accepted = True
    item.agent_user_id = item.author_id = item.partner_id = item.contact_id = None
    item.internal = False
    # what was checked is the agent's address
    item.verification = ""
    item.sender_email, item.sender_name = email, inner.sender.name
    item.recipient = recipient
    item.parsed = dataclasses.replace(
        parsed,
        from_=inner.sender,
        subject=inner.subject or parsed.subject,
        # whom the agent copied is none of the customer's business
        to=(),
        cc=(),
        text=inner.text,
        html=inner.html,
        reply_text=inner.text,
        quoted_text="",
        signature="",
        notes="",
        attachments=inner.attachments if inner.enclosed else parsed.attachments,
    )


def write_notes(batch, items):
    """Note on the new tickets who forwarded them, with their words and files. A few queries for
    the batch.
    """
    items = [item for item in items if item.forward and item.ticket_id]
    if not items:
        return
    env = batch.env
    files = _create_files(env, items)
    note = env["ir.model.data"]._xmlid_to_res_id("mail.mt_note")
    env["helpdesk.ticket"].browse([item.ticket_id for item in items])._message_create(
        [
            {
                "author_id": item.forward.partner_id,
                "email_from": item.forward.email,
                "model": "helpdesk.ticket",
                "res_id": item.ticket_id,
                "body": _body(env, item),
                "message_type": "comment",
                "subtype_id": note,
                "is_internal": True,
                "parent_id": item.mail_message_id or False,
                "record_company_id": batch.inbox.company_id.id,
                "attachment_ids": [(4, attachment_id) for attachment_id in files[item]],
            }
            for item in items
        ]
    )


def _body(env, item):
    values = {"user": item.forward.name, "sender": item.sender_email}
    words = Markup("<p>%s</p>") % reasons.sentence(env, "forwarded", values)
    if item.forward.words.strip():
        # it is safe: message/ escapes
        words += Markup(text_to_html(item.forward.words))
    return words


def _create_files(env, items):
    """Item -> ids of the files that stood beside the customer's mail, that mail itself included."""
    owners, values_list = [], []
    for item in items:
        for attachment in item.forward.files:
            owners.append(item)
            values_list.append(
                {
                    "name": attachment.filename,
                    "raw": attachment.content,
                    "mimetype": attachment.content_type,
                    "type": "binary",
                    "res_model": "helpdesk.ticket",
                    "res_id": item.ticket_id,
                }
            )
    # markup that could act in a browser is stored as plain text, as the gateway does
    Attachment = env["ir.attachment"].with_context(attachments_mime_plainxml=True)
    created = Attachment.create(values_list) if values_list else []
    found = {item: [] for item in items}
    for item, attachment in zip(owners, created, strict=True):
        found[item].append(attachment.id)
    return found
