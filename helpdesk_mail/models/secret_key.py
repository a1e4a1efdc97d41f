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


def _keys(env):
    configured = config.get("helpdesk_mail_keys") or ""
    keys = [key.strip() for key in configured.split(",") if key.strip()]
    try:
        return MultiFernet([Fernet(key) for key in keys or _key_file()])
    except (ValueError, OSError) as error:
        raise UserError(
            env._(
                "There is no usable key for mail passwords. Check helpdesk_mail_keys in the "
                "configuration file, or helpdesk_mail.key in the data directory (%(error)s).",
                error=type(error).__name__,
            )
        ) from None


def _key_file():
    path = pathlib.Path(config["data_dir"]) / "helpdesk_mail.key"
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
