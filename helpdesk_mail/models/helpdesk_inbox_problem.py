# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What does not work in the settings of an inbox: told once, shown until it is solved."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..intake import reasons


class HelpdeskInboxProblem(models.Model):
    """A table of its own: while mail is fetched, the row of the inbox is locked."""

    _name = "helpdesk.inbox.problem"
    _description = "Problem of an Inbox"
    _order = "id desc"
    _rec_name = "explanation"

    inbox_id = fields.Many2one("helpdesk.inbox", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="inbox_id.company_id", store=True)
    code = fields.Char(required=True)
    values = fields.Json()
    key = fields.Char(required=True, help="The same for the same problem.")
    source = fields.Char(index=True, help="The record that it is about: model,id.")
    explanation = fields.Text(string="What is wrong", compute="_compute_explanation")
    create_date = fields.Datetime(string="Since")

    _unique_key = models.UniqueIndex("(inbox_id, key)")

    @api.depends("code", "values")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for problem in self:
            problem.explanation = problem._sentence(problem.code, problem.values or {})

    @api.model
    def _sentence(self, code, values):
        try:
            return reasons.sentence(self.env, code, values)
        except (KeyError, ValueError, TypeError):
            # written by a version with other words
            return f"{code} {values or ''}".strip()

    @api.model
    def _note(self, inbox, code, values, source):
        """Remember a problem: whether it is a new one. One query."""
        name = f"{source[0]},{source[1]}" if source else None
        key = repr((code, sorted(values.items()), name))
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO helpdesk_inbox_problem (inbox_id, company_id, code, values, key,"
                " source, create_uid, write_uid, create_date, write_date)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC',"
                " now() AT TIME ZONE 'UTC') ON CONFLICT (inbox_id, key) DO NOTHING RETURNING id",
                inbox.id,
                inbox.company_id.id,
                code,
                self._fields["values"].convert_to_column(values, self),
                key,
                name,
                self.env.uid,
                self.env.uid,
            )
        )
        return bool(rows)

    @api.model
    def _forget(self, records):
        """The settings in *records* were changed: what was told of them may be told again."""
        sources = [f"{records._name},{record_id}" for record_id in records.ids]
        # sudo: whoever may change the settings solves their problems by it
        self.sudo().search([("source", "in", sources)]).unlink()
