# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of notifications share: who gets what, seen from the mails that leave."""

import itertools
from email.utils import getaddresses

from odoo.tools import email_normalize

from .common import CUSTOMER, HelpdeskMailCase, write_mail

_TEXTS = itertools.count(1)
FIRST = "<first@kunde.example>"
BOSS = "boss@staff.example"
NEW = "anna.new@home.example"


class NotificationCase(HelpdeskMailCase):
    """An inbox with an administrator; an agent who is told by mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the OCA's templates write from there
        cls.company.email = "company@desk.example"
        cls.agent.notification_type = "email"
        cls.boss = cls.new_user("boss", "helpdesk_mgmt.group_helpdesk_user")
        cls.boss.notification_type = "email"
        cls.inbox.administrator_ids = cls.boss
        cls.open_stage = cls.team._get_applicable_stages().filtered(
            lambda stage: not stage.closed and stage != cls.first_stage
        )[:1]

    def finish(self):
        """What happens before a commit."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.flush_all()

    def sent(self, operation, *args, **kwargs):
        """Do *operation*, let the queue send: list of (address, built mail), in order."""
        with self.mock_mail_gateway():
            operation(*args, **kwargs)
            self.finish()
            waiting = self._new_mails.exists().filtered(lambda mail: mail.state == "outgoing")
            waiting.send()
        return [
            (email_normalize(address), mail["EmailMessage"])
            for mail in self._mails
            for address in mail["email_to"]
        ]

    def told(self, operation, *args, **kwargs):
        """The same as a sorted list of 'address: subject', without the ticket's number."""
        return sorted(
            f"{address}: {mail['Subject'].partition('] ')[2] or mail['Subject']}"
            for address, mail in self.sent(operation, *args, **kwargs)
        )

    def mail_to(self, mails, address):
        """The one mail to *address* among *mails*."""
        found = [mail for to, mail in mails if to == address]
        self.assertEqual(len(found), 1, [to for to, _mail in mails])
        return found[0]

    def reply_to(self, mail, sender, text="Thank you.", **options):
        """A reply as a mail program writes it: bytes."""
        subject = mail["Subject"]
        return write_mail(
            sender=sender,
            to=getaddresses([mail["Reply-To"]])[0][1],
            subject=subject if subject.startswith("Re:") else f"Re: {subject}",
            text=text,
            answers=mail["Message-Id"],
            references=f"{mail['References'] or ''} {mail['Message-Id']}".strip(),
            **options,
        )

    def open_ticket(self, **options):
        """A ticket that a mail has opened, with all that was to be told of it told."""
        options.setdefault("message_id", FIRST)
        options.setdefault("text", f"It burns, please help ({next(_TEXTS)}).")
        with self.mock_mail_gateway():
            ticket = self.new_ticket(write_mail(**options))
            self.finish()
        return ticket

    def say(self, ticket, body="We are on our way."):
        """What an agent writes to the customer in the chatter."""
        ticket.with_user(self.agent).message_post(
            body=body, message_type="comment", subtype_xmlid="mail.mt_comment"
        )

    def plain(self, mail):
        return mail.get_body(("plain",)).get_content()

    def html(self, mail):
        return mail.get_body(("html",)).get_content()


__all__ = ["BOSS", "CUSTOMER", "FIRST", "NEW", "NotificationCase"]
