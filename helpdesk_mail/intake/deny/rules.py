# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The rules of an inbox, ready to be asked for many mails.

Addresses and domains are looked up; all other patterns of a place stand in one automaton
(:class:`~..safe_regex.Searcher`), which reads the text once. So a mail costs much the same with ten
rules and with thousands, and nothing that a stranger writes can make it cost more than its length.
"""

import re
import typing

from ..addresses import recipient_key, without_tag
from ..safe_regex import Automaton, Searcher, automaton
from .patterns import unicode_address

# what is read of a subject and of a text; nobody's judgement of a mail needs more
SUBJECT_LIMIT = 1_000
BODY_LIMIT = 20_000


class Rule(typing.NamedTuple):
    """One rule in its normal form (:func:`.patterns.normalized`)."""

    id: int
    location: str
    match: str
    pattern: str


class Rules:
    """Some rules, asked whether one of them covers a mail.

    :param plus: a+tag@b is covered by a rule for a@b
    """

    def __init__(self, rules, *, plus=False):
        self._plus = plus
        self._exact, self._domains, self._below = {}, {}, {}
        searched = {"sender": [], "subject": [], "body": []}
        for rule in rules:
            if rule.location == "sender" and rule.match == "exact" and "*" not in rule.pattern:
                self._exact.setdefault(rule.pattern, rule)
            elif rule.match == "domain" and rule.pattern.startswith("*."):
                self._below.setdefault(rule.pattern[2:], rule)
            elif rule.match == "domain":
                self._domains.setdefault(rule.pattern, rule)
            else:
                searched[rule.location].append((rule, automaton_of(rule)))
        self._searchers = {
            location: Searcher(automata) for location, automata in searched.items() if automata
        }

    def of_sender(self, email):
        """The rule that covers a sender (a normalised address), or None."""
        if not email:
            return None
        key = email if email.isascii() else recipient_key(email)
        rule = self._exact.get(key)
        if rule is None and self._plus and "+" in key:
            rule = self._exact.get(without_tag(key))
        if rule is not None:
            return rule
        domain = key.rpartition("@")[2]
        rule = self._domains.get(domain)
        if rule is None and self._below:
            rule = self._of_parents(domain)
        if rule is not None:
            return rule
        rule = self.of_text("sender", key)
        if rule is None and "xn--" in key and "sender" in self._searchers:
            rule = self.of_text("sender", unicode_address(key))
        return rule

    def _of_parents(self, domain):
        position = domain.find(".")
        while position >= 0:
            rule = self._below.get(domain[position + 1 :])
            if rule is not None:
                return rule
            position = domain.find(".", position + 1)
        return None

    def of_text(self, location, text):
        """The rule that covers a text at a place ("sender", "subject", "body"), or None."""
        searcher = self._searchers.get(location)
        return searcher.find(text) if searcher is not None else None

    def of_mail(self, sender, parsed):
        """The rule that covers a mail, or None.

        :param sender: the normalised address of who wrote
        :param parsed: the ParsedMessage
        """
        return (
            self.of_sender(sender)
            or self.of_text("subject", parsed.subject[:SUBJECT_LIMIT])
            or self.of_text("body", parsed.text[:BODY_LIMIT])
        )


def automaton_of(rule):
    """The automaton of a rule that is not looked up."""
    if rule.match == "regex":
        return automaton(rule.pattern)
    if rule.location == "sender" and rule.match == "exact":
        return Automaton.of_words(rule.pattern.split("*"), starts=True, ends=True)
    whole = rule.match == "exact"
    return Automaton.of_words(
        [rule.pattern],
        starts=whole or rule.match == "starts",
        ends=whole or rule.match == "ends",
    )


def escape_like(text, *, wildcards=False):
    """*text* as a pattern of SQL's LIKE, where nothing but "*" (*wildcards*) stands for more."""
    escaped = re.sub(r"([\\%_])", r"\\\1", text)
    return escaped.replace("*", "%") if wildcards else escaped
