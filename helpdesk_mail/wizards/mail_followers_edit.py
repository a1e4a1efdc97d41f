# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Followers are added by hand: whoever may not see the ticket is named."""

from odoo import models
from odoo.exceptions import UserError


class MailFollowersEdit(models.TransientModel):
    _inherit = "mail.followers.edit"

    def edit_followers(self):
        """Say who cannot follow a ticket, rather than to leave them out in silence."""
        for wizard in self:
            if wizard.res_model != "helpdesk.ticket" or wizard.operation != "add":
                continue
            res_ids = [int(part) for part in (wizard.res_ids or "").strip("[] ").split(",") if part]
            tickets = self.env["helpdesk.ticket"].browse(res_ids)
            tickets.check_access("read")
            blind = tickets._helpdesk_scope_blind_partners(wizard.partner_ids.ids)
            if blind:
                ticket_id, partner_ids = next(iter(blind.items()))
                # sudo: the names of who was chosen
                partners = self.env["res.partner"].sudo().browse(sorted(partner_ids))
                raise UserError(
                    self.env._(
                        "%(names)s: cannot follow ticket %(number)s, because they do not see the "
                        "tickets of its customer.",
                        names=", ".join(partners.mapped("name")),
                        number=tickets.browse(ticket_id).number,
                    )
                )
        return super().edit_followers()
