# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Part of stage *map*: what the inbox fills into new tickets: its template, then its mappings;
rules come behind, and what follows from all of them is done last.
"""

from . import assign, folders, mapped, template, values


def run(batch, items):
    """Fill in template and mappings: what :func:`finish` needs to know of them."""
    if batch.door.plain:
        folders.apply(batch, items)
        for item in items:
            item.step("map", "filled_nothing", error=batch.door.problem)
        batch.problem("filled_nothing", error=batch.door.problem)
        return None
    cache = values.Cache()
    found = template.read(batch)
    template.apply(batch, items, found, cache)
    folders.apply(batch, items)
    mapped.apply(batch, items, cache)
    return found


def fills(door):
    """Whether new tickets of *door* are filled with anything that could make them impossible."""
    return bool(
        template.template_of(door)
        or folders.settings_of(door)
        or door.inbox.env["helpdesk.inbox.mapping"]._plan(door.inbox.id)
        or door.inbox.env["helpdesk.inbox.rule"]._of_inbox(door.inbox)
    )


def finish(batch, items, found):
    """Leave out types that the inbox does not want, then do what follows from team and template.

    :param found: what :func:`run` gave
    """
    _refuse_types(batch, items)
    _follow_team(batch, items)
    assign.apply(batch, items, found)


def _refuse_types(batch, items):
    names = batch.inbox._allowed_type_names()
    items = [item for item in items if item.ticket_values.get("type_id")]
    if not names or not items:
        return
    Type = batch.env["helpdesk.ticket.type"]
    ids = {item.ticket_values["type_id"] for item in items}
    known = {record.id: record.name for record in Type.browse(ids).exists()}
    wanted = {name.casefold() for name in names}
    for item in items:
        name = known.get(item.ticket_values["type_id"], "")
        if name.casefold() not in wanted:
            del item.ticket_values["type_id"]
            item.step("map", "type_not_allowed", type=name)


def _follow_team(batch, items):
    """The first stage of the team that the ticket got, where nothing else named its stage."""
    inbox = batch.inbox
    stages = {}
    for item in items:
        filled = item.ticket_values
        team_id = filled.get("team_id") or False
        if team_id == inbox.team_id.id or filled["stage_id"] != item.first_stage_id:
            continue
        if team_id not in stages:
            team = batch.env["helpdesk.ticket.team"].browse(team_id or [])
            team = team.with_company(inbox.company_id)
            stages[team_id] = team._get_applicable_stages()[:1].id
        filled["stage_id"] = stages[team_id]
