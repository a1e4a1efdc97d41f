# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""OAuth 2.0 as a client: from a person's consent, or our own, to a bearer token.

    authorization_url -> (the person signs in) -> exchange_code -> refresh -> refresh -> …
    client_credentials                                             (no person, no refresh token)

Authlib builds and reads the messages (RFC 6749, with PKCE by RFC 7636); this module bounds and
guards the line: HTTPS with verified certificates, no redirects (they would carry the client's
secret elsewhere), a limit of time and size for each answer, errors named for the reaction they ask
for, and no secret in any of them.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import secrets
import socket
import ssl
import time
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import requests
import urllib3
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from .errors import Peer, TransportError
from .networks import Networks, addresses

ANSWER_LIMIT = 256 * 1024  # octets
# RFC 6749, section 5.2 and 4.1.2.1; OpenID Connect, section 3.1.2.6
_REASONS = {
    "invalid_grant": "grant",
    "access_denied": "grant",
    "interaction_required": "grant",
    "consent_required": "grant",
    "login_required": "grant",
    "invalid_client": "oauth_client",
    "unauthorized_client": "oauth_client",
    "invalid_scope": "oauth_settings",
    "invalid_request": "oauth_settings",
    "unsupported_grant_type": "oauth_settings",
    "invalid_target": "oauth_settings",
    "server_error": "server_busy",
    "temporarily_unavailable": "server_busy",
}
_STATUS_REASONS = {
    401: "oauth_client",
    403: "oauth_client",
    404: "oauth_settings",
    405: "oauth_settings",
    410: "oauth_settings",
    429: "server_busy",
}


@dataclasses.dataclass(frozen=True, slots=True)
class OAuthSettings:
    """A client that is registered with a provider.

    ``client_auth`` is "post" (id and secret in the request) or "basic" (HTTP Basic); without a
    secret it is a public client and only the id is sent. ``timeout`` is in seconds: for connecting,
    and for the whole answer. ``ca_file`` is trusted instead of the public authorities, ``ca_data``
    (PEM) beside them. With ``networks``, private hosts outside of them are refused, unless
    a proxy (of the environment) does the connecting. ``loopback_http`` lets tests run a provider
    without TLS on this very machine; everywhere else only HTTPS is spoken.
    """

    token_url: str
    client_id: str
    client_secret: str = dataclasses.field(default="", repr=False)
    scope: str = ""
    client_auth: str = "post"
    authorize_url: str = ""
    redirect_url: str = ""
    timeout: float = 20.0
    ca_file: str | None = None
    ca_data: str = dataclasses.field(default="", repr=False)
    loopback_http: bool = False
    networks: Networks | None = dataclasses.field(default=None, repr=False, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Token:
    """What a provider grants. ``expires_in`` is in seconds, None where it does not say.

    ``refresh_token`` is "" where the provider gave none: the one used before stays good.
    """

    access_token: str = dataclasses.field(repr=False)
    refresh_token: str = dataclasses.field(default="", repr=False)
    expires_in: int | None = None


def new_verifier() -> str:
    """A code verifier for PKCE (RFC 7636, section 4.1): 64 characters, for one sign-in."""
    return secrets.token_urlsafe(48)


def authorization_url(settings: OAuthSettings, *, state: str, verifier: str, **extra: str) -> str:
    """Where to send the person's browser; it comes back to ``redirect_url`` with ``state``.

    Carries the S256 challenge of ``verifier``, never the verifier. ``extra`` are parameters of the
    provider, such as ``login_hint``. Raises ConfigurationWrong.
    """
    check_endpoint(settings.authorize_url, loopback_http=settings.loopback_http)
    with _session(settings) as session:
        url, _state = session.create_authorization_url(
            settings.authorize_url, state=state, code_verifier=verifier, **extra
        )
    return str(url)


def exchange_code(settings: OAuthSettings, code: str, verifier: str) -> Token:
    """The token for a code that the browser brought back (RFC 6749, section 4.1.3).

    Raises TryAgain, CredentialsRefused (the code is used, too old or not ours), ConfigurationWrong.
    """
    return _ask(
        settings,
        (code, verifier),
        lambda session, options: session.fetch_token(
            settings.token_url,
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            **options,
        ),
    )


def refresh(settings: OAuthSettings, refresh_token: str) -> Token:
    """A new token (RFC 6749, section 6).

    Where ``Token.refresh_token`` is set, the provider has rotated it: the old one may be dead by
    now, save the new one at once. Raises TryAgain, CredentialsRefused (expired or revoked),
    ConfigurationWrong.
    """
    token = _ask(
        settings,
        (refresh_token,),
        lambda session, options: session.refresh_token(
            settings.token_url, refresh_token=refresh_token, **options
        ),
    )
    if token.refresh_token == refresh_token:
        return dataclasses.replace(token, refresh_token="")
    return token


def client_credentials(settings: OAuthSettings) -> Token:
    """A token for the client itself (RFC 6749, section 4.4).

    Raises TryAgain, CredentialsRefused, ConfigurationWrong.
    """
    return _ask(
        settings,
        (),
        lambda session, options: session.fetch_token(
            settings.token_url, grant_type="client_credentials", **options
        ),
    )


def check_endpoint(url: str, *, loopback_http: bool = False) -> tuple[str, int]:
    """Host and port of an endpoint. Raises ConfigurationWrong unless it is a plain HTTPS address.

    ``loopback_http`` allows HTTP to this very machine.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urllib.parse.urlsplit(""), "", None
    scheme = parts.scheme.lower()
    secure = scheme == "https" or scheme == "http" and loopback_http and is_loopback(host)
    if not host or not secure or parts.username or parts.password or parts.fragment:
        raise Peer(host or url[:100] or "?", port or 443, "OAuth").error("oauth_url")
    return host, port or (443 if scheme == "https" else 80)


def is_loopback(host: str) -> bool:
    """Whether ``host`` names this very machine, without asking the DNS."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class _Session(OAuth2Session):  # type: ignore[misc]
    """Authlib's session with bounded answers."""

    answer_timeout = 20.0

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        deadline = time.monotonic() + self.answer_timeout
        response: requests.Response = super().request(
            method, url, withhold_token=True, stream=True, **options
        )
        content = b"".join(_bounded(response, deadline))
        # what Response.content would have read without a limit
        response._content = content
        response._content_consumed = True
        response.close()
        return response


def _bounded(response: requests.Response, deadline: float) -> Iterator[bytes]:
    """The body, piece by piece as it comes: a server that drips meets the deadline as well."""
    size = 0
    while True:
        try:
            piece = response.raw.read1(16 * 1024, decode_content=True)
        except urllib3.exceptions.TimeoutError:
            raise requests.Timeout from None
        except urllib3.exceptions.HTTPError:
            raise requests.ConnectionError from None
        if not piece:
            return
        size += len(piece)
        if size > ANSWER_LIMIT:
            raise _TooLarge
        if time.monotonic() > deadline:
            raise requests.Timeout
        yield piece


class _TooLarge(Exception):
    pass


class _Adapter(requests.adapters.HTTPAdapter):
    """HTTPS that trusts one more authority; requests itself adds the public ones."""

    def __init__(self, ca_data: str) -> None:
        self._tls = ssl.create_default_context(cadata=ca_data)
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **{**options, "ssl_context": self._tls})

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        return super().proxy_manager_for(*args, **{**options, "ssl_context": self._tls})


def _session(settings: OAuthSettings) -> Any:
    auth = f"client_secret_{settings.client_auth}" if settings.client_secret else "none"
    session = _Session(
        client_id=settings.client_id,
        client_secret=settings.client_secret or None,
        token_endpoint_auth_method=auth,
        scope=settings.scope or None,
        redirect_uri=settings.redirect_url or None,
        code_challenge_method="S256",
    )
    session.answer_timeout = settings.timeout
    if settings.ca_data:
        session.mount("https://", _Adapter(settings.ca_data))
    return session


def _ask(
    settings: OAuthSettings,
    spoken: tuple[str, ...],
    call: Callable[[Any, dict[str, Any]], dict[str, Any]],
) -> Token:
    """The token that ``call`` gets; ``spoken`` are the secrets that it sends."""
    host, port = check_endpoint(settings.token_url, loopback_http=settings.loopback_http)
    peer = Peer(host, port, "OAuth", (settings.client_secret, *spoken))
    _check_networks(settings, host, port, peer)
    if settings.ca_data:
        try:
            ssl.create_default_context(cadata=settings.ca_data)
        except (ssl.SSLError, ValueError):
            raise peer.error("ca_file") from None
    options: dict[str, Any] = {"timeout": settings.timeout, "allow_redirects": False}
    if settings.ca_file:
        options["verify"] = settings.ca_file
    try:
        with _session(settings) as session:
            return _read(call(session, options), peer)
    except OAuthError as error:
        # from None, here and below: these exceptions hold the request with its secrets
        raise peer.error(
            _REASONS.get(str(error.error), "oauth_answer"),
            f"{error.error}: {error.description}" if error.description else error.error,
        ) from None
    except _TooLarge:
        raise peer.error("oauth_answer") from None
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        default = "server_busy" if status >= 500 else "oauth_answer"
        raise peer.error(_STATUS_REASONS.get(status, default), f"HTTP {status}") from None
    except requests.exceptions.InvalidJSONError:
        raise peer.error("oauth_answer") from None
    except (requests.RequestException, OSError) as error:
        raise _line_failure(error, peer, settings) from None
    except Exception as error:
        if isinstance(error, TransportError):
            raise
        # Authlib and the JSON parser have many ways to say that an answer makes no sense
        raise peer.error("oauth_answer") from None


def _check_networks(settings: OAuthSettings, host: str, port: int, peer: Peer) -> None:
    """Refuse a provider within our own network before anything is sent to it."""
    if settings.networks is None or requests.utils.get_environ_proxies(settings.token_url):
        return
    try:
        found = addresses(host, port)
    except (OSError, UnicodeError) as error:
        raise _line_failure(error, peer, settings) from None
    if not all(settings.networks.allows(address[0]) for _family, address in found):
        raise peer.error("private_network")


def _read(answer: dict[str, Any], peer: Peer) -> Token:
    """RFC 6749, section 5.1; only bearer tokens (RFC 6750) are of use for mail servers."""
    access, kind = answer.get("access_token"), answer.get("token_type", "bearer")
    refresh_token = answer.get("refresh_token") or ""
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise peer.error("oauth_answer", "no bearer token")
    for text in (access, refresh_token):
        if not isinstance(text, str) or not all("\x20" <= c <= "\x7e" for c in text):
            raise peer.error("oauth_answer")
    if not access:
        raise peer.error("oauth_answer", "no access token")
    try:
        seconds = int(answer["expires_in"]) if answer.get("expires_in") is not None else None
    except (TypeError, ValueError, OverflowError):
        seconds = None
    if seconds is not None:
        # a token that lasts for years is asked for again once a year
        seconds = max(0, min(seconds, 365 * 86400))
    return Token(access_token=str(access), refresh_token=refresh_token, expires_in=seconds)


def _line_failure(error: Exception, peer: Peer, settings: OAuthSettings) -> TransportError:
    """What went wrong between us and the provider."""
    if isinstance(error, requests.Timeout) or _found(error, TimeoutError):
        return peer.error("timeout")
    if certificate := _found(error, ssl.SSLCertVerificationError):
        return peer.error("certificate", getattr(certificate, "verify_message", ""))
    if _found(error, ssl.SSLError):
        return peer.error("not_tls")
    if name := _found(error, socket.gaierror):
        again = getattr(name, "errno", None) == socket.EAI_AGAIN
        return peer.error("dns_busy" if again else "unknown_host")
    if _found(error, ConnectionRefusedError):
        return peer.error("refused")
    if settings.ca_file and isinstance(error, OSError) and "CA certificate" in str(error):
        return peer.error("ca_file")
    return peer.error("network")


def _found(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    """The exception of ``kind`` in the chain of ``error``; urllib3 hides it in several ways."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        if isinstance(one, kind):
            return one
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return None
