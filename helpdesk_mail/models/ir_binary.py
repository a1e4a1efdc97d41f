# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Files of tickets and of mail are handed to those who see the ticket and the mail."""

from odoo import models

from .ir_rule import in_scope


class IrBinary(models.AbstractModel):
    _inherit = "ir.binary"

    def _find_record(self, *args, **kwargs):
        """Let a token open no file for a colleague who may not see its ticket, or its mail."""
        record = super()._find_record(*args, **kwargs)
        if record._name == "ir.attachment" and self.env.user._helpdesk_scope_roots():
            # sudo: to what the file belongs, before it is handed out
            attachment = record.sudo()
            if attachment.res_model == "helpdesk.ticket" and attachment.res_id:
                ticket = self.env["helpdesk.ticket"].browse(attachment.res_id)
                ticket.exists().check_access("read")
            elif not attachment.filtered_domain(in_scope(attachment._name)):
                attachment.sudo(False).check_access("read")
        return record
