# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The parts of a mail as fields: what the domain editor of rules offers."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..intake.facts import GETTERS


class HelpdeskMailFacts(models.Model):
    """No record of it is ever stored: a rule's domain names these fields, and
    :mod:`..intake.rule_domain` decides it for a mail. The values are made in
    :mod:`..intake.facts`, under the same names.
    """

    _name = "helpdesk.mail.facts"
    _description = "Parts of a Mail"
    _auto = False
    _log_access = False
    _rec_name = "subject"

    sender_email = fields.Char(string="Sender's address", readonly=True)
    sender_domain = fields.Char(string="Sender's domain", readonly=True)
    sender_name = fields.Char(string="Sender's name", readonly=True)
    subject = fields.Char(readonly=True)
    body = fields.Text(string="Text", readonly=True)
    new_text = fields.Text(string="New text (without quotes)", readonly=True)
    to = fields.Char(readonly=True)
    cc = fields.Char(readonly=True)
    recipients = fields.Char(string="All recipients", readonly=True)
    headers = fields.Text(string='Header ("Name: value" lines)', readonly=True)
    kind = fields.Selection(
        [
            ("message", "Message"),
            ("auto_reply", "Automatic reply"),
            ("out_of_office", "Out of office"),
            ("bounce", "Delivery failed"),
            ("delay", "Delivery delayed"),
            ("read_receipt", "Read receipt"),
            ("feedback_report", "Feedback report"),
        ],
        string="Kind of mail",
        readonly=True,
    )
    importance = fields.Selection(
        [("high", "High"), ("normal", "Normal"), ("low", "Low")], readonly=True
    )
    is_automatic = fields.Boolean(string="Automatic mail", readonly=True)
    mailing_list = fields.Boolean(string="From a mailing list", readonly=True)
    has_attachment = fields.Boolean(string="Has attachments", readonly=True)
    attachment_names = fields.Text(string="Names of attachments", readonly=True)
    attachment_count = fields.Integer(string="Number of attachments", readonly=True)
    size_kb = fields.Integer(string="Size (KB)", readonly=True)
    language = fields.Char(string="Language (as its header says)", readonly=True)
    date = fields.Datetime(string="Sent", readonly=True)
    hour = fields.Integer(string="Hour of arrival (0-23)", readonly=True)
    weekday = fields.Selection(
        [
            ("0", "Monday"),
            ("1", "Tuesday"),
            ("2", "Wednesday"),
            ("3", "Thursday"),
            ("4", "Friday"),
            ("5", "Saturday"),
            ("6", "Sunday"),
        ],
        string="Day of arrival",
        readonly=True,
    )
    is_reply = fields.Boolean(string="Belongs to a ticket", readonly=True)
    is_agent = fields.Boolean(string="Sender is an agent", readonly=True)
    is_known = fields.Boolean(string="Sender is known", readonly=True)
    verification = fields.Selection(
        [
            ("pass", "Verified"),
            ("fail", "Forged"),
            ("none", "Not verified"),
            ("error", "Could not be checked"),
        ],
        string="Sender verification",
        readonly=True,
    )
    folder = fields.Char(string="Folder on the server", readonly=True)
    inbox_id = fields.Many2one("helpdesk.inbox", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    lead_id = fields.Many2one("crm.lead", readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """The parts of a mail alone: what every model has besides cannot be asked of one."""
        found = super().fields_get(allfields, attributes)
        return {name: field for name, field in found.items() if name in GETTERS}

    @property
    def _table_query(self):
        """A table without rows, for the editor counts what a domain finds."""
        columns = [
            SQL("NULL::%s AS %s", SQL(field.column_type[0]), SQL.identifier(field.name))
            for field in self._fields.values()
            if field.store and field.column_type
        ]
        return SQL("SELECT %s WHERE FALSE", SQL(", ").join(columns))
