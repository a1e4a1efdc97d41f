# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Domains as predicates on :class:`.facts.Facts`, without a record for each mail.

They mean what Odoo's ``filtered_domain`` makes of them on the model ``helpdesk.mail.facts``: the
ORM reads the domain and brings its conditions to their normal form, here they are decided. A
predicate knows no environment and is kept for many batches; what asks the database (a path, a
hierarchy) or the clock ("today") is worked out once a batch.
"""

import ast
import datetime
import operator
import re

from odoo.fields import Domain
from odoo.orm.domains import (
    DomainAnd,
    DomainBool,
    DomainCondition,
    DomainNot,
    DomainOr,
    OptimizationLevel,
)

from .facts import GETTERS

MODEL = "helpdesk.mail.facts"
LONGEST = 20_000
MOST_CONDITIONS = 200
_TEXTS = {"char", "text", "selection", "boolean", "integer", "datetime"}
_INEQUALITY = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}


class UnclearDomain(ValueError):
    """The text is no domain that can be asked of a mail; its words say why."""


def read(env, text):
    """The :class:`Domain` that *text* (str, or empty) stands for, checked.

    :raise UnclearDomain:
    """
    text = (text or "").strip()
    if not text:
        return Domain.TRUE
    if len(text) > LONGEST:
        raise UnclearDomain(env._("It is too long."))
    try:
        domain = Domain(ast.literal_eval(text))
        conditions = list(domain.iter_conditions())
        if len(conditions) > MOST_CONDITIONS:
            raise UnclearDomain(env._("It has too many conditions."))
        for condition in conditions:
            if condition.field_expr.partition(".")[0] not in GETTERS:
                raise UnclearDomain(env._("A mail has no %(field)s.", field=condition.field_expr))
        domain.validate(env[MODEL])
        compile_domain(env, domain)
        # what is found wrong only where it is decided, such as a part of a text
        env[MODEL].new({"date": datetime.datetime(2026, 1, 1)}).filtered_domain(domain)
    except UnclearDomain:
        raise
    except Exception as error:
        # what a wrong domain raises is not laid down anywhere
        raise UnclearDomain(str(error)) from error
    return domain


def compile_domain(env, domain):
    """A function of :class:`.facts.Facts` that says whether *domain* holds."""
    return _predicate(env, domain)


def _predicate(env, domain):
    if isinstance(domain, DomainBool):
        value = domain.is_true()
        return lambda facts: value
    if isinstance(domain, DomainNot):
        inner = _predicate(env, domain.child)
        return lambda facts: not inner(facts)
    if isinstance(domain, DomainAnd | DomainOr):
        parts = [_predicate(env, child) for child in sorted(domain.children, key=_cost)]
        return _all_of(parts) if isinstance(domain, DomainAnd) else _any_of(parts)
    if isinstance(domain, DomainCondition):
        # one by one, as filtered_domain does it
        normal = domain.optimize(env[MODEL])
        return _condition(env, domain) if normal is domain else _predicate(env, normal)
    raise UnclearDomain(str(domain))


def _all_of(parts):
    if len(parts) == 2:
        first, second = parts
        return lambda facts: first(facts) and second(facts)

    def all_hold(facts):
        for part in parts:
            if not part(facts):
                return False
        return True

    return all_hold


def _any_of(parts):
    if len(parts) == 2:
        first, second = parts
        return lambda facts: first(facts) or second(facts)

    def one_holds(facts):
        for part in parts:
            if part(facts):
                return True
        return False

    return one_holds


def _cost(domain):
    """What is asked first: short parts of the mail, then texts, then the database."""
    if not isinstance(domain, DomainCondition):
        return 2
    if domain.field_expr in ("body", "new_text", "headers"):
        return 3
    return 4 if "_id" in domain.field_expr else 1


def _condition(env, condition):
    name, op, value = condition.field_expr, condition.operator, condition.value
    positive = Domain.NEGATIVE_OPERATORS.get(op, op)
    field = env[MODEL]._fields.get(name)
    if positive in ("child_of", "parent_of") or (field is not None and field.relational):
        holds = _related(condition, positive)
    elif field is None or field.type not in _TEXTS or _is_late(field, positive, value):
        return _late(condition)
    elif positive == "in":
        holds = _one_of(field, name, set(value))
    elif positive.endswith("like"):
        holds = _like(env, name, positive, value)
    else:
        holds = _compared(field, name, _INEQUALITY[positive], value)
    if positive == op:
        return holds
    return lambda facts: not holds(facts)


def _is_late(field, positive, value):
    """Whether a condition on a time names one that depends on the clock ("today -1d")."""
    if field.type != "datetime" or positive.endswith("like"):
        return False
    values = value if positive == "in" else [value]
    return any(isinstance(each, str) for each in values)


def _one_of(field, name, values):
    if False in values or field.falsy_value in values:
        if len(values) == 1:
            return lambda facts: not facts[name]
        return lambda facts: (value := facts[name]) in values or not value
    if len(values) == 1:
        (single,) = values
        return lambda facts: facts[name] == single
    return lambda facts: facts[name] in values


def _compared(field, name, compare, value):
    holds_unset = False
    if field.falsy_value is not None:
        value = value or field.falsy_value
        holds_unset = compare(field.falsy_value, value)

    def compared(facts):
        fact = facts[name]
        try:
            return holds_unset if fact is False else compare(fact, value)
        except (TypeError, ValueError):
            return False

    return compared


def _related(condition, positive):
    """A condition on a relation: which of the records of the batch it holds for is asked once."""
    name = condition.field_expr
    if positive not in ("in", "any", "any!") and positive not in _INEQUALITY:
        return _late(condition if positive == condition.operator else ~condition)
    value = condition.value
    wanted = value
    holds_unset = False
    if positive == "in":
        holds_unset = False in value
        wanted = Domain("id", "in", [each for each in value if each is not False])
    elif positive in _INEQUALITY:
        wanted = Domain("id", positive, value)

    def related(facts):
        record_id = facts[name]
        if not record_id:
            return holds_unset
        shared = facts.shared
        found = shared.resolved.get(related)
        if found is None:
            Comodel = shared.env[shared.env[MODEL]._fields[name].comodel_name]
            # those that the batch knows: one query for all of them
            records = Comodel.browse(sorted(shared.ids(name)))
            found = shared.resolved[related] = set(records.filtered_domain(wanted).ids)
        return record_id in found

    return related


def _late(condition):
    """A condition whose meaning changes with the day or with the records: read anew each batch."""

    def late(facts):
        shared = facts.shared
        holds = shared.resolved.get(late)
        if holds is None:
            holds = shared.resolved[late] = _resolve(shared, condition)
        return holds(facts)

    return late


def _resolve(shared, condition):
    env = shared.env
    model = env[MODEL].with_context(tz=shared.zone.zone)
    hierarchy = condition.operator in ("child_of", "parent_of")
    level = OptimizationLevel.FULL if hierarchy else OptimizationLevel.DYNAMIC_VALUES
    domain = condition._optimize(model, level)
    if isinstance(domain, DomainCondition) and "." in domain.field_expr:
        return _by_record(model, domain)
    return _predicate(env, domain)


def _by_record(model, condition):
    """What is left to Odoo itself: a part of a time, such as its month."""
    name = condition.field_expr.partition(".")[0]
    return lambda facts: bool(model.new({name: facts[name]}).filtered_domain(condition))


# ----------------------------------------------------------------------
# like
# ----------------------------------------------------------------------


def _like(env, name, positive, value):
    exact = positive.startswith("=")
    if positive.endswith("ilike"):
        unaccent = env.registry.unaccent_python
        match = like(unaccent(str(value).lower()), exact)
        return lambda facts: match(facts.plain[name])
    match = like(str(value), exact)
    return lambda facts: match(str(facts[name] or ""))


def like(pattern, exact):
    r"""A function of a text: whether it matches *pattern*, in which % stands for any characters, _
    for one, and \\ takes their meaning away.

    Linear in the length of the text, whatever the pattern: each piece between two % is searched
    from where the piece before ended.

    :param exact: the whole text must match, else a part of it
    """
    pieces = _pieces(pattern)
    if not exact:
        if len(pieces) == 1 and isinstance(pieces[0], str):
            word = pieces[0]
            return lambda text: word in text
        searches = [_search(piece) for piece in pieces if piece]
        return lambda text: _in_order(searches, text, 0) is not None
    if len(pieces) == 1:
        return _whole(pieces[0])
    first, *middle, last = pieces
    start, end = _at_start(first), _at_end(last)
    searches = [_search(piece) for piece in middle if piece]

    def matches(text):
        position = start(text)
        if position is None:
            return False
        position = _in_order(searches, text, position)
        return position is not None and end(text, position)

    return matches


def _pieces(pattern):
    """*pattern* cut at each %: strings, and compiled expressions where an _ stands in one."""
    pieces, letters, wild, escaped = [], [], False, False
    for character in pattern:
        if escaped:
            escaped = False
            letters.append(character)
        elif character == "\\":
            escaped = True
        elif character == "%":
            pieces.append(_piece(letters, wild))
            letters, wild = [], False
        elif character == "_":
            letters.append(None)
            wild = True
        else:
            letters.append(character)
    pieces.append(_piece(letters, wild))
    return pieces


def _piece(letters, wild):
    if not wild:
        return "".join(letters)
    words = ("." if letter is None else re.escape(letter) for letter in letters)
    return re.compile("".join(words), re.DOTALL)


def _search(piece):
    """A function of text and position: where the next occurrence of *piece* ends, or None."""
    if isinstance(piece, str):

        def find(text, position):
            found = text.find(piece, position)
            return None if found < 0 else found + len(piece)

        return find

    def search(text, position):
        found = piece.search(text, position)
        return found.end() if found else None

    return search


def _in_order(searches, text, position):
    for search in searches:
        position = search(text, position)
        if position is None:
            return None
    return position


def _whole(piece):
    if isinstance(piece, str):
        # Odoo's own takes a last line end for nothing
        return lambda text: text == piece or (text[-1:] == "\n" and text[:-1] == piece)
    return lambda text: bool(
        piece.fullmatch(text) or (text[-1:] == "\n" and piece.fullmatch(text[:-1]))
    )


def _at_start(piece):
    if isinstance(piece, str):
        return lambda text: len(piece) if text.startswith(piece) else None

    def start(text):
        found = piece.match(text)
        return found.end() if found else None

    return start


def _at_end(piece):
    if isinstance(piece, str):

        def ends(text, position):
            for whole in (text, text[:-1]) if text[-1:] == "\n" else (text,):
                if len(whole) - len(piece) >= position and whole.endswith(piece):
                    return True
            return False

        return ends
    length = len(re.sub(r"\\(.)", r"\1", piece.pattern, flags=re.DOTALL))

    def ends_wild(text, position):
        for whole in (text, text[:-1]) if text[-1:] == "\n" else (text,):
            if len(whole) - length >= position and piece.fullmatch(whole, len(whole) - length):
                return True
        return False

    return ends_wild
