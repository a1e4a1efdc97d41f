# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which address is whose, as the owner of a mailbox says: sealed as the mail itself.

The pairings of the helpdesk (``helpdesk.recipient``) are everybody's; who writes to one user in
private is not. So a pairing in a mailbox stays in it, and goes before those of the helpdesk.
"""

from odoo import api, fields, models


class HelpdeskMailboxPair(models.Model):
    _name = "helpdesk.mailbox.pair"
    _description = "Address Paired in a Personal Mailbox"
    _inherit = "helpdesk.mail.sealed"
    _order = "email"
    _rec_name = "email"

    mailbox_id = fields.Many2one(
        "helpdesk.mailbox", required=True, readonly=True, index=True, ondelete="cascade"
    )
    email = fields.Char(required=True, readonly=True, help="As addresses are compared.")
    partner_id = fields.Many2one(
        "res.partner", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    lead_id = fields.Many2one("crm.lead", readonly=True, ondelete="cascade", index="btree_not_null")

    _unique_email = models.UniqueIndex("(mailbox_id, email)")

    @api.model
    def _set(self, mailbox, emails, values):
        """Pair normalised addresses with a customer, a lead or (both empty) nobody."""
        known = self.search([("mailbox_id", "=", mailbox.id), ("email", "in", emails)])
        if not values["partner_id"] and not values["lead_id"]:
            known.unlink()
            return
        known.write(values)
        new = set(emails) - set(known.mapped("email"))
        self.create([{"mailbox_id": mailbox.id, "email": email, **values} for email in sorted(new)])
