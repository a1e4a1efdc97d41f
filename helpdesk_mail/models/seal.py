# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Private mail is sealed: who may look into which mailbox, in one place.

The owner, the delegates that the owner names (once their own mailbox is set up), and whoever
breaks the glass, for as long as that lasts. No group is among them, and this is code: no record
rule that somebody edits opens it.

``sudo()`` does not open it either. A related field, a report or an automation that reads as
superuser sees what the user behind it may see; only our own code opens the seal
(:func:`opened`), by a key that is an object of this process and that no request can name. The
methods that hand such records on have names that code of the settings cannot say (``…__``, as in
Odoo itself).

Rights count for whoever is there: not for a user whose name somebody else's request borrows
(``with_user``), and not while code of the settings runs (:func:`shut`), whoever set it off.
"""

import contextlib
import contextvars
import threading

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import SQL

_KEY = object()
# whether code runs that somebody wrote in the settings
_SHUT = contextvars.ContextVar("helpdesk_mail_seal_shut", default=False)
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
# the columns that say so, the account's model and id or its id alone: code that works as superuser
# for the owner sees them
_ACCOUNTS = {
    "helpdesk.incoming.mail": (None, "mailbox_id"),
    "helpdesk.mail.folder": (None, "mailbox_id"),
    SENT_COPY: ("account_model", "account_id"),
    EVENT: ("res_model", "res_id"),
    "ir.mail_server": ("helpdesk_account_model", "helpdesk_account_id"),
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


@contextlib.contextmanager
def shut(env=None):
    """While it lasts, nobody's rights open anything: code of the settings runs.

    Our own code, called from there, still has its key.

    :param env: what of private mail stands in its cache is dropped, since that is read unasked
    """
    if env is not None and not _SHUT.get():
        _forget(env)
    token = _SHUT.set(True)
    try:
        yield
    finally:
        _SHUT.reset(token)


def _forget(env):
    for name in (MAILBOX, MESSAGE, "helpdesk.mailbox.pair"):
        model = env[name]
        ids = {
            id_
            for field in model._fields.values()
            if field.store or field.compute
            for id_ in field._get_all_cache_ids(env)
            if isinstance(id_, int)
        }
        if ids:
            model.browse(ids).invalidate_recordset()


@contextlib.contextmanager
def unrecorded():
    """While it lasts, no profiler of this thread records queries: they hold what they write.

    Whoever may profile need not be whose mail it is: administrators run scheduled actions by hand.
    """
    thread = threading.current_thread()
    hooks = getattr(thread, "query_hooks", None)
    if not hooks:
        yield
        return
    thread.query_hooks = []
    try:
        yield
    finally:
        thread.query_hooks = hooks


def user_id(env):
    """Whose rights count in *env*: the id of its user, or 0 where nobody's do."""
    if _SHUT.get():
        return 0
    # who has signed in, by whatever means, to make the request
    caller = getattr(threading.current_thread(), "uid", None) if request else None
    return env.uid if not caller or caller == env.uid else 0


def mailbox_ids(env, operation="read"):
    """The ids of the mailboxes that the user of *env* may look into (SQL, a subquery).

    :param operation: "read"; or "write", which whoever breaks the glass may not; or "own"
    """
    env[MAILBOX].flush_model(["user_id", "state", "fetch_enabled"])
    uid = user_id(env)
    found = SQL("SELECT mailbox.id FROM helpdesk_mailbox mailbox WHERE mailbox.user_id = %s", uid)
    if operation == "own":
        return found
    found = SQL(
        "%(own)s UNION ALL SELECT delegate.mailbox_id FROM helpdesk_mailbox_delegate_rel delegate"
        " JOIN helpdesk_mailbox own ON own.user_id = delegate.user_id AND own.state != 'draft'"
        " AND own.fetch_enabled"
        " WHERE delegate.user_id = %(uid)s",
        own=found,
        uid=uid,
    )
    if operation != "read":
        return found
    env["helpdesk.mailbox.glass"].flush_model(["user_id", "mailbox_id", "until"])
    return SQL(
        "%s UNION ALL SELECT glass.mailbox_id FROM helpdesk_mailbox_glass glass"
        " WHERE glass.user_id = %s AND glass.until > now() AT TIME ZONE 'UTC'",
        found,
        uid,
    )


def check(records, mode):
    """Raise unless the user of their environment, superuser or not, may do that (*mode*, as record
    rules have it) with these sealed records.
    """
    if is_open(records.env) or not records:
        return
    within = Domain("id", "in", records.ids) & domain(records._name, mode)
    allowed = records.sudo().with_context(active_test=False).search(within)
    if rest := records.exists() - allowed:
        raise records.env["ir.rule"]._make_access_error(mode, rest)


def check_writes_from(env, mailbox_id):
    """Raise unless the user of *env*, superuser or not, writes from this mailbox."""
    if is_open(env):
        return
    rows = env.execute_query(mailbox_ids(env, "write"))
    if (mailbox_id or 0,) not in rows:
        raise AccessError(env._("This is no mailbox from which you write."))


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
        return Domain.custom(to_sql=_of_accounts)
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


def superuser_domain(model_name):
    """What code that reads a model as superuser may see for the user behind it."""
    if model_name in _ACCOUNTS:
        return Domain.custom(to_sql=_of_accounts)
    return domain(model_name)


def _of_accounts(model, alias, _query):
    """What belongs to a mailbox is its owner's."""
    kind, id_ = (
        name and SQL.identifier(alias, name, to_flush=model._fields[name])
        for name in _ACCOUNTS[model._name]
    )
    is_other = SQL("%s IS DISTINCT FROM %s", kind, MAILBOX) if kind else SQL("%s IS NULL", id_)
    return SQL("(%s OR %s IN (%s))", is_other, id_, mailbox_ids(model.env, "own"))


def _opened_by(model, alias, _query):
    return SQL("%s = %s", SQL.identifier(alias, "create_uid"), user_id(model.env))


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
        # a small picture of one of these
        " AND (%(res_model)s IS DISTINCT FROM %(attachment)s OR NOT EXISTS (SELECT"
        " FROM ir_attachment original WHERE original.id = %(res_id)s"
        " AND original.res_model = %(sealed)s AND original.res_id NOT IN (SELECT message.id"
        " FROM helpdesk_mailbox_message message WHERE message.mailbox_id IN (%(mailboxes)s))))"
        # on their way into a Sent folder
        " AND (%(res_model)s IS DISTINCT FROM %(sent_copy)s OR NOT EXISTS (SELECT FROM"
        " helpdesk_sent_copy sent_copy WHERE sent_copy.id = %(res_id)s"
        " AND sent_copy.account_model = %(mailbox)s))",
        res_model=SQL.identifier(alias, "res_model", to_flush=fields["res_model"]),
        res_id=SQL.identifier(alias, "res_id", to_flush=fields["res_id"]),
        create_uid=SQL.identifier(alias, "create_uid"),
        uid=user_id(model.env),
        sealed=MESSAGE,
        attachment=ATTACHMENT,
        sent_copy=SENT_COPY,
        mailbox=MAILBOX,
        mailboxes=mailbox_ids(model.env),
    )
