# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Signing in with a bearer token, against a real Dovecot that asks the provider about it."""

import dovecot_oauth
import pytest

from dev.dovecot import Dovecot, find_dovecot
from helpdesk_mail.tests.unit.token_endpoint import CLIENT_ID, CLIENT_SECRET, TokenEndpoint
from helpdesk_mail.transport import CredentialsRefused, TransportError, TryAgain, oauth

BOTH = pytest.mark.parametrize("protocol", ["imap", "pop3"])
MECHANISMS = pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])


@pytest.fixture(scope="module")
def provider():
    with TokenEndpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def servers(provider, tmp_path_factory):
    """mechanism -> a Dovecot that offers it, and no other for tokens."""
    _binary, version = find_dovecot()
    found = {}
    try:
        for mechanism in ("xoauth2", "oauthbearer"):
            folder = tmp_path_factory.mktemp(mechanism)
            config = dovecot_oauth.make(folder, provider.url, mechanism, version)
            found[mechanism] = Dovecot(folder / "mail", extra_config=config)
            found[mechanism].start()
        yield found
    finally:
        for server in found.values():
            server.remove()


@pytest.fixture
def box(servers, mechanism, make_mailbox):
    """A new, empty mailbox on the server that offers ``mechanism``."""
    return make_mailbox(servers[mechanism])


def client(provider):
    return oauth.OAuthSettings(
        token_url=provider.token_url,
        authorize_url=provider.authorize_url,
        redirect_url="https://odoo.example.com/callback",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        loopback_http=True,
    )


@BOTH
@MECHANISMS
@pytest.mark.parametrize("encryption", ["ssl", "starttls", "none"])
def test_from_consent_to_mail(provider, box, protocol, encryption):
    """A person agrees, the code becomes a token, the token opens the mailbox."""
    settings, verifier = client(provider), oauth.new_verifier()
    url = oauth.authorization_url(settings, state="s", verifier=verifier)
    code = provider.consent(url, box.user)["code"]
    token = oauth.exchange_code(settings, code, verifier)
    box.deliver(b"Subject: Hello\r\n\r\nHello\r\n")
    account = {"auth_method": "oauth2", "secret": token.access_token}
    with box.open(protocol, encryption, **account) as store:
        store.select()
        (mail,) = store.fetch(store.list_uids(), max_size=10_000)
    assert mail.source.startswith(b"Subject: Hello")


@BOTH
@MECHANISMS
def test_a_token_that_the_server_refuses(provider, box, protocol):
    for token in ("made-up", provider.new_access_token("somebody-else@example.com")):
        with pytest.raises(TransportError) as caught:
            box.open(protocol, auth_method="oauth2", secret=token)
        assert type(caught.value) is CredentialsRefused
        assert caught.value.reason == "token_refused"
        assert token not in str(caught.value)
        assert token not in repr(caught.value.__cause__)


@BOTH
@MECHANISMS
def test_a_refused_token_is_renewed_once(provider, box, protocol):
    asked = []

    def bearer(refused):
        asked.append(refused)
        return provider.new_access_token(box.user) if refused else "expired"

    with box.open(protocol, auth_method="oauth2", secret="", bearer=bearer) as store:
        store.noop()
    assert asked == ["", "expired"]

    def hopeless(refused):
        asked.append(refused)
        return f"bad{len(asked)}"

    asked.clear()
    with pytest.raises(CredentialsRefused):
        box.open(protocol, auth_method="oauth2", secret="", bearer=hopeless)
    assert asked == ["", "bad1"], "only once"


@BOTH
@pytest.mark.parametrize("mechanism", ["xoauth2"])
def test_a_busy_provider_is_no_refusal(provider, box, protocol):
    def bearer(_refused):
        raise TryAgain("the provider does not answer", "timeout")

    with pytest.raises(TryAgain):
        box.open(protocol, auth_method="oauth2", secret="", bearer=bearer)
