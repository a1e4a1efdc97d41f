# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The rules of an inbox, ready to be tried on many mails.

Their domains are compiled (:mod:`.rule_domain`), their regular expressions stand in one automaton
for each place of a mail, which reads it once (:class:`.safe_regex.AllSearcher`). Plain data: kept
in memory for many batches.
"""

import collections
import dataclasses
import typing

from . import rule_domain
from .facts import Facts
from .safe_regex import AllSearcher, automaton

# what a regular expression may look at: place -> names of facts
PLACES = {
    "subject": ("subject",),
    "body": ("body",),
    "new_text": ("new_text",),
    "sender": ("sender_name", "sender_email"),
    "recipients": ("to", "cc", "recipients"),
    "headers": ("headers",),
    "attachment_names": ("attachment_names",),
}


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule: when it holds, and what it does. ``error`` says why it cannot be tried."""

    id: int
    name: str
    applies_to: str = "both"
    domain: typing.Any = None  # odoo.fields.Domain, or None: any mail
    pattern: str = ""
    place: str = "subject"
    stop: bool = False
    # actions
    team_id: int = 0
    user_id: int = 0
    tag_ids: tuple = ()
    follower_ids: tuple = ()
    lines: tuple = ()  # pairs of field name and value as text
    refuse: str = "no"
    answers: bool = False
    template_id: int = 0
    folder: str = ""
    error: str = ""


class RuleSet:
    """Rules (list of :class:`Rule`) in their order."""

    def __init__(self, env, rules):
        self.by_id = {rule.id: rule for rule in rules}
        patterns = collections.defaultdict(list)
        self._tests = {True: [], False: []}  # by whether the mail belongs to a ticket
        for rule in rules:
            predicate = None
            if rule.domain is not None and not rule.error:
                try:
                    predicate = rule_domain.compile_domain(env, rule.domain)
                except Exception as error:
                    # a field that an update took away; what that raises is not laid down anywhere
                    rule = dataclasses.replace(rule, error=str(error))
            if rule.pattern and not rule.error:
                patterns[rule.place].append((rule.id, automaton(rule.pattern)))
            for is_reply, wanted in ((False, "new"), (True, "replies")):
                if rule.applies_to in (wanted, "both"):
                    self._tests[is_reply].append((rule, predicate))
        self._searchers = {place: AllSearcher(pairs) for place, pairs in patterns.items()}

    def __bool__(self):
        return bool(self.by_id)

    def tried(self, shared, item):
        """Pairs of each rule for a message and whether it holds, in their order."""
        facts = Facts(shared, item)
        found = {}
        for rule, predicate in self._tests[item.has_ticket]:
            try:
                holds = predicate is None or bool(predicate(facts))
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                # a broken rule must not hold up the mail
                rule, holds = dataclasses.replace(rule, error=str(error)), False
            if holds and rule.pattern and not rule.error:
                place = rule.place
                if place not in found:
                    found[place] = self._search(place, facts)
                holds = rule.id in found[place]
            yield rule, holds

    def _search(self, place, facts):
        searcher = self._searchers[place]
        keys = set()
        for name in PLACES[place]:
            if facts[name]:
                keys |= searcher.find_all(facts[name])
        return keys
