# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What would become of a mail, seen on the real road.

The mail is taken in for good, in a savepoint, looked at, and everything is rolled back: a
simulation cannot differ from what it simulates. What a rollback does not undo is left out
beforehand (the number of a ticket is taken from no sequence) or afterwards (what waits for the
commit). Nothing leaves the database: mail waits in the queue until a commit.
"""

import contextlib
import dataclasses

from odoo.tools import SQL

from . import reasons, road, write

# fields of a new ticket that say nothing to whoever looks
_SILENT = {
    "access_token",
    "active",
    "assigned_date",
    "channel_id",
    "company_id",
    "description",
    "id",
    "last_stage_update",
    "number",
    "opened_by_machine",
    "scope_customer_id",
    "scope_managing_id",
    "sequence",
}
_QUIET_TYPES = ("binary", "json", "one2many", "properties_definition")
_QUIET_STARTS = ("message_", "activity_", "access_", "website_", "create_", "write_", "my_")
_LONGEST = 300


@dataclasses.dataclass(frozen=True, slots=True)
class Filled:
    """A field of the ticket: label, what stood there ("" in a new ticket), what would stand."""

    name: str
    label: str
    before: str
    after: str


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """Somebody who would hear of it: by "email" or in the "inbox" of Odoo; the subject."""

    way: str
    whom: str
    subject: str


@dataclasses.dataclass(slots=True)
class Simulation:
    """What would become of a mail. ``steps`` are (stage, code, sentence, told) in their order."""

    parsed: object
    sender: str = ""
    outcome: str = ""
    reason: str = ""
    explanation: str = ""
    error: str = ""
    steps: list = dataclasses.field(default_factory=list)
    ticket_id: int | None = None  # the ticket that it would join
    ticket_number: str = ""
    hidden: bool = False  # whoever asks may not see that ticket
    fields: list = dataclasses.field(default_factory=list)  # Filled
    body: str = ""  # HTML of the message on the ticket
    internal: bool = False
    attachments: list = dataclasses.field(default_factory=list)  # their names
    told: list = dataclasses.field(default_factory=list)  # Told


def simulate(env, door, raw, user=None):
    """Take *raw* in through *door* and undo it.

    :param env: an environment with the rights of the road (superuser)
    :param user: the res.users who asks; of a ticket that they may not read nothing is told.
        None: whoever runs the program, who sees everything
    :return: a :class:`Simulation`
    :raise psycopg2.OperationalError: the database failed
    """
    door = dataclasses.replace(door, simulated=True)
    with _undone(env):
        marks = _marks(env)
        item = road.take_in(env, door, [raw])[0]
        env.flush_all()
        simulation = Simulation(parsed=item.parsed)
        after = _look(env, item, simulation, marks, user)
    ticket = env["helpdesk.ticket"].browse(simulation.ticket_id or [])
    before = _shown_values(ticket, user) if ticket else {}
    for name, (label, words) in {**before, **after}.items():
        old = before[name][1] if name in before else ""
        new = words if name in after else ""
        if old != new:
            simulation.fields.append(Filled(name, label, old, new))
    return simulation


def rehearse(env, door, raws, user=None):
    """Take in *raws* (list of RawMail, oldest first) as one batch, and undo it.

    An answer finds the ticket that an earlier one of them opens. Parameters as :func:`simulate`.

    :return: a list of :class:`Simulation`, without the fields of tickets and without who is told
    """
    door = dataclasses.replace(door, simulated=True)
    found = []
    with _undone(env):
        marks = _marks(env)
        items = road.take_in(env, door, raws)
        env.flush_all()
        for item in items:
            simulation = Simulation(parsed=item.parsed)
            _look(env, item, simulation, marks, user)
            simulation.told = []
            found.append(simulation)
    return found


@contextlib.contextmanager
def _undone(env):
    """Undo what the block does, in the database and in what waits for the commit."""
    env.flush_all()
    env.cr.flush()
    callbacks = env.cr.postcommit
    # the queue of callbacks has no way to take back some of them
    waiting, data = list(callbacks._funcs), dict(callbacks.data)
    savepoint = env.cr.savepoint()
    try:
        yield
    finally:
        savepoint.close(rollback=True)
        env.invalidate_all(flush=False)
        callbacks.clear()
        callbacks._funcs.extend(waiting)
        callbacks.data.update(data)


def _marks(env):
    """The newest ids of what a mail may cause. One query."""
    rows = env.execute_query(
        SQL(
            "SELECT (SELECT COALESCE(max(id), 0) FROM mail_mail),"
            " (SELECT COALESCE(max(id), 0) FROM mail_notification),"
            " (SELECT COALESCE(max(id), 0) FROM helpdesk_ticket)"
        )
    )
    return rows[0]


def _look(env, item, simulation, marks, user):
    """Note what became of *item*: {field: (label, value)} of its ticket."""
    last_mail, last_notification, last_ticket = marks
    simulation.sender = item.sender_email
    simulation.outcome, simulation.reason = item.outcome, item.reason
    simulation.error = item.error
    row = env["helpdesk.incoming.mail"].browse(item.journal_id or [])
    ticket = env["helpdesk.ticket"].browse(item.resolved_ticket_id() or []).exists()
    if user is not None and ticket and not ticket.with_user(user).has_access("read"):
        simulation.hidden = True
        return {}
    simulation.explanation = row.explanation or write.explanation(env, item)
    simulation.steps = [
        (stage, code, _sentence(env, code, values), _is_told(item, stage, code))
        for stage, code, values in row.trace or [[s.stage, s.code, s.values] for s in item.trace]
    ]
    simulation.told = _told(env, last_mail, last_notification)
    if not ticket:
        return {}
    if ticket.id <= last_ticket:
        simulation.ticket_id, simulation.ticket_number = ticket.id, ticket.number
    message = env["mail.message"].browse(item.mail_message_id or [])
    simulation.body = str(message.body or "")
    simulation.internal = bool(message.subtype_id.internal)
    simulation.attachments = message.attachment_ids.sorted("id").mapped("name")
    return _shown_values(ticket, user)


def _sentence(env, code, values):
    if code not in reasons.REASONS:
        return ""
    try:
        return reasons.sentence(env, code, values)
    except (KeyError, TypeError, ValueError):
        return ""


def _is_told(item, stage, code):
    """Whether the step makes up the explanation: the others are tried in vain, or technical."""
    if code in reasons.NEW_TICKET and item.outcome != reasons.CREATED:
        return False
    return any(step.told for step in item.trace if (step.stage, step.code) == (stage, code)) or (
        stage == "notify"
    )


def _told(env, last_mail, last_notification):
    found = []
    for mail in env["mail.mail"].search([("id", ">", last_mail)], order="id"):
        emails = [mail.email_to or "", *mail.recipient_ids.sorted("id").mapped("email_formatted")]
        whom = ", ".join(filter(None, emails))
        found.append(Told("email", whom, mail.subject or mail.mail_message_id.subject or ""))
    notifications = env["mail.notification"].search(
        [("id", ">", last_notification), ("notification_type", "=", "inbox")], order="id"
    )
    for notification in notifications:
        message = notification.mail_message_id
        found.append(Told("inbox", notification.res_partner_id.name or "", message.subject or ""))
    return found


def _shown_values(ticket, user=None):
    """{field: (label, value in words)} of what *user* (None: everybody) sees of a ticket."""
    hidden = frozenset()
    if user is not None:
        asking = ticket.with_user(user)
        hidden = asking._helpdesk_mail_hidden_fields()
        # sudo: the values of a ticket that is there for a moment; names of others' tickets are
        # those that the user may see
        ticket = asking.sudo()
    wanted = {
        name
        for name, field in ticket._fields.items()
        if name not in _SILENT
        and name not in hidden
        and field.store
        and field.type not in _QUIET_TYPES
        and not name.startswith(_QUIET_STARTS)
        and (not field.related or name == "commercial_partner_id")
    }
    labels = ticket.fields_get(sorted(wanted), ["string"])
    shown = {}
    for name, description in labels.items():
        if ticket._fields[name].type == "properties":
            for key, label, words in _properties(ticket, name):
                if f"{name}.{key}" not in hidden:
                    shown[f"{name}.{key}"] = (label, words)
            continue
        words = _in_words(ticket, name)
        if words:
            shown[name] = (description["string"], words)
    return shown


def _in_words(ticket, name):
    field, value = ticket._fields[name], ticket[name]
    if field.type in ("many2one", "many2many"):
        return ", ".join(record.display_name or "" for record in value)[:_LONGEST]
    if field.type == "selection":
        return dict(field._description_selection(ticket.env)).get(value, "")
    if field.type == "boolean":
        return ticket.env._("Yes") if value else ""
    if field.type in ("date", "datetime"):
        return str(value or "")
    return " ".join(str(value or "").split())[:_LONGEST]


def _properties(ticket, name):
    """(key, label, value in words) of the team's properties that hold something."""
    for definition in ticket.read([name])[0][name] or ():
        value = definition.get("value")
        if not value or definition.get("type") == "separator":
            continue
        options = {
            key: label
            for key, label, *_color in (definition.get("selection") or definition.get("tags") or ())
        }
        values = value if isinstance(value, list) else [value]
        if definition.get("type") == "many2one":
            values = [value[1] if isinstance(value, list | tuple) else value]
        words = [
            str(options.get(one, one[1] if isinstance(one, list | tuple) else one))
            for one in values
        ]
        yield definition["name"], definition.get("string") or "", ", ".join(words)[:_LONGEST]
