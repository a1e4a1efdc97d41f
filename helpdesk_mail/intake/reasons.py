# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Outcomes and reasons: the one home of their codes and words.

A mail ends in one *outcome*; its *reason* is the code of the step that decided, and its
*explanation* is the sentence of that step and of those that a person needs to understand it.
The sentences are templates: the stages give the values, :func:`sentence` translates and fills
them.
"""

from odoo.tools.translate import LazyTranslate

from .rule_reasons import RULE_REASONS

_lt = LazyTranslate(__name__)

CREATED = "created"
APPENDED = "appended"
BOUNCE = "bounce"
IGNORED = "ignored"
DUPLICATE = "duplicate"
QUARANTINED = "quarantined"
PRIVATE = "private"

OUTCOMES = [
    (CREATED, _lt("New ticket")),
    (APPENDED, _lt("Added to a ticket")),
    (BOUNCE, _lt("Delivery report")),
    (IGNORED, _lt("Refused")),
    (DUPLICATE, _lt("Duplicate")),
    (QUARANTINED, _lt("Quarantined")),
    (PRIVATE, _lt("Private mail")),
]

# code -> (label, sentence)
REASONS = {
    # personal mailboxes: no addresses, no subjects
    "private": (_lt("Private mail"), _lt("Private mail.")),
    "private_denied": (
        _lt("Deny list of the mailbox"),
        _lt("Not taken in: its sender stands in the deny list of the mailbox."),
    ),
    "private_deleted": (
        _lt("Deleted here"),
        _lt("Not taken in again: its owner has deleted it here."),
    ),
    "published": (
        _lt("Published private mail"),
        _lt("%(user)s published it from their private mail."),
    ),
    "private_gone": (
        _lt("Could not be read, gone"),
        _lt("It could not be read, and is no longer on the server."),
    ),
    "private_sent_here": (_lt("Sent from here"), _lt("It was sent from here.")),
    # route
    "new": (
        _lt("New conversation"),
        _lt("New ticket: the mail names no ticket of ours."),
    ),
    "reply_token": (
        _lt("Reply token"),
        _lt("Belongs to ticket %(number)s: it carries the reply token that we sent."),
    ),
    "reference": (
        _lt("Reference"),
        _lt("Belongs to ticket %(number)s: it answers a message of this ticket."),
    ),
    "ticket_number": (
        _lt("Ticket number in the subject"),
        _lt(
            "Belongs to ticket %(number)s: its number is in the subject and the sender takes part."
        ),
    ),
    "stranger": (
        _lt("Ticket number from a stranger"),
        _lt(
            "New ticket: the subject names ticket %(number)s, but %(sender)s does not take "
            "part in it."
        ),
    ),
    "merged": (
        _lt("Merged ticket"),
        _lt("Ticket %(merged)s was merged into %(number)s, which gets the mail."),
    ),
    "reopened": (_lt("Reopened"), _lt("The ticket was closed and is open again.")),
    "follow_up": (
        _lt("Follow-up of a closed ticket"),
        _lt("New ticket: %(number)s is closed; the new one is linked to it."),
    ),
    "ticket_gone": (
        _lt("Ticket no longer there"),
        _lt("New ticket: the mail belongs to a ticket that no longer exists."),
    ),
    # filter
    "own_address": (
        _lt("Our own address"),
        _lt("Refused: the sender %(sender)s is an address of this inbox."),
    ),
    "own_message": (
        _lt("Our own message"),
        _lt("Refused: this is a copy of a message that we sent ourselves."),
    ),
    "web_form_reply_to": (
        _lt("Web form"),
        _lt("The web form %(form)s sent it for %(sender)s, whom its Reply-To names."),
    ),
    "web_form_text": (
        _lt("Web form"),
        _lt("The web form %(form)s sent it for %(sender)s, whom its text names."),
    ),
    "web_form_unknown": (
        _lt("Web form without a sender"),
        _lt("The web form %(form)s does not say who filled it in."),
    ),
    "no_sender": (
        _lt("No sender"),
        _lt("The mail names no sender that could be answered."),
    ),
    "auto_reply": (
        _lt("Automatic reply"),
        _lt("Refused: it is an automatic reply and belongs to no ticket."),
    ),
    "out_of_office": (
        _lt("Out of office"),
        _lt("Refused: it is an out of office notice and belongs to no ticket."),
    ),
    "auto_reply_noted": (
        _lt("Automatic reply to a ticket"),
        _lt("It is an automatic reply: noted on the ticket, which keeps its stage."),
    ),
    "bounce": (
        _lt("Delivery failed"),
        _lt("Delivery report: the message to %(recipients)s could not be delivered."),
    ),
    "delay": (
        _lt("Delivery delayed"),
        _lt("Delivery report: the message to %(recipients)s is delayed."),
    ),
    "read_receipt": (_lt("Read receipt"), _lt("Refused: it only says that a message was read.")),
    "feedback_report": (
        _lt("Feedback report"),
        _lt("Refused: it is an abuse report of a mail provider."),
    ),
    "other_inbox_sender": (
        _lt("Mail of another inbox"),
        _lt("Refused: the sender %(sender)s is the address of another inbox."),
    ),
    "counts_as_automatic": (
        _lt("Counts as an automatic reply"),
        _lt('Counts as an automatic reply, because of "%(words)s".'),
    ),
    "auto_reply_words": (
        _lt("Words of an automatic reply"),
        _lt('Refused: it holds "%(words)s", as automatic replies do, and belongs to no ticket.'),
    ),
    "auto_reply_sender": (
        _lt("Sender of automatic replies"),
        _lt(
            "Refused: %(sender)s sends automatic replies (%(words)s), and it belongs to no ticket."
        ),
    ),
    "imported": (
        _lt("Imported"),
        _lt("%(user)s took it in, although it had been refused."),
    ),
    "before_start": (
        _lt("Older than the start date"),
        _lt("Refused: it is older than the date from which this inbox reads."),
    ),
    # journal
    "duplicate": (
        _lt("Already taken in"),
        _lt("Duplicate: the same message was taken in before."),
    ),
    "met_before": (
        _lt("Met before"),
        _lt("The same message was taken in before; here it is new."),
    ),
    "other_inbox": (
        _lt("Already taken in by another inbox"),
        _lt("Duplicate: the inbox %(inbox)s took in the same message."),
    ),
    # identify
    "contact": (_lt("Known contact"), _lt("The sender is the contact %(partner)s.")),
    "contacts_differ": (
        _lt("Several customers"),
        _lt("Linked to no customer: %(sender)s belongs to several (%(partners)s)."),
    ),
    "forged": (
        _lt("Forged sender"),
        _lt("The sender may be forged: this mail does not come from the domain of %(sender)s."),
    ),
    "forged_unlinked": (
        _lt("Forged sender, not linked"),
        _lt("Linked to nobody until an agent confirms the sender."),
    ),
    "sender_pass": (_lt("Sender verified"), _lt("%(sender)s is the sender.")),
    "sender_none": (
        _lt("Sender not verified"),
        _lt("Nothing says whether %(sender)s is the sender."),
    ),
    "sender_error": (
        _lt("Sender could not be checked"),
        _lt("Whether %(sender)s is the sender could not be checked."),
    ),
    "banned": (
        _lt("Banned sender"),
        _lt("Refused: the sender %(sender)s is banned."),
    ),
    "denied": (
        _lt("Deny rule"),
        _lt('Refused: the deny rule "%(pattern)s" covers this mail of %(sender)s.'),
    ),
    "domain_not_allowed": (
        _lt("Domain not allowed"),
        _lt("Refused: %(sender)s is of none of the domains that may write to this inbox."),
    ),
    "unregistered": (
        _lt("Unregistered sender"),
        _lt(
            "Refused: nobody with the address %(sender)s is known, and only those who are known "
            "may write."
        ),
    ),
    "accepted": (
        _lt("Always accepted"),
        _lt("Mail of %(sender)s is always accepted."),
    ),
    "forwarded": (
        _lt("Forwarded by an agent"),
        _lt("%(user)s forwarded it: it is taken for the mail of %(sender)s."),
    ),
    "shared": (
        _lt("Shared address"),
        _lt("Linked to no customer: many people write from %(sender)s."),
    ),
    "paired": (_lt("Paired address"), _lt("The address is paired to %(partner)s.")),
    "paired_lead": (
        _lt("Address paired to a lead"),
        _lt("The address is paired to the lead %(lead)s."),
    ),
    "paired_archived": (
        _lt("Paired to an archived customer or lead"),
        _lt("Linked to no customer: the address is paired to %(name)s, which is archived."),
    ),
    "lead": (_lt("Known lead"), _lt("The sender is known from a lead.")),
    "customer_domain": (
        _lt("Domain of a customer"),
        _lt("The sender's domain belongs to the customer %(partner)s."),
    ),
    "new_lead": (_lt("New lead"), _lt("The sender became a new lead.")),
    "unknown": (_lt("Unknown sender"), _lt("Nobody with the address %(sender)s is known.")),
    "agent": (_lt("Agent"), _lt("The sender is the agent %(user)s.")),
    "cc_noted": (
        _lt("Copies noted"),
        _lt("The others in To and Cc are noted on the ticket and do not follow it."),
    ),
    "cc_ignored": (_lt("Copies ignored"), _lt("The others in To and Cc are ignored.")),
    # commands
    "command": (_lt("Command"), _lt("The agent asked for %(command)s.")),
    "command_unknown": (
        _lt("Command not understood"),
        _lt("%(command)s is no command; it was left in the text."),
    ),
    "command_quoted": (
        _lt("Command that the customer wrote"),
        _lt("%(command)s was not carried out: the customer wrote the same line before."),
    ),
    "command_unproven": (
        _lt("Commands of an agent, not verified"),
        _lt("No command was carried out: nothing proves that the agent %(user)s wrote this mail."),
    ),
    "command_failed": (
        _lt("Command that could not be carried out"),
        _lt("%(command)s was not carried out: %(error)s"),
    ),
    # map
    "folder": (
        _lt("Folder"),
        _lt("The folder %(folder)s has settings of its own for new tickets."),
    ),
    "field_gone": (
        _lt("Field no longer there"),
        _lt("The field %(field)s was left out: there is none of that name any more."),
    ),
    "field_protected": (
        _lt("Field that is not filled by mail"),
        _lt("The field %(field)s was left out: mail may not fill it."),
    ),
    "does_not_fit": (
        _lt("Value does not fit"),
        _lt('The field %(field)s was left out: "%(value)s" does not fit it.'),
    ),
    "template": (
        _lt("Ticket template"),
        _lt("The ticket template %(template)s filled in: %(fields)s."),
    ),
    "template_unused": (
        _lt("Ticket template not in use"),
        _lt("The ticket template %(template)s is archived or a draft: it filled in nothing."),
    ),
    "template_part_archived": (
        _lt("Archived in the ticket template"),
        _lt(
            "The field %(field)s was left out: what the ticket template %(template)s names there "
            "is archived."
        ),
    ),
    "mapped": (_lt("Field filled from the mail"), _lt('%(field)s: "%(value)s" from the mail.')),
    "default_used": (
        _lt("Field filled with its default"),
        _lt('%(field)s: "%(value)s", the default where the mail holds nothing that fits.'),
    ),
    "type_not_allowed": (
        _lt("Ticket type not allowed"),
        _lt("The ticket type %(type)s was left out: this inbox does not take it."),
    ),
    "assigned_in_turn": (_lt("Assigned in turn"), _lt("Assigned to %(user)s, whose turn it was.")),
    "assigned_least_busy": (
        _lt("Assigned to the least busy"),
        _lt("Assigned to %(user)s, who has the fewest open tickets."),
    ),
    "nobody_to_assign": (
        _lt("Nobody to assign to"),
        _lt(
            "Assigned to nobody: the ticket template %(template)s finds no member of the team who "
            "may see the ticket."
        ),
    ),
    "filled_nothing": (
        _lt("Nothing filled in"),
        _lt(
            "Template, mappings and rules were left out: with them the ticket could not be made "
            "(%(error)s)."
        ),
    ),
    "attachments_dropped": (
        _lt("Attachments left out"),
        _lt("Left out, as this inbox keeps no attachments: %(files)s."),
    ),
    "attachments_blocked": (
        _lt("Attachments of a blocked type"),
        _lt("Left out, as this inbox does not take files of this type: %(files)s."),
    ),
    "attachments_too_large": (
        _lt("Attachments too large"),
        _lt("Left out, as they are over the limit of %(limit)s MB: %(files)s."),
    ),
    "attachments_held": (
        _lt("Attachments held back"),
        _lt(
            "Held back, as they could do harm: %(files)s. An administrator can release them in the "
            "mail log."
        ),
    ),
    "released": (_lt("Released"), _lt("%(user)s released: %(files)s")),
    "held_deleted": (_lt("Deleted"), _lt("%(user)s deleted: %(files)s")),
    "source_attached": (_lt("Original attached"), _lt("The original mail is attached.")),
    "source_not_attached": (
        _lt("Original not attached"),
        _lt("The original mail is not attached: it contains what was left out or held back."),
    ),
    # rules
    **RULE_REASONS,
    # limits and failures
    "too_large": (
        _lt("Too large"),
        _lt(
            "The mail (%(size)s MB) is over the limit of %(limit)s MB: only its beginning "
            "was taken in, "
            "the whole mail is still on the server."
        ),
    ),
    "error": (_lt("Could not be processed"), _lt("Kept whole in quarantine: %(error)s")),
    "crashed": (
        _lt("Stopped the program"),
        _lt("Kept whole in quarantine: the program stopped twice while reading this mail."),
    ),
    "not_given": (
        _lt("Not given by the server"),
        _lt(
            "The mail is on the server, but the server does not hand it out. Take it in "
            "again once the server "
            "is repaired."
        ),
    ),
    "paused": (
        _lt("The inbox was paused"),
        _lt(
            "Kept whole in quarantine: the inbox was paused when the mail came. Activate it and "
            "take the mail in again."
        ),
    ),
    "too_large_cut": (
        _lt("Cut off"),
        _lt(
            "The mail (%(size)s MB) is over the limit of %(limit)s MB: only its beginning was "
            "taken in."
        ),
    ),
    "not_notified": (
        _lt("Nobody was notified"),
        _lt("Nobody was notified: %(error)s"),
    ),
    "not_told": (
        _lt("Administrators not told"),
        _lt("The administrators were not told: %(error)s"),
    ),
    "overruled": (
        _lt("Not refused"),
        _lt("Not refused, although it would be (%(reason)s): it is wanted."),
    ),
    "loop": (
        _lt("Mail loop"),
        _lt("Refused: it answers a notice that we sent because of a mail loop."),
    ),
    "often": (
        _lt("Not acknowledged"),
        _lt("Not acknowledged: %(sender)s has opened many tickets within two hours."),
    ),
    "agent_unverified": (
        _lt("Agent, not verified"),
        _lt(
            "Noted only, and not sent to the customer: the mail says that it is from an agent, but "
            "carries nothing that proves it belongs to this conversation."
        ),
    ),
    "administrator": (
        _lt("Administrator without a user"),
        _lt(
            "Noted only, and not sent to the customer: %(sender)s gets the notices of this inbox, "
            "but only users answer customers."
        ),
    ),
    "agent_out_of_scope": (
        _lt("Agent of other customers"),
        _lt(
            "Noted only, and not sent to the customer: %(user)s does not see the tickets of this "
            "customer."
        ),
    ),
    # of refused mail, later
    "erased": (
        _lt("Deleted"),
        _lt("%(user)s deleted what it said."),
    ),
    "expired": (
        _lt("Retention time over"),
        _lt("What it said was deleted after %(days)s days."),
    ),
    "defects": (_lt("Defects"), _lt("The mail is damaged: %(defects)s.")),
}

# reasons that promise a new ticket: not told where a later step refused the mail
NEW_TICKET = {"new", "stranger", "follow_up", "ticket_gone"}
# somebody took the mail in on purpose
BY_HAND = {"imported", "published"}


def outcome_selection(env):
    """Selection of outcomes, translated for fields."""
    return [(code, env._(label)) for code, label in OUTCOMES]


def reason_selection(env):
    """Selection of reason codes, translated for fields."""
    return [(code, env._(label)) for code, (label, _sentence) in REASONS.items()]


def sentence(env, code, values):
    """The sentence of reason *code* in the language of *env*, filled with *values* (dict)."""
    template = env._(REASONS[code][1])
    if values and values.get("reason") in REASONS:
        values = {**values, "reason": env._(REASONS[values["reason"]][0])}
    return template % values if values else template
