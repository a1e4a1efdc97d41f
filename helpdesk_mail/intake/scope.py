# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Part of stage *identify*: agents who answer a ticket that they may not see.

They were never notified of it, so somebody handed the mail on to them, or the ticket left their
scope since. What they write is not lost: it becomes an internal note for those who see the ticket.
Nothing goes out, nobody new hears of the ticket, and it is not reopened.
"""


def run(batch, items):
    """Take agents for outsiders where the ticket is outside of their scope.

    No query where no agent has a scope, at most three for the batch otherwise.
    """
    env = batch.env
    items = [
        item
        for item in items
        if item.open and item.agent_user_id and (item.ticket_id or item.ticket_item)
    ]
    users = env["res.users"].browse({item.agent_user_id for item in items})
    users = users.filtered(lambda user: user._helpdesk_scope_roots())
    if not users:
        return
    tickets = {item: _ticket(batch, item) for item in items if item.agent_user_id in users.ids}
    blind = {}
    for ticket in tickets.values():
        blind.setdefault(ticket, ticket._helpdesk_scope_blind(users).get(ticket, users.browse()))
    for item, ticket in tickets.items():
        if item.agent_user_id not in blind[ticket].ids:
            continue
        name = users.browse(item.agent_user_id).name
        item.agent_user_id = None
        item.outsider = item.internal = True
        item.reopen = False
        item.recipient_partner_ids = []
        item.step("identify", "agent_out_of_scope", user=name)


def _ticket(batch, item):
    """The ticket that *item* answers; one that a mail of this batch opens is not yet saved."""
    Ticket = batch.env["helpdesk.ticket"]
    if item.ticket_id:
        return Ticket.browse(item.ticket_id)
    first = item.ticket_item
    while first.ticket_item is not None:
        first = first.ticket_item
    if first.ticket_id:
        return Ticket.browse(first.ticket_id)
    return Ticket.new(
        {"partner_id": first.partner_id, "lead_id": first.lead_id, "inbox_id": batch.inbox.id}
    )
