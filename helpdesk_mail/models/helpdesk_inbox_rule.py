# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The rules of an inbox, or of all inboxes of a company: conditions on a mail, and what is done."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

from ..intake import deny, rule_domain
from ..intake.rule_set import Rule, RuleSet
from ..intake.safe_regex import UnsafeRegex
from ..intake.safe_regex import check as check_regex

_MANAGER = "helpdesk_mail.group_mail_administrator"


class HelpdeskInboxRule(models.Model):
    _name = "helpdesk.inbox.rule"
    _description = "Inbox Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="Shown wherever the rule is the reason for something.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
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

    # conditions
    applies_to = fields.Selection(
        [
            ("new", "Mail that opens a ticket"),
            ("replies", "Replies to a ticket"),
            ("both", "All mail"),
        ],
        string="Applies to",
        required=True,
        default="new",
    )
    domain = fields.Char(string="Conditions", default="[]", help="On the parts of the mail.")
    pattern = fields.Char(
        string="Regular expression",
        help="It must match as well, where there is one. Upper and lower case are the same.",
    )
    pattern_location = fields.Selection(
        [
            ("subject", "Subject"),
            ("body", "Text"),
            ("new_text", "New text (without quotes)"),
            ("sender", "Sender's name or address"),
            ("recipients", "To, Cc and other recipients"),
            ("headers", "Header (lines like X-Spam-Flag: YES)"),
            ("attachment_names", "Names of attachments"),
        ],
        string="Looks at",
        required=True,
        default="subject",
    )

    # actions
    team_id = fields.Many2one(
        "helpdesk.ticket.team", string="Set team", check_company=True, ondelete="restrict"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Assign to",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        ondelete="restrict",
    )
    tag_ids = fields.Many2many("helpdesk.ticket.tag", string="Add tags")
    follower_ids = fields.Many2many("res.partner", string="Add followers", check_company=True)
    line_ids = fields.One2many(
        "helpdesk.inbox.rule.line", "rule_id", string="Set fields", copy=True
    )
    answers = fields.Boolean(
        string="Answer with a template",
        help="The sender gets it instead of Request received. Automatic mail is never answered.",
    )
    refuse = fields.Selection(
        [("no", "Take the mail in"), ("silently", "Refuse"), ("answer", "Refuse, and answer")],
        string="What becomes of it",
        required=True,
        default="no",
        help="Refused mail is kept whole in the mail log. Mail of agents is never refused.",
    )
    answer_template_id = fields.Many2one("mail.template", string="Template", ondelete="set null")
    move_to_folder = fields.Char(
        string="Move to folder",
        help="On the mail server, once the mail is safely stored here. A folder that is not there "
        "is made. Only for mailboxes that are read by IMAP.",
    )
    stop = fields.Boolean(string="Try no further rules")
    actions_text = fields.Char(string="Does", compute="_compute_actions_text")

    # the journal knows what each rule did: no counter that many workers would wait for
    hits_total = fields.Integer(string="Hits", compute="_compute_hits", groups=_MANAGER)
    last_hit = fields.Datetime(compute="_compute_hits", groups=_MANAGER)

    # ------------------------------------------------------------------
    # fields
    # ------------------------------------------------------------------

    @api.depends("inbox_id.company_id")
    def _compute_company_id(self):
        for rule in self:
            rule.company_id = rule.inbox_id.company_id or rule.company_id or self.env.company

    def _compute_hits(self):
        counts = {
            rule.id: values
            for rule, *values in self.env["helpdesk.incoming.mail"]._read_group(
                [("rule_ids", "in", self.ids)], ["rule_ids"], ["__count", "create_date:max"]
            )
        }
        for rule in self:
            rule.hits_total, rule.last_hit = counts.get(rule.id, (0, False))

    @api.depends(
        "team_id",
        "user_id",
        "tag_ids",
        "follower_ids",
        "line_ids.field_name",
        "answers",
        "refuse",
        "move_to_folder",
    )
    @api.depends_context("lang")
    def _compute_actions_text(self):
        labels = dict(self.env["helpdesk.inbox.rule.line"]._field_selection())
        refusals = dict(self._fields["refuse"]._description_selection(self.env))
        for rule in self:
            words = []
            if rule.refuse != "no":
                words.append(refusals[rule.refuse])
            else:
                if rule.team_id:
                    words.append(self.env._("Team %s", rule.team_id.display_name))
                if rule.user_id:
                    words.append(self.env._("Assign to %s", rule.user_id.display_name))
                if rule.tag_ids:
                    words.append(self.env._("Tag %s", ", ".join(rule.tag_ids.mapped("name"))))
                words += [labels.get(line.field_name, line.field_name) for line in rule.line_ids]
                if rule.follower_ids:
                    words.append(self.env._("Followers"))
                if rule.answers:
                    words.append(self.env._("Answer"))
            if rule.move_to_folder:
                words.append(self.env._("Move to %s", rule.move_to_folder))
            rule.actions_text = " · ".join(map(str, words))

    # ------------------------------------------------------------------
    # what may be a rule
    # ------------------------------------------------------------------

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            try:
                domain = rule_domain.read(self.env, rule.domain)
                rule._check_paths(self.env["helpdesk.mail.facts"], domain)
            except rule_domain.UnclearDomain as error:
                raise ValidationError(
                    self.env._(
                        'The conditions of the rule "%(rule)s" cannot be used: %(error)s',
                        rule=rule.name,
                        error=error,
                    )
                ) from error

    def _check_paths(self, model, domain):
        """Refuse conditions on what the user may not read: what a rule does would tell it."""
        for condition in domain.iter_conditions():
            names = condition.field_expr.split(".")
            current = model
            for position, name in enumerate(names):
                field = current._fields.get(name)
                if field is None:
                    break  # a part of a time, or a property
                # constraints may run as superuser: the user's own rights count
                asking = current.sudo(False)
                if current._name != "helpdesk.mail.facts" and not (
                    self.env.user._is_superuser()
                    or (asking.has_access("read") and asking._has_field_access(field, "read"))
                ):
                    raise rule_domain.UnclearDomain(
                        self.env._(
                            "You may not read %(field)s of %(model)s.",
                            field=name,
                            model=current._description,
                        )
                    )
                if not field.relational:
                    hidden = (
                        asking._helpdesk_mail_hidden_fields()
                        if field.type == "properties" and current._name == "helpdesk.ticket"
                        else ()
                    )
                    if ".".join(names[position : position + 2]) in hidden:
                        raise rule_domain.UnclearDomain(
                            self.env._("You may not read this property of tickets.")
                        )
                    break
                current = self.env[field.comodel_name]
                if position == len(names) - 1 and isinstance(
                    condition.value, Domain | list | tuple
                ):
                    if condition.operator in ("any", "not any"):
                        self._check_paths(current, Domain(condition.value))

    @api.constrains("pattern")
    def _check_pattern(self):
        for rule in self.filtered("pattern"):
            try:
                check_regex(rule.pattern)
            except UnsafeRegex as error:
                problem = deny.UnclearPattern(error.code, **error.values)
                raise ValidationError(
                    self.env._(
                        'The regular expression of the rule "%(rule)s" cannot be used. %(problem)s',
                        rule=rule.name,
                        problem=deny.sentence(self.env, problem),
                    )
                ) from error

    @api.constrains("answers", "refuse", "answer_template_id")
    def _check_template(self):
        models_of = {"no": "helpdesk.ticket", "answer": "helpdesk.incoming.mail"}
        for rule in self:
            wanted = models_of.get(rule.refuse) if rule.answers or rule.refuse != "no" else None
            if not wanted:
                continue
            # sudo: what a template is about, nothing of it
            template = rule.answer_template_id.sudo()
            if not template:
                raise ValidationError(
                    self.env._('Choose the template with which "%s" answers.', rule.name)
                )
            if template.model != wanted:
                name = self.env["ir.model"].sudo()._get(wanted).name
                raise ValidationError(
                    self.env._(
                        '"%(template)s" cannot answer by the rule "%(rule)s": choose a template '
                        "for %(model)s.",
                        template=template.name,
                        rule=rule.name,
                        model=name,
                    )
                )

    @api.constrains("user_id", "company_id")
    def _check_user(self):
        # sudo: the companies of the user only
        for rule in self.sudo().filtered("user_id"):
            if rule.user_id.share or rule.company_id not in rule.user_id.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot be assigned tickets of %(company)s.",
                        user=rule.user_id.name,
                        company=rule.company_id.name,
                    )
                )

    @api.constrains("move_to_folder", "inbox_id")
    def _check_folder(self):
        for rule in self.filtered("move_to_folder"):
            folder = rule.move_to_folder
            if folder != folder.strip() or not folder.isprintable() or len(folder) > 200:
                raise ValidationError(
                    self.env._('"%s" cannot be the name of a folder on a mail server.', folder)
                )
            # sudo: settings of the very inbox whose rule it is
            inbox = rule.inbox_id.sudo()
            fetches = inbox.protocol == "imap" and inbox.kind == "mailbox"
            if fetches and folder in inbox._helpdesk_mail_folder_names():
                raise ValidationError(
                    self.env._(
                        "%(inbox)s reads the folder %(folder)s itself: choose another one.",
                        folder=folder,
                        inbox=inbox.name,
                    )
                )

    # ------------------------------------------------------------------
    # changes
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if {"company_id", "inbox_id"} & vals.keys():
            # nobody hands a rule to a company that is not theirs: write() looks only before
            self.check_access("write")
        self._changed()
        return result

    def unlink(self):
        self._forget_problems()
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _changed(self):
        """What was told of these rules may be told again, and mail is tried by the new ones."""
        self._forget_problems()
        self.env.registry.clear_cache()

    def _forget_problems(self):
        """Let what does not work be told again."""
        # sudo: whoever may change the rules of these inboxes
        inboxes = self.sudo().inbox_id
        for company in self.filtered(lambda rule: not rule.inbox_id).company_id:
            inboxes |= inboxes.search([("company_id", "=", company.id)])
        inboxes._clear_problems()

    # ------------------------------------------------------------------
    # deciding
    # ------------------------------------------------------------------

    @api.model
    def _of_inbox(self, inbox):
        """The :class:`.rule_set.RuleSet` for mail of *inbox*: kept in memory, no query."""
        return self._compiled(inbox.company_id.id, inbox.id)

    @api.model
    @ormcache("company_id", "inbox_id")
    def _compiled(self, company_id, inbox_id):
        """The rules for an inbox of a company, until one of them changes."""
        rules = self.sudo().search(
            [("company_id", "=", company_id), ("inbox_id", "in", [False, inbox_id])]
        )
        return RuleSet(self.env, [rule._to_plain() for rule in rules])

    def _to_plain(self):
        """This rule as :class:`.rule_set.Rule`."""
        domain, error = None, ""
        try:
            domain = rule_domain.read(self.env, self.domain)
        except rule_domain.UnclearDomain as problem:
            error = str(problem)
        everything = not error and domain.is_true()
        # what is archived counts as gone: whoever asks finds out
        everybody = self.with_context(active_test=False)
        return Rule(
            id=self.id,
            name=self.name,
            applies_to=self.applies_to,
            domain=None if everything else domain,
            pattern=self.pattern or "",
            place=self.pattern_location,
            stop=self.stop,
            team_id=self.team_id.id or 0,
            user_id=self.user_id.id or 0,
            tag_ids=tuple(everybody.tag_ids.ids),
            follower_ids=tuple(everybody.follower_ids.ids),
            lines=tuple((line.field_name, line.value or "") for line in self.line_ids),
            refuse=self.refuse,
            answers=self.answers,
            template_id=self.answer_template_id.id or 0,
            folder=self.move_to_folder or "",
            error=error,
        )

    # ------------------------------------------------------------------
    # screens
    # ------------------------------------------------------------------

    def action_view_hits(self):
        """The mails for which these rules held."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_incoming_mail_action"
        )
        action["domain"] = [("rule_ids", "in", self.ids)]
        action["context"] = {}
        return action
