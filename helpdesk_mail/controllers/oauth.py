# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where a provider sends the browser back after the sign-in."""

import logging

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..models.helpdesk_mail_account_oauth import CALLBACK

_logger = logging.getLogger(__name__)
_WORDS_LIMIT = 300  # characters


class HelpdeskMailOAuth(http.Controller):
    @http.route(CALLBACK, type="http", auth="user", methods=["GET"], sitemap=False)
    def callback(self, state="", code="", error="", error_description="", **_kwargs):
        """Take the code of a sign-in that ``action_oauth_connect`` began.

        It counts for the user who began it and who may still set up that account, within a few
        minutes, once (RFC 6749, sections 10.12 and 4.1.2). What the provider says is shown only to
        that user: anybody can make a link to here.
        """
        Account = request.env["helpdesk.mail.account"]
        found = Account._helpdesk_mail_oauth_of_state(state)
        if not found:
            return self._problem(
                request.env._(
                    "This sign-in has expired, or somebody else began it. Open the account and "
                    "press Connect again."
                )
            )
        account, nonce = found
        words = ": ".join(filter(None, (error, error_description)))[:_WORDS_LIMIT]
        try:
            account._helpdesk_mail_oauth_finish(nonce, code, words)
        except AccessError:
            return self._problem(request.env._("You may not set up this account."), 403)
        except UserError as problem:
            _logger.info("Sign-in for %s %s failed", account._name, account.id)
            return self._problem(str(problem), url=account._helpdesk_mail_form_url())
        return self._guarded(request.redirect(account._helpdesk_mail_form_url()))

    def _problem(self, words, status=400, url="/odoo"):
        response = request.render(
            "helpdesk_mail.oauth_problem", {"words": words, "url": url}, status=status
        )
        return self._guarded(response)

    @staticmethod
    def _guarded(response):
        # the address of this page holds a code: it goes nowhere else
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response
