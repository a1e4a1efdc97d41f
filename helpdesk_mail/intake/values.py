# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Words into values: what a mail or an administrator writes, as a field of a ticket wants it.

Mappings, rules and ticket templates fill fields by it. What does not fit is a
:class:`ValueProblem`, which says why in a reason code; the ticket is made without that value.
"""

import datetime
import re

from odoo.fields import Command
from odoo.tools import html2plaintext
from odoo.tools.misc import DEFAULT_SERVER_DATE_FORMAT, DEFAULT_SERVER_DATETIME_FORMAT

from ..message import text_to_html

# What says whose ticket it is, who may see it, and what is ours to keep: neither a mail nor a
# rule writes there, else the words of a stranger would choose the customer.
PROTECTED = {
    "access_token",
    "active",
    "company_id",
    "inbox_id",
    "lead_id",
    "lead_ids",
    "number",
    "origin_ticket_id",
    "opened_by_machine",
    "partner_id",
    "recipient_id",
    "scope_customer_id",
    "scope_managing_id",
    "sender_verification",
}
PROPERTY = "properties."
_TYPES = {
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
_YES = {"1", "true", "yes", "y", "on", "x", "ja", "oui", "si", "sí", "sim", "tak", "ano", "da"}
_NO = {"0", "false", "no", "n", "off", "nein", "non", "nee", "não", "nie", "ne", "net", ""}
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:[ .,'\u00a0\u202f]\d{3})*(?:[.,]\d+)?|[+-]?\d+(?:[.,]\d+)?")


class ValueProblem(ValueError):
    """A value does not fit its field; ``code`` is a reason code, ``values`` fill its sentence."""

    def __init__(self, code, **values):
        super().__init__(code)
        self.code = code
        self.values = values


class Cache(dict):
    """Names looked up once for a batch: (model, name, company id) -> record id or None."""


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
        or field.type not in _TYPES
    ):
        raise ValueProblem("field_protected", field=name)
    return field


def convert(env, name, text, company, team=None, cache=None):
    """*text* (str) as the value that ``create`` and ``write`` want for a field of a ticket.

    :param name: a field, or "properties." and the name of a property of *team*
    :param company: records of other companies are not found
    :param cache: a :class:`Cache`, where many values are converted
    :return: (field name or property name, value)
    :raise ValueProblem: "field_gone", "field_protected", or "does_not_fit"
    """
    cache = Cache() if cache is None else cache
    if name.startswith(PROPERTY):
        definition = property_definition(team, name)
        return _convert(env, name, definition, text, company, cache)
    field = fillable(env, name)
    definition = {"type": field.type}
    if field.type == "selection":
        definition["selection"] = field._description_selection(env)
    elif field.type in ("many2one", "many2many"):
        definition["comodel"] = field.comodel_name
    return _convert(env, name, definition, text, company, cache)


def property_definition(team, name):
    """The definition (dict) of the property "properties.NAME" of *team*.

    :raise ValueProblem: the team has no such property
    """
    wanted = name.removeprefix(PROPERTY)
    for definition in (team and team.ticket_properties) or ():
        if definition.get("name") == wanted and definition.get("type") in _TYPES:
            return definition
    raise ValueProblem("field_gone", field=name)


def _convert(env, name, definition, text, company, cache):
    text = (text or "").replace("\0", "")[:_LONGEST]
    kind = definition["type"]
    if kind == "text":
        return text
    if kind == "html":
        return text_to_html(text)
    line = " ".join(text.split())
    if kind == "char":
        return line
    if kind == "boolean":
        return _boolean(name, line)
    if not line:
        return [Command.clear()] if kind == "many2many" and "comodel" in definition else False
    if kind in ("many2one", "many2many") and definition["comodel"] not in env:
        raise ValueProblem("field_gone", field=name)
    if kind == "many2one":
        return _record_id(env, name, definition["comodel"], line, company, cache)
    if kind == "many2many":
        ids = [
            _record_id(env, name, definition["comodel"], part.strip(), company, cache)
            for part in line.split(",")
            if part.strip()
        ]
        return ids if name.startswith(PROPERTY) else [Command.set(ids)]
    if kind in ("selection", "tags"):
        return _choice(name, definition, kind, line)
    if kind in ("date", "datetime"):
        return _date(name, kind, line)
    return _number(name, kind, line)


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
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0:
        mark = digits[last]
        other = {".": ",", ",": "."}[mark]
        # one mark before three digits groups thousands only where another says so
        if digits.count(mark) > 1:
            digits = digits.replace(mark, "")
        digits = digits.replace(other, "").replace(mark, ".")
    value = float(digits)
    if kind != "integer":
        return value
    if value != int(value) or abs(value) >= 2**31:
        raise _no_fit(name, line)
    return int(value)


def _choice(name, definition, kind, line):
    options = definition.get("tags" if kind == "tags" else "selection") or []
    by_word = {}
    for key, label, *_color in options:
        by_word.setdefault(str(label).casefold(), key)
        by_word.setdefault(str(key).casefold(), key)
    words = [part.strip() for part in line.split(",")] if kind == "tags" else [line]
    try:
        found = [by_word[word.casefold()] for word in words if word]
    except KeyError:
        raise _no_fit(name, line) from None
    return found if kind == "tags" else found[0]


def _date(name, kind, line):
    try:
        value = datetime.datetime.fromisoformat(line)
    except ValueError:
        raise _no_fit(name, line) from None
    if value.year < 1900 or value.year > 9998:
        raise _no_fit(name, line)
    if kind == "date":
        return value.strftime(DEFAULT_SERVER_DATE_FORMAT)
    if value.tzinfo:
        value = value.astimezone(datetime.UTC)
    return value.strftime(DEFAULT_SERVER_DATETIME_FORMAT)


def _record_id(env, name, model, line, company, cache):
    key = (model, line.casefold(), company.id)
    if key not in cache:
        Model = env[model]
        domain = [(Model._rec_name or "name", "=ilike", _escaped(line))]
        if "company_id" in Model._fields:
            domain.append(("company_id", "in", [False, company.id]))
        elif "company_ids" in Model._fields:
            domain.append(("company_ids", "in", company.ids))
        if "share" in Model._fields:
            domain.append(("share", "=", False))
        found = Model.search(domain, limit=2)
        cache[key] = found.id if len(found) == 1 else None
    if cache[key] is None:
        raise _no_fit(name, line)
    return cache[key]


def _escaped(line):
    """*line* for "=ilike", each of its characters for itself."""
    return line.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
