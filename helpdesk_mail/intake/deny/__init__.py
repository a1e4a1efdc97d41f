# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Deny rules: which mail is refused because of its sender, its subject or its words.

:mod:`.patterns` understands what people type, :mod:`.lines` what they paste; :mod:`.rules` decides
for a mail, with the rules of an inbox kept ready in memory. The records are in
``models/helpdesk_deny_rule.py``.
"""

from .lines import Line, read_lines
from .patterns import Pattern, UnclearPattern, check, normalized, understand
from .rehearsal import Rehearsal, rehearse, rehearse_together
from .rules import Rule, Rules
from .words import sentence


def rules_of_inbox(env, inbox):
    """The rules that hold today for mail of *inbox*: kept in memory, no query."""
    return env["helpdesk.deny.rule"]._of_inbox(inbox)


def rules_of_company(env, company):
    """The rules that hold today for some inbox of *company*: kept in memory, no query."""
    return env["helpdesk.deny.rule"]._of_company(company)
