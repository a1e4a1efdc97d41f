# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Macros: a text with ``$variables`` that agents use often, and what it changes on the ticket."""

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import is_html_empty

from . import placeholders


class HelpdeskMacro(models.Model):
    _name = "helpdesk.macro"
    _description = "Macro"
    _order = "sequence, name, id"
    _rec_names_search = ["name", "shortcut"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    shortcut = fields.Char(help="A short word by which agents find the macro.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: the macro is offered in all companies.",
    )
    team_ids = fields.Many2many(
        "helpdesk.ticket.team",
        string="Teams",
        check_company=True,
        help="Empty: the macro is offered for the tickets of all teams.",
    )
    inbox_ids = fields.Many2many(
        "helpdesk.inbox",
        string="Inboxes",
        check_company=True,
        help="Empty: the macro is offered for the tickets of all inboxes.",
    )
    kind = fields.Selection(
        [("answer", "Answer to the customer"), ("note", "Internal note")],
        string="Text becomes",
        required=True,
        default="answer",
    )
    body = fields.Html(
        string="Text",
        translate=True,
        sanitize_style=True,
        help="$variables in it are filled in. The agent reads and changes the text before it is "
        "sent. Empty: the macro only changes the ticket.",
    )
    variables = fields.Html(compute="_compute_variables", sanitize=False)

    # what it changes
    stage_id = fields.Many2one("helpdesk.ticket.stage", check_company=True, string="Set stage")
    priority = fields.Selection(
        selection=lambda self: (
            self.env["helpdesk.ticket"]._fields["priority"]._description_selection(self.env)
        ),
        string="Set priority",
    )
    tag_ids = fields.Many2many("helpdesk.ticket.tag", check_company=True, string="Add tags")
    assign_me = fields.Boolean(string="Assign to whoever uses it")

    @api.depends_context("lang")
    def _compute_variables(self):
        self.variables = placeholders.table(self.env)

    @api.constrains("body")
    def _check_body(self):
        for macro in self:
            placeholders.check(self.env, macro.body)

    def action_preview(self):
        """Show the macro as a ticket would use it; nothing is changed."""
        self.ensure_one()
        self.check_access("read")
        ticket = self.env["helpdesk.ticket"].search(self._ticket_domain(), order="id desc", limit=1)
        return self.env["helpdesk.macro.use"]._open(ticket, self, is_preview=True)

    def _ticket_domain(self):
        """The tickets that this macro is for."""
        domain = [("company_id", "=", self.company_id.id)] if self.company_id else []
        if self.team_ids:
            domain.append(("team_id", "in", self.team_ids.ids))
        if self.inbox_ids:
            domain.append(("inbox_id", "in", self.inbox_ids.ids))
        return domain

    def _text_for(self, ticket):
        """The text (Markup) for *ticket*, in the language of whom it is for."""
        self.ensure_one()
        lang = self.env.lang
        if self.kind == "answer":
            lang = ticket._helpdesk_mail_customer_langs(self.env["mail.template"])[ticket]
        macro = self.with_context(lang=lang)
        if is_html_empty(macro.body):
            return ""
        return placeholders.render(macro.env, macro.body, ticket)[ticket.id]

    def _values_for(self, ticket):
        """What it changes on *ticket*: a dict for ``write``, {} if nothing."""
        self.ensure_one()
        values = {}
        if self.stage_id and self.stage_id != ticket.stage_id:
            values["stage_id"] = self.stage_id.id
        if self.priority and self.priority != ticket.priority:
            values["priority"] = self.priority
        if self.tag_ids - ticket.tag_ids:
            values["tag_ids"] = [Command.link(tag.id) for tag in self.tag_ids - ticket.tag_ids]
        if self.assign_me and ticket.user_id != self.env.user:
            values["user_id"] = self.env.uid
        return values


class HelpdeskTicket(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.ticket"  # pylint: disable=consider-merging-classes-inherited

    def action_use_macro(self):
        """Choose a macro for this ticket."""
        self.ensure_one()
        self.check_access("read")
        return self.env["helpdesk.macro.use"]._open(self, self.env["helpdesk.macro"])
