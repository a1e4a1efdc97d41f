# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Attachments that were held back: who may release them, and where they go then."""

from odoo import fields, models
from odoo.exceptions import UserError


class HelpdeskIncomingMail(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.incoming.mail"  # pylint: disable=consider-merging-classes-inherited

    held_attachment_ids = fields.One2many(
        "ir.attachment",
        "res_id",
        domain=[("res_model", "=", "helpdesk.incoming.mail"), ("res_field", "=", False)],
        string="Held back",
        readonly=True,
    )
    has_held = fields.Boolean(
        string="Attachments held back", compute="_compute_has_held", search="_search_has_held"
    )

    def _compute_has_held(self):
        # sudo: whether there are any
        rows = (
            self.env["ir.attachment"]
            .sudo()
            ._read_group(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("res_field", "=", False),
                ],
                ["res_id"],
            )
        )
        ids = {res_id for (res_id,) in rows}
        for mail in self:
            mail.has_held = mail.id in ids

    def _search_has_held(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: which mails have some; who sees the mails is decided by their own rules
        held = (
            self.env["ir.attachment"]
            .sudo()
            ._search([("res_model", "=", self._name), ("res_field", "=", False)])
        )
        return [("id", "in", held.subselect("res_id"))]

    def action_release(self):
        """Put what was held back on the message of the ticket, and say so there.

        :raise AccessError: the user is no mail administrator, or may not write the ticket
        """
        self._check_manage()
        mails = self.filtered(lambda mail: mail.held_attachment_ids)
        if not mails:
            raise UserError(self.env._("Nothing of this mail is held back."))
        for mail in mails:
            if not mail.ticket_id:
                raise UserError(
                    self.env._("The ticket of %s is no longer there.", mail.display_name)
                )
            mail.ticket_id.check_access("write")
            # sudo: attachments of the mail log are nobody's to write; the user was checked above
            held = mail.sudo().held_attachment_ids
            names = ", ".join(held.mapped("name"))
            held.write({"res_model": "helpdesk.ticket", "res_id": mail.ticket_id.id})
            mail.sudo().mail_message_id.attachment_ids += held
            mail.ticket_id._message_log(
                body=self.env._(
                    "%(user)s released: %(files)s", user=self.env.user.name, files=names
                )
            )
            mail.sudo().trace = [
                *(mail.trace or ()),
                ["map", "released", {"user": self.env.user.name, "files": names}],
            ]
            mail.invalidate_recordset(["held_attachment_ids", "has_held"])
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_delete_held(self):
        """Delete what was held back.

        :raise AccessError: the user is no mail administrator
        """
        self._check_manage()
        for mail in self:
            # sudo: attachments of the mail log are nobody's to delete; the user was checked above
            held = mail.sudo().held_attachment_ids
            if held:
                names = ", ".join(held.mapped("name"))
                mail.sudo().trace = [
                    *(mail.trace or ()),
                    ["map", "held_deleted", {"user": self.env.user.name, "files": names}],
                ]
                held.unlink()
            mail.invalidate_recordset(["held_attachment_ids", "has_held"])
        return {"type": "ir.actions.client", "tag": "soft_reload"}
