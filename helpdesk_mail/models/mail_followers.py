# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Nobody follows a ticket that they may not see."""

from odoo import models


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
