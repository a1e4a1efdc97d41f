# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Addresses that many people seem to write from: their tickets belong to several customers."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class HelpdeskRecipient(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.recipient"  # pylint: disable=consider-merging-classes-inherited

    looks_shared = fields.Boolean(
        string="Looks shared",
        compute="_compute_looks_shared",
        search="_search_looks_shared",
        help="Tickets of this address belong to several customers, and nobody has said yet "
        "whether it is shared.",
    )
    is_not_shared = fields.Boolean(
        string="Known not to be shared",
        readonly=True,
        copy=False,
        help="Somebody said so; it is not proposed as shared any more.",
    )

    @api.depends("is_shared", "is_not_shared", "ticket_ids.commercial_partner_id")
    def _compute_looks_shared(self):
        # the tickets that the user may see: what else there is, is none of their business
        counts = self.env["helpdesk.ticket"]._read_group(
            [("recipient_id", "in", self.ids), *self._of_customers()],
            ["recipient_id"],
            having=[("commercial_partner_id:count_distinct", ">", 1)],
            aggregates=["commercial_partner_id:count_distinct"],
        )
        several = {recipient.id for recipient, _count in counts}
        for recipient in self:
            recipient.looks_shared = (
                recipient.id in several and not recipient.is_shared and not recipient.is_not_shared
            )

    def _search_looks_shared(self, operator, value):
        if operator != "in":
            return NotImplemented
        Ticket = self.env["helpdesk.ticket"]
        Ticket.flush_model(["recipient_id", "commercial_partner_id", "active"])

        def to_sql(model, alias, query):
            # one pass over an index of recipients and customers, in its order
            tickets = Ticket._search([("recipient_id", "!=", False), *self._of_customers()])
            recipient = SQL.identifier(tickets.table, "recipient_id")
            customer = SQL.identifier(tickets.table, "commercial_partner_id")
            tickets.groupby = recipient
            tickets.having = SQL("min(%s) != max(%s)", customer, customer)
            return SQL("(%s IN (%s))", SQL.identifier(alias, "id"), tickets.select(recipient))

        several = Domain.custom(to_sql=to_sql)
        return several & Domain("is_shared", "=", False) & Domain("is_not_shared", "=", False)

    def _of_customers(self):
        # archived tickets tell as much
        return [("commercial_partner_id", "!=", False), ("active", "in", [True, False])]

    def action_not_shared(self):
        """Remember that these addresses are not shared, whatever their tickets look like."""
        self._check_may_move()
        self.write({"is_not_shared": True})
        return True


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"  # pylint: disable=consider-merging-classes-inherited

    _recipient_customer_idx = models.Index(
        "(recipient_id, commercial_partner_id)"
        " WHERE recipient_id IS NOT NULL AND commercial_partner_id IS NOT NULL"
    )
