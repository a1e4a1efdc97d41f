# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the new tickets of an inbox are filled with."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..intake import value_words
from ..intake import values as field_values
from ..intake.values import ValueProblem

# what a template has a field of its own for, or what only a mail can say
_OWN = {"team_id", "category_id", "priority", "tag_ids", "user_id", "name", "description"}


class HelpdeskTicketTemplate(models.Model):
    _name = "helpdesk.ticket.template"
    _description = "Ticket template"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    published = fields.Boolean(
        default=True, help="Inboxes can choose published templates only; drafts fill nothing in."
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    team_id = fields.Many2one("helpdesk.ticket.team", check_company=True)
    category_id = fields.Many2one("helpdesk.ticket.category", check_company=True)
    priority = fields.Selection(
        selection=lambda self: self._selection_priority(),
        help="Of mails that say nothing of their importance, or where the inbox does not care.",
    )
    tag_ids = fields.Many2many(
        "helpdesk.ticket.tag",
        "helpdesk_ticket_template_tag_rel",
        "template_id",
        "tag_id",
        string="Tags",
        check_company=True,
    )
    assign = fields.Selection(
        [
            ("none", "Nobody"),
            ("user", "Always the same user"),
            ("round_robin", "The members of the team in turn"),
            ("least_busy", "The member of the team with the fewest open tickets"),
        ],
        string="Assign to",
        required=True,
        default="none",
        help="Users who work for the customers of some partners only get tickets of these "
        "customers only.",
    )
    user_id = fields.Many2one(
        "res.users", string="Agent", domain=[("share", "=", False)], check_company=True
    )
    partner_ids = fields.Many2many(
        "res.partner",
        "helpdesk_ticket_template_partner_rel",
        "template_id",
        "partner_id",
        string="Followers",
        check_company=True,
        help="They follow each ticket, and hear of what is written there.",
    )
    properties = fields.Properties(definition="team_id.ticket_properties", copy=True)
    line_ids = fields.One2many(
        "helpdesk.ticket.template.line", "template_id", string="Other fields", copy=True
    )
    inbox_ids = fields.One2many("helpdesk.inbox", "template_id", string="Inboxes")
    # whose turn it is: a sequence of the database hands out each number once to any worker
    turn_id = fields.Many2one("ir.sequence", groups=fields.NO_ACCESS, copy=False)

    @api.model
    def _selection_priority(self):
        return self.env["helpdesk.ticket"]._fields["priority"]._description_selection(self.env)

    @api.constrains("assign", "user_id", "team_id")
    def _check_assign(self):
        for template in self:
            if template.assign == "user" and not template.user_id:
                raise ValidationError(
                    self.env._(
                        "Say to whom the tickets of %(template)s are assigned.",
                        template=template.name,
                    )
                )

    @api.constrains("team_id", "line_ids", "company_id")
    def _check_lines(self):
        self.line_ids._check_value()

    @api.model_create_multi
    def create(self, vals_list):
        templates = super().create(vals_list)
        templates._give_turns()
        return templates

    def write(self, vals):
        result = super().write(vals)
        if vals.get("assign"):
            self._give_turns()
        self._settings_changed()
        return result

    def unlink(self):
        # sudo: nobody but the template knows of its sequence
        turns = self.sudo().turn_id
        self._settings_changed()
        result = super().unlink()
        turns.unlink()
        return result

    def _settings_changed(self):
        """What was told of these templates is told again if it is still wrong."""
        # sudo: problems are forgotten by whoever may edit the template
        self.env["helpdesk.inbox"].sudo().search(
            [("template_id", "in", self.ids)]
        )._clear_problems()

    def _give_turns(self):
        """Make the sequences of those templates that assign in turn."""
        # sudo: as creating a template is allowed, so is the number that it counts with
        for template in self.sudo():
            if template.assign in ("round_robin", "least_busy") and not template.turn_id:
                template.turn_id = (
                    self.env["ir.sequence"]
                    .sudo()
                    .create(
                        {
                            "name": f"Turns of ticket template {template.id}",
                            "implementation": "standard",
                            "company_id": template.company_id.id,
                        }
                    )
                )


class HelpdeskTicketTemplateLine(models.Model):
    _name = "helpdesk.ticket.template.line"
    _description = "Field that a ticket template fills in"
    _order = "sequence, id"
    _rec_name = "field_name"

    template_id = fields.Many2one(
        "helpdesk.ticket.template", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="template_id.company_id")
    sequence = fields.Integer(default=10)
    field_name = fields.Selection(selection="_selection_field_name", string="Field", required=True)
    value = fields.Text(
        help="As people write it: names of records, words of a choice, dates like 2026-12-31."
    )
    is_required = fields.Boolean(
        string="Required",
        help="Each ticket of this template needs it: inboxes show a hint where nothing fills it.",
    )
    problem = fields.Char(compute="_compute_problem")

    _unique_field = models.Constraint(
        "UNIQUE(template_id, field_name)", "The template fills this field already."
    )

    @api.model
    def _selection_field_name(self):
        return [choice for choice in value_words.choices(self.env) if choice[0] not in _OWN]

    @api.depends("field_name", "value", "template_id.team_id")
    def _compute_problem(self):
        for line in self:
            try:
                line._converted()
                line.problem = False
            except ValueProblem as problem:
                line.problem = value_words.problem_sentence(
                    self.env, problem, line.field_name, line._team()
                )

    def _converted(self):
        """The value for the ticket.

        :raise ValueProblem:
        """
        self.ensure_one()
        company = self.template_id.company_id
        return field_values.convert(self.env, self.field_name, self.value, company, self._team())

    def _team(self):
        """The team of the tickets: the template's, else that of an inbox which uses it."""
        self.ensure_one()
        return self.template_id.team_id or self.template_id.inbox_ids.team_id[:1]

    @api.constrains("field_name", "value", "template_id")
    def _check_value(self):
        for line in self:
            if line.problem:
                raise ValidationError(line.problem)

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.template_id._settings_changed()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.template_id._settings_changed()
        return result

    def unlink(self):
        self.template_id._settings_changed()
        return super().unlink()
