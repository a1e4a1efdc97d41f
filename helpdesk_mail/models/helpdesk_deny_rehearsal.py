# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Before a rule is saved: what would it have refused?"""

from odoo import api, fields, models

from ..intake import deny

_MANAGER = "helpdesk_mail.group_mail_administrator"


class HelpdeskDenyRule(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.deny.rule"  # pylint: disable=consider-merging-classes-inherited

    # not stored: switched on in the form, which then shows the outcome before anything is saved
    rehearse = fields.Boolean(
        store=False,
        groups=_MANAGER,
        help="List what the rule would have refused in the last 90 days. Nothing is changed.",
    )
    rehearsal_summary = fields.Char(compute="_compute_rehearsal", groups=_MANAGER)
    rehearsal_mail_ids = fields.Many2many(
        "helpdesk.incoming.mail",
        string="Would have been refused",
        compute="_compute_rehearsal",
        groups=_MANAGER,
    )

    @api.depends("rehearse", "location", "match", "pattern", "inbox_id", "company_id")
    def _compute_rehearsal(self):
        for rule in self:
            rule.rehearsal_summary = False
            rule.rehearsal_mail_ids = False
            if not rule.rehearse or not rule.pattern:
                continue
            try:
                normal = rule._normalized()
                deny.check(normal, self._own_addresses(rule.company_id))
            except deny.UnclearPattern as problem:
                rule.rehearsal_summary = deny.sentence(self.env, problem)
                continue
            found = deny.rehearse(self.env, [normal], rule.company_id, rule.inbox_id)
            rule.rehearsal_summary = self._rehearsal_sentence(found)
            rule.rehearsal_mail_ids = found.mail_ids

    @api.model
    def _rehearsal_sentence(self, found):
        """What a :class:`.deny.Rehearsal` says, for people."""
        if not found.count:
            text = self.env._("Nothing of the last 90 days would have been refused.")
        else:
            text = self.env._(
                "%(count)s of the mails of the last 90 days would have been refused, "
                "%(customers)s of them from customers.",
                count=found.count,
                customers=found.customers,
            )
        if found.count > len(found.mail_ids):
            text += " " + self.env._("The first %s are listed.", len(found.mail_ids))
        if found.cut:
            text += " " + self.env._("Only the newest mails were looked at: there are too many.")
        return text

    def action_rehearse(self):
        """The mails of the last 90 days that these rules would have refused.

        :return: a dialog that lists them, those of customers first
        """
        self.check_access("write")
        groups = self.grouped(lambda rule: (rule.company_id, rule.inbox_id))
        found = deny.rehearse_together(
            self.env,
            [
                ([rule._normalized() for rule in rules], company, inbox)
                for (company, inbox), rules in groups.items()
            ],
        )
        rehearsal = self.env["helpdesk.deny.rehearsal"].create(
            {"summary": self._rehearsal_sentence(found), "found_ids": list(found.mail_ids)}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Would have been refused"),
            "res_model": rehearsal._name,
            "res_id": rehearsal.id,
            "view_mode": "form",
            "target": "new",
        }


class HelpdeskIncomingMail(models.Model):
    _inherit = "helpdesk.incoming.mail"

    customer_id = fields.Many2one(
        "res.partner",
        compute="_compute_customer_id",
        help="Whose mail it is, as far as is known today.",
    )

    @api.depends("recipient_id", "ticket_id")
    def _compute_customer_id(self):
        for mail in self:
            # sudo: the recipient and the ticket lead to the customer, who is shown only to those
            # that may see it
            recipient = mail.sudo().recipient_id
            partner = (
                recipient.partner_id or mail.sudo().ticket_id.partner_id or recipient.contact_id
            )
            mail.customer_id = partner.with_env(self.env)._filtered_access("read")
