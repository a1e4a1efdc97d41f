# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which addresses the deny list covers, and how they get there."""

from array import array

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from ..intake import deny
from ..intake.deny.rules import escape_like

# patterns that PostgreSQL compares with each address one by one; more are compared here
_MOST_LIKE = 20
_CHUNK = 50_000


class HelpdeskRecipient(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.recipient"  # pylint: disable=consider-merging-classes-inherited

    in_deny_list = fields.Boolean(
        string="In deny list",
        compute="_compute_in_deny_list",
        search="_search_in_deny_list",
        help="A deny rule covers this address.",
    )

    # domains below a domain end alike: an index of what they end with
    _reverse_domain_idx = models.Index(
        "(reverse(email_domain) text_pattern_ops) WHERE email_domain IS NOT NULL"
    )

    @api.depends("email_key", "company_id")
    def _compute_in_deny_list(self):
        for company, recipients in self.grouped("company_id").items():
            rules = deny.rules_of_company(self.env, company)
            for recipient in recipients:
                recipient.in_deny_list = bool(rules.of_sender(recipient.email_key or ""))

    def _search_in_deny_list(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: the rules of each company say which of its recipients are found; whom the user
        # sees of them is for the search to say
        companies = self.env["helpdesk.deny.rule"].sudo()._read_group([], ["company_id"])
        return Domain.OR(self._denied(company) for (company,) in companies)

    def _denied(self, company):
        """The domain of the recipients of *company* that a deny rule covers.

        Each kind of rule asks its own index, once, whatever else the search looks for.
        """
        Rule = self.env["helpdesk.deny.rule"]
        rules = [
            rule
            for rule in Rule._rows(company.id, 0, fields.Date.today())
            if rule.location == "sender"
        ]
        kinds = {}
        for rule in rules:
            kinds.setdefault(_kind(rule), []).append(rule)
        if len(kinds.get("like", ())) > _MOST_LIKE:
            kinds.setdefault("searched", []).extend(kinds.pop("like"))
        found = [_SELECT[kind](kinds[kind]) for kind in kinds if kind in _SELECT]
        if company.helpdesk_mail_plus_addressing and "address" in kinds:
            found.append(_with_tag(kinds["address"]))
        if "searched" in kinds:
            ids = self._covered_ids(company, kinds["searched"])
            found.append(SQL("SELECT unnest(%s::int[])", ids))
        if not found:
            return Domain.FALSE
        self.flush_model(["email_key", "email_domain"])

        def to_sql(model, alias, query):
            return SQL(
                "(%s = %s AND %s = ANY(ARRAY(%s)))",
                SQL.identifier(alias, "company_id"),
                company.id,
                SQL.identifier(alias, "id"),
                SQL(" UNION ALL ").join(found),
            )

        return Domain.custom(to_sql=to_sql)

    def _covered_ids(self, company, rules):
        """The ids of all recipients of *company* that one of *rules* covers.

        Each address has to be looked at, which takes seconds for a million; so what was found is
        remembered for each part of the table, and looked for again where the part has changed.
        """
        covers = deny.Rules(rules).of_sender
        self.flush_model(["email_key", "company_id"])
        known = self._covered_parts(company.id, tuple(rules))
        parts = self.env.execute_query(
            SQL(
                # the hash is that of the address together with the id
                "SELECT id / %s, count(*), sum(hashtextextended(email_key, id))"
                " FROM helpdesk_recipient WHERE company_id = %s GROUP BY 1",
                _CHUNK,
                company.id,
            )
        )
        found = []
        for part, *content in parts:
            before, ids = known.get(part, (None, ()))
            if before != content:
                rows = self.env.execute_query(
                    SQL(
                        "SELECT id, email_key FROM helpdesk_recipient"
                        " WHERE company_id = %s AND id >= %s AND id < %s",
                        company.id,
                        part * _CHUNK,
                        (part + 1) * _CHUNK,
                    )
                )
                ids = array("l", (row_id for row_id, key in rows if covers(key or "")))
                known[part] = (content, ids)
            found.extend(ids)
        return found

    @api.model
    @ormcache("company_id", "rules")
    def _covered_parts(self, company_id, rules):
        """What :meth:`_covered_ids` remembers: number of the part -> (its content, the ids)."""
        return {}

    # ------------------------------------------------------------------
    # actions
    # ------------------------------------------------------------------

    def action_deny(self):
        """Put these addresses on the deny list of their company, each as a rule of its own.

        :return: an action that shows the rules
        """
        Rule = self.env["helpdesk.deny.rule"]
        Rule.check_access("create")
        rules = Rule.browse()
        for company, recipients in self.grouped("company_id").items():
            covered = deny.rules_of_company(self.env, company)
            for recipient in recipients:
                known = covered.of_sender(recipient.email_key)
                rules |= Rule.browse(known.id) if known else recipient._new_rule()
        return rules._show()

    def _new_rule(self):
        self.ensure_one()
        return self.env["helpdesk.deny.rule"].create(
            {
                "pattern": self.email_key,
                "location": "sender",
                "match": "exact",
                "company_id": self.company_id.id,
            }
        )

    def action_view_deny_rule(self):
        """The rules that cover these addresses.

        :raise UserError: none does
        """
        self.check_access("read")
        rules = self.env["helpdesk.deny.rule"]
        for recipient in self:
            known = deny.rules_of_company(self.env, recipient.company_id).of_sender(
                recipient.email_key
            )
            rules |= rules.browse(known.id if known else [])
        if not rules:
            raise UserError(self.env._("No deny rule covers these addresses."))
        return rules._show()


class HelpdeskDenyRule(models.Model):
    _inherit = "helpdesk.deny.rule"

    def _show(self):
        """An action that opens these rules."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_deny_rule_action"
        )
        action["context"] = {}
        if len(self) == 1:
            form = self.env.ref("helpdesk_mail.helpdesk_deny_rule_view_form")
            action.update(res_id=self.id, views=[(form.id, "form")], view_mode="form")
        else:
            action["domain"] = [("id", "in", self.ids)]
        return action


def _kind(rule):
    """How the addresses that *rule* covers are found."""
    pattern = rule.pattern
    if rule.match == "domain":
        return "below" if pattern.startswith("*.") else "domain"
    if rule.match == "regex" or not pattern.isascii():
        return "searched"
    if rule.match == "exact" and "*" not in pattern:
        return "address"
    if rule.match == "ends" and "@" not in pattern:
        return "below"
    if rule.match in ("exact", "ends") and "*" not in pattern.rpartition("@")[2]:
        return "like_in_domain"
    return "like"


def _like(rule):
    """The pattern of LIKE that finds what *rule* covers."""
    begin = "%" if rule.match in ("contains", "ends") else ""
    end = "%" if rule.match in ("contains", "starts") else ""
    return f"{begin}{escape_like(rule.pattern, wildcards=rule.match == 'exact')}{end}"


def _addresses(rules):
    return SQL(
        "SELECT id FROM helpdesk_recipient WHERE email_key = ANY(%s)",
        [rule.pattern for rule in rules],
    )


def _domains(rules):
    return SQL(
        "SELECT id FROM helpdesk_recipient WHERE email_domain = ANY(%s)",
        [rule.pattern for rule in rules],
    )


def _below(rules):
    """Domains that end alike begin alike when they are reversed, as the index has them."""
    begins = [escape_like(rule.pattern.removeprefix("*")[::-1]) for rule in rules]
    return SQL(
        "SELECT id FROM helpdesk_recipient WHERE email_domain IS NOT NULL AND (%s)",
        # constants, one by one: the planner knows how few rows each of them has
        SQL(" OR ").join(SQL("reverse(email_domain) LIKE %s", f"{begin}%") for begin in begins),
    )


def _like_in_domain(rules):
    return SQL(
        "SELECT recipient.id FROM unnest(%s::text[], %s::text[]) AS rule (domain, pattern)"
        " JOIN helpdesk_recipient recipient ON recipient.email_domain = rule.domain"
        " AND recipient.email_key LIKE rule.pattern",
        [rule.pattern.rpartition("@")[2] for rule in rules],
        [_like(rule) for rule in rules],
    )


def _likes(rules):
    conditions = [SQL("email_key LIKE %s", _like(rule)) for rule in rules]
    return SQL("SELECT id FROM helpdesk_recipient WHERE %s", SQL(" OR ").join(conditions))


def _with_tag(rules):
    """a+tag@b, where there is a rule for a@b and the company takes them for one."""
    return SQL(
        "SELECT id FROM helpdesk_recipient WHERE email_key LIKE '_%%+%%@%%'"
        " AND split_part(email_key, '+', 1) || '@' || email_domain = ANY(%s)",
        [rule.pattern for rule in rules],
    )


_SELECT = {
    "address": _addresses,
    "domain": _domains,
    "below": _below,
    "like_in_domain": _like_in_domain,
    "like": _likes,
}
