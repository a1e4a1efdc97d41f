# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Through which server private mail leaves, and the scheduled action of each mailbox that sends."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import RedirectWarning
from odoo.tools import SQL, config, email_normalize

from ..intake.addresses import format_address, is_one_address, normalize, recipient_key
from . import mailbox_mail, seal

# what stands where others see the user of a server: the real one is given when it signs in
PLACEHOLDER = "private"
_USUAL_LIMIT = 25 * 2**20
_SETUP = ("helpdesk_mail.helpdesk_mailbox_action", "base.action_res_users_my")


class HelpdeskMailbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox"  # pylint: disable=consider-merging-classes-inherited

    send_cron_id = fields.Many2one("ir.cron", readonly=True, copy=False, groups="base.group_system")

    # ------------------------------------------------------------------
    # who sends from where
    # ------------------------------------------------------------------

    @api.model
    def _sending(self):
        """The mailboxes from which the user may send: the own one first, then those that others
        opened for them.
        """
        self.flush_model(["user_id", "send_enabled"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM helpdesk_mailbox WHERE send_enabled AND id IN (%s)"
                " ORDER BY user_id != %s, id",
                seal.mailbox_ids(self.env, "write"),
                self.env.uid,
            )
        )
        return self.browse([row[0] for row in rows])

    def _checked_sending(self):
        """This mailbox, which sends.

        :raise RedirectWarning: it does not, or is none; with the way to set it up
        """
        if self and self._is_sending():
            return self
        if self and self.user_id != self.env.user:
            message = self.env._(
                "The mailbox of %(owner)s does not send, and yours does not either. Set up yours.",
                owner=self.user_id.name,
            )
        elif self:
            message = self.env._("Your mailbox does not send yet. Enable sending in its settings.")
        else:
            message = self.env._(
                "You have no mailbox yet. Set it up, and you can write to customers from your own "
                "address."
            )
        raise RedirectWarning(message, self._setup_action(), self.env._("Set up my mailbox"))

    @api.model
    def _setup_action(self):
        """The action in which the user sets up their mailbox (a dict, hook)."""
        for xmlid in _SETUP:
            action = self.env.ref(xmlid, raise_if_not_found=False)
            if action:
                if xmlid == _SETUP[0]:
                    return self.action_open_mine()
                values = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
                return {**values, "res_id": self.env.uid}
        return {}

    def _sender_name(self):
        self.ensure_one()
        # sudo: the name of a colleague
        return mailbox_mail.display_name(self.user_id.sudo().name)

    def _sender_email(self):
        """The address in From, its domain in ASCII; "" where it is no full one."""
        self.ensure_one()
        email = (self.email or "").strip()
        if not is_one_address(email):
            return ""
        local = (email_normalize(email, strict=False) or "").rpartition("@")[0]
        domain = recipient_key(email).rpartition("@")[2]
        found = f"{local}@{domain}" if local and domain else ""
        return found if found.isascii() else ""

    # ------------------------------------------------------------------
    # the server
    # ------------------------------------------------------------------

    def _helpdesk_mail_server_values(self):
        """The own server, without a word of whose it is but the owner's name: settings
        administrators read servers.
        """
        values = super()._helpdesk_mail_server_values()
        values["from_filter"] = False
        if values["smtp_user"]:
            values["smtp_user"] = PLACEHOLDER
        return values

    def _helpdesk_mail_login_user(self, user=""):
        self.ensure_one()
        return self._helpdesk_mail_smtp_user() or user

    def _helpdesk_mail_smtp_login(self, connection, user):
        return super()._helpdesk_mail_smtp_login(connection, self._helpdesk_mail_login_user())

    def _outgoing_env(self):
        """ir.mail_server with the context in which mail of this mailbox leaves."""
        self.ensure_one()
        domain = self.company_id.alias_domain_id
        return (
            self.env["ir.mail_server"]
            .with_company(self.company_id)
            .with_context(
                domain_notifications_email=domain.default_from_email or False,
                # undeliverable mail comes back to the owner
                domain_bounce_address=self._sender_email(),
            )
        )

    def _personal_server(self):
        """The outgoing server that Odoo lets the owner have (Gmail, Outlook), where it sends from
        the address of this mailbox.
        """
        server = self.user_id.sudo().outgoing_mail_server_id
        wanted = normalize(self.email)
        return server if wanted and normalize(server.from_filter) == wanted else server.browse()

    def _outgoing_server(self):
        """(server, or an empty record for that of the configuration file; From as that server
        has it).
        """
        self.ensure_one()
        email = format_address(self._sender_name(), self._sender_email())
        Server = self._outgoing_env()
        if self.outgoing == "own":
            return self.sudo().own_server_id, email
        personal = self._personal_server()
        if personal.active:
            return personal, email
        server, sender = Server._find_mail_server(email)
        return server or Server.browse(), sender

    def _outgoing_problem(self):
        """Why no mail can leave, or False; and the address from which it will leave."""
        self.ensure_one()
        if self.outgoing == "own":
            if not self.smtp_host or not self.sudo().own_server_id:
                return self.env._("Enter the outgoing server in the settings of the mailbox."), ""
            needs = self.smtp_login == "password" and not self.has_smtp_password
            if needs or (self.smtp_login != "none" and not self._helpdesk_mail_login_user()):
                return (
                    self.env._(
                        "Enter the user and the password for the outgoing server in the settings "
                        "of the mailbox."
                    ),
                    "",
                )
            return False, self._sender_email()
        server, sender = self._outgoing_server()
        if not server and not config.get("smtp_server"):
            return self.env._("The system has no outgoing server. Enter one of your own."), ""
        return False, normalize(sender)

    def _outgoing_name(self):
        """The outgoing server, for people."""
        self.ensure_one()
        if self.outgoing == "own":
            return self.smtp_host or self.env._("no server")
        if self._personal_server().active:
            return self.env._("the personal outgoing server")
        return self.env._("the system's outgoing server")

    def _largest_mail(self):
        """How many octets a mail may have, and whether the server itself says so."""
        self.ensure_one()
        if self.outgoing == "own":
            limit = self.env["helpdesk.mail.sending"]._size_limit(self)
        else:
            server = self._personal_server()
            # a limit that an administrator has read from the server
            limit = int((server.max_email_size or 0) * 2**20)
        return (limit, True) if limit > 0 else (_USUAL_LIMIT, False)

    def _most_per_minute(self):
        """How many recipients may get mail of this mailbox in any minute; 0: no limit."""
        self.ensure_one()
        limits = [self.send_limit]
        if self.outgoing != "own" and (server := self._personal_server()):
            limits.append(server._get_personal_mail_servers_limit())
        return min((limit for limit in limits if limit), default=0)

    # ------------------------------------------------------------------
    # the scheduled action
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        mailboxes = super().create(vals_list)
        mailboxes._update_send_cron()
        return mailboxes

    def write(self, vals):
        result = super().write(vals)
        if "send_enabled" in vals:
            self._helpdesk_mail_update_server()
            self._update_send_cron()
        if {"smtp_host", "smtp_port"} & vals.keys():
            for mailbox in self:
                self.env["helpdesk.mail.sending"]._note_size_limit(mailbox, 0)
        return result

    def unlink(self):
        # sudo: the scheduled action belongs to the mailbox and goes with it
        crons = self.sudo().send_cron_id
        actions = crons.ir_actions_server_id
        result = super().unlink()
        crons.unlink()
        actions.unlink()
        return result

    def _update_send_cron(self):
        """Keep one scheduled action per mailbox that sends: a server that hangs holds up nobody
        else.
        """
        # sudo: users set up their mailboxes and may not edit scheduled actions
        for mailbox in self.sudo():
            wanted = mailbox._is_sending()
            cron = mailbox.send_cron_id
            if cron and cron.active != wanted:
                cron.active = wanted
            elif wanted and not cron:
                mailbox.send_cron_id = cron.create(
                    {
                        "name": f"Helpdesk mail: send for {mailbox.display_name}",
                        # what is due is triggered; this is for what a stopped server left
                        "interval_number": 1,
                        "interval_type": "hours",
                        "model_id": self.env["ir.model"]._get_id(self._name),
                        "state": "code",
                        "code": f"model.browse({mailbox.id})._cron_send()",
                        "user_id": SUPERUSER_ID,
                    }
                )

    def _wake_sender(self, at=None):
        """Let the scheduler send now, or at a later time."""
        for mailbox in self:
            # sudo: see _update_send_cron
            cron = mailbox.sudo().send_cron_id
            if cron.active:
                cron._trigger(at)
