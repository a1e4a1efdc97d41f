# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What helps the owner of a mailbox to set it up: its form, *Find*, *Load*, and how it is doing."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..intake.addresses import normalize
from ..message.authentication import NetworkResolver
from ..transport import TransportError, find_sent_folder, open_store
from ..transport.discovery import Options, discover
from . import private_networks, seal
from .helpdesk_inbox_setup import advice_for

_USER = "base.group_user"


class HelpdeskMailbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox"  # pylint: disable=consider-merging-classes-inherited

    is_mine = fields.Boolean(compute="_compute_is_mine")
    setup_advice = fields.Selection(
        [("google", "Google"), ("microsoft", "Microsoft 365")],
        compute="_compute_setup_advice",
        groups=_USER,
    )
    message_count = fields.Integer(string="Messages held", compute="_compute_counts")
    backlog = fields.Integer(string="Waiting on the server", compute="_compute_counts")
    quarantined_count = fields.Integer(string="Could not be read", compute="_compute_counts")
    glass_count = fields.Integer(string="Opened by others", compute="_compute_glass_count")

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for mailbox in self:
            mailbox.is_mine = mailbox.user_id == self.env.user

    @api.depends("host")
    def _compute_setup_advice(self):
        for mailbox in self:
            mailbox.setup_advice = advice_for(mailbox.host)

    def _compute_counts(self):
        # sudo: counts alone; which mailboxes these are was asked by whoever reads them
        status = self.env["helpdesk.mailbox.status"].sudo().browse(self._origin.ids)
        status = {row.id: row for row in status}
        for mailbox in self:
            row = status.get(mailbox._origin.id)
            mailbox.message_count = row.message_count if row else 0
            mailbox.backlog = row.backlog if row else 0
            mailbox.quarantined_count = row.quarantined_count if row else 0

    def _compute_glass_count(self):
        counts = dict(
            self.env["helpdesk.mailbox.glass"]._read_group(
                [("mailbox_id", "in", self._origin.ids)], ["mailbox_id"], ["__count"]
            )
        )
        for mailbox in self:
            mailbox.glass_count = counts.get(mailbox._origin, 0)

    @api.constrains("email")
    def _check_email_is_nobody_elses(self):
        """Nobody writes in the name of a colleague or of an inbox."""
        for mailbox in self:
            email = normalize(mailbox.email)
            if not email:
                continue
            # sudo: whether the address is taken, by whomever
            Users = self.env["res.users"].sudo()
            other = Users.search(
                [
                    "|",
                    ("email_normalized", "=", email),
                    ("login", "=ilike", email),
                    ("share", "=", False),
                    ("id", "!=", mailbox.user_id.id),
                ],
                limit=1,
            )
            if other and normalize(mailbox.user_id.email) != email:
                raise ValidationError(
                    self.env._(
                        "%(email)s is the address of a colleague. Enter the one of your own "
                        "mailbox.",
                        email=mailbox.email,
                    )
                )
            if email in self.env["helpdesk.inbox"]._address_map():
                raise ValidationError(
                    self.env._(
                        "%(email)s is the address of a shared inbox: its mail becomes tickets. "
                        "Enter the one of your own mailbox.",
                        email=mailbox.email,
                    )
                )

    # ------------------------------------------------------------------
    # the form
    # ------------------------------------------------------------------

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, bool(self._of_user()))

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type != "form" and self._of_user():
            # everybody has one; the form offers no other anyway
            arch.set("create", "0")
        return arch, view

    @api.model
    def action_open_mine(self):
        """The user's own mailbox, or the form that makes one."""
        self.browse().check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_mailbox_action"
        )
        mailbox = self._of_user()
        action.update(
            res_id=mailbox.id,
            views=[(self.env.ref("helpdesk_mail.helpdesk_mailbox_view_form").id, "form")],
            view_mode="form",
        )
        return action

    def copy_data(self, default=None):
        """Refuse: everybody has one mailbox."""
        raise UserError(self.env._("A mailbox is not duplicated: everybody has one."))

    # ------------------------------------------------------------------
    # Find the settings
    # ------------------------------------------------------------------

    def _setup_resolver(self):
        """What answers DNS questions (hook)."""
        return NetworkResolver()

    def _setup_options(self):
        """The bounds of a search (hook)."""
        return Options(
            networks=private_networks.allowed(self.env),
            ca_data=(self.ca_certificate or "").strip(),
        )

    def action_find_settings(self):
        """Look for the mail servers of the address, and show what was found.

        :raise UserError: there is no address to look for
        """
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        email = normalize(self.email)
        if not email:
            raise UserError(self.env._("Enter your address first, such as anna@example.com."))
        found = discover(email, self._setup_resolver(), self._setup_options())
        wizard = self.env["helpdesk.mailbox.find"]._of_search(self, email, found)
        return wizard._screen()

    # ------------------------------------------------------------------
    # Load: the folder of sent mail
    # ------------------------------------------------------------------

    def action_load_folders(self):
        """Find the folder that holds what was sent, and enter it; where the server has none that
        can be recognised, show what it has.

        :raise UserError: the server cannot be reached
        """
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        if self.protocol != "imap":
            raise UserError(
                self.env._(
                    "A POP3 mailbox has no folders: what you send elsewhere cannot be found there."
                )
            )
        try:
            # sudo: the password goes to the server that it is for, and nowhere else
            with open_store(self.sudo()._helpdesk_mail_settings()) as store:
                folders = [folder for folder in store.folders() if folder.selectable]
        except TransportError as error:
            raise UserError(str(error)) from None
        name = find_sent_folder(folders)
        if not name:
            return self.env["helpdesk.mailbox.folders"]._of_server(self, folders)._screen()
        by_use = any(folder.name == name and folder.special_use == "sent" for folder in folders)
        self.sent_folder = name
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("Sent mail is in %(folder)s", folder=name),
                "message": self.env._("The server marks this folder as the one for sent mail.")
                if by_use
                else self.env._(
                    "The server marks none as the one for sent mail; this one is called so. Enter "
                    "another one if it is wrong."
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_choose_folder(self):
        """Show the folders of the server, to choose the one of sent mail.

        :raise UserError: the server cannot be reached
        """
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        try:
            # sudo: the password goes to the server that it is for, and nowhere else
            with open_store(self.sudo()._helpdesk_mail_settings()) as store:
                folders = [folder for folder in store.folders() if folder.selectable]
        except TransportError as error:
            raise UserError(str(error)) from None
        return self.env["helpdesk.mailbox.folders"]._of_server(self, folders)._screen()

    # ------------------------------------------------------------------
    # who looks in
    # ------------------------------------------------------------------

    def action_view_messages(self):
        """The mail of this mailbox."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Messages"),
            "res_model": "helpdesk.mailbox.message",
            "view_mode": "list,form",
            "domain": [("mailbox_id", "=", self.id)],
        }

    def action_view_glass(self):
        """Who opened this mailbox without the owner's consent."""
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_mailbox_glass_action"
        )
        return {**action, "domain": [("owner_id", "=", self.user_id.id)]}

    def action_pause(self):
        """Stop fetching until activated again."""
        result = super().action_pause()
        self._forget_failure()
        return result

    def _forget_failure(self):
        # what went wrong before is no news once the owner stopped it
        seal.opened(self).write({"last_error": False, "failed_attempts": 0, "retry_at": False})
