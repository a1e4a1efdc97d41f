# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A mailbox that is opened with OAuth 2.0 tokens: renewed, revoked, connected again."""

import dataclasses
import importlib.util
import itertools
import os
from pathlib import Path

import pytest
from road_mails import conversation

from dev.dovecot import Dovecot, find_dovecot

_ROOT = Path(__file__).resolve().parents[2]
_PROVIDER = _ROOT / "helpdesk_mail" / "tests" / "unit" / "token_endpoint.py"


def _load(path):
    """A module by its file: the package around it imports Odoo."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


token_endpoint = _load(_PROVIDER)
oauth_config = _load(_ROOT / "tests" / "transport" / "dovecot_oauth.py")


@pytest.fixture(scope="module")
def provider():
    with token_endpoint.TokenEndpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def oauth_world(world, provider, tmp_path_factory):
    """The world with a mail server that asks the provider about tokens."""
    folder = tmp_path_factory.mktemp("oauth")
    config = oauth_config.make(folder, provider.url, "xoauth2", find_dovecot()[1])
    server = Dovecot(folder / "mail", tls=False, extra_config=config)
    server.start()
    world.odoo.warm("option", name="helpdesk_mail_oauth_loopback_http", value=True)
    found = _WorldWith(world, server)
    try:
        yield found
    finally:
        server.remove()


class _WorldWith:
    """``world`` with another mail server."""

    def __init__(self, world, server):
        self._world = world
        self.dovecot = server

    def __getattr__(self, name):
        return getattr(self._world, name)


@dataclasses.dataclass
class _Account:
    inbox: object
    refresh_token: str


_NUMBERS = itertools.count(1)


@pytest.fixture(params=["imap", "pop3"])
def account(oauth_world, provider, request):
    """An active inbox whose user has signed in."""
    world, protocol = oauth_world, request.param
    user = f"oauth{os.getpid()}-{next(_NUMBERS)}@example.com"
    refresh_token = provider.new_refresh_token(user)
    values = {
        "name": user,
        "email": user,
        "protocol": protocol,
        "host": "127.0.0.1",
        "port": getattr(world.dovecot, f"{protocol}_port"),
        "encryption": "none",
        "username": user,
        "auth_method": "oauth2",
        "oauth_provider": "generic",
        "oauth_client_id": token_endpoint.CLIENT_ID,
        "oauth_client_secret": token_endpoint.CLIENT_SECRET,
        "oauth_token_url": provider.token_url,
        "oauth_authorize_url": provider.authorize_url,
        "oauth_refresh_token": refresh_token,
        "sync_start": "2020-01-01",
        "mark_seen": protocol == "imap",
        "cooloff_minutes": 0,
    }
    world.dovecot.add_user(user, "no password is used")
    from road_world import Inbox

    inbox = Inbox(world, user, protocol, "INBOX", world.odoo.value("make_inbox", values=values))
    return _Account(inbox, refresh_token)


def test_tokens_end_and_are_renewed(account, provider):
    """Each fetch finds its token refused; each time a rotated refresh token brings the next."""
    inbox = account.inbox
    before = len(provider.requests)
    for mails in (conversation(7), conversation(7)):
        for mail in mails:
            inbox.deliver(mail)
        provider.access_tokens.clear()
        assert sum(inbox.fetch().values()) == 7
    inbox.check_exactly_once()
    used = [request["refresh_token"] for request in provider.requests[before:]]
    assert len(used) == len(set(used)) == 2
    assert inbox.account()["state"] == "active"


def test_a_revoked_grant_loses_no_mail(account, provider):
    """Failed with a reason; what came meanwhile is taken in after the next sign-in."""
    inbox = account.inbox
    first, second = conversation(7), conversation(7)
    for mail in first:
        inbox.deliver(mail)
    inbox.fetch()
    provider.revoke_all()
    for mail in second:
        inbox.deliver(mail)
    assert inbox.fetch() == {}
    row = inbox.account()
    assert row["state"] == "failed"
    assert "Press Reconnect" in row["last_error"]
    inbox.check_consistent()
    inbox.write(oauth_refresh_token=provider.new_refresh_token(inbox.user))
    inbox.settle()
    assert inbox.account()["state"] == "active"
    inbox.check_exactly_once()
