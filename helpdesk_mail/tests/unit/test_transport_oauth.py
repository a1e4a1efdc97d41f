# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""OAuth 2.0 from the client's side, with a provider on loopback."""

import contextlib
import dataclasses
import logging
import socket
import subprocess
import threading
import traceback
import urllib.parse

import pytest

from helpdesk_mail.tests.unit.mail_greeters import Authority
from helpdesk_mail.tests.unit.token_endpoint import CLIENT_ID, CLIENT_SECRET, TokenEndpoint
from helpdesk_mail.transport import (
    ConfigurationWrong,
    CredentialsRefused,
    TransportError,
    TryAgain,
    oauth,
)

REDIRECT = "https://odoo.example.com/helpdesk_mail/oauth/callback"


@pytest.fixture
def provider():
    with TokenEndpoint() as endpoint:
        yield endpoint


def settings_for(provider, **changes):
    values = {
        "token_url": provider.token_url,
        "authorize_url": provider.authorize_url,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scope": "mail offline_access",
        "redirect_url": REDIRECT,
        "timeout": 60.0,
        "loopback_http": True,
    }
    return oauth.OAuthSettings(**{**values, **changes})


def refused(kind, reason, call, *arguments, secrets=()):
    with pytest.raises(TransportError) as caught:
        call(*arguments)
    assert (type(caught.value), caught.value.reason) == (kind, reason), str(caught.value)
    shown = "".join(traceback.format_exception(caught.value))
    for secret in (CLIENT_SECRET, urllib.parse.quote(CLIENT_SECRET), *secrets):
        assert secret not in shown
    return str(caught.value)


def sign_in(provider, settings, verifier=None):
    """Send a person to the provider and back: (code, verifier)."""
    verifier = verifier or oauth.new_verifier()
    url = oauth.authorization_url(settings, state="st4te", verifier=verifier)
    return provider.consent(url)["code"], verifier


# -- the way there


def test_authorization_address_has_state_scope_redirect_and_an_s256_challenge(provider):
    settings = settings_for(provider, authorize_url="https://login.example/auth?audience=mail")
    verifier = oauth.new_verifier()
    url = oauth.authorization_url(
        settings, state="st4te", verifier=verifier, login_hint="desk@example.com"
    )
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query))
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "login.example", "/auth")
    assert query.pop("code_challenge") not in (verifier, "")
    assert query == {
        "audience": "mail",
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT,
        "scope": "mail offline_access",
        "state": "st4te",
        "code_challenge_method": "S256",
        "login_hint": "desk@example.com",
    }
    assert verifier not in url
    assert CLIENT_SECRET not in urllib.parse.unquote(url)


def test_verifiers_are_long_and_never_the_same():
    first, second = oauth.new_verifier(), oauth.new_verifier()
    assert first != second
    assert 43 <= len(first) <= 128


# -- code, refresh, client credentials


@pytest.mark.parametrize("client_auth", ["post", "basic"])
def test_code_becomes_a_token(provider, client_auth):
    settings = settings_for(provider, client_auth=client_auth)
    code, verifier = sign_in(provider, settings)
    token = oauth.exchange_code(settings, code, verifier)
    assert token.access_token in provider.access_tokens
    assert token.refresh_token in provider.refresh_tokens
    assert token.expires_in == 3600
    request = provider.requests[-1]
    assert request["code_verifier"] == verifier
    assert ("client_secret" in request) is (client_auth == "post")
    assert bool(request["authorization"]) is (client_auth == "basic")


def test_a_code_is_good_once_and_only_with_its_verifier(provider):
    settings = settings_for(provider)
    code, verifier = sign_in(provider, settings)
    other = oauth.new_verifier()
    refused(CredentialsRefused, "grant", oauth.exchange_code, settings, code, other)
    code, verifier = sign_in(provider, settings)
    oauth.exchange_code(settings, code, verifier)
    refused(
        CredentialsRefused,
        "grant",
        oauth.exchange_code,
        settings,
        code,
        verifier,
        secrets=(code, verifier),
    )


def test_public_clients_send_no_secret(provider):
    settings = settings_for(provider, client_secret="")
    refused(ConfigurationWrong, "oauth_client", oauth.client_credentials, settings)
    assert provider.requests[-1]["client_id"] == CLIENT_ID
    assert "client_secret" not in provider.requests[-1]


def test_rotated_refresh_tokens_are_handed_over(provider):
    old = provider.new_refresh_token()
    token = oauth.refresh(settings_for(provider), old)
    assert token.refresh_token and token.refresh_token != old
    assert oauth.refresh(settings_for(provider), token.refresh_token).access_token
    words = refused(
        CredentialsRefused, "grant", oauth.refresh, settings_for(provider), old, secrets=(old,)
    )
    assert "Reconnect" in words


def test_without_rotation_the_old_refresh_token_stays(provider):
    provider.rotate = False
    old = provider.new_refresh_token()
    assert oauth.refresh(settings_for(provider), old).refresh_token == ""
    provider.fail = 200, {"access_token": "a", "token_type": "bearer", "refresh_token": old}
    assert oauth.refresh(settings_for(provider), old).refresh_token == ""


def test_client_credentials(provider):
    token = oauth.client_credentials(settings_for(provider))
    assert token.access_token in provider.access_tokens
    assert token.refresh_token == ""
    assert provider.requests[-1]["scope"] == "mail offline_access"


def test_secrets_show_in_no_repr(provider):
    settings = settings_for(provider)
    assert CLIENT_SECRET not in repr(settings)
    token = oauth.client_credentials(settings)
    assert token.access_token not in repr(token)


@pytest.mark.parametrize(
    "expires_in, seconds",
    [(None, None), ("3600", 3600), (-5, 0), (10**12, 365 * 86400)],
)
def test_lifetimes(provider, expires_in, seconds):
    provider.expires_in = expires_in
    assert oauth.client_credentials(settings_for(provider)).expires_in == seconds


# -- what goes wrong


@pytest.mark.parametrize(
    "status, answer, kind, reason",
    [
        (400, {"error": "invalid_grant"}, CredentialsRefused, "grant"),
        (400, {"error": "interaction_required"}, CredentialsRefused, "grant"),
        (401, {"error": "invalid_client"}, ConfigurationWrong, "oauth_client"),
        (400, {"error": "unauthorized_client"}, ConfigurationWrong, "oauth_client"),
        (400, {"error": "invalid_scope"}, ConfigurationWrong, "oauth_settings"),
        (400, {"error": "what_is_this"}, TryAgain, "oauth_answer"),
        (400, {"error": ["odd"]}, TryAgain, "oauth_answer"),
        (400, {"error": "temporarily_unavailable"}, TryAgain, "server_busy"),
        (500, b"oops", TryAgain, "server_busy"),
        (503, {"error": "server_error"}, TryAgain, "server_busy"),
        (429, b"slow down", TryAgain, "server_busy"),
        (404, b"<html>", ConfigurationWrong, "oauth_settings"),
        (401, b"", ConfigurationWrong, "oauth_client"),
        (302, b"", TryAgain, "oauth_answer"),
        (200, b"<html>", TryAgain, "oauth_answer"),
        (200, b"[1]", TryAgain, "oauth_answer"),
        (200, b'{"access_token": 1}', TryAgain, "oauth_answer"),
        (200, {}, TryAgain, "oauth_answer"),
        (200, {"access_token": "a b\r\nc", "token_type": "bearer"}, TryAgain, "oauth_answer"),
        (200, {"access_token": "a", "token_type": "mac"}, TryAgain, "oauth_answer"),
        (200, {"access_token": "a", "expires_in": "soon"}, TryAgain, "oauth_answer"),
        (200, b"{" * 100_000, TryAgain, "oauth_answer"),
        (200, b"[" * 200_000, TryAgain, "oauth_answer"),
    ],
)
def test_answers_are_named_for_the_reaction_they_ask_for(provider, status, answer, kind, reason):
    provider.fail = status, answer
    words = refused(kind, reason, oauth.refresh, settings_for(provider), "r3fresh")
    assert f"127.0.0.1:{provider.port}" in words


def test_the_words_of_the_provider_are_shown_without_our_secrets(provider):
    echo = f"AADSTS7000222: {CLIENT_SECRET} r3fresh has expired. " + "x" * 5000
    provider.fail = 401, {"error": "invalid_client", "error_description": echo}
    words = refused(
        ConfigurationWrong,
        "oauth_client",
        oauth.refresh,
        settings_for(provider),
        "r3fresh",
        secrets=("r3fresh",),
    )
    assert "AADSTS7000222" in words
    assert len(words) < 500


def test_redirects_are_not_followed(provider):
    with TokenEndpoint() as elsewhere:
        provider.fail = 307, b""
        provider.headers = {"Location": elsewhere.token_url}
        refused(TryAgain, "oauth_answer", oauth.client_credentials, settings_for(provider))
        assert elsewhere.requests == []


def test_an_endless_answer_is_cut_off(provider):
    provider.fail = 200, b'{"access_token": "' + b"a" * (oauth.ANSWER_LIMIT + 1) + b'"}'
    refused(TryAgain, "oauth_answer", oauth.client_credentials, settings_for(provider))


def test_nothing_of_a_request_is_logged(provider, caplog):
    caplog.set_level(logging.DEBUG)
    settings = settings_for(provider)
    code, verifier = sign_in(provider, settings)
    token = oauth.exchange_code(settings, code, verifier)
    again = oauth.refresh(settings, token.refresh_token)
    secrets = (code, verifier, token.access_token, token.refresh_token, again.access_token)
    for secret in (CLIENT_SECRET, *secrets):
        assert secret not in caplog.text


# -- the line


@contextlib.contextmanager
def silent_server(say=b"", drip=b""):
    """Takes connections, says ``say``, then ``drip`` again and again; never an end."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()
    connections = []

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _address = listener.accept()
                connections.append(connection)
                connection.recv(65536)
                connection.sendall(say)
                while drip and not stopped.wait(0.05):
                    connection.sendall(drip)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/token"
    finally:
        stopped.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in connections:
            connection.close()
        thread.join(5)


def test_silence_ends_in_time(provider):
    with silent_server() as url:
        settings = settings_for(provider, token_url=url, timeout=0.2)
        refused(TryAgain, "timeout", oauth.client_credentials, settings)


def test_dripping_ends_in_time(provider):
    start = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    with silent_server(start, b" ") as url:
        settings = settings_for(provider, token_url=url, timeout=0.5)
        refused(TryAgain, "timeout", oauth.client_credentials, settings)


def test_a_cut_line(provider, monkeypatch):
    # bound, so that nobody else gets the port, but nobody listens
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/token"
        settings = settings_for(provider, token_url=url)
        refused(TryAgain, "refused", oauth.client_credentials, settings)

    def lookup(*_arguments, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    # the name servers of some networks find every host
    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    settings = settings_for(provider, token_url="https://no-such-host.invalid/token")
    with pytest.raises(TransportError) as caught:
        oauth.client_credentials(settings)
    assert caught.value.reason == "unknown_host"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "javascript:alert(1)",
        "http://login.example/token",
        "http://10.0.0.1/token",
        "http://127.0.0.1.example/token",
        "https://user:pass@login.example/token",
        "https://login.example/token#x",
        "https://[::1/token",
        "https://login.example:port/token",
        "file:///etc/passwd",
    ],
)
def test_only_https_is_spoken(provider, url):
    settings = settings_for(provider, token_url=url, authorize_url=url)
    refused(ConfigurationWrong, "oauth_url", oauth.client_credentials, settings)
    with pytest.raises(ConfigurationWrong):
        oauth.authorization_url(settings, state="s", verifier="v")


def test_http_on_loopback_is_for_tests_only(provider):
    settings = settings_for(provider, loopback_http=False)
    refused(ConfigurationWrong, "oauth_url", oauth.client_credentials, settings)
    assert provider.requests == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(certificate, key) that nobody but the holder of the file trusts."""
    folder = tmp_path_factory.mktemp("tls")
    paths = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split(),
            *"-days 2 -subj /CN=provider -addext subjectAltName=IP:127.0.0.1".split(),
            *("-out", str(paths[0]), "-keyout", str(paths[1])),
        ],
        check=True,
        capture_output=True,
    )
    return tuple(map(str, paths))


def test_certificates_are_verified(certificate):
    with TokenEndpoint(certificate) as provider:
        settings = settings_for(provider, loopback_http=False)
        refused(ConfigurationWrong, "certificate", oauth.client_credentials, settings)
        assert provider.requests == []
        trusting = dataclasses.replace(settings, ca_file=certificate[0])
        assert oauth.client_credentials(trusting).access_token
        lost = dataclasses.replace(settings, ca_file="/no/such/file")
        refused(ConfigurationWrong, "ca_file", oauth.client_credentials, lost)


def test_an_authority_of_ones_own_counts_beside_the_public_ones(certificate, monkeypatch):
    own = Authority("localhost")
    pem = open(certificate[0]).read()
    with TokenEndpoint(certificate) as provider:
        settings = settings_for(provider, loopback_http=False, ca_data=pem)
        assert oauth.client_credentials(settings).access_token
        other = dataclasses.replace(settings, ca_data=own.ca_data)
        refused(ConfigurationWrong, "certificate", oauth.client_credentials, other)
        bad = dataclasses.replace(settings, ca_data="-----BEGIN CERTIFICATE-----\nx")
        refused(ConfigurationWrong, "ca_file", oauth.client_credentials, bad)
        # in place of the public ones, which no server of a test is signed by
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate[0])
        assert oauth.client_credentials(other).access_token


def test_tls_spoken_to_a_server_without(provider):
    url = provider.token_url.replace("http:", "https:")
    settings = settings_for(provider, token_url=url)
    refused(ConfigurationWrong, "not_tls", oauth.client_credentials, settings)
