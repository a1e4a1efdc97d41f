# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The door for mail servers and mail providers: raw mail by HTTP POST."""

import logging

from odoo import http
from odoo.http import request

_logger = logging.getLogger(__name__)
_BEARER = "bearer "
# octets; Odoo parses a form before this controller sees the token
_FORM_LIMIT = 1024


def _content_limit(_controller):
    """How large a request may be; the inbox's own limit is checked before the body is read."""
    is_form = request.httprequest.mimetype.startswith("multipart/")
    return _FORM_LIMIT if is_form else None


class HelpdeskMailPush(http.Controller):
    @http.route(
        "/helpdesk_mail/push/<int:inbox_id>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,  # no cookie counts here: each request brings its token
        save_session=False,
        max_content_length=_content_limit,
    )
    def push(self, inbox_id, **_kwargs):
        """Take in one raw mail (RFC 5322), the body of the request.

        The token stands in ``Authorization: Bearer``. The answer is JSON: ``{"outcome",
        "ticket", "reason"}`` with status 200 once the mail is safely stored. 401: no such inbox
        or a wrong token (the two are not told apart); 409: the inbox is not active; 411, 413,
        400: no length, too large, empty. Whoever gets another status tries again later: taking
        in the same mail twice does no harm.
        """
        # sudo: the token, not a user, gives the right to deliver
        inbox = request.env["helpdesk.inbox"].sudo().browse(inbox_id).exists()
        scheme, _space, token = request.httprequest.headers.get("Authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == _BEARER.strip() else ""
        if not inbox or not token or not inbox._check_push_token(token):
            return self._answer({"error": "unknown inbox or token"}, 401)
        active = inbox.state == "active"
        if not active and not inbox.setup_test_token:
            return self._answer({"error": "the inbox is not active"}, 409)
        length = request.httprequest.content_length
        if length is None:
            return self._answer({"error": "Content-Length is missing"}, 411)
        if length > inbox.max_size_mb * 2**20:
            return self._answer({"error": f"the limit is {inbox.max_size_mb} MB"}, 413)
        if request.httprequest.mimetype == "application/x-www-form-urlencoded":
            # what curl says unless told otherwise; the body is parsed, and gone, by now
            return self._answer({"error": "send it with Content-Type: message/rfc822"}, 415)
        # kept: Odoo calls us again after a conflict in the database, and the body comes only once
        source = request.httprequest.get_data(cache=True)
        if length and not source:
            return self._answer({"error": "the body was not read, send it again"}, 503)
        if not source.strip():
            return self._answer({"error": "the request has no body"}, 400)
        if inbox._setup_take_test(source):
            return self._answer({"outcome": "test", "reason": None, "ticket": None}, 200)
        if not active:
            return self._answer({"error": "the inbox is not active"}, 409)
        item = inbox._take_in(source, "push")[0]
        ticket = request.env["helpdesk.ticket"].sudo().browse(item.resolved_ticket_id() or [])
        return self._answer(
            {
                "outcome": item.outcome,
                "reason": item.reason,
                "ticket": ticket.number if ticket.exists() else None,
            },
            200,
        )

    @staticmethod
    def _answer(values, status):
        return request.make_json_response(values, status=status)
