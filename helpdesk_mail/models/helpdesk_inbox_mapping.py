# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which part of a mail becomes which field of its ticket."""

import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import ormcache

from ..intake import deny, mapped, safe_regex, value_words
from ..intake import values as field_values
from ..intake.values import ValueProblem

_HEADER = re.compile(r"[!-9;-~]+")


class HelpdeskInboxMapping(models.Model):
    _name = "helpdesk.inbox.mapping"
    _description = "Field that the mail of an inbox fills in"
    _order = "is_required desc, sequence, id"
    _rec_name = "field_name"

    inbox_id = fields.Many2one("helpdesk.inbox", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="inbox_id.company_id")
    sequence = fields.Integer(default=10)
    field_name = fields.Selection(selection="_selection_field_name", string="Field", required=True)
    field_label = fields.Char(compute="_compute_words", string="Field of the ticket")
    source = fields.Selection(
        [
            ("subject", "Subject"),
            ("body", "Text"),
            ("new_text", "Text without what it quotes"),
            ("sender_email", "Sender's address"),
            ("sender_name", "Sender's name"),
            ("to", "To"),
            ("cc", "Cc"),
            ("importance", "Importance"),
            ("attachment_names", "Names of the attachments"),
            ("attachment_count", "Number of attachments"),
            ("date", "Date"),
            ("message_id", "Message-ID"),
            ("header", "A header field"),
            ("regex", "Found by an expression"),
            ("constant", "Always the same"),
        ],
        string="From",
        required=True,
        default="subject",
    )
    header_name = fields.Char(string="Header field", help="For instance X-Serial-Number.")
    pattern = fields.Char(
        string="Expression",
        help="A regular expression with one group, which finds the value. For instance: "
        "Order (\\d+)",
    )
    pattern_location = fields.Selection(
        [("subject", "The subject"), ("body", "The text")],
        string="Searched in",
        required=True,
        default="body",
    )
    constant = fields.Text(string="Value")
    default_value = fields.Text(
        string="Default", help="Where the mail holds nothing, or nothing that fits."
    )
    is_required = fields.Boolean(
        string="Required", help="Each ticket gets a value: the default where the mail holds none."
    )
    group_ids = fields.Many2many(
        "res.groups",
        "helpdesk_inbox_mapping_group_rel",
        "mapping_id",
        "group_id",
        string="Restricted to",
        help="Others neither see nor change this field of any ticket of the company, wherever "
        "they look.",
    )
    source_words = fields.Char(compute="_compute_words", string="Filled from")
    is_broken = fields.Boolean(compute="_compute_problem")
    problem = fields.Char(compute="_compute_problem", string="What is wrong")

    _unique_field = models.Constraint(
        "UNIQUE(inbox_id, field_name)", "This inbox fills this field already."
    )

    @api.model
    def _selection_field_name(self):
        return value_words.choices(self.env)

    # ------------------------------------------------------------------
    # words
    # ------------------------------------------------------------------

    @api.depends("field_name", "source", "header_name", "pattern", "constant", "inbox_id.team_id")
    def _compute_words(self):
        sources = dict(self._fields["source"]._description_selection(self.env))
        labels = dict(self._selection_field_name())
        for one in self:
            one.field_label = labels.get(one.field_name, one.field_name)
            detail = {
                "header": one.header_name,
                "regex": one.pattern,
                "constant": one.constant,
            }.get(one.source)
            words = sources.get(one.source, "")
            one.source_words = f"{words}: {detail}" if detail else words

    @api.depends(
        "field_name", "source", "constant", "default_value", "group_ids", "inbox_id.team_id"
    )
    def _compute_problem(self):
        for one in self:
            one.problem = one._problem()
            one.is_broken = bool(one.problem)

    def _team(self):
        """The team whose properties its field may be one of: of the template, else of the inbox."""
        self.ensure_one()
        template = self.inbox_id.template_id
        team = template.team_id or self.inbox_id.team_id
        if self.field_name and self.field_name.startswith(field_values.PROPERTY):
            for candidate in (team, self.inbox_id.team_id):
                names = {one.get("name") for one in candidate.ticket_properties or ()}
                if self.field_name.removeprefix(field_values.PROPERTY) in names:
                    return candidate
        return team

    def _problem(self):
        """Why this mapping cannot work (a sentence), or False."""
        self.ensure_one()
        if not self.field_name:
            return False
        team = self._team()
        company = self.inbox_id.company_id
        try:
            kind = field_values.kind_of(self.env, self.field_name, team)
            if kind not in mapped.SOURCES[self.source]:
                sources = dict(self._fields["source"]._description_selection(self.env))
                return self.env._(
                    "%(part)s cannot fill %(field)s: it never fits.",
                    part=sources[self.source],
                    field=value_words.label_of(self.env, self.field_name, team),
                )
            for text in {self.default_value, self.source == "constant" and self.constant}:
                if text:
                    field_values.convert(self.env, self.field_name, text, company, team)
        except ValueProblem as problem:
            return value_words.problem_sentence(self.env, problem, self.field_name, team)
        return False

    # ------------------------------------------------------------------
    # what may be a mapping
    # ------------------------------------------------------------------

    @api.constrains(
        "field_name", "source", "header_name", "pattern", "constant", "default_value", "is_required"
    )
    def _check_mapping(self):
        for one in self:
            if problem := one._problem() or one._missing() or one._bad_pattern():
                raise ValidationError(problem)

    def _missing(self):
        """What has still to be said, a sentence, or False."""
        self.ensure_one()
        label = value_words.label_of(self.env, self.field_name, self._team())
        if self.source == "header" and not _HEADER.fullmatch(self.header_name or ""):
            return self.env._(
                "Name the header field that fills %(field)s, such as X-Serial-Number.", field=label
            )
        if self.source == "constant" and not (self.constant or "").strip():
            return self.env._("Say with what %(field)s is filled.", field=label)
        if (
            self.is_required
            and self.source not in mapped.ALWAYS
            and not (self.default_value or "").strip()
        ):
            return self.env._(
                "%(field)s is required, and a mail may not hold it: give a default.", field=label
            )
        return False

    def _bad_pattern(self):
        if self.source != "regex":
            return False
        try:
            safe_regex.check_capturing(self.pattern or "")
        except safe_regex.UnsafeRegex as problem:
            return self.env._(
                'The expression "%(expression)s" cannot be used. %(why)s',
                expression=self.pattern or "",
                why=deny.sentence(self.env, problem),
            )
        return False

    @api.constrains("group_ids", "field_name")
    def _check_restricted(self):
        Ticket = self.env["helpdesk.ticket"]
        for one in self.filtered("group_ids"):
            if not Ticket._helpdesk_mail_may_restrict(one.field_name):
                raise ValidationError(
                    self.env._(
                        "%(field)s cannot be restricted: tickets do not work for people who do not "
                        "see it.",
                        field=one.field_label,
                    )
                )

    def _check_loosens(self):
        """Raise where the user would open a field to themselves that others closed to them."""
        if self.env.su:
            return
        restrictions = self.env["helpdesk.ticket"]._helpdesk_mail_hidden_fields()
        for one in self.filtered("group_ids"):
            if one.field_name in restrictions:
                raise AccessError(
                    self.env._(
                        "%(field)s is restricted to others: only they can change that.",
                        field=one.field_label,
                    )
                )

    # ------------------------------------------------------------------
    # changes
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        mappings = super().create(vals_list)
        mappings._settings_changed()
        return mappings

    def write(self, vals):
        if {"group_ids", "field_name", "inbox_id"} & vals.keys():
            self._check_loosens()
        self._settings_changed()
        result = super().write(vals)
        if "inbox_id" in vals:
            # nobody hands a mapping to a company that is not theirs: write() looks only before
            self.check_access("write")
        self._settings_changed()
        return result

    def unlink(self):
        self._check_loosens()
        self._settings_changed()
        return super().unlink()

    def _settings_changed(self):
        self.env.registry.clear_cache()
        # views of tickets differ for those who do not see a field
        self.env.registry.clear_cache("templates")
        self.inbox_id._clear_problems()

    # ------------------------------------------------------------------
    # deciding
    # ------------------------------------------------------------------

    @api.model
    @ormcache("inbox_id")
    def _plan(self, inbox_id):
        """The mappings of an inbox, required ones first: a tuple of :class:`.mapped.Mapping`."""
        # sudo: what mail is filled by, whoever takes it in
        found = self.sudo().search([("inbox_id", "=", inbox_id)])
        return tuple(
            mapped.Mapping(
                one.field_name,
                one.source,
                one.header_name or "",
                one.pattern or "",
                one.pattern_location,
                one.constant or "",
                one.default_value or "",
                bool(one.group_ids),
            )
            for one in found
        )

    @api.model
    @ormcache()
    def _restrictions(self):
        """Company id -> {field or property: tuple of frozensets of group ids}: who sees a field is
        in one group of each set.
        """
        found = {}
        # sudo: asked for whoever reads tickets; nothing of it is shown
        for one in self.sudo().search([("group_ids", "!=", False)]):
            fields_of = found.setdefault(one.inbox_id.company_id.id, {})
            groups = frozenset(one.group_ids.ids)
            fields_of[one.field_name] = (*fields_of.get(one.field_name, ()), groups)
        return found
