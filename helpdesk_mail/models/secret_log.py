# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Keeps what people enter as a password, and private mail, out of Odoo's own log.

At debug level Odoo logs each remote call with its arguments, and a form sends the password that was
entered as one of them. A query that fails is logged with its values at any level: two windows in
which one draft is written are enough for that.
"""

import logging

# the write-only fields of our models
SECRETS = frozenset(
    {
        "password",
        "smtp_password",
        "oauth_client_secret",
        "client_secret",
        "oauth_refresh_token",
        "private_key",
    }
)
_LOGGER = "odoo.service.model"
_SQL_LOGGER = "odoo.sql_db"
# what names a table of private mail, or its model where files say whose they are
_PRIVATE = ("helpdesk_mailbox", "helpdesk.mailbox")
_HIDDEN = "***"


class SecretFilter(logging.Filter):
    """Puts stars in place of the values of :data:`SECRETS` in the arguments of a call."""

    def filter(self, record):
        """Change *record*; it is logged in any case."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_hidden, record.args))
        return True


class PrivateMailFilter(logging.Filter):
    """Leaves of a failed query that touches private mail no more than the kind of the failure."""

    def filter(self, record):
        """Change *record*; it is logged in any case."""
        if isinstance(record.args, tuple) and record.args:
            text = "".join(
                arg.decode(errors="replace") if isinstance(arg, bytes) else str(arg)
                for arg in record.args
            )
            if any(name in text for name in _PRIVATE):
                record.msg = "Failed query on private mail: %s"
                record.args = (type(record.args[-1]).__name__,)
        return True


def _hidden(value):
    """*value* with stars; itself, never changed, where it holds no secret."""
    if isinstance(value, dict):
        return {
            key: _HIDDEN if key in SECRETS and item and isinstance(item, str) else _hidden(item)
            for key, item in value.items()
        }
    if type(value) in (list, tuple):
        return type(value)(map(_hidden, value))
    if hasattr(value, "args") and hasattr(value, "kwargs"):
        # odoo.service.model.Params
        return type(value)(_hidden(value.args), _hidden(value.kwargs))
    return value


def install():
    """Add the filters to Odoo's loggers, once."""
    for name, kind in ((_LOGGER, SecretFilter), (_SQL_LOGGER, PrivateMailFilter)):
        logger = logging.getLogger(name)
        if not any(isinstance(one, kind) for one in logger.filters):
            logger.addFilter(kind())


install()
