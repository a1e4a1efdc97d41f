# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the actions of the rules that hold come to, for a batch: which of the records they name are
still there (one query), and the values for fields.
"""

from odoo.fields import Command
from odoo.tools import SQL

from . import reasons, values

# the mail itself: its text is that of the first message
UNTOUCHED = {"description"}


def of_batch(batch, items):
    """The :class:`Plan` of the rules that hold for *items*."""
    return Plan(batch, {rule.id: rule for item in items for rule in item.rules}.values())


class Plan:
    """The actions of some rules."""

    def __init__(self, batch, rules):
        self._batch = batch
        self._env = batch.env
        self._there = self._find(rules)
        self._cache = values.Cache()
        self._converted = {}
        self._stages = {}
        self._labels = {}

    def _find(self, rules):
        """(kind, id) -> name of what *rules* name and what may still be used. One query."""
        wanted = {
            "team": {rule.team_id for rule in rules} - {0},
            "user": {rule.user_id for rule in rules} - {0},
            "template": {rule.template_id for rule in rules} - {0},
            "tag": {tag_id for rule in rules for tag_id in rule.tag_ids},
            "partner": {partner_id for rule in rules for partner_id in rule.follower_ids},
        }
        if not any(wanted.values()):
            return {}
        company_id = self._batch.inbox.company_id.id
        for model in ("helpdesk.ticket.team", "helpdesk.ticket.tag", "res.partner", "res.users"):
            self._env[model].flush_model()
        self._env["mail.template"].flush_model(["active"])
        rows = self._env.execute_query(
            SQL(
                "SELECT 'team', id, '' FROM helpdesk_ticket_team WHERE id = ANY(%s) AND active"
                " AND (company_id IS NULL OR company_id = %s)"
                " UNION ALL SELECT 'user', users.id, partner.name FROM res_users users"
                " JOIN res_partner partner ON partner.id = users.partner_id"
                " WHERE users.id = ANY(%s) AND users.active AND users.share IS NOT TRUE"
                " AND EXISTS (SELECT FROM res_company_users_rel allowed"
                " WHERE allowed.user_id = users.id AND allowed.cid = %s)"
                " UNION ALL SELECT 'template', id, '' FROM mail_template"
                " WHERE id = ANY(%s) AND active"
                " UNION ALL SELECT 'tag', id, '' FROM helpdesk_ticket_tag"
                " WHERE id = ANY(%s) AND active"
                " UNION ALL SELECT 'partner', id, '' FROM res_partner"
                " WHERE id = ANY(%s) AND active",
                list(wanted["team"]),
                company_id,
                list(wanted["user"]),
                company_id,
                list(wanted["template"]),
                list(wanted["tag"]),
                list(wanted["partner"]),
            )
        )
        return {(kind, record_id): name for kind, record_id, name in rows}

    # ------------------------------------------------------------------
    # templates
    # ------------------------------------------------------------------

    def has_template(self, item, rule):
        """Whether the template of *rule* is there; else that it is gone is said of *item*."""
        if ("template", rule.template_id) in self._there:
            return True
        self._gone(item, rule, self._env._("its template"))
        return False

    def template_name(self, rule):
        """The name of the template of *rule*."""
        return self._env["mail.template"].browse(rule.template_id).name

    # ------------------------------------------------------------------
    # fields
    # ------------------------------------------------------------------

    def fill(self, item, target, reply=False):
        """Put what the rules of *item* say into *target* (values for a ticket), and say so.

        :param reply: whether the ticket is there already
        """
        for rule in item.rules:
            if rule.refuse != "no":
                continue
            done = []
            if rule.team_id and self._is_there(item, rule, "team", rule.team_id):
                self._set_team(target, rule.team_id, reply)
                done.append("team_id")
            for name, text in rule.lines:
                if self._set(item, rule, target, name, text, reply):
                    done.append(name)
            if rule.user_id and self._is_there(item, rule, "user", rule.user_id):
                target["user_id"] = rule.user_id
                done.append("user_id")
            if "user_id" in done and not self._may_see(item, rule, target, reply):
                done.remove("user_id")
            tags = [t for t in rule.tag_ids if self._is_there(item, rule, "tag", t)]
            if tags:
                links = [Command.link(tag_id) for tag_id in tags]
                target["tag_ids"] = [*(target.get("tag_ids") or ()), *links]
                done.append("tag_ids")
            followers = [
                partner_id
                for partner_id in rule.follower_ids
                if self._is_there(item, rule, "partner", partner_id)
            ]
            if followers:
                item.follower_ids = list(dict.fromkeys([*item.follower_ids, *followers]))
                done.append("message_partner_ids")
            if done:
                labels = ", ".join(self._label(name) for name in dict.fromkeys(done))
                item.step("map", "rule_set", rule=rule.name, fields=labels)

    def _set_team(self, target, team_id, reply):
        target["team_id"] = team_id
        if not reply:
            target["stage_id"] = self._stage_of(team_id)
            # properties belong to the team before
            target.pop("properties", None)

    def _stage_of(self, team_id):
        if team_id not in self._stages:
            team = self._env["helpdesk.ticket.team"].browse(team_id)
            team = team.with_company(self._batch.inbox.company_id)
            self._stages[team_id] = team._get_applicable_stages()[:1].id
        return self._stages[team_id]

    def _set(self, item, rule, target, name, text, reply):
        """Set one field: whether it could be."""
        team_id = target.get("team_id")
        if not team_id and reply and item.ticket_id and name.startswith(values.PROPERTY):
            team_id = self._env["helpdesk.ticket"].browse(item.ticket_id).team_id.id
        value = self._convert(name, text, team_id)
        if isinstance(value, values.ValueProblem):
            problem = reasons.sentence(self._env, value.code, value.values)
            item.step("map", "rule_value", rule=rule.name, problem=problem)
            self._tell("rule_value", rule, problem=problem)
            return False
        if name == "team_id":
            if value:
                self._set_team(target, value, reply)
        elif name.startswith(values.PROPERTY):
            team = self._env["helpdesk.ticket.team"].browse(team_id)
            self._labels[name] = values.property_definition(team, name).get("string") or name
            properties = dict(target.get("properties") or {})
            properties[name.removeprefix(values.PROPERTY)] = value
            target["properties"] = properties
        else:
            target[name] = value
        return True

    def _convert(self, name, text, team_id):
        key = name, text, team_id
        if key not in self._converted:
            team = self._env["helpdesk.ticket.team"].browse(team_id or [])
            try:
                if name in UNTOUCHED:
                    raise values.ValueProblem("field_protected", field=name)
                self._converted[key] = values.convert(
                    self._env, name, text, self._batch.inbox.company_id, team, self._cache
                )
            except values.ValueProblem as problem:
                self._converted[key] = problem
        return self._converted[key]

    def _may_see(self, item, rule, target, reply):
        """Whether the user to whom the rule assigns may see the ticket; else nobody is assigned."""
        user = self._env["res.users"].browse(target["user_id"] or [])
        if not user._helpdesk_scope_roots():
            return True
        Ticket = self._env["helpdesk.ticket"]
        if item.ticket_id:
            ticket = Ticket.browse(item.ticket_id)
        else:
            ticket = Ticket.new(
                {
                    "partner_id": item.partner_id,
                    "lead_id": item.lead_id,
                    "inbox_id": self._batch.inbox.id,
                }
            )
        if not ticket._helpdesk_scope_blind(user):
            return True
        if reply:
            del target["user_id"]
        else:
            target["user_id"] = False
        item.step("map", "rule_out_of_scope", rule=rule.name, user=user.name)
        return False

    # ------------------------------------------------------------------
    # what is gone
    # ------------------------------------------------------------------

    def _is_there(self, item, rule, kind, record_id):
        if (kind, record_id) in self._there:
            return True
        env = self._env
        words = {
            "team": env._("its team"),
            "user": env._("the user to whom it assigns"),
            "tag": env._("a tag"),
            "partner": env._("a follower"),
        }
        self._gone(item, rule, words[kind])
        return False

    def _gone(self, item, rule, what):
        item.step("rules", "rule_gone", rule=rule.name, what=what)
        self._tell("rule_gone", rule, what=what)

    def _tell(self, code, rule, **details):
        self._batch.problem(code, rule=rule.name, **details)

    def _label(self, name):
        if name not in self._labels:
            field = self._env["helpdesk.ticket"]._fields.get(name)
            label = name.removeprefix(values.PROPERTY)
            if name == "message_partner_ids":
                label = self._env._("followers")
            elif field is not None:
                label = field.get_description(self._env, ["string"])["string"]
            self._labels[name] = label
        return self._labels[name]
