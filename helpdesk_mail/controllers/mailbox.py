# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Download of a whole personal mailbox."""

from markupsafe import Markup
from odoo import api, http
from odoo.exceptions import AccessError
from odoo.http import Response, content_disposition, request

from ..models.helpdesk_mailbox_export import URL


class HelpdeskMailMailbox(http.Controller):
    @http.route(URL, type="http", auth="user", methods=["GET"], readonly=True)
    def export(self, mailbox="", part="", **_kwargs):
        """All messages of a mailbox as zip archives, to its owner or whoever broke the glass; where
        one archive would be too large, first the list of its parts.
        """
        if not mailbox.isdecimal() or (part and not part.isdecimal()):
            raise request.not_found()
        record = request.env["helpdesk.mailbox"].browse(int(mailbox))
        try:
            parts = record._export_parts()
        except AccessError:
            # whether there is one is nobody's to know
            raise request.not_found() from None
        if parts > 1 and not part:
            return self._list(record.id, parts)
        number = int(part or 1)
        if not 1 <= number <= parts:
            raise request.not_found()
        name = "mailbox.zip" if parts == 1 else f"mailbox-{number:03}-of-{parts:03}.zip"
        return Response(
            _pieces(request.env.registry, request.env.uid, record.id, number),
            headers=[
                ("Content-Type", "application/zip"),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "no-store"),
            ],
            direct_passthrough=True,
        )

    def _list(self, mailbox_id, parts):
        words = request.env._("Export of your mailbox: download all parts")
        links = Markup().join(
            Markup('<li><a href="%s?mailbox=%s&amp;part=%s" download="">%s</a></li>')
            % (URL, mailbox_id, number, request.env._("Part %s", number))
            for number in range(1, parts + 1)
        )
        page = Markup("<!DOCTYPE html><title>%s</title><h1>%s</h1><ul>%s</ul>")
        return request.make_response(
            page % (words, words, links),
            [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")],
        )


def _pieces(registry, uid, mailbox_id, part):
    """The archive; in a transaction of its own, since the request's ends before it is read."""
    with registry.cursor(readonly=True) as cr:
        env = api.Environment(cr, uid, {})
        yield from env["helpdesk.mailbox"].browse(mailbox_id)._export(part)
