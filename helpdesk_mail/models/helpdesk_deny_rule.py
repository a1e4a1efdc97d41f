# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is refused: for one inbox, or for all of a company."""

import datetime

import pytz
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, ormcache

from ..intake import deny

_MANAGER = "helpdesk_mail.group_mail_administrator"


class HelpdeskDenyRule(models.Model):
    _name = "helpdesk.deny.rule"
    _description = "Deny Rule"
    _order = "id desc"
    _rec_name = "pattern"
    _check_company_auto = True

    active = fields.Boolean(default=True)
    pattern = fields.Char(
        required=True,
        help="An address, a domain, a word or a regular expression. Upper and lower case are the "
        "same. In an address, * stands for any characters.",
    )
    location = fields.Selection(
        [("sender", "Sender"), ("subject", "Subject"), ("body", "Text")],
        string="Look at",
        required=True,
        default="sender",
    )
    match = fields.Selection(
        [
            ("exact", "is"),
            ("domain", "is of the domain"),
            ("contains", "contains"),
            ("starts", "starts with"),
            ("ends", "ends with"),
            ("regex", "matches the regular expression"),
        ],
        required=True,
        default="exact",
    )
    inbox_id = fields.Many2one(
        "helpdesk.inbox",
        index=True,
        ondelete="cascade",
        check_company=True,
        help="Empty: all inboxes of the company.",
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
    )
    expiry_date = fields.Date(
        string="Holds until", help="The last day on which the rule holds. Empty: for ever."
    )
    is_expired = fields.Boolean(
        string="Expired", compute="_compute_is_expired", search="_search_is_expired"
    )
    note = fields.Char(string="Why", help="For colleagues who wonder later.")
    meaning = fields.Char(compute="_compute_meaning", string="Refuses mail whose")
    covered_users = fields.Char(compute="_compute_covered_users", groups=_MANAGER)

    # the journal knows what each rule refused: no counter that many workers would wait for
    incoming_mail_ids = fields.One2many("helpdesk.incoming.mail", "deny_rule_id", groups=_MANAGER)
    hits_today = fields.Integer(string="Hits today", compute="_compute_hits", groups=_MANAGER)
    hits_total = fields.Integer(string="Hits", compute="_compute_hits", groups=_MANAGER)
    last_hit = fields.Datetime(compute="_compute_hits", groups=_MANAGER)

    _unique_rule = models.UniqueIndex(
        "(company_id, COALESCE(inbox_id, 0), location, match, pattern) WHERE active",
        "There is such a rule already.",
    )

    # ------------------------------------------------------------------
    # fields
    # ------------------------------------------------------------------

    @api.depends("inbox_id.company_id")
    def _compute_company_id(self):
        for rule in self:
            rule.company_id = rule.inbox_id.company_id or rule.company_id or self.env.company

    @api.depends("expiry_date")
    def _compute_is_expired(self):
        today = fields.Date.today()
        for rule in self:
            rule.is_expired = bool(rule.expiry_date and rule.expiry_date < today)

    def _search_is_expired(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("expiry_date", "<", fields.Date.today())]

    @api.depends("location", "match", "pattern")
    def _compute_meaning(self):
        locations = dict(self._fields["location"]._description_selection(self.env))
        matches = dict(self._fields["match"]._description_selection(self.env))
        for rule in self:
            if rule.match == "domain" and (rule.pattern or "").startswith("*."):
                rule.meaning = self.env._("Sender is of a domain below %s", rule.pattern[2:])
            else:
                words = (locations.get(rule.location), matches.get(rule.match), rule.pattern or "…")
                rule.meaning = " ".join(words)

    @api.depends("location", "match", "pattern", "company_id")
    def _compute_covered_users(self):
        for rule in self:
            rule.covered_users = rule._covered_users()

    def _covered_users(self):
        """The colleagues whose mail the rule covers, the first of them: agents are never refused,
        others would be.
        """
        try:
            values = self._normalized()
        except deny.UnclearPattern:
            return False
        if values.location != "sender":
            return False
        rules = deny.Rules([values])
        # sudo: whoever makes rules may know the addresses of colleagues; names are all that is read
        users = (
            self.env["res.users"]
            .sudo()
            .search_fetch(
                [("share", "=", False), ("company_ids", "in", self.company_id.ids)],
                ["name", "email_normalized"],
                limit=5_000,
            )
        )
        names = [user.name for user in users if rules.of_sender(user.email_normalized or "")]
        more = [self.env._("%s more", len(names) - 5)] if len(names) > 5 else []
        return ", ".join(names[:5] + more)

    def _compute_hits(self):
        Mail = self.env["helpdesk.incoming.mail"]
        domain = [("deny_rule_id", "in", self.ids)]
        today = [*domain, ("create_date", ">=", self._start_of_today())]
        counts = {
            rule.id: values
            for rule, *values in Mail._read_group(
                domain, ["deny_rule_id"], ["__count", "create_date:max"]
            )
        }
        counts_today = dict(Mail._read_group(today, ["deny_rule_id"], ["__count"]))
        for rule in self:
            rule.hits_total, rule.last_hit = counts.get(rule.id, (0, False))
            rule.hits_today = counts_today.get(rule, 0)

    def _start_of_today(self):
        """Midnight where the user is, in UTC."""
        zone = pytz.timezone(self.env.context.get("tz") or self.env.user.tz or "UTC")
        midnight = datetime.datetime.combine(fields.Date.context_today(self), datetime.time.min)
        return zone.localize(midnight).astimezone(pytz.utc).replace(tzinfo=None)

    # ------------------------------------------------------------------
    # what may be a rule
    # ------------------------------------------------------------------

    def _normalized(self, **values):
        """This rule in its normal form (:class:`.deny.Rule`), with other *values*.

        :raise deny.UnclearPattern:
        """
        location, match, pattern = (
            values.get(name, self[name]) for name in ("location", "match", "pattern")
        )
        pattern = deny.normalized(location, match, pattern)
        return deny.Rule(self.id or 0, location, match, pattern)

    @api.model
    def _own_addresses(self, company):
        """The addresses of the inboxes of *company* that the user sees, drafts included."""
        # not as superuser, as constraints may run: an error must not tell another company's address
        Inbox = self.env["helpdesk.inbox"].sudo(False)
        if not Inbox.has_access("read"):
            return set()
        inboxes = Inbox.search([("company_id", "=", company.id)])
        return {address for inbox in inboxes for address in inbox._addresses()}

    @api.constrains("pattern", "location", "match", "company_id", "active")
    def _check_pattern(self):
        for company, rules in self.filtered("active").grouped("company_id").items():
            own = self._own_addresses(company)
            for rule in rules:
                try:
                    deny.check(rule._normalized(), own)
                except deny.UnclearPattern as problem:
                    raise rule._refusal(rule.pattern, problem) from problem

    def _refusal(self, pattern, problem):
        return ValidationError(
            self.env._(
                'The rule "%(pattern)s" cannot be saved. %(why)s',
                pattern=pattern,
                why=deny.sentence(self.env, problem),
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        defaults = self.default_get(["location", "match", "pattern"])
        vals_list = [{**vals, **self._in_normal_form({**defaults, **vals})} for vals in vals_list]
        # what was archived just now makes room in the unique index
        self.flush_model(["active"])
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        if {"pattern", "location", "match"} & vals.keys():
            for rule in self:
                stored = rule.read(["pattern", "location", "match"])[0]
                super(HelpdeskDenyRule, rule).write(
                    {**vals, **self._in_normal_form({**stored, **vals})}
                )
        else:
            super().write(vals)
        if {"company_id", "inbox_id"} & vals.keys():
            # nobody hands a rule to a company that is not theirs: write() looks only before
            self.check_access("write")
        self.env.registry.clear_cache()
        return True

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _in_normal_form(self, vals):
        if not vals.get("pattern"):
            return {}
        try:
            rule = self.browse()._normalized(
                **{name: vals[name] for name in ("location", "match", "pattern")}
            )
        except deny.UnclearPattern as problem:
            raise self._refusal(vals["pattern"], problem) from problem
        return {"pattern": rule.pattern}

    # ------------------------------------------------------------------
    # deciding
    # ------------------------------------------------------------------

    @api.model
    def _of_inbox(self, inbox):
        """The :class:`.deny.Rules` that hold today for mail of *inbox*."""
        return self._compiled(
            inbox.company_id.id,
            inbox.id,
            fields.Date.today(),
            inbox.company_id.helpdesk_mail_plus_addressing,
        )

    @api.model
    def _of_company(self, company):
        """The :class:`.deny.Rules` that hold today for some inbox of *company*."""
        # sudo: a setting that each decision depends on
        plus = company.sudo().helpdesk_mail_plus_addressing
        return self._compiled(company.id, 0, fields.Date.today(), plus)

    @api.model
    @ormcache("company_id", "inbox_id", "today", "plus")
    def _compiled(self, company_id, inbox_id, today, plus):
        """The rules of a company (*inbox_id* 0), or those for one inbox; kept until a rule changes
        or the day ends.
        """
        return deny.Rules(self._rows(company_id, inbox_id, today), plus=plus)

    @api.model
    def _rows(self, company_id, inbox_id, today):
        """The rules that hold on a day, as :class:`.deny.Rule`, the oldest first. One query."""
        self.flush_model()
        return [
            deny.Rule(*row)
            for row in self.env.execute_query(
                SQL(
                    "SELECT id, location, match, pattern FROM helpdesk_deny_rule"
                    " WHERE active AND company_id = %s AND (%s = 0 OR inbox_id IS NULL"
                    " OR inbox_id = %s) AND (expiry_date IS NULL OR expiry_date >= %s)"
                    " ORDER BY id",
                    company_id,
                    inbox_id,
                    inbox_id,
                    today,
                )
            )
        ]

    # ------------------------------------------------------------------
    # screens
    # ------------------------------------------------------------------

    def action_view_hits(self):
        """The mails that these rules refused."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_incoming_mail_action"
        )
        action["domain"] = [("deny_rule_id", "in", self.ids)]
        action["context"] = {}
        return action
