# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a folder of the mail server gives to the tickets that its mail opens."""

from odoo.fields import Command


def defaults_of(batch, items):
    """(team, values) that the folder of the batch gives to new tickets; an empty team where it
    names none. No query for a folder without settings.
    """
    env = batch.env
    nothing = env["helpdesk.ticket.team"]
    folder, inbox = batch.door.folder, batch.inbox
    if not folder:
        return nothing, {}
    settings = env["helpdesk.inbox.folder"]._settings_of(inbox.id)
    if not settings or folder.inbox_id.id != inbox.id or folder.name not in settings:
        return nothing, {}
    team_id, tag_ids = settings[folder.name]
    # both may be gone since: a ticket must not fail for that
    team = nothing.browse(team_id or []).exists().filtered("active")
    tags = env["helpdesk.ticket.tag"].browse(tag_ids).exists()
    if not team and not tags:
        return nothing, {}
    for item in items:
        item.step("map", "folder", folder=folder.name)
    return team, {"tag_ids": [Command.set(tags.ids)]} if tags else {}
