# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Private mail is sealed: who may look into which mailbox, in one place.

The owner, the delegates that the owner names (once their own mailbox is set up), and whoever
breaks the glass, for as long as that lasts. No group is among them, and this is code: no record
rule that somebody edits opens it.

``sudo()`` does not open it either. A related field, a report or an automation that reads as
superuser sees what the user behind it may see; only our own code opens the seal
(:func:`opened`), by a key that is an object of this process and that no request can name.
"""

from odoo.fields import Domain
from odoo.tools import SQL

_KEY = object()
_CONTEXT = "helpdesk_mail_seal"
_DISMANTLED = "helpdesk_mail_seal_dismantled"

MAILBOX = "helpdesk.mailbox"
MESSAGE = "helpdesk.mailbox.message"
ATTACHMENT = "ir.attachment"
SENT_COPY = "helpdesk.sent.copy"
# model -> the column that names the mailbox
_COLUMNS = {MAILBOX: "id", MESSAGE: "mailbox_id", "helpdesk.mailbox.pair": "mailbox_id"}
# the dialogs of whoever sets up a mailbox: they name servers, folders and addresses
_OWNERS_ALONE = (
    "helpdesk.mailbox.find",
    "helpdesk.mailbox.find.server",
    "helpdesk.mailbox.find.answer",
    "helpdesk.mailbox.folders",
    "helpdesk.mailbox.folders.line",
    "helpdesk.mailbox.test.mail",
    "helpdesk.mailbox.test.mail.line",
)
_COLUMNS.update(dict.fromkeys(_OWNERS_ALONE, "mailbox_id"))
# the history of accounts: that of a mailbox names hosts and reasons
EVENT = "helpdesk.mail.event"
# dialogs about private mail: they are for whoever opened them; what they say is done by them
_DIALOGS = {
    "helpdesk.mailbox.pairing",
    "helpdesk.mailbox.newcomer",
    "helpdesk.mailbox.publish",
    "helpdesk.mailbox.glass.break",
}
# what belongs to a mailbox and is nobody's to read
_HIDDEN = {
    "helpdesk.incoming.mail": Domain("mailbox_id", "=", False),
    "helpdesk.mail.folder": Domain("mailbox_id", "=", False),
    SENT_COPY: Domain("account_model", "!=", MAILBOX),
    "ir.mail_server": Domain("helpdesk_account_model", "in", [False, "helpdesk.inbox"]),
}


def opened(records):
    """*records* in an environment for which the seal is open; superuser as well, to be of use."""
    return records.sudo().with_context(**{_CONTEXT: _KEY})


def is_open(env):
    """Whether our own code has opened the seal."""
    if env.cr.cache.get(_DISMANTLED) is _KEY:
        return True
    return env.su and env.context.get(_CONTEXT) is _KEY


def dismantle(env):
    """Ask nobody any more on this connection, which removes the add-on: all private mail is
    deleted, and the tables that would be asked are dropped one by one.
    """
    env.cr.cache[_DISMANTLED] = _KEY


def closed(records):
    """*records* without the key."""
    context = {name: value for name, value in records.env.context.items() if name != _CONTEXT}
    return records.with_env(records.env(context=context))


def mailbox_ids(env, operation="read"):
    """The ids of the mailboxes that the user of *env* may look into (SQL, a subquery).

    :param operation: "read"; or "write", which whoever breaks the glass may not; or "own"
    """
    env[MAILBOX].flush_model(["user_id", "state"])
    found = SQL(
        "SELECT mailbox.id FROM helpdesk_mailbox mailbox WHERE mailbox.user_id = %s", env.uid
    )
    if operation == "own":
        return found
    found = SQL(
        "%(own)s UNION ALL SELECT delegate.mailbox_id FROM helpdesk_mailbox_delegate_rel delegate"
        " JOIN helpdesk_mailbox own ON own.user_id = delegate.user_id AND own.state != 'draft'"
        " WHERE delegate.user_id = %(uid)s",
        own=found,
        uid=env.uid,
    )
    if operation != "read":
        return found
    env["helpdesk.mailbox.glass"].flush_model(["user_id", "mailbox_id", "until"])
    return SQL(
        "%s UNION ALL SELECT glass.mailbox_id FROM helpdesk_mailbox_glass glass"
        " WHERE glass.user_id = %s AND glass.until > now() AT TIME ZONE 'UTC'",
        found,
        env.uid,
    )


def seals(model_name):
    """Whether the records of this model are private mail, or name whose it is."""
    return model_name in _COLUMNS


def covers(model_name):
    """Whether record rules for this model have to ask here."""
    return (
        model_name in _COLUMNS
        or model_name in _DIALOGS
        or model_name in _HIDDEN
        or model_name in (ATTACHMENT, EVENT)
    )


def domain(model_name, mode="read"):
    """What the user of the environment may see (or, by *mode*, change) of a sealed model."""
    if model_name in _HIDDEN:
        return _HIDDEN[model_name]
    if model_name == ATTACHMENT:
        return Domain.custom(to_sql=_attachments)
    if model_name == EVENT:
        return Domain.custom(to_sql=_events)
    if model_name in _DIALOGS:
        return Domain.custom(to_sql=_opened_by)
    if model_name in _OWNERS_ALONE:
        operation = "own"
    else:
        operation = "read" if mode == "read" else "own" if model_name == MAILBOX else "write"

    def to_sql(model, alias, _query):
        name = _COLUMNS[model_name]
        column = SQL.identifier(alias, name, to_flush=None if name == "id" else model._fields[name])
        # asked first: with the ids at hand, the newest of 100,000 messages come by an index
        rows = model.env.execute_query(mailbox_ids(model.env, operation))
        return SQL("%s IN %s", column, tuple({row[0] for row in rows}) or (None,))

    return Domain.custom(to_sql=to_sql)


def _events(model, alias, _query):
    """The history of a mailbox is its owner's."""
    fields = model._fields
    return SQL(
        "(%(res_model)s IS DISTINCT FROM %(sealed)s OR %(res_id)s IN (%(mailboxes)s))",
        res_model=SQL.identifier(alias, "res_model", to_flush=fields["res_model"]),
        res_id=SQL.identifier(alias, "res_id", to_flush=fields["res_id"]),
        sealed=MAILBOX,
        mailboxes=mailbox_ids(model.env, "own"),
    )


def _opened_by(model, alias, _query):
    return SQL("%s = %s", SQL.identifier(alias, "create_uid"), model.env.uid)


def _attachments(model, alias, _query):
    """Files of private mail are for those who see that mail."""
    fields = model._fields
    model.env[MESSAGE].flush_model(["mailbox_id"])
    model.env[SENT_COPY].flush_model(["account_model"])
    return SQL(
        "(%(res_model)s IS DISTINCT FROM %(sealed)s OR %(res_id)s IN (SELECT message.id"
        " FROM helpdesk_mailbox_message message WHERE message.mailbox_id IN (%(mailboxes)s))"
        # uploaded for a draft that is not saved yet
        " OR (COALESCE(%(res_id)s, 0) = 0 AND %(create_uid)s = %(uid)s))"
        # on their way into a Sent folder
        " AND (%(res_model)s IS DISTINCT FROM %(sent_copy)s OR NOT EXISTS (SELECT FROM"
        " helpdesk_sent_copy sent_copy WHERE sent_copy.id = %(res_id)s"
        " AND sent_copy.account_model = %(mailbox)s))",
        res_model=SQL.identifier(alias, "res_model", to_flush=fields["res_model"]),
        res_id=SQL.identifier(alias, "res_id", to_flush=fields["res_id"]),
        create_uid=SQL.identifier(alias, "create_uid"),
        uid=model.env.uid,
        sealed=MESSAGE,
        sent_copy=SENT_COPY,
        mailbox=MAILBOX,
        mailboxes=mailbox_ids(model.env),
    )
