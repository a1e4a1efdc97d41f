# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of the deny list share."""

from ..intake import deny
from .common import HelpdeskMailCase, write_mail

SPAMMER = "anna@spam.example"


class DenyCase(HelpdeskMailCase):
    def rule(self, pattern, match="exact", location="sender", **values):
        return self.env["helpdesk.deny.rule"].create(
            {"pattern": pattern, "match": match, "location": location, **values}
        )

    def outcome(self, sender=SPAMMER, **mail):
        """The outcome of a new mail."""
        return self.take_one(write_mail(sender=sender, **mail)).outcome

    def covers(self, pattern, match, *senders):
        rules = deny.Rules([deny.Rule(1, "sender", match, pattern)])
        return [bool(rules.of_sender(sender)) for sender in senders]
