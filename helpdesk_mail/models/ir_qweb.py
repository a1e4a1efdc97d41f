# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Compile a mail template once for all tickets that it is rendered for."""

from lxml import etree
from odoo import models

from . import seal

COMPILED = "helpdesk_mail_compiled"


class IrQweb(models.AbstractModel):
    _inherit = "ir.qweb"

    def _render(self, template, values=None, **options):
        """Views are code of the settings: they read no private mail, whoever looks at them."""
        with seal.shut(self.env):
            return super()._render(template, values, **options)

    def _generate_code_uncached(self, template):
        """Reuse what the context's dictionary has for the very same source.

        Odoo compiles a mail template again for each record: several times the cost of rendering
        it. Each record is still rendered by itself, so that nothing of one stays for the next.
        """
        compiled = self.env.context.get(COMPILED)
        if not isinstance(compiled, dict) or not isinstance(template, etree._Element):
            return super()._generate_code_uncached(template)
        key = (etree.tostring(template), self.env.context.get("raise_on_forbidden_code_for_model"))
        if key not in compiled:
            compiled[key] = super()._generate_code_uncached(template)
        return compiled[key]
