# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What makes a ticket notify somebody: it is assigned, closed or opened again."""

from odoo import fields, models

# ids of tickets, kept until the transaction ends: nobody is told of their change of stage
_SILENT = "helpdesk_mail.silent"
# ids of tickets that a mail has opened again: their followers get that mail
_BY_MAIL = "helpdesk_mail.reopened_by_mail"
# the closing mail of the OCA's stages, which goes to the customer alone and not from the inbox
_OCA_TEMPLATE = "helpdesk_mgmt.closed_ticket_template"


class HelpdeskTicket(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.ticket"  # pylint: disable=consider-merging-classes-inherited

    opened_by_machine = fields.Boolean(
        string="Opened by a machine",
        readonly=True,
        copy=False,
        groups="helpdesk_mail.group_mail_agent",
        help="Automatic mail or a mailing list opened it: it gets no automatic mail.",
    )

    # ------------------------------------------------------------------
    # assigned
    # ------------------------------------------------------------------

    def _message_auto_subscribe_notify(self, partner_ids, template):
        """Tell the agent in the inbox's words and not a second time in Odoo's.

        Who handles notifications in Odoo gets Odoo's own there.
        """
        if self.env.context.get("helpdesk_mail_history"):
            return None
        if (
            template != "mail.message_user_assigned"
            or self.env.context.get("mail_auto_subscribe_no_notify")
            or not self.env.registry.ready
        ):
            return super()._message_auto_subscribe_notify(partner_ids, template)
        # sudo: how the agent wants to be told, and what the inbox sends
        ours = self.sudo().filtered(
            lambda ticket: (
                ticket.user_id.partner_id.id in partner_ids
                and ticket.user_id.notification_type == "email"
                and ticket.inbox_id
                and ticket.inbox_id._notification_template("assigned")
            )
        )
        if ours:
            ours._helpdesk_mail_notify_safely("assigned")
        others = self.browse([id_ for id_ in self.ids if id_ not in ours.ids])
        return super(HelpdeskTicket, others)._message_auto_subscribe_notify(partner_ids, template)

    # ------------------------------------------------------------------
    # resolved, reopened
    # ------------------------------------------------------------------

    def _helpdesk_mail_stay_silent(self):
        """Tell nobody of what this transaction does to the stages of these tickets."""
        self.env.cr.precommit.data.setdefault(_SILENT, set()).update(self.ids)

    def _helpdesk_mail_reopened_by_mail(self):
        """Remember that a mail has opened these tickets again."""
        self.env.cr.precommit.data.setdefault(_BY_MAIL, set()).update(self.ids)

    def _message_track(self, fields_iter, initial_values_dict):
        """Where all changes of a transaction are known: tell of tickets that it closed or opened
        again, once.
        """
        data = self.env.cr.precommit.data
        silent, by_mail = data.get(_SILENT, set()), data.get(_BY_MAIL, set())
        tracking = super()._message_track(fields_iter, initial_values_dict)
        resolved = reopened = self.browse()
        # those that still exist
        for ticket in self.browse(tracking):
            before = (initial_values_dict.get(ticket.id) or {}).get("stage_id")
            if not before or ticket.id in silent or before.closed == ticket.stage_id.closed:
                continue
            if ticket.stage_id.closed:
                resolved |= ticket
            else:
                reopened |= ticket
        resolved = resolved.filtered(lambda ticket: ticket._helpdesk_mail_closes_with_ours())
        if resolved:
            resolved -= resolved._helpdesk_mail_written_to()
        if resolved:
            resolved._helpdesk_mail_notify_safely("resolved")
        reopened = reopened.filtered(
            lambda ticket: ticket.inbox_id and ticket.inbox_id._notification_template("reopened")
        )
        if reopened:
            reopened._helpdesk_mail_notify_safely(
                "reopened", skip=reopened._helpdesk_mail_know_of_reopening(by_mail)
            )
        return tracking

    def _helpdesk_mail_know_of_reopening(self, by_mail):
        """Ticket id -> addresses of those who know already: who did it, and who follows the ticket
        and so gets the mail that did it.
        """
        known = {}
        actor = self.env.user.email_normalized
        for ticket in self:
            known[ticket.id] = {actor}
            if ticket.id in by_mail:
                known[ticket.id].update(ticket.message_partner_ids.mapped("email_normalized"))
        return known

    def _helpdesk_mail_written_to(self):
        """Those of these tickets whose customer another add-on has written to in this transaction,
        as helpdesk_ticket_close_inactive does when it closes a ticket. One query.
        """
        messages = self.env["mail.message"].search_fetch(
            [
                ("model", "=", self._name),
                ("res_id", "in", self.ids),
                ("message_type", "=", "email_outgoing"),
                ("create_date", ">=", self.env.cr.now()),
            ],
            ["res_id"],
        )
        return self.browse(set(messages.mapped("res_id")))

    def _helpdesk_mail_closes_with_ours(self):
        """Whether *Resolved* is what the customer gets, rather than the mail of the stage.

        A stage with a template that somebody chose keeps it, and so does a duplicate, which is
        closed without being resolved.
        """
        self.ensure_one()
        ticket = self.sudo()
        if not ticket.inbox_id or ticket.duplicate_id:
            return False
        if not ticket.inbox_id._notification_template("resolved"):
            return False
        template = ticket.stage_id.mail_template_id
        usual = self.env.ref(_OCA_TEMPLATE, raise_if_not_found=False)
        return not template or template == usual

    def _track_template(self, tracking):
        """Leave out the closing mail of the stage where *Resolved* takes its place."""
        templates = super()._track_template(tracking)
        ticket = self[0]
        if (
            "stage_id" in templates
            and ticket.stage_id.closed
            and ticket._helpdesk_mail_closes_with_ours()
        ):
            del templates["stage_id"]
        return templates
