# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where a connection gets its bearer token from: kept, or asked for by one worker at a time.

A refresh token that a provider rotates is the only key to the mailbox from that moment on. So the
renewal is a transaction of its own, on a row of its own (``helpdesk.mail.grant``): the row is
locked, the provider is asked, the new tokens are committed, all before any mail is touched. The
row of the account itself is locked by the fetch that asks, and stays out of this.
"""

import dataclasses
import logging
import urllib.parse
from contextlib import contextmanager

import psycopg2
from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..transport import CredentialsRefused, oauth
from ..transport.errors import Peer
from .oauth_presets import CLIENT_CREDENTIALS

_logger = logging.getLogger(__name__)
_TRIES = 5
# longer than a provider may take to answer (OAuthSettings.timeout)
_LOCK_TIMEOUT = "45s"


@dataclasses.dataclass(frozen=True)
class TokenSource:
    """Gives the bearer token of one account; can be called from any thread.

    ``env`` is set where the caller's own transaction has written the account's grant: nobody else
    sees that yet, and waiting for oneself would be for ever.
    """

    registry: Registry = dataclasses.field(repr=False)
    model: str
    res_id: int
    flow: str
    client: oauth.OAuthSettings
    env: api.Environment = dataclasses.field(default=None, repr=False, compare=False)

    def __call__(self, refused=""):
        """A token (str) that is good by its date and is not *refused*, which a server turned down.

        :raise TransportError: the provider refuses, cannot be reached, or nobody has signed in
        :raise UserError: what is stored cannot be read with our key
        """
        for _attempt in range(_TRIES):
            try:
                with grant_env(self.registry, self.env) as env:
                    token, problem = self._token(env, refused)
                # raised only now: that the grant is dead is remembered
                if problem:
                    raise problem
                return token
            except psycopg2.errors.LockNotAvailable:
                break
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # another worker has just renewed it: look again
                if self.env:
                    raise
        raise self.peer().error("oauth_busy")

    def _token(self, env, refused):
        """A token and None, or "" and why there will be none until somebody signs in."""
        Grant = env["helpdesk.mail.grant"]
        token = Grant._of(self.model, self.res_id)._good_token__(refused)
        if token:
            return token, None
        by_client = self.flow == CLIENT_CREDENTIALS
        grant = Grant._locked(self.model, self.res_id, make=by_client)
        # a test, or a retry, may find here what another worker has left
        token = grant._good_token__(refused)
        if token:
            return token, None
        try:
            if by_client:
                answer = oauth.client_credentials(self.client)
            else:
                refresh_token = grant._refresh_token__()
                if not refresh_token:
                    raise self.peer().error("no_grant")
                answer = oauth.refresh(self.client, refresh_token)
        except CredentialsRefused as error:
            # kept: some providers err; the next try, after the cool-off, finds out
            if grant and not grant.refused_at:
                grant.refused_at = fields.Datetime.now()
            return "", error
        grant._keep(answer)
        _logger.info("A new token for %s %s", self.model, self.res_id)
        return answer.access_token, None

    def peer(self):
        """The provider in messages."""
        parts = urllib.parse.urlsplit(self.client.token_url or self.client.authorize_url or "")
        return Peer(parts.hostname or "?", parts.port or 443, "OAuth")


@contextmanager
def grant_env(registry, env=None):
    """An environment for grants, in a transaction of its own that is committed at the end.

    With *env*, that one, and its owner commits.
    """
    if env is not None:
        yield env
        return
    with registry.cursor() as cr:
        # a worker that hangs must not hang the others
        cr.execute("SET LOCAL lock_timeout = %s", [_LOCK_TIMEOUT])
        yield api.Environment(cr, SUPERUSER_ID, {})


def is_dead(error):
    """Whether *error* (TransportError) says that only a person can bring the sign-in back."""
    return isinstance(error, CredentialsRefused) or error.reason in ("oauth_client",)
