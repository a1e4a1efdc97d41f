# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a folder of the mail server gives to the tickets that its mail opens."""

from odoo.fields import Command


def settings_of(door):
    """The settings of the folder of *door*: (team id, tag ids, template id), or None. No query for
    a folder without settings.
    """
    folder, inbox = door.folder, door.inbox
    if not folder:
        return None
    settings = inbox.env["helpdesk.inbox.folder"]._settings_of(inbox.id)
    if not settings or folder.inbox_id.id != inbox.id:
        return None
    return settings.get(folder.name)


def apply(batch, items):
    """Give team and tags of the folder of *batch* to the new tickets of *items*.

    They are more special than the template of the inbox: the team replaces, the tags are added.
    """
    settings = settings_of(batch.door)
    if not settings:
        return
    team_id, tag_ids, _template_id = settings
    # both may be gone since: a ticket must not fail for that
    team = batch.env["helpdesk.ticket.team"].browse(team_id or []).exists().filtered("active")
    tags = batch.env["helpdesk.ticket.tag"].browse(tag_ids).exists()
    if not team and not tags:
        return
    for item in items:
        if team:
            item.ticket_values["team_id"] = team.id
        if tags:
            given = item.ticket_values.get("tag_ids") or []
            item.ticket_values["tag_ids"] = [*given, *map(Command.link, tags.ids)]
        item.step("map", "folder", folder=batch.door.folder.name)
