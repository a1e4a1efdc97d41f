# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Nobody follows a ticket that they may not see."""

from odoo import models
from odoo.exceptions import UserError


class MailFollowers(models.Model):
    _inherit = "mail.followers"

    def _add_followers(
        self,
        res_model,
        res_ids,
        partner_ids,
        subtypes,
        check_existing=False,
        existing_policy="skip",
    ):
        """Leave out, on all roads, the followers who may not see the ticket."""
        new, update = super()._add_followers(
            res_model,
            res_ids,
            partner_ids,
            subtypes,
            check_existing=check_existing,
            existing_policy=existing_policy,
        )
        if res_model == "helpdesk.ticket" and new:
            tickets = self.env["helpdesk.ticket"].browse(filter(None, new))
            wanted = {values["partner_id"] for added in new.values() for values in added}
            blind = tickets._helpdesk_scope_blind_partners(wanted)
            new = {
                res_id: [
                    values
                    for values in added
                    if values["partner_id"] not in blind.get(res_id, frozenset())
                ]
                for res_id, added in new.items()
            }
        return new, update


# Odoo's own wizard: nothing of it is ours but this one rule
class MailFollowersEdit(models.TransientModel):  # pylint: disable=no-wizard-in-models
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
