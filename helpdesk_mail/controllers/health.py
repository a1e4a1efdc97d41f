# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The health of the inboxes for a monitoring system."""

from odoo import http
from odoo.http import request


class HelpdeskMailHealth(http.Controller):
    @http.route(
        "/helpdesk_mail/health",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
        readonly=True,
    )
    def health(self, **_kwargs):
        """JSON: 200 where all is well, 503 where an inbox is in trouble.

        The token stands in ``Authorization: Bearer``, never in the address, which is logged.
        401: wrong token; 404: nobody has made one.
        """
        scheme, _space, token = request.httprequest.headers.get("Authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        company, exists = request.env["res.company"]._helpdesk_mail_of_health_token(token)
        if not exists:
            raise request.not_found()
        if not company:
            return self._answer({"error": "unknown token"}, 401)
        well, report = request.env["helpdesk.inbox"]._health_report(company)
        return self._answer(report, 200 if well else 503)

    @staticmethod
    def _answer(values, status):
        return request.make_json_response(
            values, headers={"Cache-Control": "no-store"}, status=status
        )
