# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Settings of a company for its helpdesk's mail."""

import hashlib
import hmac
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError

_MANAGER = "helpdesk_mail.group_mail_administrator"


class ResCompany(models.Model):
    _inherit = "res.company"

    helpdesk_mail_plus_addressing = fields.Boolean(
        string="Sub-addresses are one recipient",
        help="anna+shop@example.com and anna@example.com are the same sender (RFC 5233).",
    )
    helpdesk_mail_health_token_hash = fields.Char(copy=False, groups=fields.NO_ACCESS)

    def _helpdesk_mail_new_health_token(self):
        """A new token (str) for monitoring; the one before is void.

        :raise AccessError: the user is no administrator of mail in this company
        """
        self.ensure_one()
        user = self.env.user
        if not user.has_group(_MANAGER) or self not in user.company_ids:
            raise AccessError(self.env._("Only a mail administrator may do this."))
        token = secrets.token_urlsafe(32)
        # sudo: checked above; companies are for the settings' administrators to write
        self.sudo().helpdesk_mail_health_token_hash = _hash(token)
        return token

    @api.model
    def _helpdesk_mail_of_health_token(self, token):
        """The company of a token, or none; and whether any company has one at all."""
        # sudo: the hashes are nobody's to read
        companies = self.sudo().search([("helpdesk_mail_health_token_hash", "!=", False)])
        given = _hash(token)
        found = self.browse()
        for company in companies:
            # each is compared, in constant time
            if hmac.compare_digest(company.helpdesk_mail_health_token_hash, given):
                found = company
        return found, bool(companies)


def _hash(token):
    """What is stored of a token. It is random and long: a plain hash suffices."""
    return hashlib.sha256(token.encode()).hexdigest()
