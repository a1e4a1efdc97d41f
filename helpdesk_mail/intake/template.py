# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Part of stage *map*: the ticket template of an inbox, or of the folder that was read."""

import dataclasses

from odoo.fields import Command
from odoo.tools import SQL

from . import folders, value_words, values


@dataclasses.dataclass(frozen=True, slots=True)
class Template:
    """A template as the batch needs it. ``usable``: it is published and not archived."""

    id: int
    name: str
    usable: bool
    priority: str
    assign: str
    properties: dict
    team_id: int | None
    team_usable: bool
    category_id: int | None
    category_usable: bool
    user_id: int | None
    user_usable: bool
    turn_id: int | None
    tag_ids: tuple
    partner_ids: tuple
    lines: tuple


def template_of(door):
    """The id of the template for new tickets of *door*, or None: the folder's, else the inbox's."""
    settings = folders.settings_of(door)
    return (settings and settings[2]) or door.inbox.template_id.id or None


def read(batch):
    """The :class:`Template` for the new tickets of *batch*, or None. One query where there is one.

    Rows instead of records, which would cost a query for each relation.
    """
    template_id = template_of(batch.door)
    if not template_id or batch.door.plain:
        return None
    env = batch.env
    env["helpdesk.ticket.template"].flush_model()
    env["helpdesk.ticket.template.line"].flush_model()
    env["helpdesk.ticket.team"].flush_model(["active"])
    env["helpdesk.ticket.category"].flush_model(["active"])
    env["res.users"].flush_model(["active"])
    rows = env.execute_query(
        SQL(
            "SELECT template.id, COALESCE(template.name->>%(lang)s, template.name->>'en_US'),"
            " template.active AND template.published, template.priority, template.assign,"
            " template.properties, team.id, team.active, category.id, category.active,"
            " users.id, users.active, template.turn_id,"
            " ARRAY(SELECT rel.tag_id FROM helpdesk_ticket_template_tag_rel rel"
            " JOIN helpdesk_ticket_tag tag ON tag.id = rel.tag_id AND tag.active"
            " WHERE rel.template_id = template.id ORDER BY rel.tag_id),"
            " ARRAY(SELECT rel.partner_id FROM helpdesk_ticket_template_partner_rel rel"
            " JOIN res_partner partner ON partner.id = rel.partner_id AND partner.active"
            " WHERE rel.template_id = template.id ORDER BY rel.partner_id),"
            " (SELECT json_agg(json_build_array(line.field_name, line.value)"
            " ORDER BY line.sequence, line.id) FROM helpdesk_ticket_template_line line"
            " WHERE line.template_id = template.id AND line.value IS NOT NULL)"
            " FROM helpdesk_ticket_template template"
            " LEFT JOIN helpdesk_ticket_team team ON team.id = template.team_id"
            " LEFT JOIN helpdesk_ticket_category category ON category.id = template.category_id"
            " LEFT JOIN res_users users ON users.id = template.user_id"
            " WHERE template.id = %(id)s",
            lang=env.lang or "en_US",
            id=template_id,
        )
    )
    if not rows:
        return None
    *columns, tag_ids, partner_ids, lines = rows[0]
    columns[5] = columns[5] or {}
    return Template(*columns, tuple(tag_ids), tuple(partner_ids), tuple(map(tuple, lines or ())))


def apply(batch, items, template, cache):
    """Fill the values of the new tickets of *items* from *template* (or None)."""
    if template is None:
        return
    if not template.usable:
        for item in items:
            item.step("map", "template_unused", template=template.name)
        batch.problem("template_unused", template=template.name)
        return
    filled, steps = _own_fields(batch, template)
    team = _team(batch, filled)
    found, problems = _lines(batch, template, team, cache)
    steps += problems
    properties = {**template.properties, **found.pop("properties", {})}
    filled.update(found)
    if properties:
        filled["properties"] = properties
    labels = [value_words.label_of(batch.env, name) for name in filled]
    for item in items:
        given = dict(filled)
        if batch.inbox.map_importance and item.parsed.importance in ("high", "low"):
            # the mail says more of itself than the template of all mails
            given.pop("priority", None)
        for name, value in given.items():
            item.ticket_values[name] = dict(value) if isinstance(value, dict) else value
        item.follower_ids.extend(template.partner_ids)
        item.step("map", "template", told=False, template=template.name, fields=", ".join(labels))
        for code, step_values in steps:
            item.step("map", code, **step_values)
    for code, step_values in steps:
        batch.problem(code, **step_values)


def _own_fields(batch, template):
    """What the template has fields of its own for, and the steps of what it cannot fill."""
    filled, steps = {}, []
    for name in ("team_id", "category_id"):
        if value := getattr(template, name):
            if getattr(template, name.replace("_id", "_usable")):
                filled[name] = value
            else:
                steps.append(_archived(batch, template, name))
    if template.assign == "user" and template.user_id:
        if template.user_usable:
            filled["user_id"] = template.user_id
        else:
            steps.append(_archived(batch, template, "user_id"))
    if template.priority:
        filled["priority"] = template.priority
    if template.tag_ids:
        filled["tag_ids"] = [Command.set(template.tag_ids)]
    return filled, steps


def _archived(batch, template, name):
    field = value_words.label_of(batch.env, name)
    return ("template_part_archived", {"template": template.name, "field": field})


def _team(batch, filled):
    team_id = filled.get("team_id") or batch.inbox.team_id.id
    return batch.env["helpdesk.ticket.team"].browse(team_id or [])


def _lines(batch, template, team, cache):
    """The values of the template's other fields, and the steps of those that do not fit."""
    found, steps = {}, []
    for name, text in template.lines:
        try:
            value = values.convert(batch.env, name, text, batch.inbox.company_id, team, cache)
        except values.ValueProblem as problem:
            label = value_words.label_of(batch.env, name, team)
            steps.append((problem.code, {**problem.values, "field": label}))
            continue
        if name.startswith(values.PROPERTY):
            found.setdefault("properties", {})[name.removeprefix(values.PROPERTY)] = value
        else:
            found[name] = value
    return found, steps
