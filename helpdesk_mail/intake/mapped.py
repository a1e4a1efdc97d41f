# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Part of stage *map*: parts of the mail become fields of its new ticket, as the inbox says."""

import dataclasses

from . import safe_regex, value_words, values
from .addresses import format_address
from .safe_regex.ambiguity import LONGEST_TEXT

# what stands in the trace of a value that not everybody may see
_HIDDEN = "…"
_SHOWN = 80
# where the ticket cannot be without a value, an empty one changes nothing
_NEVER_EMPTY = {"name", "description"}

_TEXT = {"char", "text", "html"}
_BY_NAME = {"selection", "many2one", "many2many", "tags"}
_NUMBER = {"integer", "float", "monetary"}
_ANY = {*_TEXT, *_BY_NAME, *_NUMBER, "boolean", "date", "datetime"}
# source -> the types of fields that it can fill
SOURCES = {
    "subject": _TEXT | _BY_NAME,
    "body": _TEXT,
    "new_text": _TEXT,
    "sender_email": _TEXT | _BY_NAME,
    "sender_name": _TEXT | _BY_NAME,
    "to": _TEXT,
    "cc": _TEXT,
    "importance": _TEXT | _BY_NAME,
    "attachment_names": _TEXT,
    "attachment_count": _TEXT | _NUMBER,
    "date": _TEXT | {"date", "datetime"},
    "message_id": _TEXT,
    "header": _ANY,
    "regex": _ANY,
    "constant": _ANY,
}
# what no mail is without
ALWAYS = {"attachment_count", "constant", "importance"}


@dataclasses.dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping of an inbox, ready to be applied."""

    field_name: str
    source: str
    header_name: str
    pattern: str
    location: str
    constant: str
    default: str
    restricted: bool


def apply(batch, items, cache):
    """Fill the values of the new tickets of *items* by the mappings of the inbox.

    No query but for names of records: one for each mapping that needs them.
    """
    if batch.door.plain:
        return
    mappings = batch.env["helpdesk.inbox.mapping"]._plan(batch.inbox.id)
    # properties and stages are those of the team
    for one in sorted(mappings, key=lambda one: one.field_name != "team_id"):
        by_team = {}
        for item in items:
            by_team.setdefault(item.ticket_values.get("team_id") or 0, []).append(item)
        for team_id, members in by_team.items():
            team = batch.env["helpdesk.ticket.team"].browse(team_id or [])
            _apply_one(batch, members, one, team, cache)


def _apply_one(batch, items, one, team, cache):
    env = batch.env
    label = value_words.label_of(env, one.field_name, team)
    texts = {item: text_of(one, item) for item in items}
    company = batch.inbox.company_id
    try:
        kind = values.kind_of(env, one.field_name, team)
        names = {*texts.values(), one.default}
        values.look_up(env, one.field_name, filter(None, names), company, team, cache)
    except values.ValueProblem as problem:
        for item in items:
            item.step("map", problem.code, field=label)
        batch.problem(problem.code, field=label)
        return
    for item, text in texts.items():
        value = None
        if kind == "html" and one.source == "body":
            value = item.ticket_values["description"]
        elif text:
            value = _fitting(batch, item, one, text, label, team, cache)
        code = "mapped"
        if value is None and one.default:
            code, text = "default_used", one.default
            value = _fitting(batch, item, one, text, label, team, cache)
        if value is None or (not value and one.field_name in _NEVER_EMPTY):
            continue
        set_value(item, one.field_name, value)
        shown = _HIDDEN if one.restricted else " ".join(text.split())[:_SHOWN]
        item.step("map", code, told=False, field=label, value=shown)


def _fitting(batch, item, one, text, label, team, cache):
    """*text* as the field wants it; None, with its step, where it does not fit."""
    company = batch.inbox.company_id
    try:
        return values.convert(batch.env, one.field_name, text, company, team, cache)
    except values.ValueProblem as problem:
        found = {**problem.values, "field": label}
        if one.restricted and "value" in found:
            found["value"] = _HIDDEN
        item.step("map", problem.code, **found)
        batch.problem(problem.code, **found)
        return None


def set_value(item, name, value):
    """Give the new ticket of *item* a value; properties are kept together."""
    if name.startswith(values.PROPERTY):
        properties = dict(item.ticket_values.get("properties") or {})
        properties[name.removeprefix(values.PROPERTY)] = value
        item.ticket_values["properties"] = properties
    else:
        item.ticket_values[name] = value


def text_of(one, item):
    """What the mail of *item* says for the mapping *one*, "" where it says nothing."""
    parsed = item.parsed
    source = one.source
    if source == "constant":
        return one.constant
    if source == "subject":
        return parsed.subject.strip()
    if source == "body":
        return parsed.text.strip()
    if source == "new_text":
        return parsed.reply_text.strip()
    if source == "sender_email":
        return item.sender_email
    if source == "sender_name":
        return item.sender_name
    if source in ("to", "cc"):
        addresses = getattr(parsed, source)
        return ", ".join(format_address(who.name, who.email) for who in addresses if who.email)
    if source == "importance":
        if one.field_name == "priority":
            return values.PRIORITY.get(parsed.importance, "1")
        return parsed.importance
    if source == "attachment_names":
        return ", ".join(attachment.filename for attachment in parsed.attachments)
    if source == "attachment_count":
        return str(sum(not attachment.inline for attachment in parsed.attachments))
    if source == "date":
        return parsed.date.isoformat() if parsed.date else ""
    if source == "message_id":
        return parsed.message_id
    if source == "header":
        return parsed.header(one.header_name).strip()
    return _captured(one, parsed.subject if one.location == "subject" else parsed.text)


def _captured(one, text):
    """What the group of the mapping's expression finds; its cost is bounded."""
    lines = [" ".join(line.split()) for line in text[: 4 * LONGEST_TEXT].split("\n")]
    match = safe_regex.capturing(one.pattern).search("\n".join(lines)[:LONGEST_TEXT])
    return (match[1] or "").strip() if match else ""
