# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The name servers that are asked about senders, keys and mail servers, as whoever runs the server
says.

The option ``helpdesk_mail_nameservers`` of the configuration file, or the environment variable
``HELPDESK_MAIL_NAMESERVERS`` where that is empty, such as ``127.0.0.1:5353, 9.9.9.9``. Without
either, those of the system. Not in the database: who answers DNS decides which sender is believed.
"""

import os

from odoo.exceptions import UserError
from odoo.tools import config

from .message.authentication import NetworkResolver
from .message.authentication.dns_network import parse_servers

OPTION = "helpdesk_mail_nameservers"


def configured():
    """The option as it stands, "" for none."""
    return config.get(OPTION) or os.environ.get(OPTION.upper()) or ""


def resolver(env):
    """A new :class:`NetworkResolver` that asks the name servers of the configuration.

    :raise UserError: the option holds what is no name server
    """
    try:
        return NetworkResolver(servers=parse_servers(configured()))
    except ValueError as error:
        raise UserError(
            env._(
                "%(option)s in Odoo's configuration file: %(part)s is no name server. Write for "
                "instance 127.0.0.1:5353, 9.9.9.9.",
                option=OPTION,
                part=str(error),
            )
        ) from None
