# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Words into values: what a mail or an administrator writes, as a field of a ticket wants it.

Mappings, rules and ticket templates fill fields by it. What does not fit is a
:class:`ValueProblem`, which says why in a reason code; the ticket is made without that value.
"""

import contextlib
import datetime
import email.utils
import math
import re

from odoo.fields import Command, Domain
from odoo.tools import email_normalize, html2plaintext
from odoo.tools.misc import DEFAULT_SERVER_DATE_FORMAT, DEFAULT_SERVER_DATETIME_FORMAT

from ..message import text_to_html

# What says whose ticket it is, who may see it, where answers go, and what is ours to keep: neither
# a mail nor a rule writes there, else the words of a stranger would choose the customer.
PROTECTED = {
    "access_token",
    "active",
    "company_id",
    "duplicate_id",
    "inbox_id",
    "lead_id",
    "lead_ids",
    "number",
    "origin_ticket_id",
    "opened_by_machine",
    "partner_email",
    "partner_id",
    "recipient_id",
    "scope_customer_id",
    "scope_managing_id",
    "sender_verification",
}
PROPERTY = "properties."
TYPES = {
    "boolean",
    "char",
    "date",
    "datetime",
    "float",
    "html",
    "integer",
    "many2many",
    "many2one",
    "monetary",
    "selection",
    "tags",
    "text",
}
_LONGEST = 10_000
# the most names of one field that are looked up; what is more, or longer, in one mail is no name
_MOST_NAMES = 20
_LONGEST_NAME = 200
# too many to be searched for names in other letters: their names are looked up as they stand
_LARGE = {"res.partner"}
_YES = {"1", "true", "yes", "y", "on", "x", "ja", "oui", "si", "sí", "sim", "tak", "ano", "da"}
_NO = {"0", "false", "no", "n", "off", "nein", "non", "nee", "não", "nie", "ne", "net", ""}
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:[ .,'\u00a0\u202f]\d{3})*(?:[.,]\d+)?|[+-]?\d+(?:[.,]\d+)?")


# what the importance of a mail is as the priority of a ticket
PRIORITY = {"high": "2", "normal": "1", "low": "0"}
# how people call what the ticket calls otherwise
_SYNONYMS = {"priority": {"normal": "1", "urgent": "3", "highest": "3", "lowest": "0"}}


class ValueProblem(ValueError):
    """A value does not fit its field; ``code`` is a reason code, ``values`` fill its sentence."""

    def __init__(self, code, **values):
        super().__init__(code)
        self.code = code
        self.values = values


class Cache(dict):
    """Names looked up once for a batch: (model, company id, team id, name) -> record id or None."""


def fillable(env, name):
    """Whether mails may fill the field *name* of a ticket.

    :raise ValueProblem: there is no such field ("field_gone"), or it is none to be filled
        ("field_protected")
    """
    field = env["helpdesk.ticket"]._fields.get(name)
    if field is None:
        raise ValueProblem("field_gone", field=name)
    if (
        name in PROTECTED
        or name.startswith(("message_", "activity_", "website_message_", "rating_"))
        or name in ("id", "create_uid", "create_date", "write_uid", "write_date", "properties")
        or not field.store
        or (field.compute and field.readonly)
        or field.related
        or field.type not in TYPES
    ):
        raise ValueProblem("field_protected", field=name)
    return field


def convert(env, name, text, company, team=None, cache=None):
    """*text* (str) as the value that ``create`` and ``write`` want for a field of a ticket.

    :param name: a field, or "properties." and the name of a property of *team*
    :param company: records of other companies are not found
    :param team: of the ticket: its properties, and its stages
    :param cache: a :class:`Cache`, where many values are converted
    :return: the value, for the field or for the property
    :raise ValueProblem: "field_gone", "field_protected", or "does_not_fit"
    """
    cache = Cache() if cache is None else cache
    definition = definition_of(env, name, team)
    text = _clean(text)
    if definition["type"] in ("many2one", "many2many"):
        _look_up(env, definition, [text], company, team, cache)
    return _convert(name, definition, text, company, team, cache)


def look_up(env, name, texts, company, team, cache):
    """Fill *cache* with the records that *texts* name in a field of a ticket: one query for all."""
    definition = definition_of(env, name, team)
    if definition["type"] in ("many2one", "many2many"):
        _look_up(env, definition, [_clean(text) for text in texts], company, team, cache)


def kind_of(env, name, team=None):
    """The type ("char", "many2one" …) of a field or property.

    :raise ValueProblem: "field_gone", "field_protected"
    """
    return definition_of(env, name, team)["type"]


def property_definition(team, name):
    """The definition (dict) of the property "properties.NAME" of *team*.

    :raise ValueProblem: the team has no such property
    """
    wanted = name.removeprefix(PROPERTY)
    for definition in (team and team.ticket_properties) or ():
        if definition.get("name") == wanted and definition.get("type") in TYPES:
            return definition
    raise ValueProblem("field_gone", field=name)


def definition_of(env, name, team=None):
    """What a field or a property takes: a dict with "type", "selection", "tags", "comodel".

    :raise ValueProblem: "field_gone", "field_protected"
    """
    if name.startswith(PROPERTY):
        definition = property_definition(team, name)
        if definition.get("comodel") and definition["comodel"] not in env:
            raise ValueProblem("field_gone", field=name)
        return definition
    field = fillable(env, name)
    definition = {"type": field.type}
    if field.type == "selection":
        definition["selection"] = field._description_selection(env)
    elif field.type in ("many2one", "many2many"):
        definition["comodel"] = field.comodel_name
    return definition


def _clean(text):
    return (text or "").replace("\0", "")[:_LONGEST]


def _convert(name, definition, text, company, team, cache):
    kind = definition["type"]
    if kind == "text":
        return text
    if kind == "html":
        return text_to_html(text)
    line = _one_line(text)
    if kind == "char":
        return line
    if kind == "boolean":
        return _boolean(name, line)
    is_property = name.startswith(PROPERTY)
    if not line:
        return [Command.clear()] if kind == "many2many" and not is_property else False
    if kind in ("many2one", "many2many"):
        model = definition["comodel"]
        ids = [cache.get(_key(model, company, team, part)) for part in _names(definition, line)]
        if None in ids:
            raise _no_fit(name, line)
        if kind == "many2one":
            return ids[0]
        return ids if is_property else [Command.set(ids)]
    if kind in ("selection", "tags"):
        return _choice(name, definition, kind, line)
    if kind in ("date", "datetime"):
        return _date(name, kind, line)
    return _number(name, kind, line)


def _one_line(text):
    return " ".join(text.split())


def _no_fit(name, line):
    return ValueProblem("does_not_fit", field=name, value=html2plaintext(line)[:80])


def _boolean(name, line):
    word = line.casefold().rstrip(".!")
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise _no_fit(name, line)


def _number(name, kind, line):
    match = _NUMBER.fullmatch(line)
    if not match:
        raise _no_fit(name, line)
    digits = re.sub(r"[ '\u00a0\u202f]", "", line)
    if kind == "integer" and re.search(r"(?<!\d)\d{1,3}[.,]\d{3}$", digits):
        # where no fraction can be, three digits behind one mark are thousands
        digits = re.sub("[.,]", "", digits)
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0:
        mark = digits[last]
        other = {".": ",", ",": "."}[mark]
        # one mark before three digits groups thousands only where another says so
        if digits.count(mark) > 1:
            digits = digits.replace(mark, "")
        digits = digits.replace(other, "").replace(mark, ".")
    value = float(digits)
    if not math.isfinite(value):
        raise _no_fit(name, line)
    if kind != "integer":
        return value
    if value != int(value) or abs(value) >= 2**31:
        raise _no_fit(name, line)
    return int(value)


def _choice(name, definition, kind, line):
    options = definition.get("tags" if kind == "tags" else "selection") or []
    keys = {str(key) for key, *_label in options}
    by_word = {}
    for key, label, *_color in options:
        by_word.setdefault(str(label).casefold(), key)
        by_word.setdefault(str(key).casefold(), key)
    for word, key in _SYNONYMS.get(name, {}).items():
        if key in keys:
            by_word.setdefault(word, key)
    words = [part.strip() for part in line.split(",")] if kind == "tags" else [line]
    try:
        found = [by_word[word.casefold()] for word in words if word]
    except KeyError:
        raise _no_fit(name, line) from None
    return found if kind == "tags" else found[0]


def _date(name, kind, line):
    value = _read_date(line)
    if value is None or value.year < 1900 or value.year > 9998:
        raise _no_fit(name, line)
    if kind == "date":
        return value.strftime(DEFAULT_SERVER_DATE_FORMAT)
    if value.tzinfo:
        value = value.astimezone(datetime.UTC)
    return value.strftime(DEFAULT_SERVER_DATETIME_FORMAT)


def _read_date(line):
    """A date as ISO 8601, RFC 5322 or 31.12.2026 write it; None: as none of them does.

    What two countries read as two different days (03/04/2026) is none.
    """
    for read in (
        datetime.datetime.fromisoformat,
        lambda text: datetime.datetime.strptime(text, "%d.%m.%Y"),
        lambda text: datetime.datetime.strptime(text, "%d.%m.%Y %H:%M"),
        email.utils.parsedate_to_datetime,
    ):
        with contextlib.suppress(ValueError, OverflowError):
            return read(line)
    return None


# ------------------------------------------------------------------
# records by their names
# ------------------------------------------------------------------


def _names(definition, line):
    if definition["type"] == "many2one":
        return [line]
    return [part.strip() for part in line.split(",") if part.strip()][:_MOST_NAMES]


def _key(model, company, team, name):
    # stages of one name stand in several teams
    team_id = team.id if team and model == "helpdesk.ticket.stage" else 0
    return (model, company.id, team_id, name.casefold())


def _look_up(env, definition, texts, company, team, cache):
    model = definition["comodel"]
    wanted = {}
    for text in texts:
        for name in _names(definition, _one_line(text)):
            key = _key(model, company, team, name)
            if len(name) > _LONGEST_NAME:
                cache[key] = None
            elif name and key not in cache:
                wanted[key] = name
    if not wanted:
        return
    Model = env[model]
    rec_name = Model._rec_name if Model._rec_name in Model._fields else "name"
    if model in _LARGE:
        named = Domain(rec_name, "in", list(wanted.values()))
    else:
        named = Domain.OR([Domain(rec_name, "=ilike", _escaped(name)) for name in wanted.values()])
    # people are better known by their address than by a name that two may have
    emails = {
        email: key
        for key, name in wanted.items()
        if "email_normalized" in Model._fields and (email := email_normalize(name))
    }
    if emails:
        named |= Domain("email_normalized", "in", list(emails))
    found = {}
    for record in Model.search(named & _reach(Model, company, team), limit=20 * len(wanted)):
        keys = {_key(model, company, team, _one_line(record[rec_name] or ""))}
        if emails:
            keys.add(emails.get(record.email_normalized))
        for key in keys & wanted.keys():
            found.setdefault(key, set()).add(record.id)
    for key in wanted:
        ids = found.get(key, ())
        # of two with one name, nobody could say which is meant
        cache[key] = next(iter(ids)) if len(ids) == 1 else None


def _reach(Model, company, team):
    """Which records a ticket of *company* and *team* may be linked to."""
    domain = Domain.TRUE
    if "company_id" in Model._fields:
        domain &= Domain("company_id", "in", [False, company.id])
    elif "company_ids" in Model._fields:
        domain &= Domain("company_ids", "in", company.ids)
    if "share" in Model._fields:
        domain &= Domain("share", "=", False)
    if Model._name == "helpdesk.ticket.stage":
        domain &= Domain("team_ids", "=", False) | Domain(
            "team_ids", "in", team.ids if team else []
        )
    return domain


def _escaped(line):
    """*line* for "=ilike", each of its characters for itself."""
    return line.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
