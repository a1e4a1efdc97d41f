# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The addresses of inboxes: which ones are ours, where they lead, and what answers come from."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize, ormcache

from ..intake import token as reply_token
from ..intake.addresses import format_address


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    email_normalized = fields.Char(compute="_compute_email_normalized", store=True, index=True)
    alias_emails = fields.Text(
        string="Other addresses",
        help="Further addresses that lead to this inbox, one a line.",
    )

    _unique_email = models.UniqueIndex(
        "(email_normalized, company_id) WHERE active IS TRUE",
        "Another inbox of this company has this address already.",
    )

    @api.depends("email")
    def _compute_email_normalized(self):
        for inbox in self:
            inbox.email_normalized = email_normalize(inbox.email or "") or False

    @api.constrains("email", "alias_emails")
    def _check_addresses(self):
        for inbox in self:
            if not inbox.email_normalized:
                raise ValidationError(
                    self.env._(
                        "%(email)s is no mail address. Write it like support@example.com.",
                        email=inbox.email,
                    )
                )
            for line in filter(None, map(str.strip, (inbox.alias_emails or "").splitlines())):
                if not email_normalize(line):
                    raise ValidationError(
                        self.env._(
                            "%(line)s is no mail address. Write one address a line.", line=line
                        )
                    )

    @api.constrains("email", "alias_emails", "company_id", "active")
    def _check_addresses_are_ours(self):
        """No inbox takes an address that belongs to somebody else in this database."""
        for inbox in self.filtered("active"):
            addresses = inbox._addresses()
            # sudo: whether an address is taken, in whatever company, and by what kind of record
            env = self.sudo().env
            other = env["helpdesk.inbox"].search(
                [("id", "!=", inbox.id), ("company_id", "!=", inbox.company_id.id)]
            )
            taken = {address for found in other for address in found._addresses()}
            taken |= set(
                env["mail.alias"]
                .search([("alias_full_name", "in", addresses)])
                .mapped("alias_full_name")
            )
            for domain in env["mail.alias.domain"].search([("name", "!=", False)]):
                taken |= {domain.bounce_email, domain.catchall_email}
            taken |= set(
                env["res.users"]
                .search([("partner_id.email_normalized", "in", addresses)])
                .mapped("partner_id.email_normalized")
            )
            for address in addresses:
                if address in taken:
                    raise ValidationError(
                        self.env._(
                            "%(address)s is taken by an alias, a user, or an inbox of another "
                            "company.",
                            address=address,
                        )
                    )

    # ------------------------------------------------------------------
    # records
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        inboxes = super().create(vals_list)
        self.env.registry.clear_cache()
        return inboxes

    def write(self, vals):
        result = super().write(vals)
        if {"email", "alias_emails", "active", "kind", "state"} & vals.keys():
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # ------------------------------------------------------------------
    # which ones are ours
    # ------------------------------------------------------------------

    def _addresses(self):
        """All addresses of one inbox, normalised: a list, the main one first."""
        self.ensure_one()
        aliases = (email_normalize(line) for line in (self.alias_emails or "").splitlines())
        return list(dict.fromkeys(filter(None, [self.email_normalized, *aliases])))

    def _own_addresses(self):
        """The addresses of this inbox as a frozenset."""
        return frozenset(self._addresses())

    def _all_own_addresses(self):
        """The addresses of all inboxes: a frozenset. Automatic mail never goes to one of them."""
        return frozenset(self._address_map())

    @api.model
    @ormcache()
    def _address_map(self):
        """Normalised address -> tuple of (inbox id, kind, state), over all companies."""
        found = {}
        # sudo: addresses only, used to route mail and to avoid loops
        for inbox in self.sudo().search([("active", "=", True)]):
            for address in inbox._addresses():
                found[address] = (*found.get(address, ()), (inbox.id, inbox.kind, inbox.state))
        return found

    @api.model
    def _for_recipients(self, recipients, kinds=("hosted", "forwarded")):
        """The inboxes of *kinds*, drafts aside, to which one of *recipients* (normalised) leads.

        Sub-addresses (support+t12.…@) lead where their base address does.
        """
        addresses = self._address_map()
        found = {}
        for recipient in recipients:
            local, _at, domain = recipient.rpartition("@")
            leads = addresses.get(recipient) or addresses.get(
                f"{local.partition('+')[0]}@{domain}", ()
            )
            found.update(
                {ids: True for ids, kind, state in leads if kind in kinds and state != "draft"}
            )
        # sudo: whoever brings the mail, it belongs to the inbox that it is addressed to
        return self.sudo().browse(found).exists()

    @api.model
    def _has_gateway_inbox(self):
        """Whether any inbox gets its mail from the gateway: without one, Odoo's road costs
        nothing more.
        """
        return any(
            kind != "mailbox" and state != "draft"
            for leads in self._address_map().values()
            for _id, kind, state in leads
        )

    # ------------------------------------------------------------------
    # answers
    # ------------------------------------------------------------------

    def _answer_address(self):
        """'"Name" <address>' from which answers of this inbox leave."""
        self.ensure_one()
        return format_address(self.name, self.email_normalized)

    def _answer_from(self, author):
        """'"Agent" <address>': answers leave from the inbox's address with the name of who
        writes.
        """
        self.ensure_one()
        return format_address(author.name or self.name, self.email_normalized)

    def _reply_address(self, ticket_id):
        """The address to which the customer answers, with the ticket's token where that is set."""
        self.ensure_one()
        address = self.email_normalized
        if self.sudo().token_in_address:
            local, _at, domain = address.rpartition("@")
            address = f"{local}+{reply_token.make(self.env, ticket_id)}@{domain}"
        return format_address(self.name, address)
