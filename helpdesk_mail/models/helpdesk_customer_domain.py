# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Domains of customers: who writes from there is one of them."""

import re

import idna
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..intake.public_domains import is_public

_DOMAIN = re.compile(r"(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


def normalize_domain(text):
    """ "@Firm.example" or "anna@firm.example" as "firm.example"; "" where it is no domain.

    International domains get their ASCII form (RFC 5890).
    """
    domain = (text or "").strip().rpartition("@")[2].strip().rstrip(".").lower()
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            return ""
    return domain if _DOMAIN.fullmatch(domain) else ""


class HelpdeskCustomerDomain(models.Model):
    _name = "helpdesk.customer.domain"
    _description = "Mail domain of a customer"
    _order = "name"

    name = fields.Char(string="Domain", required=True, help="For instance firm.example")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="partner_id.company_id", store=True)

    _name_unique = models.UniqueIndex(
        "(name, COALESCE(company_id, 0))", "This domain belongs to a customer already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_normalized(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._with_normalized(vals))

    def _with_normalized(self, vals):
        if "name" not in vals:
            return vals
        domain = normalize_domain(vals["name"])
        if not domain:
            raise ValidationError(
                self.env._(
                    "%(name)s is no mail domain. Write it like firm.example.", name=vals["name"]
                )
            )
        if is_public(domain):
            raise ValidationError(
                self.env._(
                    "%(domain)s is a public mail provider: everybody may have an address there, so "
                    "it cannot be a customer's domain.",
                    domain=domain,
                )
            )
        self._check_free(domain, vals.get("partner_id"))
        return {**vals, "name": domain}

    def _check_free(self, domain, partner_id):
        """Say who has the domain already, in words, before the database does."""
        customer = self.env["res.partner"].browse(partner_id or self.partner_id.ids[:1])
        # sudo: the user may not see the other customer, whose name is told only if they do
        taken = self.sudo().search(
            [
                ("name", "=", domain),
                ("id", "not in", self.ids),
                ("company_id", "in", [False, *customer.company_id.ids]),
            ],
            limit=1,
        )
        if not taken:
            return
        other = taken.partner_id.with_env(self.env)
        name = (
            other.display_name
            if other._filtered_access("read")
            else self.env._("a customer that you do not see")
        )
        raise ValidationError(
            self.env._(
                "Two customers cannot share a domain: %(domain)s belongs to %(customer)s already. "
                "Take it away there first.",
                domain=domain,
                customer=name,
            )
        )
