# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What new tickets of an inbox are filled with, and what becomes of attachments."""

import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..intake import value_words
from ..intake import values as field_values

_MANAGER = "helpdesk_mail.group_mail_administrator"
# pdf, .pdf, *.pdf, do?, application/pdf, image/*
_TYPE = re.compile(r"(?:\*?\.)?([\w*?+-]+)|([\w*?.+-]+/[\w*?.+-]+)")


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    # new tickets
    template_id = fields.Many2one(
        "helpdesk.ticket.template",
        string="Ticket template",
        domain=[("published", "=", True)],
        check_company=True,
        ondelete="restrict",
        groups=_MANAGER,
        help="New tickets begin with what it fills in.",
    )
    has_ticket_types = fields.Boolean(compute="_compute_has_ticket_types", groups=_MANAGER)
    allowed_types = fields.Text(
        string="Ticket types",
        groups=_MANAGER,
        help="One a line: mail to this inbox makes tickets of these types only; another type is "
        "left out. Empty: any.",
    )
    map_importance = fields.Boolean(
        string="Importance becomes priority",
        default=True,
        groups=_MANAGER,
        help="Mail that its sender marked as important makes a ticket of high priority.",
    )
    mapping_ids = fields.One2many(
        "helpdesk.inbox.mapping", "inbox_id", string="Field mappings", groups=_MANAGER, copy=True
    )
    mapping_hint = fields.Char(compute="_compute_mapping_hint", groups=_MANAGER)

    # attachments
    attachment_policy = fields.Selection(
        [("keep", "Keep"), ("drop", "Leave out")],
        string="Attachments",
        required=True,
        default="keep",
        groups=_MANAGER,
        help="Pictures that a mail shows in its text stay in any case.",
    )
    attachment_max_mb = fields.Integer(
        string="Largest attachment (MB)",
        groups=_MANAGER,
        help="Larger ones are left out. 0: no limit.",
    )
    attachment_blocked = fields.Text(
        string="Blocked types",
        groups=_MANAGER,
        help="One a line: attachments of these types are left out. Extensions (zip, do*) or "
        "content types (video/*).",
    )
    quarantine_executables = fields.Boolean(
        string="Hold programs back",
        groups=_MANAGER,
        help="Programs and scripts, by name and by content, and archives that hold one: they wait "
        "in the mail log until an administrator releases them.",
    )
    quarantine_macros = fields.Boolean(
        string="Documents with macros as well",
        groups=_MANAGER,
    )
    attach_source = fields.Boolean(
        string="Attach the original mail",
        groups=_MANAGER,
        help="Each message gets the whole mail as an .eml file.",
    )

    def _compute_has_ticket_types(self):
        self.has_ticket_types = "type_id" in self.env["helpdesk.ticket"]._fields

    @api.depends("template_id.line_ids", "mapping_ids.is_required", "mapping_ids.field_name")
    def _compute_mapping_hint(self):
        for inbox in self:
            mapped = set(inbox.mapping_ids.mapped("field_name"))
            names = [
                value_words.label_of(self.env, line.field_name, line._team())
                for line in inbox.template_id.line_ids
                if line.is_required and not line.value and line.field_name not in mapped
            ]
            inbox.mapping_hint = ", ".join(names)

    @api.constrains("template_id")
    def _check_template(self):
        for inbox in self:
            if inbox.template_id and not inbox.template_id.published:
                raise ValidationError(
                    self.env._(
                        "The ticket template %(template)s is a draft: publish it first.",
                        template=inbox.template_id.name,
                    )
                )

    @api.constrains("allowed_types")
    def _check_allowed_types(self):
        for inbox in self:
            for name in inbox._allowed_type_names():
                try:
                    field_values.convert(self.env, "type_id", name, inbox.company_id)
                except field_values.ValueProblem as problem:
                    raise ValidationError(
                        self.env._(
                            "There is no ticket type %(name)s. Write one name a line.", name=name
                        )
                    ) from problem

    @api.constrains("attachment_max_mb")
    def _check_attachment_max_mb(self):
        if any(inbox.attachment_max_mb < 0 for inbox in self):
            raise ValidationError(self.env._("The limit of attachments cannot be negative."))

    @api.constrains("attachment_blocked")
    def _check_attachment_blocked(self):
        for inbox in self:
            for line in filter(None, map(str.strip, (inbox.attachment_blocked or "").splitlines())):
                if not _TYPE.fullmatch(line) or not line.strip("*?./"):
                    raise ValidationError(
                        self.env._(
                            "Blocked types: %(line)s is neither an extension (zip, do*) nor a "
                            "content type (video/*). Write one a line.",
                            line=line,
                        )
                    )

    def _allowed_type_names(self):
        """The ticket types that mail may make, a list of names; empty: any."""
        self.ensure_one()
        return [line for line in map(str.strip, (self.allowed_types or "").splitlines()) if line]

    def _blocked_attachments(self):
        """The patterns of blocked extensions and content types, lower case: a list."""
        self.ensure_one()
        lines = map(str.strip, (self.attachment_blocked or "").casefold().splitlines())
        return [
            line if "/" in line else line.removeprefix("*").lstrip(".") or line
            for line in lines
            if line
        ]

    def write(self, vals):
        if "company_id" in vals:
            self.mapping_ids._check_loosens()
        result = super().write(vals)
        if {"template_id", "team_id", "mapping_ids", "allowed_types"} & vals.keys():
            self._clear_problems()
        if "company_id" in vals:
            # whose tickets its restricted fields are in
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.mapping_ids._check_loosens()
        return super().unlink()
