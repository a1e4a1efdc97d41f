# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a mail server or the way to it said, in plain words: what happened and what to do.

The codes are those of RFC 5321 and RFC 3463; where a provider says one thing and means another, its
words decide. Nothing of what we sent stands in a sentence.
"""

import dataclasses
import re
import smtplib
import socket
import ssl

import idna

from .smtp_session import Nonsense, UnknownOutcome

# the reaction that an error asks for
TEMPORARY, UNKNOWN, SIGN_IN, SETTINGS, ADDRESS, CONTENT = (
    "temporary",
    "unknown",
    "sign_in",
    "settings",
    "address",
    "content",
)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_LONGEST = 240


@dataclasses.dataclass(frozen=True, slots=True)
class Explained:
    """``kind``: the reaction; ``sentence``: for people."""

    kind: str
    sentence: str


def explain(env, error, server=""):
    """What *error* (an exception of sending) means.

    :param server: name of the outgoing server, for people
    :return: Explained
    """
    server = server or env._("the outgoing server")
    kind, sentence, words = _explain(env, error, server)
    if words:
        sentence = env._("%(sentence)s It says: %(words)s", sentence=sentence, words=words)
    return Explained(kind, sentence)


def _explain(env, error, server):
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _recipients(env, error, server)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _unsupported(env, error, server)
    if isinstance(error, smtplib.SMTPResponseException):
        words = _words(error.smtp_error)
        code, status = error.smtp_code or 0, _status(words)
        if not 200 <= code <= 599:
            return _nonsense(env, server)
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return (*_sign_in(env, code, status, words, server), words)
        return (*_reply(env, code, status, words, server), words)
    return _connection(env, error, server)


def _nonsense(env, server):
    sentence = env._(
        "%(server)s sent an answer that makes no sense. If this goes on, check the port and the "
        "kind of encryption.",
        server=server,
    )
    return TEMPORARY, sentence, ""


def _status(words):
    found = _STATUS.search(words)
    return found[0] if found else ""


def _words(said):
    """A server's words as one short line of printable text."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said or "")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text[: _LONGEST - 1] + "…" if len(text) > _LONGEST else text


def _sign_in(env, code, status, words, server):
    low = words.lower()
    if status == "5.7.139" or "smtpclientauthentication is disabled" in low:
        return SIGN_IN, env._(
            "Microsoft 365 has switched off SMTP for this mailbox. In its admin centre, open "
            "Users, Active users, Mail, Manage email apps, and tick Authenticated SMTP; or sign in "
            "with OAuth."
        )
    if status == "5.7.9" or "application-specific password" in low or "app password" in low:
        return SIGN_IN, env._(
            "%(server)s wants an app password instead of the usual one. Make one in the account's "
            "security settings and enter it here; or sign in with OAuth.",
            server=server,
        )
    if 400 <= code < 500:
        return TEMPORARY, env._(
            "%(server)s cannot check the password now. Try again later.", server=server
        )
    if status == "5.7.11" or code == 538:
        return SETTINGS, env._(
            "%(server)s takes a password only over an encrypted connection. Choose STARTTLS or "
            "SSL/TLS.",
            server=server,
        )
    return SIGN_IN, env._(
        "%(server)s refused the user name or the password. Enter them again; some providers ask "
        "for an app password or for OAuth.",
        server=server,
    )


def _unsupported(env, error, server):
    words = str(error)
    if "STARTTLS" in words:
        return (
            SETTINGS,
            env._(
                "%(server)s does not offer STARTTLS, so nothing was sent. Choose SSL/TLS with its "
                "port, or ask the provider.",
                server=server,
            ),
            "",
        )
    if "AUTH" in words:
        return (
            SETTINGS,
            env._(
                "%(server)s takes no password on this port or without encryption. Choose STARTTLS "
                "(usually port 587) or SSL/TLS (usually port 465), or no sign-in.",
                server=server,
            ),
            "",
        )
    if "UTF8" in words:
        return (
            ADDRESS,
            env._(
                "An address has characters that %(server)s cannot handle (no SMTPUTF8).",
                server=server,
            ),
            "",
        )
    return SETTINGS, env._("%(server)s cannot do what is needed.", server=server), _words(words)


def _recipients(env, error, server):
    refused = list(error.recipients.items())
    address, (code, said) = refused[0] if refused else ("", (550, b""))
    words = _words(said)
    status = _status(words)
    low = words.lower()
    if "relay" in low:
        return (
            SETTINGS,
            env._(
                "%(server)s passes no mail on for us: it wants us to sign in, or to come from "
                "another address. Check user name and password.",
                server=server,
            ),
            words,
        )
    if 400 <= code < 500:
        if "grey" in low or "gray" in low:
            sentence = env._(
                "The server of %(address)s lets strangers wait (greylisting). Try again in some "
                "minutes.",
                address=address,
            )
        else:
            sentence = env._(
                "%(address)s cannot be reached at the moment. Try again later.", address=address
            )
        return TEMPORARY, sentence, words
    if status in ("5.2.2", "5.2.3") or code == 552:
        return ADDRESS, env._("The mailbox of %(address)s is full.", address=address), words
    if status in ("5.1.1", "5.1.10", "5.1.6") or code in (550, 551, 553) and not status:
        sentence = env._("The address %(address)s does not exist.", address=address)
        return ADDRESS, sentence, words
    if status in ("5.1.2", "5.4.4", "5.1.3"):
        sentence = env._("%(address)s is no address that mail can go to.", address=address)
        return ADDRESS, sentence, words
    if status.startswith("5.7."):
        return _reply(env, code, status, words, server) + (words,)
    return ADDRESS, env._("Mail to %(address)s was refused.", address=address), words


def _reply(env, code, status, words, server):
    """The reaction and the sentence for a reply to MAIL, DATA or another command."""
    low = words.lower()
    if "starttls" in low:
        return SETTINGS, env._(
            "%(server)s wants an encrypted connection. Choose STARTTLS.", server=server
        )
    if code == 530 or status == "5.7.57":
        return SETTINGS, env._("%(server)s wants us to sign in first.", server=server)
    if status == "5.7.60" or "sendasdenied" in low or "not owned by user" in low:
        return SETTINGS, env._(
            "The user that we sign in as may not send from this address. Give it the right to send "
            "as this address at the provider, or sign in as the address itself."
        )
    if status in ("5.7.26", "5.7.25", "5.7.27", "5.7.515") or "unauthenticated" in low:
        return CONTENT, env._(
            "The receiver does not believe that the mail is from us: SPF, DKIM or DMARC of our "
            "domain are missing or wrong. Check the DNS records under Sender signatures."
        )
    if status in ("5.7.606", "5.7.511") or any(
        word in low for word in ("blocklist", "blacklist", "spamhaus", "banned sending ip", "rbl")
    ):
        return CONTENT, env._(
            "The address of the sending server is on a list of spam senders. Ask the provider of "
            "%(server)s to have it removed.",
            server=server,
        )
    if "spam" in low or "virus" in low or "content" in low and 500 <= code:
        return CONTENT, env._("The mail was refused because of what it contains.")
    if code == 552 or status in ("5.3.4", "5.2.3"):
        return CONTENT, env._(
            "The mail is too large for %(server)s. Send large files as a link.", server=server
        )
    if "too many" in low or "rate" in low or "limit" in low or "quota" in low:
        return TEMPORARY, env._(
            "%(server)s takes no more mail from us for now. Set a limit of mails per minute on the "
            "inbox, or ask the provider for a higher one.",
            server=server,
        )
    if 400 <= code < 500:
        return TEMPORARY, env._(
            "%(server)s cannot take the mail at the moment. Try again later.", server=server
        )
    if status.startswith("5.1.7") or status.startswith("5.1.8"):
        return SETTINGS, env._("%(server)s does not accept our sender address.", server=server)
    return SETTINGS, env._("%(server)s refused the mail.", server=server)


def _connection(env, error, server):
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(
        error.__context__, TimeoutError
    ):
        # smtplib says of a server that is silent that it has hung up
        error = error.__context__
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            SETTINGS,
            env._(
                "The TLS certificate of %(server)s is not trusted. Check the server's name.",
                server=server,
            ),
            _words(error.verify_message),
        )
    if isinstance(error, ssl.SSLError):
        return (
            SETTINGS,
            env._(
                "%(server)s does not speak TLS as expected. Check that the kind of encryption "
                "belongs to the port: SSL/TLS usually 465, STARTTLS usually 587.",
                server=server,
            ),
            _words(error.reason or ""),
        )
    if isinstance(error, socket.gaierror):
        if error.errno == socket.EAI_AGAIN:
            sentence = env._("The name of %(server)s cannot be looked up now.", server=server)
            return TEMPORARY, sentence, ""
        return (
            SETTINGS,
            env._("There is no host for %(server)s. Check the spelling.", server=server),
            "",
        )
    if isinstance(error, UnicodeError | idna.IDNAError):
        return SETTINGS, env._("%(server)s is no name of a host.", server=server), ""
    if isinstance(error, TimeoutError):
        return (
            TEMPORARY,
            env._(
                "%(server)s did not answer in time. If this goes on, check the port and the kind "
                "of encryption.",
                server=server,
            ),
            "",
        )
    if isinstance(error, ConnectionRefusedError):
        return (
            TEMPORARY,
            env._(
                "Nothing answers at %(server)s: it is down, or the port is wrong.", server=server
            ),
            "",
        )
    if isinstance(error, UnknownOutcome):
        return (
            UNKNOWN,
            env._(
                "%(server)s got the whole mail, but the connection ended before it said whether it "
                "keeps it. The receiver may have the mail or not.",
                server=server,
            ),
            "",
        )
    if isinstance(error, Nonsense):
        return _nonsense(env, server)
    if isinstance(error, smtplib.SMTPServerDisconnected | ConnectionError):
        return (
            TEMPORARY,
            env._(
                "%(server)s closed the connection. If this goes on, check the port and the kind of "
                "encryption.",
                server=server,
            ),
            "",
        )
    if isinstance(error, OSError):
        sentence = env._("The connection to %(server)s failed.", server=server)
        return TEMPORARY, sentence, _words(error.strerror or "")
    return SETTINGS, env._("Sending by %(server)s failed.", server=server), type(error).__name__
