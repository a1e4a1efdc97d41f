# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A mailbox that signs in by OAuth 2.0, and a provider on loopback that it signs in with."""

from unittest.mock import patch

from odoo.tools import config

from .common import HelpdeskMailCase
from .unit.token_endpoint import CLIENT_ID, CLIENT_SECRET, TokenEndpoint

USER = "desk@example.com"


class OAuthCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls.enterClassContext(TokenEndpoint())
        cls.enterClassContext(patch.dict(config.options, helpdesk_mail_oauth_loopback_http=True))
        cls.admin = cls.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        cls.mailbox = cls.new_account()

    @classmethod
    def new_account(cls, **values):
        """An account of the generic provider, with all that Connect needs."""
        return cls.env["helpdesk.inbox"].create(
            {
                "name": "By OAuth",
                "email": "oauth@desk.example",
                "kind": "mailbox",
                "host": "imap.example",
                "username": USER,
                "auth_method": "oauth2",
                "oauth_provider": "generic",
                "oauth_client_id": CLIENT_ID,
                "oauth_client_secret": CLIENT_SECRET,
                "oauth_scope": "mail offline_access",
                "oauth_authorize_url": cls.provider.authorize_url,
                "oauth_token_url": cls.provider.token_url,
                **values,
            }
        )

    def setUp(self):
        super().setUp()
        provider = self.provider
        provider.requests.clear()
        provider.fail = provider.hold = None
        provider.rotate = provider.give_refresh_token = True
        provider.expires_in = 3600

    def grant(self, account=None):
        account = account or self.mailbox
        grant = self.env["helpdesk.mail.grant"]._of(account._name, account.id)
        grant.invalidate_recordset()
        return grant

    def by_refresh_token(self, account=None):
        """Sign the account in with a refresh token: the token."""
        token = self.provider.new_refresh_token(USER)
        (account or self.mailbox).oauth_refresh_token = token
        return token
