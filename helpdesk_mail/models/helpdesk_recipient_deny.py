# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which addresses the deny list covers, and how they get there."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..intake import deny
from ..intake.deny.rules import escape_like

# patterns that PostgreSQL compares with each address one by one; more are compared here
_MOST_LIKE = 20
_CHUNK = 50_000


class HelpdeskRecipient(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.recipient"  # pylint: disable=consider-merging-classes-inherited

    in_deny_list = fields.Boolean(
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
        """The domain of the recipients of *company* that a deny rule covers."""
        rules = [
            rule
            for rule in self.env["helpdesk.deny.rule"]._rows(company.id, 0, fields.Date.today())
            if rule.location == "sender"
        ]
        if not rules:
            return Domain.FALSE
        plain, searched = [], []
        addresses, domains, reversed_ends = [], [], []
        for rule in rules:
            if rule.match == "domain" and rule.pattern.startswith("*."):
                reversed_ends.append(escape_like(rule.pattern[:0:-1]) + "%")
            elif rule.match == "domain":
                domains.append(rule.pattern)
            elif rule.match == "exact" and "*" not in rule.pattern:
                addresses.append(rule.pattern)
            elif rule.match == "ends" and rule.pattern.isascii() and "@" not in rule.pattern:
                reversed_ends.append(escape_like(rule.pattern[::-1]) + "%")
            elif rule.match in ("exact", "starts", "contains", "ends") and rule.pattern.isascii():
                plain.append(rule)
            else:
                searched.append(rule)
        if len(plain) > _MOST_LIKE:
            plain, searched = [], [*plain, *searched]
        found = [
            Domain("email_key", "in", addresses),
            Domain("email_domain", "in", domains),
            _by_sql(reversed_ends, "reverse(%s) LIKE %s", "email_domain"),
            _by_sql([_like(rule) for rule in plain], "%s LIKE %s", "email_key"),
        ]
        if company.helpdesk_mail_plus_addressing and addresses:
            found.append(_with_tag(addresses))
        if searched:
            found.append(Domain("id", "in", self._covered_ids(company, searched)))
        return Domain("company_id", "=", company.id) & Domain.OR(found)

    def _covered_ids(self, company, rules):
        """The ids of all recipients of *company* that one of *rules* covers, address by address."""
        covers = deny.Rules(rules).of_sender
        self.flush_model(["email_key", "company_id"])
        ids, last = [], 0
        while True:
            rows = self.env.execute_query(
                SQL(
                    "SELECT id, email_key FROM helpdesk_recipient"
                    " WHERE company_id = %s AND id > %s ORDER BY id LIMIT %s",
                    company.id,
                    last,
                    _CHUNK,
                )
            )
            ids += [row_id for row_id, key in rows if covers(key or "")]
            if len(rows) < _CHUNK:
                return ids
            last = rows[-1][0]

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


def _like(rule):
    """The pattern of LIKE that finds what *rule* covers."""
    begin = "%" if rule.match in ("contains", "ends") else ""
    end = "%" if rule.match in ("contains", "starts") else ""
    return f"{begin}{escape_like(rule.pattern, wildcards=rule.match == 'exact')}{end}"


def _by_sql(patterns, condition, column):
    if not patterns:
        return Domain.FALSE

    def to_sql(model, alias, query):
        field = model._field_to_sql(alias, column, query)
        return SQL("(%s)", SQL(" OR ").join(SQL(condition, field, p) for p in patterns))

    return Domain.custom(to_sql=to_sql)


def _with_tag(addresses):
    """a+tag@b, where there is a rule for a@b and the company takes them for one."""

    def to_sql(model, alias, query):
        key = model._field_to_sql(alias, "email_key", query)
        domain = model._field_to_sql(alias, "email_domain", query)
        return SQL(
            "(%s LIKE '_%%+%%@%%' AND split_part(%s, '+', 1) || '@' || %s = ANY(%s))",
            key,
            key,
            domain,
            addresses,
        )

    return Domain.custom(to_sql=to_sql)
