# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the owner of a mailbox does with a message: star it, say whose it is, add the customer."""

from odoo import fields, models
from odoo.exceptions import UserError

from . import seal


class HelpdeskMailboxMessage(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox.message"  # pylint: disable=consider-merging-classes-inherited

    owner_id = fields.Many2one(related="mailbox_id.user_id")
    can_change = fields.Boolean(compute="_compute_can_change")
    is_paired = fields.Boolean(compute="_compute_is_paired")

    def _compute_can_change(self):
        """Whether the user may do more with it than read: whoever breaks the glass may not."""
        changeable = self._filtered_access("write")
        for message in self:
            message.can_change = message in changeable

    def _compute_is_paired(self):
        """Whether its address was paired in this mailbox, so that the pairing can end."""
        pairs = self.env["helpdesk.mailbox.pair"].search_fetch(
            [
                ("mailbox_id", "in", self.mailbox_id.ids),
                ("email", "in", [email for email in self.mapped("party_email") if email]),
            ],
            ["mailbox_id", "email"],
        )
        known = {(pair.mailbox_id, pair.email) for pair in pairs}
        for message in self:
            message.is_paired = (message.mailbox_id, message.party_email) in known

    def action_star(self):
        """Put a star on these messages."""
        return self._star(True)

    def action_unstar(self):
        """Take the star off these messages."""
        return self._star(False)

    def _star(self, is_starred):
        self.check_access("write")
        changed = self.filtered(lambda message: message.is_starred != is_starred)
        seal.opened(changed).write({"is_starred": is_starred})
        return True

    def action_pair(self):
        """Open the dialog that says to which customer or lead these addresses belong."""
        return self._dialog("helpdesk.mailbox.pairing", self.env._("Pair to a customer or a lead"))

    def action_unpair(self):
        """End the pairing of these addresses: their messages belong to nobody again."""
        self.check_access("write")
        self._link()
        return True

    def action_add_customer(self):
        """Open the dialog that adds a customer with this address."""
        self.ensure_one()
        self.env["res.partner"].check_access("create")
        return self._dialog("helpdesk.mailbox.newcomer", self.env._("Add a customer"))

    def _dialog(self, model, name):
        self.check_access("write")
        if not any(self.mapped("party_email")):
            raise UserError(self.env._("This message names no address that could be paired."))
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_mail_ids": self.ids},
        }

    # ------------------------------------------------------------------
    # whose they are
    # ------------------------------------------------------------------

    def _contacts(self):
        """The contacts that have one of these addresses, and whose mail the user may see."""
        emails = [email for email in self.mapped("party_email") if email]
        if not emails:
            return self.env["res.partner"]
        found = self.env["res.partner"].search([("email_normalized", "in", emails)])
        return found._helpdesk_scope_own()

    def _count_of_addresses(self):
        """How many messages of the same addresses the same mailboxes hold: what a pairing moves."""
        count = 0
        for mailbox, messages in self.grouped("mailbox_id").items():
            emails = [email for email in messages.mapped("party_email") if email]
            count += self.search_count(
                [("mailbox_id", "=", mailbox.id), ("party_email", "in", emails)]
            )
        return count

    def _party_name(self):
        """Under which name the other side of this message is known."""
        self.ensure_one()
        if self.direction == "in" and self.sender_name:
            return self.sender_name
        return (self.party_email or "").partition("@")[0]

    def _linked(self, record, count):
        """Say what was linked with a customer or a lead, close the dialog and look again."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(name)s: messages linked: %(count)s. New ones will be, too.",
                    name=record.display_name,
                    count=count,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
