# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The mailbox of a user: their preferences show it, and nobody deletes it along with them."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class ResUsers(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "res.users"  # pylint: disable=consider-merging-classes-inherited

    helpdesk_mailbox_ids = fields.One2many(
        "helpdesk.mailbox",
        "user_id",
        string="Mailbox",
        readonly=True,
        copy=False,
        exportable=False,
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + ["helpdesk_mailbox_ids"]

    def action_helpdesk_mailbox(self):
        """The user's own mailbox, whoever's preferences are looked at."""
        return self.env["helpdesk.mailbox"].action_open_mine()

    def write(self, vals):
        result = super().write(vals)
        if {"active", "group_ids"} & vals.keys():
            # sudo: who is no colleague any more, whoever changed the user
            gone = self.sudo().filtered(lambda user: not user.active or user.share)
            if gone:
                self.env["helpdesk.mailbox"]._pause_for(gone)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_mailbox(self):
        # sudo: whose mailboxes there are, not what is in them
        held = self.env["helpdesk.mailbox.status"].sudo().search([("user_id", "in", self.ids)])
        if held:
            raise UserError(
                self.env._(
                    "%(names)s still have a personal mailbox (%(count)s messages). Archive the "
                    "user instead: reading stops, and nothing is lost. To delete the user, let "
                    "them export and delete their mailbox in their preferences; once they have "
                    "left, an administrator deletes it under Personal mailboxes.",
                    names=", ".join(held.user_id.mapped("name")),
                    count=sum(held.mapped("message_count")),
                )
            )
        # sudo: whether they stand there, not what for
        Glass = self.env["helpdesk.mailbox.glass"].sudo()
        logged = Glass.search(["|", ("user_id", "in", self.ids), ("owner_id", "in", self.ids)])
        named = self & (logged.user_id | logged.owner_id)
        if named:
            raise UserError(
                self.env._(
                    "%(names)s stand in the log of mailboxes that were opened without consent, "
                    "and nobody deletes that. Archive them instead.",
                    names=", ".join(named.mapped("name")),
                )
            )
