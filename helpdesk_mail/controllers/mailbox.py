# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Download of a whole personal mailbox."""

from odoo import api, http
from odoo.exceptions import AccessError
from odoo.http import Response, content_disposition, request

from ..models.helpdesk_mailbox_export import URL


class HelpdeskMailMailbox(http.Controller):
    @http.route(URL, type="http", auth="user", methods=["GET"], readonly=True)
    def export(self, mailbox="", **_kwargs):
        """All messages of a mailbox as a zip archive, to its owner or whoever broke the glass."""
        if not str(mailbox).isdecimal():
            raise request.not_found()
        record = request.env["helpdesk.mailbox"].browse(int(mailbox))
        try:
            record._check_may_export()
        except AccessError:
            # whether there is one is nobody's to know
            raise request.not_found() from None
        return Response(
            _pieces(request.env.registry, request.env.uid, record.id),
            headers=[
                ("Content-Type", "application/zip"),
                ("Content-Disposition", content_disposition("mailbox.zip")),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "no-store"),
            ],
            direct_passthrough=True,
        )


def _pieces(registry, uid, mailbox_id):
    """The archive; in a transaction of its own, since the request's ends before it is read."""
    with registry.cursor(readonly=True) as cr:
        env = api.Environment(cr, uid, {})
        yield from env["helpdesk.mailbox"].browse(mailbox_id)._export()
