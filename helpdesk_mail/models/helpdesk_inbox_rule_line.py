# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One field that a rule sets."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..intake import reasons, values
from ..intake.rule_plan import UNTOUCHED

# they have places of their own on the rule
_ON_THE_RULE = {"team_id", "user_id", "tag_ids"}


class HelpdeskInboxRuleLine(models.Model):
    _name = "helpdesk.inbox.rule.line"
    _description = "Field that an Inbox Rule Sets"
    _order = "sequence, id"
    _rec_name = "field_name"

    rule_id = fields.Many2one("helpdesk.inbox.rule", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="rule_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    # by its name: a field that is removed from tickets leaves the line in place, for people to see
    field_name = fields.Selection(
        selection=lambda self: self._field_selection(), string="Field", required=True
    )
    value = fields.Char(
        help="As you would type it: the name of a record or of a choice, a number, yes or no, a "
        "date like 2026-12-31. Empty: the field is emptied.",
    )

    @api.model
    def _field_selection(self):
        """The fields of tickets that a rule may set, and those that lines name and are gone."""
        Ticket = self.env["helpdesk.ticket"]
        found = []
        for name in sorted(Ticket._fields):
            if name in UNTOUCHED or name in _ON_THE_RULE:
                continue
            try:
                field = values.fillable(self.env, name)
            except values.ValueProblem:
                continue
            found.append((name, field.get_description(self.env, ["string"])["string"]))
        found.sort(key=lambda pair: pair[1].casefold())
        # sudo: names of properties, which whoever sees a ticket of the team reads
        teams = self.env["helpdesk.ticket.team"].sudo()
        for team in teams.search([("company_id", "in", [False, *self.env.companies.ids])]):
            for definition in team.ticket_properties or ():
                if definition.get("type") in values.TYPES:
                    name = f"{values.PROPERTY}{definition['name']}"
                    label = f"{definition.get('string') or definition['name']} ({team.name})"
                    found.append((name, label))
        return [*found, *self._gone(dict(found))]

    @api.model
    def _gone(self, known):
        """Pairs for the fields that lines name and that are no longer there."""
        if not self.env.registry.ready:
            return []
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT field_name FROM helpdesk_inbox_rule_line ORDER BY 1")
        )
        return [
            (name, self.env._("%s (no longer there)", name))
            for (name,) in rows
            if name and name not in known
        ]

    @api.constrains("field_name", "value", "rule_id")
    def _check_value(self):
        for line in self:
            rule = line.rule_id
            try:
                line._convert(rule)
            except values.ValueProblem as problem:
                raise ValidationError(
                    self.env._(
                        'The rule "%(rule)s" cannot set that. %(problem)s',
                        rule=rule.name,
                        problem=reasons.sentence(self.env, problem.code, problem.values),
                    )
                ) from problem

    def _convert(self, rule):
        """The value as tickets get it.

        :raise values.ValueProblem: it does not fit
        """
        if self.field_name in UNTOUCHED:
            raise values.ValueProblem("field_protected", field=self.field_name)
        team = rule.team_id or rule.inbox_id.team_id
        if self.field_name.startswith(values.PROPERTY) and not self._has_property(team):
            # of another team, to which a rule before may hand the ticket
            teams = self.env["helpdesk.ticket.team"].search(
                [("company_id", "in", [False, rule.company_id.id])]
            )
            team = next((t for t in teams if self._has_property(t)), team)
        # sudo: names are looked for as the road will look for them
        return values.convert(self.sudo().env, self.field_name, self.value, rule.company_id, team)

    def _has_property(self, team):
        name = self.field_name.removeprefix(values.PROPERTY)
        return any(each.get("name") == name for each in team.ticket_properties or ())

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.rule_id._changed()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.rule_id._changed()
        return result

    def unlink(self):
        rules = self.rule_id
        result = super().unlink()
        rules._changed()
        return result
