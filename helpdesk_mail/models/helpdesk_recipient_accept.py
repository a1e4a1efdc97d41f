# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Addresses whose mail is always accepted, whatever deny rules and settings of inboxes say."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..intake.addresses import recipient_key

_MANAGER = "helpdesk_mail.group_mail_administrator"


class HelpdeskRecipient(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.recipient"  # pylint: disable=consider-merging-classes-inherited

    is_accepted = fields.Boolean(
        string="Always accept",
        copy=False,
        help="What this address writes is taken in whatever the deny list and the inbox's own "
        "settings say of it. Mail with a forged sender is not covered.",
    )

    _accepted_idx = models.Index("(id, company_id) WHERE is_accepted")

    @api.constrains("is_accepted", "is_banned")
    def _check_accepted(self):
        for recipient in self:
            if recipient.is_accepted and recipient.is_banned:
                raise ValidationError(
                    self.env._(
                        "%(email)s cannot be banned and always accepted at once.",
                        email=recipient.email,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("is_accepted") for vals in vals_list):
            self._check_may_accept()
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("is_accepted"):
            self._check_may_accept()
            vals = {"is_banned": False, **vals}
        elif vals.get("is_banned"):
            vals = {"is_accepted": False, **vals}
        return super().write(vals)

    def _check_may_accept(self):
        """Raise unless the user may overrule the deny list, which is an administrator's."""
        if not self.env.su and not self.env.user.has_group(_MANAGER):
            raise AccessError(self.env._("Only a mail administrator may accept senders always."))

    def action_accept(self):
        """Always accept what these addresses write from now on; ends their ban."""
        self.write({"is_accepted": True})
        return True

    def action_unaccept(self):
        """Let the deny list and the settings of the inboxes hold for these addresses again."""
        self.write({"is_accepted": False})
        return True

    @api.model
    def _accept_senders(self, company, senders):
        """Always accept *senders* (dict of normalised address -> name) in *company*; those that
        never came in become recipients.
        """
        self._check_may_accept()
        self.check_access("write")
        keys = {recipient_key(email): email for email in senders}
        found = self.search([("email_key", "in", list(keys)), ("company_id", "=", company.id)])
        # sudo: whether somebody has the address, whom the user may not see
        taken = self.sudo().search(
            [("email_key", "in", list(keys)), ("company_id", "=", company.id)]
        )
        if taken - found.sudo():
            raise AccessError(
                self.env._(
                    "%(emails)s: addresses of customers whom you do not see.",
                    emails=", ".join((taken - found.sudo()).mapped("email_key")),
                )
            )
        found.filtered(lambda recipient: not recipient.is_accepted).action_accept()
        known = set(found.mapped("email_key"))
        return found | self.create(
            [
                {
                    "email": email,
                    "name": senders[email] or False,
                    "company_id": company.id,
                    "is_accepted": True,
                }
                for key, email in keys.items()
                if key not in known
            ]
        )
