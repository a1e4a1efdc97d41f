# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which rows belong to the scope of a user, in SQL: one condition for each model, all of them here.

A *scope* is what a user with ``helpdesk_partner_ids`` may see: what belongs to customers who are
one of these partners, stand below one of them, or are managed by one of them. What belongs to no
customer is in the scope where it came to an inbox that declares one of these partners as its own.
"""

import dataclasses

from odoo.tools import SQL

# what a customer and we have written to each other; notes and tracking are no mail
MAIL_TYPES = ("email", "email_outgoing", "auto_comment")


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """What a scoped user may see, expanded.

    :ivar partner_ids: the partners of the scope and all that stand below them, archived included
    :ivar inbox_ids: the inboxes whose unknown senders belong to one of these partners
    :ivar own_partner_id: the contact of the user, who may read again what they wrote to a lead
    """

    partner_ids: list
    inbox_ids: list
    own_partner_id: int


def condition(env, model_name, scope, alias):
    """The SQL condition that is true for the rows (*alias*) of a model that are in *scope*."""
    return _CONDITIONS[model_name](env, scope, alias)


def covers(model_name):
    """Whether the scope says anything of the records of this model."""
    return model_name in _CONDITIONS


def _column(env, model_name, alias, name):
    model = env[model_name]
    field = model._fields[name]
    return SQL.identifier(alias, name, to_flush=field if model._auto and field.store else None)


def _of_customer(env, model_name, scope, alias):
    """Whether the customer of a row is in the scope, by the two columns kept for that."""
    return SQL(
        "(%s = ANY(%s) OR %s = ANY(%s))",
        _column(env, model_name, alias, "scope_customer_id"),
        scope.partner_ids,
        _column(env, model_name, alias, "scope_managing_id"),
        scope.partner_ids,
    )


def _of_ticket(env, scope, alias):
    found = _of_customer(env, "helpdesk.ticket", scope, alias)
    if scope.inbox_ids:
        found = SQL(
            "(%s OR (%s IS NULL AND %s = ANY(%s)))",
            found,
            _column(env, "helpdesk.ticket", alias, "scope_customer_id"),
            _column(env, "helpdesk.ticket", alias, "inbox_id"),
            scope.inbox_ids,
        )
    return found


def _of_recipient(env, scope, alias):
    found = _of_customer(env, "helpdesk.recipient", scope, alias)
    if scope.inbox_ids:
        # unknown: it belongs to the inboxes that it wrote to
        found = SQL(
            "(%s OR (%s IS NULL AND %s IN"
            " (SELECT %s FROM helpdesk_ticket scope_written WHERE %s = ANY(%s))))",
            found,
            _column(env, "helpdesk.recipient", alias, "scope_customer_id"),
            _column(env, "helpdesk.recipient", alias, "id"),
            _column(env, "helpdesk.ticket", "scope_written", "recipient_id"),
            _column(env, "helpdesk.ticket", "scope_written", "inbox_id"),
            scope.inbox_ids,
        )
    return found


def _is_ticket_in_scope(env, scope, ticket_id):
    return SQL(
        "EXISTS (SELECT FROM helpdesk_ticket scope_ticket WHERE scope_ticket.id = %s AND %s)",
        ticket_id,
        _of_ticket(env, scope, "scope_ticket"),
    )


def _is_recipient_in_scope(env, scope, recipient_id):
    return SQL(
        "EXISTS (SELECT FROM helpdesk_recipient scope_recipient"
        " WHERE scope_recipient.id = %s AND %s)",
        recipient_id,
        _of_recipient(env, scope, "scope_recipient"),
    )


def _is_customer_in_scope(env, scope, partner_id):
    return SQL(
        "EXISTS (SELECT FROM res_partner scope_partner WHERE scope_partner.id = %s"
        " AND (scope_partner.id = ANY(%s) OR %s = ANY(%s)))",
        partner_id,
        scope.partner_ids,
        _column(env, "res.partner", "scope_partner", "helpdesk_managing_partner_id"),
        scope.partner_ids,
    )


def _by_ticket(model_name):
    """The condition of a model that hangs on a ticket by ``ticket_id``."""

    def of_rows(env, scope, alias):
        return _is_ticket_in_scope(env, scope, _column(env, model_name, alias, "ticket_id"))

    return of_rows


def _by_document(model_name, model_field, id_field):
    """The condition of a model that names a document by its model and id."""

    def of_rows(env, scope, alias):
        return SQL(
            "(%s IS DISTINCT FROM 'helpdesk.ticket' OR %s)",
            _column(env, model_name, alias, model_field),
            _is_ticket_in_scope(env, scope, _column(env, model_name, alias, id_field)),
        )

    return of_rows


def _by_message(model_name, id_field="mail_message_id"):
    """The condition of a model that hangs on a message by *id_field*."""

    def of_rows(env, scope, alias):
        return SQL(
            "EXISTS (SELECT FROM mail_message scope_message WHERE scope_message.id = %s AND %s)",
            _column(env, model_name, alias, id_field),
            _of_message(env, scope, "scope_message"),
        )

    return of_rows


def _of_customer_domain(env, scope, alias):
    partner_id = _column(env, "helpdesk.customer.domain", alias, "partner_id")
    return _is_customer_in_scope(env, scope, partner_id)


def _of_link_preview(env, scope, alias):
    """What is known of a link that somebody wrote: where one of its messages is seen."""
    link, hung = "mail.link.preview", "mail.message.link.preview"
    return SQL(
        "EXISTS (SELECT FROM mail_message_link_preview scope_link WHERE %s = %s AND %s)",
        _column(env, hung, "scope_link", "link_preview_id"),
        _column(env, link, alias, "id"),
        _by_message(hung, "message_id")(env, scope, "scope_link"),
    )


def _of_move(env, scope, alias):
    recipient_id = _column(env, "helpdesk.recipient.move", alias, "recipient_id")
    return _is_recipient_in_scope(env, scope, recipient_id)


def _of_incoming_mail(env, scope, alias):
    """A row of the journal belongs where its ticket does; without one, where its sender does, or
    to its inbox where the sender is unknown.
    """

    def column(name):
        return _column(env, "helpdesk.incoming.mail", alias, name)

    def sender(condition):
        return SQL(
            "EXISTS (SELECT FROM helpdesk_recipient scope_sender WHERE scope_sender.id = %s"
            " AND %s)",
            column("recipient_id"),
            condition,
        )

    of_sender = sender(_of_customer(env, "helpdesk.recipient", scope, "scope_sender"))
    if scope.inbox_ids:
        customer = _column(env, "helpdesk.recipient", "scope_sender", "scope_customer_id")
        of_sender = SQL(
            "(%s OR (%s = ANY(%s) AND NOT %s))",
            of_sender,
            column("inbox_id"),
            scope.inbox_ids,
            sender(SQL("%s IS NOT NULL", customer)),
        )
    return SQL(
        "(%s OR (%s IS NULL AND %s))",
        _is_ticket_in_scope(env, scope, column("ticket_id")),
        column("ticket_id"),
        of_sender,
    )


def _of_message(env, scope, alias):
    """Messages of tickets in the scope; of leads and contacts outside of it, all but the mail."""

    def column(name):
        return _column(env, "mail.message", alias, name)

    is_ours = SQL(
        "(NOT %s OR COALESCE(%s = %s, FALSE))",
        is_mail(
            column("message_type"),
            column("subtype_id"),
            env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment"),
        ),
        column("author_id"),
        scope.own_partner_id,
    )
    return _of_document(env, scope, column("model"), column("res_id"), is_ours)


def _of_document(env, scope, model, res_id, is_ours):
    """Whether something that hangs on the document *model*, *res_id* (SQL) is in the scope.

    :param is_ours: SQL: what of leads and contacts is seen by all
    """
    return SQL(
        "CASE %s WHEN 'helpdesk.ticket' THEN %s"
        " WHEN 'crm.lead' THEN %s OR EXISTS (SELECT FROM crm_lead scope_lead"
        " WHERE scope_lead.id = %s AND %s)"
        " WHEN 'res.partner' THEN %s OR %s ELSE TRUE END",
        model,
        _is_ticket_in_scope(env, scope, res_id),
        is_ours,
        res_id,
        _is_customer_in_scope(env, scope, _column(env, "crm.lead", "scope_lead", "partner_id")),
        is_ours,
        _is_customer_in_scope(env, scope, res_id),
    )


def _of_attachment(env, scope, alias):
    """Files that came or went with mail are where one of their messages is; what is no file of a
    message, Odoo's own rules decide.
    """
    message, hung = "mail.message", SQL.identifier("scope_file", "attachment_id")
    here = _column(env, "ir.attachment", alias, "id")
    env[message].flush_model(["attachment_ids"])
    return SQL(
        "(NOT EXISTS (SELECT FROM message_attachment_rel scope_file WHERE %s = %s)"
        " OR EXISTS (SELECT FROM message_attachment_rel scope_file"
        " JOIN mail_message scope_message ON scope_message.id = scope_file.message_id"
        " WHERE %s = %s AND %s))",
        hung,
        here,
        hung,
        here,
        _of_message(env, scope, "scope_message"),
    )


def _of_scheduled_message(env, scope, alias):
    """As messages: of tickets in the scope; of leads and contacts outside of it, only notes."""

    def column(name):
        return _column(env, "mail.scheduled.message", alias, name)

    is_ours = SQL(
        "(%s IS TRUE OR %s = %s)", column("is_note"), column("author_id"), scope.own_partner_id
    )
    return _of_document(env, scope, column("model"), column("res_id"), is_ours)


def is_mail(message_type, subtype_id, comment_id):
    """SQL: whether a message is mail, and no note (the columns as SQL)."""
    return SQL(
        "COALESCE(%s = ANY(%s) OR (%s = 'comment' AND %s = %s), FALSE)",
        message_type,
        list(MAIL_TYPES),
        message_type,
        subtype_id,
        comment_id,
    )


_CONDITIONS = {
    "helpdesk.ticket": _of_ticket,
    "helpdesk.ticket.sla": _by_ticket("helpdesk.ticket.sla"),
    "helpdesk.sla.report": _by_ticket("helpdesk.sla.report"),
    "helpdesk.recipient": _of_recipient,
    "helpdesk.recipient.move": _of_move,
    "helpdesk.recipient.move.line": _by_ticket("helpdesk.recipient.move.line"),
    "helpdesk.customer.domain": _of_customer_domain,
    "helpdesk.incoming.mail": _of_incoming_mail,
    "mail.message": _of_message,
    "mail.notification": _by_message("mail.notification"),
    "mail.message.reaction": _by_message("mail.message.reaction", "message_id"),
    "mail.message.translation": _by_message("mail.message.translation", "message_id"),
    "mail.message.link.preview": _by_message("mail.message.link.preview", "message_id"),
    "mail.link.preview": _of_link_preview,
    "mail.tracking.value": _by_message("mail.tracking.value"),
    "mail.activity": _by_document("mail.activity", "res_model", "res_id"),
    "mail.followers": _by_document("mail.followers", "res_model", "res_id"),
    "mail.scheduled.message": _of_scheduled_message,
    "ir.attachment": _of_attachment,
    # of an add-on that need not be installed
    "rating.rating": _by_document("rating.rating", "res_model", "res_id"),
}
