# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Encryption of passwords and tokens at rest, with keys that live outside the database.

Keys are Fernet keys (AES-128-CBC with HMAC-SHA256). They come from the option
``helpdesk_mail_keys`` of Odoo's configuration file (comma separated, the first one encrypts,
all decrypt), or from ``helpdesk_mail.key`` in the data directory, made on first use with mode
0600. A stored secret names its key by nothing: every key is tried.
"""

import logging
import os
import pathlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from odoo.exceptions import UserError
from odoo.tools import config

_logger = logging.getLogger(__name__)


def encrypt(text, env):
    """*text* (str) as a token (str) that only our keys open.

    :raise UserError: there is no usable key
    """
    return _keys(env).encrypt(text.encode()).decode()


def decrypt(token, env):
    """The text behind *token*.

    :raise UserError: none of our keys opens it (the database moved without its key file)
    """
    try:
        return _keys(env).decrypt(token.encode()).decode()
    except InvalidToken:
        raise UserError(
            env._(
                "The stored password cannot be read with this server's key. Enter the "
                "password again, or "
                "restore the key file helpdesk_mail.key of the server that the database came from."
            )
        ) from None


class Unreadable(Exception):
    """None of our keys opens a value."""


def is_current(token, env):
    """Whether the first key, which encrypts, opens *token*."""
    try:
        _fernets(env)[0].decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def renewed(token, env):
    """*token* encrypted with the first key: itself where it is already.

    :raise Unreadable: none of our keys opens it
    """
    if is_current(token, env):
        return token
    try:
        return _keys(env).rotate(token.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def new_key(env):
    """Put a new key first into the key file: from now on it encrypts.

    :raise UserError: the keys stand in the configuration file
    """
    _check_key_file(env)
    _write_key_file([Fernet.generate_key().decode(), *_key_file()])


def drop_old_keys(env):
    """Keep the first key of the key file alone: the number of those that were dropped.

    :raise UserError: the keys stand in the configuration file
    """
    _check_key_file(env)
    keys = _key_file()
    if len(keys) > 1:
        _write_key_file(keys[:1])
    return len(keys) - 1


def _check_key_file(env):
    if config.get("helpdesk_mail_keys"):
        raise UserError(
            env._(
                "The keys stand in helpdesk_mail_keys of the configuration file. Change them "
                "there: the first one encrypts, all decrypt."
            )
        )


def _write_key_file(keys):
    """Replace the key file in one step: a reader finds the old one or the new one."""
    path = _key_path()
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write("".join(f"{key}\n" for key in keys))
        stream.flush()
        os.fsync(stream.fileno())
    # whoever owns the old one goes on reading: a command may be run by root
    owner = path.stat()
    if os.geteuid() == 0:
        os.chown(draft, owner.st_uid, owner.st_gid)
    draft.replace(path)


def _keys(env):
    return MultiFernet(_fernets(env))


def _fernets(env):
    configured = config.get("helpdesk_mail_keys") or ""
    keys = [key.strip() for key in configured.split(",") if key.strip()]
    try:
        found = [Fernet(key) for key in keys or _key_file()]
        if not found:
            raise ValueError
        return found
    except (ValueError, OSError) as error:
        raise UserError(
            env._(
                "There is no usable key for mail passwords. Check helpdesk_mail_keys in the "
                "configuration file, or helpdesk_mail.key in the data directory (%(error)s).",
                error=type(error).__name__,
            )
        ) from None


def _key_path():
    return pathlib.Path(config["data_dir"]) / "helpdesk_mail.key"


def _key_file():
    path = _key_path()
    if not path.exists():
        _make_key_file(path)
    return path.read_text().split()


def _make_key_file(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(Fernet.generate_key().decode() + "\n")
    try:
        # link() fails where another worker was faster: its key is the one that counts
        os.link(draft, path)
        _logger.info("Made a new key for mail passwords in the data directory")
    except FileExistsError:
        _logger.debug("Another worker made the key")
    finally:
        draft.unlink()
