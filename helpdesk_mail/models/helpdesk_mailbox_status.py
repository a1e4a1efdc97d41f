# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What administrators see of personal mailboxes: that they are there, how they are, how many.

A view of the database with these columns and no others: no address, no host, no error, no subject.
"""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from . import seal

GLASS = "helpdesk_mail.group_break_glass"


class HelpdeskMailboxStatus(models.Model):
    _name = "helpdesk.mailbox.status"
    _description = "State of a Personal Mailbox"
    _auto = False
    _rec_name = "user_id"
    _order = "state desc, id"
    _depends = {
        "helpdesk.mailbox": [
            "user_id", "state", "state_since", "last_success", "fetch_enabled", "send_enabled",
            "delegate_ids",
        ],
        "helpdesk.mailbox.message": ["mailbox_id", "is_read", "direction"],
        "helpdesk.mail.folder": ["mailbox_id", "backlog"],
        "helpdesk.incoming.mail": ["mailbox_id", "outcome"],
        "helpdesk.mailbox.glass": ["mailbox_id", "until"],
        "res.users": ["company_id", "active"],
    }  # fmt: skip

    # the id is that of the mailbox, whose model is sealed
    user_id = fields.Many2one("res.users", string="Owner", readonly=True)
    user_active = fields.Boolean(string="User is active", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("paused", "Paused"), ("failed", "Failed")],
        readonly=True,
    )
    state_since = fields.Datetime(string="Since", readonly=True)
    last_success = fields.Datetime(string="Last read", readonly=True)
    fetch_enabled = fields.Boolean(string="Incoming", readonly=True)
    send_enabled = fields.Boolean(string="Sending", readonly=True)
    delegate_count = fields.Integer(string="Colleagues with access", readonly=True)
    message_count = fields.Integer(string="Messages", readonly=True)
    unread_count = fields.Integer(string="Unread", readonly=True)
    backlog = fields.Integer(string="Waiting on the server", readonly=True)
    quarantined_count = fields.Integer(string="Could not be read", readonly=True)
    is_open = fields.Boolean(string="Glass broken", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            "SELECT mailbox.id, mailbox.user_id,"
            " owner.active AS user_active, owner.company_id, mailbox.state,"
            " mailbox.state_since, mailbox.last_success, mailbox.fetch_enabled,"
            " mailbox.send_enabled,"
            " (SELECT count(*) FROM helpdesk_mailbox_delegate_rel delegate"
            "  WHERE delegate.mailbox_id = mailbox.id) AS delegate_count,"
            " counted.total AS message_count, counted.unread AS unread_count,"
            " (SELECT coalesce(sum(folder.backlog), 0)::int FROM helpdesk_mail_folder folder"
            "  WHERE folder.mailbox_id = mailbox.id) AS backlog,"
            " (SELECT count(*) FROM helpdesk_incoming_mail journal"
            "  WHERE journal.mailbox_id = mailbox.id AND journal.outcome = 'quarantined')"
            "  AS quarantined_count,"
            " EXISTS (SELECT FROM helpdesk_mailbox_glass glass WHERE glass.mailbox_id = mailbox.id"
            "  AND glass.until > now() AT TIME ZONE 'UTC') AS is_open"
            " FROM helpdesk_mailbox mailbox JOIN res_users owner ON owner.id = mailbox.user_id"
            " CROSS JOIN LATERAL (SELECT count(*) AS total, count(*) FILTER"
            "  (WHERE message.direction = 'in' AND message.is_read IS NOT TRUE) AS unread"
            "  FROM helpdesk_mailbox_message message WHERE message.mailbox_id = mailbox.id) counted"
        )

    def action_break_glass(self):
        """Ask for a reason, and open this mailbox without its owner's consent."""
        self.ensure_one()
        self.check_access("read")
        self.env["helpdesk.mailbox.glass"]._check_may_break()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open a mailbox without consent"),
            "res_model": "helpdesk.mailbox.glass.break",
            "view_mode": "form",
            "target": "new",
            "context": {"default_status_id": self.id},
        }

    def action_remove(self):
        """Delete the mailboxes of users who left, unread, with all that is in them.

        :raise UserError: the user is active: it is theirs to delete
        """
        self.check_access("read")
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only an administrator of the settings may do this."))
        if self.filtered("user_active"):
            raise UserError(
                self.env._(
                    "A mailbox belongs to its owner. Archive the user first, once they have left; "
                    "what is to be kept is exported before (open the mailbox with a reason: its "
                    "owner is told)."
                )
            )
        # deleted, and shown to nobody
        mailboxes = seal.opened(self.env["helpdesk.mailbox"]).browse(self.ids)
        mailboxes.unlink()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
