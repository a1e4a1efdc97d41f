# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Many deny rules at once: pasted, understood line by line, added all or not at all."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..intake import deny
from ..intake.deny.lines import MOST_LINES

# named in one message
_MOST_NAMED = 20


class HelpdeskDenyPaste(models.TransientModel):
    _name = "helpdesk.deny.paste"
    _description = "Add Many Deny Rules"

    text = fields.Text(string="List")
    location = fields.Selection(
        [("sender", "Sender"), ("subject", "Subject"), ("body", "Text")],
        string="Look at",
        required=True,
        default="sender",
    )
    match = fields.Selection(
        [
            ("contains", "contains"),
            ("starts", "starts with"),
            ("ends", "ends with"),
            ("exact", "is"),
            ("regex", "matches the regular expression"),
        ],
        required=True,
        default="contains",
    )
    inbox_id = fields.Many2one("helpdesk.inbox", help="Empty: all inboxes of the company.")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    expiry_date = fields.Date(string="Hold until")
    note = fields.Char(string="Why")
    line_ids = fields.One2many("helpdesk.deny.paste.line", "paste_id", readonly=True)
    new_count = fields.Integer(compute="_compute_counts")
    skipped_count = fields.Integer(compute="_compute_counts")
    broken_count = fields.Integer(compute="_compute_counts")
    is_read = fields.Boolean(readonly=True)
    rehearsal_summary = fields.Char(readonly=True)
    # a list keeps the order, which a relation would not
    rehearsal_ids = fields.Json(readonly=True)
    rehearsal_mail_ids = fields.Many2many(
        "helpdesk.incoming.mail", compute="_compute_rehearsal_mail_ids"
    )

    @api.depends("line_ids.state")
    def _compute_counts(self):
        for paste in self:
            states = paste.line_ids.mapped("state")
            paste.new_count = states.count("new") + states.count("renew")
            paste.skipped_count = states.count("known") + states.count("twice")
            paste.broken_count = states.count("broken")

    @api.depends("rehearsal_ids")
    def _compute_rehearsal_mail_ids(self):
        Mail = self.env["helpdesk.incoming.mail"]
        for paste in self:
            # the user wrote the ids, or could have: only mail that they may read is shown
            mails = Mail.browse(paste.rehearsal_ids or ()).exists()
            paste.rehearsal_mail_ids = mails._filtered_access("read")

    @api.onchange("inbox_id")
    def _onchange_inbox_id(self):
        if self.inbox_id:
            self.company_id = self.inbox_id.company_id

    def action_read(self):
        """Show what each line means; nothing is added yet."""
        self.ensure_one()
        self._check_may_add()
        self.line_ids.unlink()
        self.env["helpdesk.deny.paste.line"].create(
            [{"paste_id": self.id, **values} for values in self._understood()]
        )
        self.write({"is_read": True, "rehearsal_summary": False, "rehearsal_ids": False})
        return self._again()

    def action_back(self):
        """Back to the text, to correct it."""
        self.ensure_one()
        self.is_read = False
        return self._again()

    def action_rehearse(self):
        """Show what the new rules would have refused in the last 90 days."""
        self.ensure_one()
        self._check_may_add()
        rules = [
            deny.Rule(0, self.location, line.match, line.pattern)
            for line in self.line_ids
            if line.state in ("new", "renew")
        ]
        found = deny.rehearse(self.env, rules, self._company(), self.inbox_id)
        self.rehearsal_summary = self.env["helpdesk.deny.rule"]._rehearsal_sentence(found)
        self.rehearsal_ids = list(found.mail_ids)
        return self._again()

    def action_add(self):
        """Add the rules: all of them, or none where a line cannot be understood.

        :return: an action that lists the rules
        :raise UserError: with the numbers of the lines that are broken
        """
        self.ensure_one()
        self._check_may_add()
        # read again: others may have added some meanwhile
        understood = self._understood()
        broken = [values for values in understood if values["state"] == "broken"]
        if broken:
            lines = [
                self.env._(
                    "Line %(number)s (%(text)s): %(why)s",
                    number=values["number"],
                    text=values["text"][:80],
                    why=values["meaning"],
                )
                for values in broken[:_MOST_NAMED]
            ]
            if len(broken) > _MOST_NAMED:
                lines.append(self.env._("%s more.", len(broken) - _MOST_NAMED))
            raise UserError(
                "\n".join([self.env._("Nothing was added. Correct these lines first:"), *lines])
            )
        wanted = [values for values in understood if values["state"] in ("new", "renew")]
        if not wanted:
            raise UserError(self.env._("There is no new rule in this list."))
        Rule = self.env["helpdesk.deny.rule"]
        common = {"expiry_date": self.expiry_date, "note": self.note}
        renewed = Rule.browse([values["rule_id"] for values in wanted if values["rule_id"]])
        renewed.write({**common, "active": True})
        created = Rule.create(
            [
                {
                    **common,
                    "location": self.location,
                    "match": values["match"],
                    "pattern": values["pattern"],
                    "inbox_id": self.inbox_id.id,
                    "company_id": self._company().id,
                }
                for values in wanted
                if not values["rule_id"]
            ]
        )
        action = (renewed | created)._show()
        if action["view_mode"] != "form":
            action["name"] = action["display_name"] = self.env._("Added rules")
        return action

    def _check_may_add(self):
        self.env["helpdesk.deny.rule"].check_access("create")

    def _company(self):
        return self.inbox_id.company_id or self.company_id

    def _understood(self):
        """The values of each line, with its state and what it means.

        :raise UserError: the list is too long
        """
        lines = deny.read_lines(self.text, self.location, self.match)
        if len(lines) > MOST_LINES:
            raise UserError(
                self.env._(
                    "The list has %(count)s lines. Paste at most %(most)s at a time.",
                    count=len(lines),
                    most=MOST_LINES,
                )
            )
        known = self._known_rules()
        own = self.env["helpdesk.deny.rule"]._own_addresses(self._company())
        return [self._line_values(line, known, own) for line in lines]

    def _line_values(self, line, known, own):
        values = {
            "number": line.number,
            "text": line.text[:500],
            "match": line.match or False,
            "pattern": line.pattern,
            "rule_id": False,
            "state": "new",
            "meaning": "",
        }
        problem = line.problem
        if not problem:
            try:
                deny.check(deny.Rule(0, self.location, line.match, line.pattern), own)
            except deny.UnclearPattern as error:
                problem = error
        if problem:
            return {**values, "state": "broken", "meaning": deny.sentence(self.env, problem)}
        values["meaning"] = self._meaning(line)
        rule = known.get((line.match, line.pattern))
        if line.same_as:
            values["state"] = "twice"
        elif rule and rule.active and not rule.is_expired:
            values["state"] = "known"
        elif rule:
            values.update(state="renew", rule_id=rule.id)
        return values

    def _meaning(self, line):
        env = self.env
        if self.location != "sender":
            return line.pattern
        if line.match == "domain" and line.pattern.startswith("*."):
            return env._("All addresses of the domains below %s", line.pattern[2:])
        if line.match == "domain":
            return env._("All addresses of the domain %s", line.pattern)
        if line.match == "exact" and "*" in line.pattern:
            return env._("All addresses like %s", line.pattern)
        if line.match == "exact":
            return env._("The address %s", line.pattern)
        return {
            "contains": env._("All addresses that contain %s", line.pattern),
            "starts": env._("All addresses that start with %s", line.pattern),
            "ends": env._("All addresses that end with %s", line.pattern),
        }[line.match]

    def _known_rules(self):
        """(match, pattern) -> the rule for the same inbox, archived and expired ones included; a
        rule for all inboxes covers each of them.
        """
        Rule = self.env["helpdesk.deny.rule"].with_context(active_test=False)
        rules = Rule.search_fetch(
            [
                ("company_id", "=", self._company().id),
                ("location", "=", self.location),
                ("inbox_id", "in", [False, self.inbox_id.id]),
            ],
            ["match", "pattern", "active", "expiry_date", "inbox_id"],
        )
        found = {}
        for rule in rules:
            holds = rule.active and not rule.is_expired
            if rule.inbox_id != self.inbox_id and not holds:
                continue
            key = (rule.match, rule.pattern)
            if key not in found or holds:
                found[key] = rule
        return found

    def _again(self):
        """The dialog once more, as it is now."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add many deny rules"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class HelpdeskDenyPasteLine(models.TransientModel):
    _name = "helpdesk.deny.paste.line"
    _description = "Line of a Pasted Deny List"
    # what asks for attention stands first
    _order = "is_broken desc, number"

    paste_id = fields.Many2one("helpdesk.deny.paste", required=True, ondelete="cascade", index=True)
    number = fields.Integer(string="Line", aggregator=False)
    # texts wrap in a narrow list: the end of the sentence says what to do
    text = fields.Text(string="Pasted")
    meaning = fields.Text(string="Understood as")
    match = fields.Char()
    pattern = fields.Char()
    rule_id = fields.Many2one("helpdesk.deny.rule", ondelete="set null")
    state = fields.Selection(
        [
            ("new", "New"),
            ("renew", "Holds again"),
            ("known", "On the list already"),
            ("twice", "Twice in this list"),
            ("broken", "Not understood"),
        ],
        required=True,
    )
    is_broken = fields.Boolean(compute="_compute_is_broken", store=True)

    @api.depends("state")
    def _compute_is_broken(self):
        for line in self:
            line.is_broken = line.state == "broken"
