# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Contacts are merged: their tickets, recipients and scopes go with them."""

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Refuse to pull a customer into one's own scope by merging it."""
        if not self.env.su:
            scope = self.env.user._helpdesk_scope()
            partners = self.env["res.partner"].browse(partner_ids).exists()
            if partners._helpdesk_hidden_from(scope):
                raise AccessError(
                    self.env._(
                        "One of these contacts is not of your customers. Ask a helpdesk manager "
                        "to merge them."
                    )
                )
        return super()._merge(partner_ids, dst_partner=dst_partner, extra_checks=extra_checks)

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Keep the scopes of users, and reckon anew to whom tickets and addresses belong."""
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # who had both partners has the remaining one by now
        self.env.execute_query(
            SQL(
                "DELETE FROM helpdesk_scope_partner_rel WHERE partner_id = ANY(%s)"
                " RETURNING user_id",
                src_partners.ids,
            )
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        for name in ("helpdesk.ticket", "helpdesk.recipient"):
            # sudo: whose they are does not depend on who merges
            Model = self.env[name].sudo().with_context(active_test=False)
            moved = Model.search([("scope_customer_id", "=", dst_partner.id)])
            for field in ("scope_customer_id", "scope_managing_id"):
                self.env.add_to_compute(Model._fields[field], moved)
        return result
