# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an inbox would make of a mail: each decision, each field, whom it would tell."""

import base64
import binascii

from markupsafe import Markup
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import intake
from ..intake import reasons
from ..transport import RawMail


class HelpdeskInboxSimulation(models.TransientModel):
    _name = "helpdesk.inbox.simulation"
    _description = "Simulation of a mail"

    inbox_id = fields.Many2one("helpdesk.inbox", required=True)
    file = fields.Binary(string="Mail (.eml)", attachment=False)
    filename = fields.Char()
    # stored: what is only read is read in a transaction that cannot write, not even to undo it
    outcome = fields.Selection(
        selection=lambda self: reasons.outcome_selection(self.env),
        compute="_compute_result",
        store=True,
    )
    # written by a template of ours, which escapes what the mail says; the letter was sanitised
    # when it was read
    result = fields.Html(compute="_compute_result", store=True, sanitize=False)

    @api.depends("inbox_id", "file")
    def _compute_result(self):
        for wizard in self:
            if not wizard.inbox_id or not wizard.file:
                wizard.outcome = wizard.result = False
                continue
            simulation = wizard._simulate()
            wizard.outcome = simulation.outcome
            wizard.result = self.env["ir.qweb"]._render(
                "helpdesk_mail.simulation_result",
                {
                    "simulation": simulation,
                    "shown": self._shown_steps(simulation),
                    # the body of a message: sanitised by our reader and by Odoo's field
                    "message": Markup(simulation.body),
                },
            )

    def _source(self):
        """The octets of the mail."""
        content = self.with_context(bin_size=False).file or b""
        try:
            return base64.b64decode(content, validate=False)
        except (binascii.Error, ValueError):
            raise UserError(self.env._("The file could not be read. Choose it again.")) from None

    def _simulate(self):
        """Walk the road: an :class:`..intake.Simulation`."""
        if not self.env.user.has_group("helpdesk_mail.group_mail_administrator"):
            raise AccessError(self.env._("Only a mail administrator may do this."))
        inbox = self.inbox_id._origin
        inbox.check_access("read")
        source = self._source()
        limit = inbox.max_size_mb * 2**20
        # the rights of the road, which runs as the system; what it tells is filtered for the user
        env = self.env(user=SUPERUSER_ID, su=True)
        inbox = inbox.with_env(env)
        door = intake.Door(
            inbox,
            env["helpdesk.mail.folder"],
            "imap" if inbox._helpdesk_mail_fetches() else "gateway",
        )
        raw = RawMail(source=source[:limit], size=len(source), truncated=len(source) > limit)
        return intake.simulate(env, door, raw, user=self.env.user)

    def _shown_steps(self, simulation):
        """(stage, sentence, whether people read it) of the decisions that have words."""
        names = {
            "journal": self.env._("Mail log"),
            "filter": self.env._("Filter"),
            "verify": self.env._("Sender"),
            "route": self.env._("Ticket"),
            "identify": self.env._("Who wrote"),
            "rules": self.env._("Rules"),
            "map": self.env._("Fields"),
            "write": self.env._("Writing"),
            "notify": self.env._("Notifications"),
        }
        return [
            (names.get(stage, stage), sentence, told)
            for stage, _code, sentence, told in simulation.steps
            if sentence
        ]
