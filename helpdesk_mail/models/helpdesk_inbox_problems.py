# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Settings of an inbox that no longer work: its administrators are told once of each."""

import hashlib
import json

from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools import SQL

from ..intake import reasons

_MANAGER = "helpdesk_mail.group_mail_administrator"
# an example of what went wrong; another one is no other problem
_EXAMPLES = ("value", "error")
_LONGEST = 300


class HelpdeskInboxProblem(models.Model):
    _name = "helpdesk.inbox.problem"
    _description = "Problem of an inbox's settings"
    _order = "id desc"
    _rec_name = "sentence"

    inbox_id = fields.Many2one(
        "helpdesk.inbox", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="inbox_id.company_id")
    code = fields.Char(required=True, readonly=True)
    problem_values = fields.Json(readonly=True)
    digest = fields.Char(required=True, readonly=True)
    sentence = fields.Char(compute="_compute_sentence", string="What is wrong")

    _unique_problem = models.UniqueIndex("(inbox_id, digest)")

    @api.depends("code", "problem_values")
    @api.depends_context("lang")
    def _compute_sentence(self):
        for problem in self:
            try:
                problem.sentence = reasons.sentence(
                    self.env, problem.code, problem.problem_values or {}
                )
            except (KeyError, ValueError, TypeError):
                # written by a version that knew other reasons
                problem.sentence = problem.code


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _name = "helpdesk.inbox"
    _inherit = ["helpdesk.inbox", "mail.activity.mixin"]

    problem_ids = fields.One2many(
        "helpdesk.inbox.problem", "inbox_id", string="Problems", groups=_MANAGER, copy=False
    )

    problem_words = fields.Text(
        string="Settings that do not work", compute="_compute_problem_words", groups=_MANAGER
    )

    @api.depends("problem_ids.sentence")
    def _compute_problem_words(self):
        for inbox in self:
            inbox.problem_words = "\n".join(inbox.problem_ids.mapped("sentence"))

    def _tell_problem(self, code, values):
        """Tell the administrators that a setting does not work: a note and an activity, once.

        Not told again before :meth:`_clear_problems`. Of *values*, "value" and "error" are only an
        example: another one is the same problem.

        :param code: a reason code (:mod:`..intake.reasons`)
        :param values: of its sentence (dict of what JSON can hold)
        :return: whether they were told now
        """
        self.ensure_one()
        values = {
            name: value.replace("\0", "")[:_LONGEST] if isinstance(value, str) else value
            for name, value in values.items()
        }
        what = {name: value for name, value in values.items() if name not in _EXAMPLES}
        digest = hashlib.sha256(json.dumps([code, what], sort_keys=True).encode()).hexdigest()
        # sudo: mail tells of it, and the administrators are told whoever causes it
        inbox = self.sudo()
        # two workers may meet the same problem: one of them tells
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO helpdesk_inbox_problem (inbox_id, code, problem_values, digest,"
                " create_uid, create_date, write_uid, write_date)"
                " VALUES (%s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC', %s,"
                " now() AT TIME ZONE 'UTC') ON CONFLICT (inbox_id, digest) DO NOTHING RETURNING id",
                self.id,
                code,
                json.dumps(values),
                digest,
                self.env.uid,
                self.env.uid,
            )
        )
        inbox.invalidate_recordset(["problem_ids", "problem_words"])
        if not rows:
            return False
        users = inbox._problem_users()
        lang = users[:1].lang or inbox.company_id.partner_id.lang
        sentence = reasons.sentence(inbox.with_context(lang=lang).env, code, values)
        inbox.message_post(
            body=Markup("<p>%s</p>") % sentence,
            message_type="notification",
            subtype_xmlid="mail.mt_note",
            partner_ids=users.partner_id.ids,
        )
        for user in users[:5]:
            inbox.with_context(lang=user.lang).activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=self.with_context(lang=user.lang).env._("A setting does not work"),
                note=Markup("<p>%s</p>") % sentence,
            )
        return True

    def _problem_users(self):
        """Who sees to the settings: its administrators who may change them, else who made it,
        else some mail administrator of its company.
        """
        self.ensure_one()

        def may(user):
            return (
                user.active
                and not user.share
                and self.company_id in user.company_ids
                and user.has_group(_MANAGER)
            )

        users = self.administrator_ids.filtered(may) or self.create_uid.filtered(may)
        if not users:
            members = self.env.ref(_MANAGER).all_user_ids
            users = members.filtered(may).sorted("id")[:1]
        return users

    def _clear_problems(self):
        """Forget what was told: the settings were edited, so what is wrong now is new."""
        # sudo: whoever may edit the settings
        inboxes = self.sudo()
        problems = self.env["helpdesk.inbox.problem"].sudo()
        problems.search([("inbox_id", "in", inboxes.ids)]).unlink()
        return True

    def action_problems_solved(self):
        """Forget the problems: the administrators are told again should they still be there."""
        self._helpdesk_mail_check_manage()
        self._clear_problems()
        return True
