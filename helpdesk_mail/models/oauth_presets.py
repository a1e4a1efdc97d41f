# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What Microsoft's and Google's OAuth ask of a mail program. Knows no Odoo.

Microsoft: "Authenticate an IMAP, POP or SMTP connection using OAuth"; Google: "OAuth 2.0 Mechanism"
for Gmail. Both documents name the scopes and the endpoints.
"""

import dataclasses
import re

AUTHORIZATION_CODE = "authorization_code"
CLIENT_CREDENTIALS = "client_credentials"

_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/{endpoint}"
_MICROSOFT_URL = re.compile(
    r"https://login\.microsoftonline\.com/[^/]*/oauth2/v2\.0/(authorize|token)"
)
_GOOGLE_URLS = (
    "https://accounts.google.com/o/oauth2/v2/auth",
    "https://oauth2.googleapis.com/token",
)
_RESOURCE = "https://outlook.office.com"
# a token is for one resource: incoming and outgoing mail together, and the right to renew it
_SCOPES = {
    ("microsoft", AUTHORIZATION_CODE, "imap"): f"{_RESOURCE}/IMAP.AccessAsUser.All "
    f"{_RESOURCE}/SMTP.Send offline_access",
    ("microsoft", AUTHORIZATION_CODE, "pop3"): f"{_RESOURCE}/POP.AccessAsUser.All "
    f"{_RESOURCE}/SMTP.Send offline_access",
    ("microsoft", CLIENT_CREDENTIALS, "imap"): "https://outlook.office365.com/.default",
    ("microsoft", CLIENT_CREDENTIALS, "pop3"): "https://outlook.office365.com/.default",
    ("google", AUTHORIZATION_CODE, "imap"): "https://mail.google.com/",
    ("google", AUTHORIZATION_CODE, "pop3"): "https://mail.google.com/",
}
_HOSTS = {
    ("microsoft", "imap"): "outlook.office365.com",
    ("microsoft", "pop3"): "outlook.office365.com",
    ("google", "imap"): "imap.gmail.com",
    ("google", "pop3"): "pop.gmail.com",
}
# any organisation; a person chooses theirs by signing in
COMMON_TENANT = "common"
TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


@dataclasses.dataclass(frozen=True)
class Preset:
    """What a provider fills in; "" where it leaves that to the person."""

    authorize_url: str = ""
    token_url: str = ""
    scope: str = ""
    host: str = ""


def preset(provider, tenant, flow, protocol):
    """The Preset of *provider* (microsoft, google, generic) for a *tenant* (str or empty)."""
    scope = _SCOPES.get((provider, flow, protocol), "")
    host = _HOSTS.get((provider, protocol), "")
    if provider == "microsoft":
        tenant = tenant if TENANT.fullmatch(tenant or "") else COMMON_TENANT
        urls = (_MICROSOFT.format(tenant=tenant, endpoint=name) for name in ("authorize", "token"))
        return Preset(*urls, scope=scope, host=host)
    if provider == "google":
        return Preset(*_GOOGLE_URLS, scope=scope, host=host)
    return Preset()


def is_preset(value):
    """Whether *value* came from here, so that another preset may take its place."""
    return (
        not value
        or value in _GOOGLE_URLS
        or value in _SCOPES.values()
        or value in _HOSTS.values()
        or bool(_MICROSOFT_URL.fullmatch(value))
    )


def authorization_parameters(provider, username):
    """What goes along with the person to the sign-in page of *provider*: a dict."""
    if provider == "microsoft":
        return {"login_hint": username} if username else {}
    if provider == "google":
        # without these two, Google gives a refresh token the first time only
        hint = {"login_hint": username} if username else {}
        return {"access_type": "offline", "prompt": "consent", **hint}
    return {}
