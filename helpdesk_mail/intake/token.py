# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reply tokens: a ticket's name that only we can have written.

``t<ticket id>.<signature>`` stands in the Message-ID of what we send and, where the inbox says
so, behind a "+" in the reply address (sub-addressing, RFC 5233). The signature is an
HMAC-SHA256 with the database's secret, cut to 64 bits: enough against guessing by mail, short
enough for the 64 octets of a local part (RFC 5321, 4.5.3.1.1).
"""

import re

from odoo.tools.misc import hmac

_SCOPE = "helpdesk_mail.reply_token"
_TOKEN = re.compile(r"\bt(\d{1,10})\.([0-9a-f]{16})\b")


def make(env, ticket_id):
    """The token of a ticket: a string without any character that an address or Message-ID
    forbids.
    """
    # sudo: only reads the database's secret, which never leaves hmac()
    return f"t{ticket_id}.{hmac(env(su=True), _SCOPE, ticket_id)[:16]}"


def read(env, text):
    """The ids of the tickets whose valid token stands in *text*, in their order."""
    return [
        int(match[1]) for match in _TOKEN.finditer(text) if make(env, int(match[1])) == match[0]
    ]
