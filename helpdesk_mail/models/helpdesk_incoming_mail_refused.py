# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Refused mail is a queue: read it, import it, accept its sender, delete it; and how long it is
kept.
"""

import datetime
import json
import re

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from .. import intake
from ..intake import reasons
from ..message import parse, text_to_html

# what accepting a sender overrules
ACCEPTABLE = (
    "banned",
    "denied",
    "domain_not_allowed",
    "unregistered",
    "auto_reply_words",
    "auto_reply_sender",
    "rule_refused",
)
_BATCH = 50
_MOST_IMPORTED = 1_000
_ERASED_AT_ONCE = 1_000
# pictures that the mail encloses: there is no address where they could be had from
_CID_IMAGE = re.compile(r"<img\b[^<>]*\bsrc\s*=\s*[\"']?cid:[^<>]*>", re.IGNORECASE)


class HelpdeskIncomingMail(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.incoming.mail"  # pylint: disable=consider-merging-classes-inherited

    erased_date = fields.Datetime(
        string="Content deleted",
        readonly=True,
        help="What the mail said is gone; the row stays, so that the mail does not come in again.",
    )
    preview_html = fields.Html(string="Mail", compute="_compute_preview")
    preview_files = fields.Char(string="Files", compute="_compute_preview")

    _refused_idx = models.Index(
        "(inbox_id, create_date) WHERE outcome = 'ignored' AND erased_date IS NULL"
    )

    @api.depends("outcome", "erased_date")
    def _compute_preview(self):
        for mail in self:
            mail.preview_html = mail.preview_files = False
            if mail.outcome != reasons.IGNORED or mail.erased_date:
                continue
            # sudo: the user reads this row; its original is stored apart from it
            raw = mail.sudo()._stored_mail()
            if raw is None:
                continue
            parsed = parse(raw.source)
            # both are safe: message/ sanitises and escapes, and so does the field
            body = _CID_IMAGE.sub("", parsed.html) or text_to_html(parsed.text)
            mail.preview_html = Markup(body)
            mail.preview_files = ", ".join(file.filename for file in parsed.attachments) or False

    # ------------------------------------------------------------------
    # actions
    # ------------------------------------------------------------------

    def _refused(self):
        """Those of these mails that were refused, checked to be the user's to decide on.

        :raise UserError: none was
        """
        self._check_manage()
        mails = self.filtered(lambda mail: mail.outcome == reasons.IGNORED)
        if not mails:
            raise UserError(self.env._("Only refused mail can be chosen here."))
        return mails

    def action_import_refused(self):
        """Ask for the inbox into which these refused mails are imported."""
        mails = self._refused()
        return mails._open_dialog("helpdesk.mail.import", self.env._("Import as ticket"))

    def action_accept_senders(self):
        """Ask whether the senders of these refused mails are always to be accepted."""
        mails = self._refused()
        return mails._open_dialog("helpdesk.mail.accept", self.env._("Always accept"))

    def _open_dialog(self, model, name):
        dialog = self.env[model].create({"mail_ids": [Command.set(self.ids)]})
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_delete_refused(self):
        """Delete what these refused mails said; their rows stay, so that they do not come back."""
        mails = self._refused().filtered(lambda mail: not mail.erased_date)
        # sudo: nobody writes rows of the journal; the user was checked above
        mails.sudo()._erase("erased", user=self.env.user.name)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s mails deleted.", count=len(mails)),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------------
    # import
    # ------------------------------------------------------------------

    def _import(self, inbox=None, notify=True):
        """Take these refused mails in, past all refusals, each in its own row.

        :param inbox: where they become tickets; None: each in the inbox that refused it
        :param notify: whether people are notified as of new mail
        :return: those that were taken in
        :raise UserError: there are too many, the inbox is of another company, or of a single mail
            nothing is left
        """
        mails = self._refused().sorted("id")
        if len(mails) > _MOST_IMPORTED:
            raise UserError(
                self.env._("Import at most %(most)s mails at a time.", most=_MOST_IMPORTED)
            )
        if inbox:
            inbox.check_access("read")
            if mails.company_id - inbox.company_id:
                raise UserError(
                    self.env._("Mail of another company cannot go to the inbox %s.", inbox.name)
                )
        user = self.env.user.name
        # sudo: the road writes tickets and messages as the gateway does; the user was checked above
        parts = []
        for mail in mails.sudo():
            target = inbox or mail.inbox_id
            if target.state == "draft" or not target.active:
                raise UserError(self.env._("The inbox %s is not in use.", target.name))
            key = (target.id, mail.door, mail.folder_id.id)
            # in their order, so that what answers an earlier one finds its ticket
            if not parts or parts[-1][0] != key or len(parts[-1][1]) >= _BATCH:
                parts.append((key, []))
            parts[-1][1].append(mail)
        for (target_id, door, folder_id), part in parts:
            self._import_part(part, target_id, door, folder_id, user, notify)
        taken = mails.filtered(lambda mail: mail.outcome != reasons.IGNORED)
        if not taken:
            raise UserError(
                self.env._("%s is not stored here any more.", mails[:1].display_name)
                if len(mails) == 1
                else self.env._("None of these mails is stored here any more.")
            )
        return taken

    def _import_part(self, mails, inbox_id, door_name, folder_id, user, notify):
        root_env = self.env(user=self.env.ref("base.user_root").id, su=True)
        raws, ids = [], []
        for mail in mails:
            raw = mail._stored_mail()
            if raw is None and len(self) == 1:
                raw = mail._mail_on_server()
            if raw is not None:
                raws.append(raw)
                ids.append(mail.id)
        if not raws:
            return
        door = intake.Door(
            root_env["helpdesk.inbox"].browse(inbox_id),
            root_env["helpdesk.mail.folder"].browse(folder_id or []),
            door_name,
            history=not notify or door_name == "import",
            imported_by=user,
        )
        intake.take_in(root_env, door, raws, journal_ids=ids)

    def _imported_sentence(self, taken):
        """What became of these mails, of which *taken* were taken in."""
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        counts = {}
        for mail in taken:
            counts[mail.outcome] = counts.get(mail.outcome, 0) + 1
        parts = [f"{labels[outcome]}: {count}" for outcome, count in counts.items()]
        left = len(self) - len(taken)
        if left:
            parts.append(self.env._("No longer stored here: %s", left))
        return ", ".join(parts)

    # ------------------------------------------------------------------
    # deleting
    # ------------------------------------------------------------------

    def _erase(self, code, **values):
        """Delete what these mails said. The rows keep who wrote, when, and why it was refused.

        :param code: the reason code that says why
        """
        if not self:
            return
        self.write({"raw": False, "subject": False, "erased_date": fields.Datetime.now()})
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                "UPDATE helpdesk_incoming_mail SET"
                " trace = COALESCE(NULLIF(trace, 'null'::jsonb), '[]'::jsonb) || %s::jsonb,"
                " explanation = concat_ws(' ', explanation, %s)"
                " WHERE id = ANY(%s) RETURNING id",
                json.dumps([["journal", code, values]]),
                reasons.sentence(self.env, code, values),
                self.ids,
            )
        )
        self.invalidate_recordset(["trace", "explanation"], flush=False)

    @api.autovacuum
    def _gc_refused_mail(self):
        """Delete what refused mail said once its inbox keeps it no longer; never of mail in
        quarantine.
        """
        done = 0
        inboxes = self.env["helpdesk.inbox"].with_context(active_test=False)
        for inbox in inboxes.search([("retention_days", ">", 0)]):
            limit = fields.Datetime.now() - datetime.timedelta(days=inbox.retention_days)
            mails = self.search(
                [
                    ("inbox_id", "=", inbox.id),
                    ("outcome", "=", reasons.IGNORED),
                    ("erased_date", "=", False),
                    ("create_date", "<", limit),
                ],
                order="create_date, id",
                limit=_ERASED_AT_ONCE - done,
            )
            mails._erase("expired", days=inbox.retention_days)
            done += len(mails)
            if done >= _ERASED_AT_ONCE:
                return done, 1
        return done, 0
