# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What can go wrong on the way to a mail server, named for the reaction it asks for.

``REASONS`` is the one home of the reason codes: each has its class and its sentence. The sentence
names the host and what to do; it never holds a password or a token.
"""

from __future__ import annotations

import re


class TransportError(Exception):
    """Base of all errors of this package.

    ``reason`` is a stable short code, a key of ``REASONS``. The exception of the library below,
    where there is one, is ``__cause__``.
    """

    def __init__(self, message: str, reason: str = "protocol") -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type[TransportError], tuple[str, str]]:
        return type(self), (str(self), self.reason)


class TryAgain(TransportError):
    """Nothing to repair here: network, time-out, busy server, connection cut. Try again later."""


class CredentialsRefused(TransportError):
    """The server takes neither the password nor the token: tell the administrator, do not retry."""


class ConfigurationWrong(TransportError):
    """It cannot work as it is set up: tell the administrator what to change."""


class FolderGone(ConfigurationWrong):
    """The folder does not exist, or holds no messages."""


class MessageGone(TransportError):
    """A message vanished between listing and fetching: a normal event, go on with the next one."""


REASONS: dict[str, tuple[type[TransportError], str]] = {
    # Try again.
    "network": (TryAgain, "The connection to {peer} failed; it will be tried again."),
    "refused": (
        TryAgain,
        "Nothing answers at {peer}: the server is down or the port is wrong. Check the port if "
        "this goes on.",
    ),
    "timeout": (
        TryAgain,
        "{peer} did not answer in time; it will be tried again. If this goes on, check the port "
        "and that the kind of encryption belongs to that port.",
    ),
    "connection_closed": (TryAgain, "{peer} closed the connection; it will be tried again."),
    "server_busy": (TryAgain, "{peer} cannot serve this mailbox now; it will be tried again."),
    "in_use": (
        TryAgain,
        "{peer} says that the mailbox is in use by another program; it will be tried again.",
    ),
    "server_refused": (TryAgain, "{peer} refused a command; it will be tried again."),
    "protocol": (TryAgain, "{peer} sent an answer that makes no sense; it will be tried again."),
    "oauth_answer": (
        TryAgain,
        "{peer} gave no token and no reason that is known; it will be tried again. Check the token "
        "endpoint if this goes on.",
    ),
    "oauth_busy": (
        TryAgain,
        "Another process is getting a token from {peer}; it will be tried again.",
    ),
    "dns_busy": (TryAgain, "The name of {host} cannot be looked up now; it will be tried again."),
    # Tell the administrator.
    "credentials": (
        CredentialsRefused,
        "{peer} refused the user name or the password. Enter them again; some providers ask for "
        "an app password or for OAuth.",
    ),
    "token_refused": (
        CredentialsRefused,
        "{peer} refused the OAuth token of this account. Sign in with the provider again.",
    ),
    "grant": (
        CredentialsRefused,
        "{peer} does not accept the sign-in of this account any more: it has expired or was "
        "revoked. Press Reconnect and sign in again; the mail waits on its server.",
    ),
    "no_grant": (
        CredentialsRefused,
        "Nobody has signed in to {host} for this account yet. Press Connect.",
    ),
    "oauth_client": (
        ConfigurationWrong,
        "{peer} refused the client ID or the client secret, or this client may not do that. "
        "Check both, and whether the secret has expired.",
    ),
    "oauth_settings": (
        ConfigurationWrong,
        "{peer} does not take the OAuth settings of this account. Check tenant, scope and token "
        "endpoint.",
    ),
    "oauth_url": (
        ConfigurationWrong,
        "The OAuth endpoint {host} is no address that begins with https://. Correct it.",
    ),
    "no_refresh_token": (
        ConfigurationWrong,
        "{peer} gave no refresh token, so access would end soon. Ask for offline access in the "
        "scope (offline_access), or allow it for this client.",
    ),
    "unknown_host": (
        ConfigurationWrong,
        "There is no host named {host}. Check the spelling of the server's name.",
    ),
    "private_network": (
        ConfigurationWrong,
        "{host} is a host within a private network, which is not allowed here. Whoever runs the "
        "server can allow it: helpdesk_mail_private_networks in Odoo's configuration file.",
    ),
    "certificate": (
        ConfigurationWrong,
        "The TLS certificate of {peer} is not trusted. Check the server's name, or name the file "
        "of the authority that signed it.",
    ),
    "ca_file": (
        ConfigurationWrong,
        "The file of certificate authorities for {host} cannot be read. Check its path.",
    ),
    "not_tls": (
        ConfigurationWrong,
        "{peer} does not speak TLS as expected. Check that the kind of encryption belongs to the "
        "port.",
    ),
    "starttls_missing": (
        ConfigurationWrong,
        "{peer} does not offer STARTTLS, so no password was sent. Choose SSL/TLS with its port, "
        "or ask the provider.",
    ),
    "starttls_injection": (
        ConfigurationWrong,
        "{peer} sent data in clear text after STARTTLS, as an attacker on the line would. No "
        "password was sent. Choose SSL/TLS with its port, or ask the provider.",
    ),
    "wrong_protocol": (
        ConfigurationWrong,
        "What answers at {peer} does not speak {protocol}. Check the protocol and the port.",
    ),
    "login_disabled": (
        ConfigurationWrong,
        "{peer} takes no password without encryption. Choose STARTTLS or SSL/TLS.",
    ),
    "auth_unsupported": (
        ConfigurationWrong,
        "{peer} does not offer the way of signing in that this account is set to.",
    ),
    "settings": (ConfigurationWrong, "The settings for {peer} cannot be used."),
    "no_permission": (
        ConfigurationWrong,
        "{peer} does not allow this account to do that in this folder. Ask for the right.",
    ),
    "mailbox_full": (
        ConfigurationWrong,
        "{peer} has no room left for this account: the mailbox is full. Delete mail there, or ask "
        "for more room.",
    ),
    "no_uidl": (
        ConfigurationWrong,
        "{peer} names no message (neither UIDL nor TOP), so mail cannot be told apart. Use IMAP.",
    ),
    "no_idle": (
        ConfigurationWrong,
        "{peer} cannot announce new mail, as only IMAP can; it is looked for at intervals.",
    ),
    "no_folders": (
        ConfigurationWrong,
        "{peer} has no folders to move mail to, as only IMAP has. Use IMAP.",
    ),
    "no_move": (
        ConfigurationWrong,
        "{peer} can neither move messages nor remove single ones (MOVE, UIDPLUS), so mail stays "
        "where it is.",
    ),
    "no_new_folder": (
        ConfigurationWrong,
        "{peer} does not make that folder. Choose another name, or make it in a mail program.",
    ),
    "folder": (FolderGone, "There is no such folder at {peer}. Choose another one."),
    # Go on.
    "message_gone": (MessageGone, "The message is no longer at {peer}."),
}

SERVER_TEXT_LIMIT = 200  # characters


class Peer:
    """The server in error messages, and the secrets that must not appear in them."""

    def __init__(self, host: str, port: int, protocol: str, secrets: tuple[str, ...] = ()) -> None:
        self.host = host
        self.port = port
        self.protocol = {"imap": "IMAP", "pop3": "POP3", "smtp": "SMTP"}.get(protocol, protocol)
        self._secrets = tuple(secret for secret in secrets if secret)

    def error(self, reason: str, detail: object = "", cause: object = None) -> TransportError:
        """The error for ``reason``, to be raised; ``detail`` is shown as the server's words.

        Secrets are struck out from ``detail`` and from ``cause``, the exception that the caller
        is about to chain, since servers are known to repeat what they did not understand.
        """
        kind, sentence = REASONS[reason]
        message = sentence.format(
            peer=f"{self.host}:{self.port}", host=self.host, protocol=self.protocol
        )
        words = self._words(detail)
        if words:
            message += f" It says: {words}"
        if isinstance(cause, BaseException) and any(s in str(cause.args) for s in self._secrets):
            cause.args = (words or type(cause).__name__,)
        return kind(message, reason)

    def _words(self, detail: object) -> str:
        """What a server or an exception says, as one short line of printable text."""
        text = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        text = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()
        return text[: SERVER_TEXT_LIMIT - 1] + "…" if len(text) > SERVER_TEXT_LIMIT else text
