# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Part of stage *write*: what a reply changes on its ticket besides adding a message, and who
follows.

The same change of many tickets is one ``write``; the same followers of many, one subscription.
"""

from collections import defaultdict


def write(batch, items):
    """Write ``reply_values`` of *items* to their tickets, once their messages are there."""
    groups = defaultdict(list)
    for item in items:
        # of a ticket that this batch opens, all is said once it is there
        if item.reply_values and not item.ticket_values:
            silent = batch.door.history or item.old
            groups[silent, repr(sorted(item.reply_values.items()))].append(item)
    for (silent, _values), members in groups.items():
        tickets = batch.env["helpdesk.ticket"].browse(
            dict.fromkeys(item.ticket_id for item in members)
        )
        if silent:
            tickets = tickets.with_context(helpdesk_mail_history=True)
            tickets._helpdesk_mail_stay_silent()
        tickets.write(dict(members[0].reply_values))


def follow(batch, items):
    """Let the contacts of ``follower_ids`` follow the tickets of *items*, which are there."""
    groups = defaultdict(set)
    for item in items:
        ticket_id = item.resolved_ticket_id()
        if item.follower_ids and ticket_id:
            groups[tuple(sorted(set(item.follower_ids)))].add(ticket_id)
    for partner_ids, ticket_ids in groups.items():
        batch.env["mail.followers"]._insert_followers(
            "helpdesk.ticket", sorted(ticket_ids), list(partner_ids), check_existing=True
        )
