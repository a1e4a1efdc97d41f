# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How replies are shown, who hears of them, and what agents may ask for by mail."""

from odoo import fields, models

_MANAGER = "helpdesk_mail.group_mail_administrator"


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    fold_quotes = fields.Boolean(
        string="Fold quoted text",
        default=True,
        groups=_MANAGER,
        help="What a reply quotes is hidden behind a button with three dots. Nothing is removed.",
    )
    detect_signatures = fields.Boolean(
        string="Fold signatures",
        default=True,
        groups=_MANAGER,
        help="The signature below a reply is folded as quoted text is. The first mail of a ticket "
        "always shows it.",
    )
    mail_commands = fields.Boolean(
        string="Commands by mail",
        groups=_MANAGER,
        help="Agents may write commands at the top or at the bottom of a mail, one a line: #note, "
        "#close, #reopen, #assign me, #priority high, #tag a, b, #stage NAME, #team NAME, #spam. "
        "They are carried out with the rights of the agent, and the customer does not see them. "
        "Customers cannot give commands: the sender must be verified, or answer a notice or an "
        "internal note that only our staff got.",
    )
    cc_policy = fields.Selection(
        [
            ("keep", "Are noted; contacts among them follow the ticket"),
            ("followers", "Are noted; contacts among them follow where we know the sender"),
            ("note", "Are noted only"),
            ("ignore", "Are ignored"),
        ],
        string="Others in To and Cc",
        required=True,
        default="keep",
        groups=_MANAGER,
        help="Who follows a ticket gets what is written there from now on.",
    )
