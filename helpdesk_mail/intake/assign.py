# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Part of stage *map*: whose turn it is to take a new ticket."""

import itertools

from odoo.tools import SQL


def apply(batch, items, template):
    """Assign the new tickets of *items* that nobody got yet, in turn or to the least busy.

    Two queries for the batch, and those of the scopes where a member has one. The number of a turn
    comes from a sequence of the database: two workers never get the same one, and neither waits
    for the other.
    """
    if template is None or not template.usable or template.assign not in _WAYS:
        return
    items = [item for item in items if not item.ticket_values.get("user_id")]
    if not items:
        return
    members = _members(batch, {item.ticket_values.get("team_id") for item in items}, template)
    everybody = batch.env["res.users"].browse(set(itertools.chain(*members.values())))
    blind = _blind(batch, items, everybody)
    turns = _turns(batch, template, len(items))
    busy = {user_id: count for team in members.values() for user_id, count in team.items()}
    for item, turn in zip(items, turns, strict=True):
        team = members.get(item.ticket_values.get("team_id"), {})
        first = turn % len(team) if team else 0
        ordered = [*team][first:] + [*team][:first]
        able = [user_id for user_id in ordered if user_id not in blind.get(item, ())]
        if not able:
            item.step("map", "nobody_to_assign", template=template.name)
            if not team:
                batch.problem("nobody_to_assign", template=template.name)
            continue
        user_id = able[0]
        if template.assign == "least_busy":
            # of those who are equally busy, the one whose turn it is
            user_id = min(able, key=busy.__getitem__)
        busy[user_id] += 1
        item.ticket_values["user_id"] = user_id
        item.step("map", _WAYS[template.assign], user=everybody.browse(user_id).name)


_WAYS = {"round_robin": "assigned_in_turn", "least_busy": "assigned_least_busy"}


def _members(batch, team_ids, template):
    """Team id -> {user id: how many open tickets they have, 0 where nobody asks}. One query."""
    env = batch.env
    env["res.users"].flush_model(["active", "share", "company_ids"])
    env["helpdesk.ticket.team"].flush_model(["user_ids"])
    count = SQL("0")
    if template.assign == "least_busy":
        env["helpdesk.ticket"].flush_model(["user_id", "stage_id", "active"])
        count = SQL(
            "(SELECT count(*) FROM helpdesk_ticket ticket"
            " LEFT JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id"
            " WHERE ticket.user_id = users.id AND ticket.active AND stage.closed IS NOT TRUE)"
        )
    rows = env.execute_query(
        SQL(
            "SELECT rel.helpdesk_ticket_team_id, users.id, %s"
            " FROM helpdesk_ticket_team_res_users_rel rel"
            " JOIN res_users users ON users.id = rel.res_users_id AND users.active"
            " AND users.share IS NOT TRUE"
            " JOIN res_company_users_rel company ON company.user_id = users.id"
            " AND company.cid = %s"
            " WHERE rel.helpdesk_ticket_team_id = ANY(%s) ORDER BY users.id",
            count,
            batch.inbox.company_id.id,
            sorted(filter(None, team_ids)),
        )
    )
    found = {}
    for team_id, user_id, tickets in rows:
        found.setdefault(team_id, {})[user_id] = tickets
    return found


def _blind(batch, items, users):
    """Item -> the ids of those who may not see its ticket, because their customers are others."""
    users = users.filtered(lambda user: user._helpdesk_scope_roots())
    if not users:
        return {}
    Ticket = batch.env["helpdesk.ticket"]
    names = ("partner_id", "lead_id", "inbox_id")
    by_owner = {}
    for item in items:
        key = tuple(item.ticket_values.get(name) or False for name in names)
        by_owner.setdefault(key, []).append(item)
    found = {}
    for key, members in by_owner.items():
        ticket = Ticket.new(dict(zip(names, key, strict=True)))
        blind = ticket._helpdesk_scope_blind(users).get(ticket, users.browse())
        found.update(dict.fromkeys(members, frozenset(blind.ids)))
    return found


def _turns(batch, template, count):
    """*count* numbers that no other worker gets. One query."""
    if not template.turn_id:
        return range(count)
    if batch.door.simulated:
        # a number that a sequence has given does not come back
        ((last, is_called),) = batch.env.execute_query(
            SQL(
                "SELECT last_value, is_called FROM %s",
                SQL.identifier(f"ir_sequence_{template.turn_id:03d}"),
            )
        )
        return range(last + is_called, last + is_called + count)
    rows = batch.env.execute_query(
        SQL(
            "SELECT nextval(%s) FROM generate_series(1, %s)",
            f"ir_sequence_{template.turn_id:03d}",
            count,
        )
    )
    return [row[0] for row in rows]
