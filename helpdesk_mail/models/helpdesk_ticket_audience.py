# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Nobody hears of a ticket, or of the mail of a lead, that they may not see."""

from odoo import api, models

from .scope_sql import MAIL_TYPES


class HelpdeskTicket(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.ticket"  # pylint: disable=consider-merging-classes-inherited

    def _helpdesk_scope_blind_partners(self, partner_ids):
        """Who of *partner_ids* are colleagues and may not see a ticket: its id -> set of ids."""
        # sudo: only which of them have a scope
        partners = self.env["res.partner"].sudo().browse(partner_ids)
        users = partners.filtered(lambda partner: not partner.partner_share).user_ids
        return {
            ticket.id: set(blind.partner_id.ids)
            for ticket, blind in self._helpdesk_scope_blind(users).items()
        }

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Leave out whoever may not see the ticket, on all roads: followers, mentions, assignment,
        by mail or in Odoo.
        """
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        return _without_blind(self, recipients) if len(self) == 1 else recipients

    @api.model
    def _get_thread_with_access(self, thread_id, **kwargs):
        """Let a customer's private link open nothing for a colleague who may not see the ticket."""
        if self.env.user._helpdesk_scope_roots():
            for key in ("hash", "pid", "token"):
                kwargs.pop(key, None)
        return super()._get_thread_with_access(thread_id, **kwargs)

    def message_post(self, *, message_type="notification", **kwargs):
        """Tell the author which of those whom they mention will not hear of it."""
        partner_ids = kwargs.get("partner_ids")
        if len(self) == 1 and partner_ids:
            blind = self._helpdesk_scope_blind_partners(partner_ids).get(self.id)
            if blind:
                kwargs["partner_ids"] = [id_ for id_ in partner_ids if id_ not in blind]
                names = self.env["res.partner"].sudo().browse(sorted(blind)).mapped("name")
                self.env.user._bus_send(
                    "simple_notification",
                    {
                        "type": "warning",
                        "title": self.env._("Not notified"),
                        "message": self.env._(
                            "%(names)s: not notified, because they do not see the tickets of "
                            "this customer.",
                            names=", ".join(names),
                        ),
                    },
                )
        return super().message_post(message_type=message_type, **kwargs)


class CrmLead(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "crm.lead"  # pylint: disable=consider-merging-classes-inherited

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Leave out whoever may not see the mail of this lead."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        if len(self) != 1 or not _is_mail(self.env, message, msg_vals):
            return recipients
        return _without_blind(self, recipients, self.sudo().partner_id)


class ResPartner(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Leave out whoever may not see the mail of this contact."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        if len(self) != 1 or not _is_mail(self.env, message, msg_vals):
            return recipients
        return _without_blind(self, recipients, self)


def _is_mail(env, message, msg_vals):
    """Whether a message is mail, and no note: what the scope hides of leads and contacts."""
    values = msg_vals or {}
    message = message.sudo()
    message_type = values.get("message_type", message.message_type)
    if message_type in MAIL_TYPES:
        return True
    subtype_id = values["subtype_id"] if "subtype_id" in values else message.subtype_id.id
    return message_type == "comment" and subtype_id == env["ir.model.data"]._xmlid_to_res_id(
        "mail.mt_comment"
    )


def _without_blind(record, recipients, customer=None):
    """*recipients* (of ``_notify_get_recipients``) without the users who may not see *record*."""
    # sudo: only which of them have a scope
    users = (
        record.env["res.users"]
        .sudo()
        .browse({data["uid"] for data in recipients if data.get("uid") and not data.get("ushare")})
    )
    if customer is None:
        blind = record._helpdesk_scope_blind(users).get(record, users.browse())
    else:
        blind = customer._helpdesk_scope_blind_users(users)
    return [data for data in recipients if not data.get("uid") or data["uid"] not in blind.ids]
