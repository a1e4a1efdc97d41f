# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What people read where a pattern is refused."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

PROBLEMS = {
    "empty": _lt("There is nothing to look for."),
    "too_long": _lt("It is longer than %(limit)s characters."),
    "no_address": _lt(
        '"%(text)s" is no mail address. For a whole domain, choose "is of the domain".'
    ),
    "no_domain": _lt('"%(text)s" is no domain. Write it like spam.example or *.spam.example.'),
    "unclear": _lt(
        "It is no address and no domain. Write it like anna@spam.example, spam.example, "
        "*@spam.example, *.spam.example or sales*@spam.example."
    ),
    "domain_of_text": _lt("Only a sender has a domain."),
    "everything": _lt("It would refuse all mail."),
    "own_address": _lt("It covers %(address)s, an address of an inbox of yours."),
    # regular expressions
    "syntax": _lt("It is no regular expression: %(error)s."),
    "unsupported": _lt(
        "Back references, look-arounds, conditions and repeats that give nothing back (\\1, (?=…), "
        "(?(1)…), a++) cannot be used here."
    ),
    "nested": _lt(
        "A repeat inside a repeat can match the same text in too many ways, as in (a+)+ or "
        "(a|ab)*. It could run for hours. Leave out one of the repeats."
    ),
    "adjacent": _lt(
        "The same repeat stands there several times in a row, as in .*.* or a?a?a?a?a?. It could "
        "run for hours. Write it once."
    ),
    "chain": _lt(
        "Too many open repeats (*, +) that can match the same text follow each other. It could run "
        "for hours. Say more exactly what may stand between the words."
    ),
    "complex": _lt("It is too large: counts up to 100, and not too many alternatives."),
    "matches_all": _lt("It matches every text, because all of it may be missing."),
    "one_group": _lt("It needs exactly one group in parentheses; it has %(count)s."),
}


def sentence(env, problem):
    """The sentence of an :class:`.UnclearPattern` or :class:`.UnsafeRegex` in the language of
    *env*.
    """
    template = env._(PROBLEMS[problem.code])
    return template % problem.values if problem.values else template
