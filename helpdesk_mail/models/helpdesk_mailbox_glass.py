# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Break glass: looking into a mailbox without its owner's consent. Logged, and told at once.

The right is a group of its own that nobody has by default. Whatever code makes a record, it is made
for the user behind that code, for a day at the most, and its owner is told in the same transaction.
"""

import datetime

from markupsafe import Markup, escape
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_datetime

from . import seal

GROUP = "helpdesk_mail.group_break_glass"
MOST_HOURS = 24
_SHORTEST_REASON = 10  # characters
_WRITABLE = {"until"}


class HelpdeskMailboxGlass(models.Model):
    _name = "helpdesk.mailbox.glass"
    _description = "Opening of a Personal Mailbox"
    _order = "id desc"
    _rec_name = "owner_id"

    user_id = fields.Many2one(
        "res.users", string="Who", required=True, readonly=True, index=True, ondelete="restrict"
    )
    # the log outlives the mailbox
    mailbox_id = fields.Many2one("helpdesk.mailbox", readonly=True, ondelete="set null", index=True)
    owner_id = fields.Many2one(
        "res.users", string="Whose", required=True, readonly=True, index=True, ondelete="restrict"
    )
    reason = fields.Text(required=True, readonly=True)
    create_date = fields.Datetime(string="When", readonly=True)
    until = fields.Datetime(required=True, readonly=True)
    is_open = fields.Boolean(string="Still open", compute="_compute_is_open")
    is_mine = fields.Boolean(compute="_compute_is_mine")

    @api.depends("until", "mailbox_id")
    def _compute_is_open(self):
        now = fields.Datetime.now()
        for glass in self:
            glass.is_open = bool(glass.mailbox_id and glass.until > now)

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for glass in self:
            glass.is_mine = glass.user_id == self.env.user

    # ------------------------------------------------------------------
    # records: made once, shortened at the most, never gone
    # ------------------------------------------------------------------

    @api.model
    def _check_may_break(self):
        """Raise unless the user behind the environment, superuser or not, has the right."""
        if self.env.uid == SUPERUSER_ID or not self.env.user.has_group(GROUP):
            raise AccessError(
                self.env._(
                    "To open a mailbox without its owner's consent is a right of its own "
                    "(Break glass), which you do not have."
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_may_break()
        now = fields.Datetime.now()
        longest = now + datetime.timedelta(hours=MOST_HOURS)
        opened = seal.opened(self.env["helpdesk.mailbox"])
        rows = []
        for vals in vals_list:
            mailbox = opened.browse(vals.get("mailbox_id")).exists()
            reason = " ".join((vals.get("reason") or "").split())
            if not mailbox:
                raise UserError(self.env._("Choose whose mailbox you want to open."))
            if mailbox.user_id.id == self.env.uid:
                raise UserError(self.env._("This is your own mailbox: it is open to you."))
            if len(reason) < _SHORTEST_REASON:
                raise UserError(
                    self.env._("Write down why. The owner of the mailbox will read it.")
                )
            until = min(fields.Datetime.to_datetime(vals.get("until")) or longest, longest)
            rows.append(
                {
                    "user_id": self.env.uid,
                    "mailbox_id": mailbox.id,
                    "owner_id": mailbox.user_id.id,
                    "reason": vals["reason"].strip(),
                    "until": until,
                }
            )
        # sudo: who may was asked above; nobody has rights to write the log
        records = super(HelpdeskMailboxGlass, self.sudo()).create(rows)
        records._tell_owners()
        return records.with_env(self.env)

    def write(self, vals):
        """A log is not changed; an opening may end sooner."""
        if vals.keys() - _WRITABLE or any(
            fields.Datetime.to_datetime(vals["until"]) > glass.until for glass in self
        ):
            raise AccessError(self.env._("The log of opened mailboxes is not changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The log of opened mailboxes is not deleted."))

    def action_close(self):
        """End these openings now."""
        self.check_access("read")
        mine = self.filtered(
            lambda glass: glass.user_id == self.env.user or glass.owner_id == self.env.user
        )
        if mine != self:
            raise AccessError(self.env._("Only who opened a mailbox, or its owner, closes it."))
        # sudo: their own opening, and it only ends sooner
        self.filtered("is_open").sudo().until = fields.Datetime.now()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_view_messages(self):
        """The mail of the opened mailbox."""
        self.ensure_one()
        self.check_access("read")
        if not self.is_mine or not self.is_open:
            raise UserError(self.env._("This mailbox is not open to you any more."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Mail of %(name)s", name=self.owner_id.name),
            "res_model": "helpdesk.mailbox.message",
            "view_mode": "list,form",
            # sudo: the number of the mailbox that the user has opened
            "domain": [("mailbox_id", "=", self.sudo().mailbox_id.id)],
            "context": {"create": False},
        }

    def action_export(self):
        """Download all mail of the opened mailbox."""
        self.ensure_one()
        self.check_access("read")
        if not self.is_mine or not self.is_open:
            raise UserError(self.env._("This mailbox is not open to you any more."))
        return self.env["helpdesk.mailbox"].browse(self.sudo().mailbox_id.id).action_export()

    # ------------------------------------------------------------------
    # telling
    # ------------------------------------------------------------------

    def _tell_owners(self):
        """Tell each owner at once: on the screen, as a notification, and by mail."""
        for glass in self.with_user(SUPERUSER_ID):
            owner = glass.owner_id
            env = glass.with_context(lang=owner.lang, tz=owner.tz).env
            subject = env._("Your mailbox was opened by %(name)s", name=glass.user_id.name)
            sentence = env._(
                "%(name)s (%(login)s) can read your personal mailbox until %(until)s, without "
                "having asked you. The reason given:",
                name=glass.user_id.name,
                login=glass.user_id.login,
                until=format_datetime(env, glass.until, tz=owner.tz or "UTC"),
            )
            more = env._("All openings stand in the settings of your mailbox.")
            body = Markup("<p>%s</p><blockquote>%s</blockquote><p>%s</p>") % (
                sentence,
                Markup("<br/>").join(map(escape, glass.reason.splitlines())),
                more,
            )
            env["mail.thread"].message_notify(
                subject=subject,
                body=body,
                # not by whoever opens: nobody is told of what they do themselves
                author_id=env.ref("base.partner_root").id,
                partner_ids=owner.partner_id.ids,
            )
            if owner.notification_type != "email" and owner.email:
                # who reads notifications in Odoo alone might not look there today
                mail = env["mail.mail"].create(
                    {
                        "subject": subject,
                        "body_html": body,
                        "email_to": owner.email_formatted,
                        "auto_delete": True,
                        "headers": repr({"Auto-Submitted": "auto-generated"}),
                    }
                )
                mail.send_after_commit()
            owner._bus_send(
                "simple_notification",
                {"title": subject, "message": sentence, "sticky": True, "warning": True},
            )
