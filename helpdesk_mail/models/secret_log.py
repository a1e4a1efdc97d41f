# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Keeps what people enter as a password out of Odoo's own log.

At debug level Odoo logs each remote call with its arguments, and a form sends the password that was
entered as one of them.
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
_HIDDEN = "***"


class SecretFilter(logging.Filter):
    """Puts stars in place of the values of :data:`SECRETS` in the arguments of a call."""

    def filter(self, record):
        """Change *record*; it is logged in any case."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_hidden, record.args))
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
    """Add the filter to Odoo's logger, once."""
    logger = logging.getLogger(_LOGGER)
    if not any(isinstance(one, SecretFilter) for one in logger.filters):
        logger.addFilter(SecretFilter())


install()
