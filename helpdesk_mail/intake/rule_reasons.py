# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the stage *rules* says in the trace; a part of :mod:`.reasons`."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

RULE_REASONS = {
    "rules_tried": (
        _lt("Rules that do not hold"),
        _lt("Tried, and do not hold for this mail: %(rules)s."),
    ),
    "rule_matched": (_lt("Rule"), _lt('The rule "%(rule)s" holds.')),
    "rule_stop": (
        _lt("Last rule"),
        _lt('The rule "%(rule)s" is the last: those behind it were not tried.'),
    ),
    "rule_set": (_lt("Filled by a rule"), _lt('The rule "%(rule)s" set: %(fields)s.')),
    "rule_refused": (_lt("Refused by a rule"), _lt('Refused: the rule "%(rule)s" says so.')),
    "rule_accepted": (
        _lt("Rule, but always accepted"),
        _lt('The rule "%(rule)s" would refuse it, but mail of %(sender)s is always accepted.'),
    ),
    "rule_agent": (
        _lt("Rule, but from an agent"),
        _lt('The rule "%(rule)s" would refuse it, but it is from an agent.'),
    ),
    "rule_gone": (
        _lt("A part of a rule is gone"),
        _lt(
            'A part of the rule "%(rule)s" was left out: %(what)s is no longer there, or archived.'
        ),
    ),
    "rule_value": (
        _lt("A value of a rule was left out"),
        _lt('A part of the rule "%(rule)s" was left out. %(problem)s'),
    ),
    "rule_out_of_scope": (
        _lt("Agent of other customers"),
        _lt(
            'The rule "%(rule)s" assigns to %(user)s, who may not see the tickets of this '
            "customer: left out."
        ),
    ),
    "rule_broken": (
        _lt("Broken rule"),
        _lt('The rule "%(rule)s" was left out: %(error)s'),
    ),
    "rule_moves": (
        _lt("Moved to a folder"),
        _lt('By the rule "%(rule)s" it moves to the folder %(folder)s on the server.'),
    ),
    "rule_not_moved": (
        _lt("Not moved to a folder"),
        _lt(
            'The rule "%(rule)s" moves it to the folder %(folder)s, but only a mailbox that is '
            "read by IMAP has folders: not moved."
        ),
    ),
    "rule_answers": (
        _lt("Answered by a rule"),
        _lt('The rule "%(rule)s" answers it with the template "%(template)s".'),
    ),
    "rule_no_answer": (
        _lt("Not answered"),
        _lt(
            'The rule "%(rule)s" does not answer it: automatic mail, our own addresses, forged '
            "senders, addresses that take no answers and old mail get none."
        ),
    ),
    "rule_answered_lately": (
        _lt("Answered lately"),
        _lt(
            "Not answered: %(sender)s had as many answers lately as one address may get, or is "
            "banned."
        ),
    ),
    # of a folder on the server, told the administrators
    "move_failed": (
        _lt("Not moved to a folder"),
        _lt("Mail was to be moved to the folder %(folder)s and stays where it is: %(error)s"),
    ),
}
