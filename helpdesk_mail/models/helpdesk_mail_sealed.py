# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What sealed models share (:mod:`.seal`): the ORM asks ``_search`` before it reads anything."""

from odoo import api, models
from odoo.fields import Domain

from . import seal


class HelpdeskMailSealed(models.AbstractModel):
    _name = "helpdesk.mail.sealed"
    _description = "Sealed Record"

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        """Find what the user behind the environment may see, for the superuser as well."""
        if (self.env.su or bypass_access) and not seal.is_open(self.env):
            domain = Domain(domain) & seal.domain(self._name)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        """Hand the files of private mail to no superuser either: Odoo reads files as one."""
        if (self.env.su or bypass_access) and not seal.is_open(self.env):
            domain = Domain(domain) & seal.domain(self._name)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)
