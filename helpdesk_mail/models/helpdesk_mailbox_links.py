# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Private mail follows the customers and leads that it is linked with.

Contacts that are merged take it along by their foreign keys, and of a customer that is deleted
the mail stays, linked with nobody. Leads need the help of this file.
"""

from odoo import models
from odoo.tools import SQL

from . import seal

_LINKED = (seal.MESSAGE, "helpdesk.mailbox.pair")


class CrmLead(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "crm.lead"  # pylint: disable=consider-merging-classes-inherited

    def _merge_dependences(self, opportunities):
        """Carry private mail along: whose it is does not depend on who merges."""
        result = super()._merge_dependences(opportunities)
        self._helpdesk_move_private_mail(
            SQL(
                "lead_id = %s, partner_id = COALESCE(partner_id, %s)",
                self.id,
                self.partner_id.id or None,
            ),
            SQL("lead_id = ANY(%s)", opportunities.ids),
        )
        return result

    def _helpdesk_mail_follow_customer(self):
        """Link the private mail of leads that become customers with these."""
        result = super()._helpdesk_mail_follow_customer()
        for lead in self.filtered("partner_id"):
            self._helpdesk_move_private_mail(
                SQL("partner_id = %s", lead.partner_id.id),
                SQL("lead_id = %s AND partner_id IS NULL", lead.id),
            )
        return result

    def _helpdesk_move_private_mail(self, values, condition):
        """Change links of private mail. By SQL: nothing of it gets to whoever changes the lead."""
        for name in _LINKED:
            # the ORM of this environment may know neither of them
            Model = seal.opened(self.env[name])
            Model.flush_model(["lead_id", "partner_id"])
            self.env.execute_query(
                SQL(
                    "UPDATE %s SET %s WHERE %s RETURNING id",
                    SQL.identifier(Model._table),
                    values,
                    condition,
                )
            )
            Model.invalidate_model(["lead_id", "partner_id"])
