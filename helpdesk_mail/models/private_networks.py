# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The private networks that mail connections may reach, as whoever runs the server says.

The option ``helpdesk_mail_private_networks`` of the configuration file, or the environment variable
``HELPDESK_MAIL_PRIVATE_NETWORKS`` where that is empty, such as ``10.0.0.0/8, 192.168.1.25`` or
``all``. Neither stands in the database: whoever may set up a mail account must not be able to open
the server's own network to themselves.
"""

import os

from odoo.exceptions import UserError
from odoo.tools import config

from ..transport.networks import Networks

OPTION = "helpdesk_mail_private_networks"


def text():
    """What the configuration says (str)."""
    return config.get(OPTION) or os.environ.get(OPTION.upper()) or ""


def allowed(env):
    """The :class:`Networks` of the configuration.

    :raise UserError: the option holds what is no network
    """
    try:
        return Networks(text())
    except ValueError as error:
        raise UserError(
            env._(
                "%(option)s in Odoo's configuration file: %(part)s is no network. Write for "
                "instance 10.0.0.0/8, 192.168.1.25.",
                option=OPTION,
                part=str(error),
            )
        ) from None
