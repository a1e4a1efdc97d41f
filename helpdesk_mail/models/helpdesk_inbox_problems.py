# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Telling the administrators of an inbox what does not work in its settings, once."""

import logging

from markupsafe import escape
from odoo import api, fields, models

from ..intake import is_no_fault_of_the_mail

_logger = logging.getLogger(__name__)
_MANAGER = "helpdesk_mail.group_mail_administrator"


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _name = "helpdesk.inbox"
    _inherit = ["helpdesk.inbox", "mail.activity.mixin"]

    problem_ids = fields.One2many(
        "helpdesk.inbox.problem", "inbox_id", string="Problems", readonly=True, groups=_MANAGER
    )

    problems_text = fields.Text(
        string="What was left out", compute="_compute_problems_text", groups=_MANAGER
    )

    @api.depends("problem_ids.explanation")
    def _compute_problems_text(self):
        for inbox in self:
            lines = [f"• {problem.explanation}" for problem in inbox.problem_ids]
            inbox.problems_text = "\n".join(lines)

    def action_problems_solved(self):
        """Take the problems off the list; what is not solved is told again."""
        self._helpdesk_mail_check_manage()
        self.check_access("write")
        # sudo: nobody writes problems but the road; the rights to the inbox were checked
        self.sudo().problem_ids.unlink()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _tell_problem(self, code, values, source=None):
        """Tell the administrators of this inbox what was left out: a note, an activity for each.

        The same problem is told once, until it is taken off the inbox's list of problems or the
        record that it is about is changed. Never call it where nothing may be written.

        :param code: a reason code of :mod:`..intake.reasons`
        :param values: what fills its sentence (dict of str -> str)
        :param source: (model, id) of the record that is to be changed, or None
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._tell_new_problem(code, values, source)
        except BaseException as error:
            if is_no_fault_of_the_mail(self.env, error):
                raise
            # no mail is held up because nobody can be told of something else
            self.env.invalidate_all()
            _logger.warning("Inbox %s: nobody is told of %s", self.id, code, exc_info=True)

    def _tell_new_problem(self, code, values, source):
        Problem = self.env["helpdesk.inbox.problem"]
        values = {key: str(value)[:300] for key, value in values.items()}
        if not Problem._note(self, code, values, source):
            return
        words = Problem._sentence(code, values)
        self._message_log(body=words)
        users = (self.administrator_ids or self.create_uid).filtered(
            lambda user: (
                user.active and self.company_id in user.company_ids and user.has_group(_MANAGER)
            )
        )
        for user in users:
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._("Settings of %s", self.name),
                note=escape(words),
                user_id=user.id,
            )
