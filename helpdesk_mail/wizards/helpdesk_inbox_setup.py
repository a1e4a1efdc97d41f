# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The first steps of the guided set-up: what kind of address, and which. They make the draft."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize

from ..models.helpdesk_inbox_setup import STEPS


class HelpdeskInboxSetup(models.TransientModel):
    _name = "helpdesk.inbox.setup"
    _description = "Set up an inbox"
    _check_company_auto = True

    inbox_id = fields.Many2one("helpdesk.inbox", readonly=True, ondelete="cascade")
    step = fields.Selection(STEPS, required=True, default="kind", readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(
        [
            ("mailbox", "A mailbox that we fetch (IMAP or POP3)"),
            ("forwarded", "An address whose mail is forwarded to us"),
            ("hosted", "An address under our own alias domain"),
        ],
        required=True,
        default="mailbox",
    )
    email = fields.Char(string="Address")
    local_part = fields.Char(string="Address before the @")
    alias_domain_id = fields.Many2one(
        "mail.alias.domain",
        string="Alias domain",
        default=lambda self: self.env.company.alias_domain_id,
    )
    has_alias_domain = fields.Boolean(compute="_compute_has_alias_domain")
    name = fields.Char(string="Name of the inbox")
    team_id = fields.Many2one("helpdesk.ticket.team", check_company=True)

    @api.depends("email")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = wizard.email or self.env._("Set up an inbox")

    @api.depends("kind")
    def _compute_has_alias_domain(self):
        found = bool(self.env["mail.alias.domain"].search_count([], limit=1))
        for wizard in self:
            wizard.has_alias_domain = found

    @api.model
    def _open_for(self, inbox, step):
        """The action that shows *step* for a draft."""
        local, _at, domain = (inbox.email_normalized or "").rpartition("@")
        alias_domain = self.env["mail.alias.domain"].search([("name", "=", domain)], limit=1)
        wizard = self.create(
            {
                "inbox_id": inbox.id,
                "step": step,
                "company_id": inbox.company_id.id,
                "kind": inbox.kind,
                "email": inbox.email,
                "name": inbox.name,
                "team_id": inbox.team_id.id,
                "local_part": local,
                "alias_domain_id": (alias_domain or inbox.company_id.alias_domain_id).id,
            }
        )
        return wizard._screen()

    def _screen(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_inbox_setup_action"
        )
        return {**action, "res_id": self.id}

    def _check_manage(self):
        if not self.env.user.has_group("helpdesk_mail.group_mail_administrator"):
            raise AccessError(self.env._("Only a mail administrator may do this."))

    def action_back(self):
        """From the address back to the kind."""
        self._check_manage()
        self.ensure_one()
        self.step = "kind"
        if self.inbox_id.setup_step:
            self.inbox_id.setup_step = "kind"
        return True

    def action_next(self):
        """Go on; after the address there is a draft, which keeps everything from then on.

        :raise UserError: the address is missing or none
        """
        self._check_manage()
        self.ensure_one()
        if self.step == "kind":
            self.step = "address"
            if self.inbox_id:
                self.inbox_id.setup_step = "address"
            return True
        values = self._inbox_values()
        if self.inbox_id:
            self.inbox_id.check_access("write")
            if self.inbox_id.state == "active":
                raise UserError(self.env._("This inbox is active. Change it in its own screen."))
            self.inbox_id.write({**values, "setup_step": "address"})
        else:
            self.inbox_id = self.env["helpdesk.inbox"].create({**values, "setup_step": "address"})
        self.inbox_id.action_setup_next()
        return self.inbox_id._setup_action()

    def action_leave(self):
        """Leave; a draft, where there is one already, stays."""
        self._check_manage()
        return self.env["helpdesk.inbox"]._setup_form("helpdesk_mail.helpdesk_inbox_action", False)

    def _inbox_values(self):
        if self.kind == "hosted":
            if not self.alias_domain_id or not (self.local_part or "").strip():
                raise UserError(
                    self.env._("Choose an alias domain, and enter what stands before the @.")
                )
            address = f"{self.local_part.strip()}@{self.alias_domain_id.name}"
        else:
            address = (self.email or "").strip()
        email = email_normalize(address)
        if not email:
            raise UserError(
                self.env._(
                    "%(email)s is no mail address. Write it like support@example.com.",
                    email=address or "—",
                )
            )
        name = (self.name or "").strip() or email.partition("@")[0].capitalize()
        return {
            "kind": self.kind,
            "email": email,
            "name": name,
            "team_id": self.team_id.id,
            "company_id": self.company_id.id,
        }
