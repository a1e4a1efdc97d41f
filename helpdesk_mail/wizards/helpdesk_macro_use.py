# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Choose a macro for a ticket, see what it says and does, and use it."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import is_html_empty


class HelpdeskMacroUse(models.TransientModel):
    _name = "helpdesk.macro.use"
    _description = "Use a macro"

    is_preview = fields.Boolean(readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket")
    macro_id = fields.Many2one("helpdesk.macro")
    # which macros are offered; not sudo, as below
    company_id = fields.Many2one(
        related="ticket_id.company_id", related_sudo=False, string="Company of the ticket"
    )
    team_id = fields.Many2one(
        related="ticket_id.team_id", related_sudo=False, string="Team of the ticket"
    )
    inbox_id = fields.Many2one(
        related="ticket_id.inbox_id", related_sudo=False, string="Inbox of the ticket"
    )
    kind = fields.Selection(related="macro_id.kind", related_sudo=False)
    text = fields.Html(compute="_compute_use")
    changes = fields.Text(compute="_compute_use")
    error = fields.Text(compute="_compute_use")

    @api.model
    def _open(self, ticket, macro, is_preview=False):
        """The action that shows this wizard."""
        wizard = self.create(
            {"ticket_id": ticket.id, "macro_id": macro.id, "is_preview": is_preview}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview of a macro") if is_preview else self.env._("Macro"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    # not sudo: the ticket is read with the rights of who looks
    @api.depends("ticket_id", "macro_id")
    def _compute_use(self):
        for use in self:
            text = changes = error = False
            if use.ticket_id and use.macro_id:
                try:
                    ticket = use._ticket()
                    text = use.macro_id._text_for(ticket)
                    changes = use._sentences(use.macro_id._values_for(ticket))
                except (AccessError, UserError) as problem:
                    error = str(problem)
            use.text, use.changes, use.error = text, changes, error

    def _ticket(self):
        """The ticket, if the user may see it and the macro is for such tickets.

        :raise UserError: it is not
        """
        ticket, macro = self.ticket_id._origin, self.macro_id._origin
        ticket.check_access("read")
        macro.check_access("read")
        if not ticket.filtered_domain(macro._ticket_domain()):
            raise UserError(self.env._("This macro is not for such tickets."))
        return ticket

    def _sentences(self, values):
        macro = self.macro_id
        lines = []
        if "stage_id" in values:
            lines.append(self.env._("Stage: %s", macro.stage_id.name))
        if "priority" in values:
            labels = dict(macro._fields["priority"]._description_selection(self.env))
            lines.append(self.env._("Priority: %s", labels.get(macro.priority)))
        if "tag_ids" in values:
            lines.append(self.env._("New tags: %s", ", ".join(macro.tag_ids.mapped("name"))))
        if "user_id" in values:
            lines.append(self.env._("Assigned to: %s", self.env.user.name))
        return "\n".join(lines)

    def action_use(self):
        """Change the ticket as the user, and open the composer with the text.

        :return: the action of the composer, or one that closes the dialog
        """
        self.ensure_one()
        if not self.ticket_id or not self.macro_id:
            raise UserError(self.env._("Choose a macro."))
        ticket, macro = self._ticket(), self.macro_id
        # the words as they are now, before the macro moves the ticket
        text = macro._text_for(ticket)
        values = macro._values_for(ticket)
        if values:
            ticket.write(values)
        if is_html_empty(text):
            return {"type": "ir.actions.act_window_close"}
        is_note = macro.kind == "note"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log note") if is_note else self.env._("Compose Email"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": ticket._name,
                "default_res_ids": ticket.ids,
                "default_composition_mode": "comment",
                "default_body": text,
                "default_partner_ids": [] if is_note else ticket.partner_id.ids,
                "default_subtype_xmlid": "mail.mt_note" if is_note else "mail.mt_comment",
                # the text has its own
                "default_email_add_signature": "$signature" not in (macro.body or ""),
                "clicked_on_full_composer": True,
            },
        }
