# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which notifications an inbox sends, in which words, and to which administrators."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize

from .notification_kinds import KINDS

_MANAGER = "helpdesk_mail.group_mail_administrator"


def _template(code, name):
    """The field of a notification's template, filled with the one that comes with the add-on."""
    return fields.Many2one(
        "mail.template",
        string=name,
        domain=[("model", "=", "helpdesk.ticket")],
        default=lambda self: self.env.ref(KINDS[code].template, raise_if_not_found=False),
        help="Empty: the one that comes with Helpdesk Mail. The switch says whether it is sent.",
    )


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    # to the customer
    notify_request_received = fields.Boolean(
        string="Request received",
        default=True,
        help="To the address that wrote, when its mail opened a ticket.",
    )
    request_received_template_id = _template("request_received", "Template of request received")
    notify_new_message = fields.Boolean(
        string="New message in ticket",
        default=True,
        help="Answers go to the address that wrote and to the customer's own address.",
    )
    new_message_template_id = _template("new_message", "Template of new message")
    notify_resolved = fields.Boolean(
        string="Resolved",
        default=True,
        help="To the address that wrote and to the customer's own address, when the ticket comes "
        "into a closed stage. It takes the place of the closing mail that such stages have; a "
        "stage with a template of your own keeps that one.",
    )
    resolved_template_id = _template("resolved", "Template of resolved")
    portal_link = fields.Boolean(
        string="Link to the portal",
        default=True,
        help="What goes to the address that wrote and to the customer carries a link to their "
        "ticket which needs no login. Nobody else gets that link.",
    )
    default_lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language of unknown senders",
        help="Others get mail in the language of their contact. Empty: the company's language.",
    )

    # to us
    administrator_ids = fields.Many2many(
        "res.users",
        "helpdesk_inbox_administrator_rel",
        "inbox_id",
        "user_id",
        string="Administrators",
        domain=[("share", "=", False)],
        help="They get a mail for each new ticket and may answer the customer by replying to it. "
        "Where a ticket has no agent, they get the agent's notifications.",
    )
    administrator_emails = fields.Text(
        string="Further addresses",
        groups=_MANAGER,
        help="Addresses without a user, one a line, that get the administrators' notifications "
        "as well. They cannot answer the customer: what they reply is noted on the ticket. "
        "They see the new tickets of all customers.",
    )
    notify_new_ticket = fields.Boolean(
        string="New ticket",
        default=True,
        help="To the administrators, when a mail opened a ticket.",
    )
    new_ticket_template_id = _template("new_ticket", "Template of new ticket")
    notify_assigned = fields.Boolean(
        string="Assigned",
        default=True,
        help="To the agent, unless they took the ticket themselves. It takes the place of Odoo's "
        "own mail; who handles notifications in Odoo gets Odoo's own there.",
    )
    assigned_template_id = _template("assigned", "Template of assigned")
    notify_reopened = fields.Boolean(
        string="Reopened",
        default=True,
        help="To the agent, else to the administrators, when a closed ticket is open again. Who "
        "follows the ticket gets the customer's reply itself.",
    )
    reopened_template_id = _template("reopened", "Template of reopened")
    notify_sla_breached = fields.Boolean(
        string="SLA breached",
        default=True,
        help="To the agent, else to the administrators, when the deadline of a service level "
        "agreement has passed.",
    )
    sla_breached_template_id = _template("sla_breached", "Template of SLA breached")

    @api.constrains("administrator_emails")
    def _check_administrator_emails(self):
        for inbox in self:
            lines = [line.strip() for line in (inbox.administrator_emails or "").splitlines()]
            for line in filter(None, lines):
                if not email_normalize(line):
                    raise ValidationError(
                        self.env._(
                            "%(line)s is no mail address. Write one address a line.", line=line
                        )
                    )
            addresses = inbox._administrator_addresses()
            own = inbox._all_own_addresses() | inbox._own_addresses()
            for address in addresses:
                if address in own:
                    raise ValidationError(
                        self.env._(
                            "%(address)s is the address of an inbox: it would write to itself.",
                            address=address,
                        )
                    )
            # sudo: only whether a user has the address, which may be of any company
            user = (
                self.env["res.users"]
                .sudo()
                .search(
                    [
                        ("partner_id.email_normalized", "in", addresses),
                        ("share", "=", False),
                    ],
                    limit=1,
                )
            )
            if user:
                # what a user may see is checked, what an address may see is not
                raise ValidationError(
                    self.env._(
                        "%(address)s is the address of %(user)s. Name the user as administrator.",
                        address=user.partner_id.email_normalized,
                        user=user.name,
                    )
                )

    def _administrator_addresses(self):
        """The plain addresses of the administrators, normalised: a list."""
        self.ensure_one()
        # sudo: agents do not read them, but what they do may notify them
        lines = (self.sudo().administrator_emails or "").splitlines()
        return list(dict.fromkeys(filter(None, map(email_normalize, lines))))

    def _notification_template(self, code):
        """The template of a notification where it is switched on, else an empty record."""
        self.ensure_one()
        if not self[f"notify_{code}"]:
            return self.env["mail.template"]
        return self._words_of(code)

    def _words_of(self, code):
        """The template of a notification, switched on or not.

        Where the inbox names none (it is older than the notification, or its template was deleted),
        it is the one that comes with the add-on, if that still exists.
        """
        chosen = self[f"{code}_template_id"]
        if chosen or not self:
            return chosen
        return chosen.browse(
            self.env["ir.model.data"]._xmlid_to_res_id(KINDS[code].template) or None
        )

    def action_preview_notification(self):
        """Show a notification as one of the inbox's tickets would send it; nothing is sent.

        The context's ``notification`` is its code.
        """
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview"),
            "res_model": "helpdesk.notification.preview",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_inbox_id": self.id,
                "default_notification": self.env.context.get("notification"),
            },
        }
