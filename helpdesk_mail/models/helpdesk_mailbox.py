# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The personal mailbox of a user: its connection is that of inboxes, its mail is sealed."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import clean_context

from ..intake import deny, private, sender_lists
from ..intake.addresses import is_one_address, normalize
from . import seal
from .helpdesk_mailbox_fields import OWNERS_FIELDS

_USER = "base.group_user"
# what our own code makes for a mailbox
_MACHINERY = {"own_server_id", "cron_id", "send_cron_id"}


class HelpdeskMailbox(models.Model):
    """Whoever the seal (:mod:`.seal`) lets in reads it; its owner alone changes it."""

    _name = "helpdesk.mailbox"
    _description = "Personal Mailbox"
    _inherit = ["helpdesk.mail.sealed", "helpdesk.mail.account"]
    _order = "id"

    # what administrators set up for inboxes, users set up for themselves
    vars().update({name: kind(groups=_USER) for kind, names in OWNERS_FIELDS for name in names})

    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
        copy=False,
    )
    # whose customers and leads mail is linked with
    company_id = fields.Many2one(related="user_id.company_id")
    email = fields.Char(
        string="Address",
        default=lambda self: self.env.user.email,
        help="Mail leaves from this address; what comes from it was sent by you.",
    )
    fetch_enabled = fields.Boolean(string="Process incoming mail", default=True)
    delegate_ids = fields.Many2many(
        "res.users",
        "helpdesk_mailbox_delegate_rel",
        "mailbox_id",
        "user_id",
        string="Colleagues with access",
        domain=[("share", "=", False)],
        copy=False,
        help="They read all mail of this mailbox, and may answer, once they have a mailbox of "
        "their own. Nobody else does, whatever rights they have.",
    )
    deny_list = fields.Text(
        help="Mail from these addresses and domains is not taken in. One a line: "
        "news@shop.example, shop.example.",
    )
    read_sent = fields.Boolean(
        string="Find what I send elsewhere",
        default=True,
        help="The folder of sent mail is read as well, so that what you send from your phone "
        "stands with the customer.",
    )
    sync_flags = fields.Boolean(
        string="Read marks follow both ways",
        help="What you read here is marked as read on the server, and what you read "
        "elsewhere here.",
    )
    send_enabled = fields.Boolean(string="Send mail")
    reply_to_email = fields.Char(string="Reply-To")
    sent_copy = fields.Selection(default="all", groups=_USER)
    message_ids = fields.One2many("helpdesk.mailbox.message", "mailbox_id", string="Messages")
    unread_count = fields.Integer(compute="_compute_unread_count")

    _unique_user = models.Constraint(
        "UNIQUE(user_id)", "You have a mailbox already. Change that one."
    )

    @api.depends("user_id")
    def _compute_display_name(self):
        for mailbox in self:
            # no address: schedulers and logs show this name
            mailbox.display_name = mailbox.user_id.name

    def _compute_unread_count(self):
        counts = dict(
            self.env["helpdesk.mailbox.message"]._read_group(
                [("mailbox_id", "in", self.ids), ("is_read", "=", False), ("direction", "=", "in")],
                ["mailbox_id"],
                ["__count"],
            )
        )
        for mailbox in self:
            mailbox.unread_count = counts.get(mailbox, 0)

    @api.constrains("email", "reply_to_email")
    def _check_addresses(self):
        for mailbox in self:
            for email in filter(None, (mailbox.email, mailbox.reply_to_email)):
                if not is_one_address(email):
                    raise ValidationError(
                        self.env._(
                            "%(email)s is no mail address. Write it like anna@example.com.",
                            email=email,
                        )
                    )

    @api.constrains("deny_list")
    def _check_deny_list(self):
        for mailbox in self:
            for entry in sender_lists.read(mailbox.deny_list):
                if entry.problem:
                    raise ValidationError(
                        self.env._(
                            "Line %(line)s of the deny list, %(text)s, is no address and no "
                            "domain. Write anna@example.com or example.com.",
                            line=entry.number,
                            text=entry.text,
                        )
                    )

    # ------------------------------------------------------------------
    # records: one's own, and nobody else's
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_owner_of(vals.get("user_id") or self.env.uid)
            # there is one way to give it: to oneself
            vals["user_id"] = vals.get("user_id") or self.env.uid
        if not seal.is_open(self.env):
            self._check_machinery({name for vals in vals_list for name in vals})
            self = self.with_context(clean_context(self.env.context))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_machinery(vals.keys())
        if {"user_id", "delegate_ids"} & vals.keys():
            # whoever writes as superuser names no delegates for somebody else
            for mailbox in self:
                self._check_owner_of(mailbox.user_id.id)
            if vals.get("user_id", self.env.uid) != self.env.uid:
                raise AccessError(self.env._("A mailbox stays with its owner."))
        return super().write(vals)

    def _check_machinery(self, names):
        """Raise where somebody, administrator or not, names servers and actions of others."""
        if _MACHINERY & names:
            raise AccessError(self.env._("The server and the actions of a mailbox are its own."))
        if "state" in names:
            # who is let into another mailbox has one that was seen to work
            raise AccessError(self.env._("A mailbox becomes active by Activate, which tries it."))

    def _check_owner_of(self, user_id):
        """Raise unless the user of the environment, superuser or not, is *user_id*."""
        if user_id != self.env.uid and not seal.is_open(self.env):
            raise AccessError(self.env._("Everybody sets up their own mailbox, and no other."))

    @api.model
    def _of_user(self):
        """The mailbox of the user, or an empty one."""
        return self.search([("user_id", "=", self.env.uid)], limit=1)

    # ------------------------------------------------------------------
    # what an account needs (hooks)
    # ------------------------------------------------------------------

    def _helpdesk_mail_check_manage(self):
        """Raise unless these are the user's own."""
        self.check_access("write")
        for mailbox in self:
            self._check_owner_of(mailbox.user_id.id)

    def _helpdesk_mail_unsealed__(self):
        """For the scheduler, which works for all and shows nothing to anybody."""
        return seal.opened(self)

    def _helpdesk_mail_fetches(self):
        self.ensure_one()
        return bool(self.fetch_enabled and self.host)

    def _helpdesk_mail_road(self):
        return private

    def _helpdesk_mail_journal_domain(self):
        return [("mailbox_id", "=", self.id)]

    def _helpdesk_mail_time_zone(self):
        return self.tz or self.user_id.tz or super()._helpdesk_mail_time_zone()

    def _helpdesk_mail_form_url(self):
        self.ensure_one()
        return f"/odoo/my-mailbox/{self.id}"

    def _helpdesk_mail_alert_users(self):
        """Only the owner is told: what a server says of a private mailbox is private too."""
        self.ensure_one()
        return self.user_id

    def _helpdesk_mail_folder_names(self):
        names = super()._helpdesk_mail_folder_names()
        if self.protocol == "imap" and self.read_sent and self.sent_folder:
            names.append(self.sent_folder)
        return list(dict.fromkeys(names))

    def _helpdesk_mail_folders(self):
        return self.env["helpdesk.mail.folder"].sudo().search([("mailbox_id", "in", self.ids)])

    def _helpdesk_mail_current_folders(self):
        """The folder records that a visit reads, made where missing."""
        self.ensure_one()
        Folder = self.env["helpdesk.mail.folder"]
        names = self._helpdesk_mail_folder_names()
        found = Folder.search([("mailbox_id", "=", self.id), ("name", "in", names)])
        by_name = {folder.name: folder for folder in found}
        folders = Folder.browse()
        for name in names:
            folders += by_name.get(name) or Folder.create({"mailbox_id": self.id, "name": name})
        return folders

    def _is_sending(self):
        return self.send_enabled

    def _helpdesk_mail_sender_addresses(self):
        email = normalize(self.email)
        return [email] if email else []

    def _own_addresses(self):
        """The normalised addresses of the owner: what comes from them was sent by the owner."""
        self.ensure_one()
        return {normalize(self.email), normalize(self.username)} - {""}

    def _denied_by(self):
        """What the owner does not want (:class:`..intake.deny.Rules`), or None."""
        self.ensure_one()
        return sender_lists.rules_of(self.deny_list or "")

    def _deny(self, emails):
        """Add normalised addresses to the deny list."""
        for mailbox in self:
            known = {entry.pattern for entry in deny.read_lines(mailbox.deny_list or "")}
            new = [email for email in dict.fromkeys(emails) if email and email not in known]
            if new:
                lines = [(mailbox.deny_list or "").rstrip(), *new]
                mailbox.deny_list = "\n".join(filter(None, lines))
