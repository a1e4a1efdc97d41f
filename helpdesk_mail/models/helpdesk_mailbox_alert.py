# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the owner of a mailbox is told, and what everybody's logs are not.

Notifications are ``mail.message`` records, which settings administrators can read: they say that
there is something to see, and the mailbox itself says what.
"""

import logging
import traceback

from markupsafe import Markup
from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError

from ..transport import TransportError

_logger = logging.getLogger(__name__)


class HelpdeskMailbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox"  # pylint: disable=consider-merging-classes-inherited

    def _helpdesk_mail_send_alert(self, subject, body):
        """Tell the owner, in their language, and without the reason."""
        self.ensure_one()
        mailbox = self.with_context(lang=self.user_id.lang)
        if not self._helpdesk_mail_reads_now():
            mailbox._tell_owner(
                mailbox.env._("Your mailbox cannot send"),
                mailbox.env._(
                    "The sign-in of your personal mailbox does not work any more. What you send "
                    "waits. Open it to see why, and connect it again."
                ),
            )
            return
        mailbox._tell_owner(
            mailbox.env._("Your mailbox cannot be read"),
            mailbox.env._(
                "Your personal mailbox has not been read: its server or its sign-in does not work. "
                "Open it to see why, and what to do."
            ),
        )

    def _helpdesk_mail_remind(self):
        self.ensure_one()
        mailbox = self.with_context(lang=self.user_id.lang)
        mailbox._tell_owner(
            mailbox.env._("The password of your mailbox is old"),
            mailbox.env._(
                "It was entered %(days)s days ago. Make a new one at the provider and enter it in "
                "your mailbox.",
                days=mailbox.credential_age_days,
            ),
        )

    def _tell_owner(self, subject, sentence):
        """Send the owner a notification with a link to the mailbox."""
        self.ensure_one()
        link = Markup('<p><a href="%s">%s</a></p>') % (
            self.get_base_url() + self._helpdesk_mail_form_url(),
            self.env._("Open my mailbox"),
        )
        # without the key of the seal: other add-ons hook into notifications
        self.env(context={"lang": self.env.lang})["mail.thread"].with_user(
            SUPERUSER_ID
        ).message_notify(
            subject=subject,
            body=Markup("<p>%s</p>") % sentence + link,
            partner_ids=self.user_id.partner_id.ids,
        )

    def _helpdesk_mail_log_words(self, error):
        # hosts, users and the words of a server are the owner's
        if isinstance(error, TransportError):
            return error.reason
        return "the settings" if isinstance(error, UserError) else type(error).__name__

    def _helpdesk_mail_log_bug(self, error):
        # where it happened, and none of the values
        place = "".join(traceback.format_tb(error.__traceback__))
        kind = type(error).__name__
        _logger.error("Fetching %s %s failed: %s\n%s", self._name, self.id, kind, place)
