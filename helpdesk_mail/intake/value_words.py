# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Words about the fields of a ticket, for the screens on which somebody says what fills them."""

from .values import (
    PROPERTY,
    TYPES,
    ValueProblem,
    definition_of,
    fillable,
    kind_of,
    property_definition,
)


def expected(env, name, team=None):
    """What a field takes, in words for who sets it up: a list of choices, or ""."""
    definition = definition_of(env, name, team)
    options = definition.get("tags" if definition["type"] == "tags" else "selection") or []
    return ", ".join(str(option[1]) for option in options[:20])


def label_of(env, name, team=None):
    """What people call a field or a property; *name* itself where it is gone."""
    if name.startswith(PROPERTY):
        try:
            return property_definition(team, name).get("string") or name
        except ValueProblem:
            return name
    field = env["helpdesk.ticket"]._fields.get(name)
    return field._description_string(env) if field is not None else name


def problem_sentence(env, problem, name, team=None):
    """Why a value of the field *name* cannot be saved, for the one who sets it up."""
    label = label_of(env, name, team)
    if problem.code == "field_gone":
        return env._(
            "%(field)s is no field of these tickets. Properties belong to a team: choose the team "
            "that has it.",
            field=label,
        )
    if problem.code == "field_protected":
        return env._("%(field)s is nothing that mail may fill.", field=label)
    options = expected(env, name, team)
    if options:
        return env._(
            '%(field)s does not take "%(value)s". Choose from: %(options)s',
            field=label,
            value=problem.values["value"],
            options=options,
        )
    hints = {
        "boolean": env._("Write yes or no."),
        "date": env._("Write a date like 2026-12-31."),
        "datetime": env._("Write a date like 2026-12-31 15:00."),
        "float": env._("Write a number."),
        "integer": env._("Write a whole number."),
        "many2many": env._("Write names that exist, once each, separated by commas."),
        "many2one": env._("Write a name that exists, once."),
        "monetary": env._("Write a number."),
    }
    return env._(
        '%(field)s does not take "%(value)s". %(hint)s',
        field=label,
        value=problem.values["value"],
        hint=hints.get(kind_of(env, name, team), ""),
    )


def choices(env, company=None):
    """What can be filled: a list of (name, label), fields first, then the properties of teams.

    :param company: None: of all companies whose teams the user sees
    """
    found = []
    # also what is restricted to others: an administrator says what fills it, and sees no ticket's
    for name in env["helpdesk.ticket"]._fields:
        try:
            field = fillable(env, name)
        except ValueProblem:
            continue
        found.append((name, field._description_string(env)))
    found.sort(key=lambda choice: choice[1].casefold())
    domain = [("company_id", "in", [False, company.id])] if company else []
    properties = {}
    for team in env["helpdesk.ticket.team"].search(domain):
        for definition in team.ticket_properties or ():
            if definition.get("type") in TYPES:
                label, teams = properties.setdefault(
                    PROPERTY + definition["name"], (definition.get("string") or "?", [])
                )
                teams.append(team.name)
    named = [(name, f"{label} ({', '.join(teams)})") for name, (label, teams) in properties.items()]
    return found + sorted(named, key=lambda choice: choice[1].casefold())
