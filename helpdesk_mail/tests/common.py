# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A small company with a support address, and mails that are written the way people read them."""

import itertools
import socket
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.addons.mail.tests.common import MockEmail
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import mute_logger

from .. import intake
from ..intake import hooks, road
from ..transport import RawMail

SUPPORT = "support@desk.example"
CUSTOMER = "anna@kunde.example"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
# for the search of settings: all that it asks in a test answers at once, on a busy machine later
PATIENT = {"seconds": 120, "each": 30}
_numbers = itertools.count(1)


def only_loopback(host, port):
    """In place of ``transport.channel.addresses``: no test asks the DNS of the machine."""
    if host in ("localhost", "127.0.0.1"):
        return [(socket.AF_INET, ("127.0.0.1", port))]
    raise socket.gaierror(socket.EAI_NONAME, "no such host")


def write_mail(
    sender=f"Anna Kunde <{CUSTOMER}>",
    to=SUPPORT,
    subject="The printer burns",
    text="It burns, please help.",
    html=None,
    cc=None,
    message_id=None,
    answers=None,
    references=None,
    files=(),
    images=(),
    headers=None,
):
    """A mail as bytes.

    :param message_id: with angle brackets; None: a new one; "": none at all
    :param answers: the Message-ID for In-Reply-To
    :param files: pairs of file name and content (bytes)
    :param images: pairs of content id and content (bytes) that *html* shows
    :param headers: further header fields (dict)
    """
    mail = EmailMessage()
    if message_id is None:
        message_id = f"<mail{next(_numbers)}@kunde.example>"
    fields = {
        "From": sender,
        "To": to,
        "Cc": cc,
        "Subject": subject,
        "Message-ID": message_id,
        "In-Reply-To": answers,
        "References": references,
        "Date": "Mon, 02 Mar 2026 10:00:00 +0100",
        **(headers or {}),
    }
    for name, value in fields.items():
        if value:
            mail[name] = value
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
        for content_id, content in images:
            mail.get_payload()[1].add_related(content, "image", "png", cid=f"<{content_id}>")
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    # mail programs do not fold inside a Message-ID, as Python's default policy would
    return mail.as_bytes(policy=SMTP.clone(max_line_length=None))


def write_bounce(original_message_id, recipient, status="5.1.1"):
    """A delivery report (RFC 3464) about the message with *original_message_id* (str)."""
    action = "failed" if status.startswith("5") else "delayed"
    return f"""\
From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: {SUPPORT}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce{next(_numbers)}@mx.example>
Date: Mon, 02 Mar 2026 11:00:00 +0100
Return-Path: <>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The mail to <{recipient}> could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 No such user

--b
Content-Type: message/rfc822

From: {SUPPORT}
To: {recipient}
Subject: Re: something
Message-ID: {original_message_id}

Hello

--b--
""".replace("\n", "\r\n").encode()


class HelpdeskMailCase(MockEmail, TransactionCase):
    """One company, one team, one active inbox, one agent, one customer with a colleague."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        # new_test_user would write to the user; mails of Odoo itself are no concern here
        cls.env.user.group_ids += cls.env.ref("helpdesk_mgmt.group_helpdesk_manager")
        cls.company.helpdesk_mgmt_ticket_auto_assign = False
        cls.agent = cls.new_user("agent", "helpdesk_mgmt.group_helpdesk_user")
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Support team",
                "company_id": cls.company.id,
                "user_ids": [Command.link(cls.agent.id)],
            }
        )
        cls.inbox = cls.new_inbox()
        cls.kunde = cls.env["res.partner"].create({"name": "Kunde Inc", "is_company": True})
        cls.anna, cls.bert = cls.env["res.partner"].create(
            [
                {"name": "Anna Kunde", "email": CUSTOMER, "parent_id": cls.kunde.id},
                {"name": "Bert Kunde", "email": "bert@kunde.example", "parent_id": cls.kunde.id},
            ]
        )
        # a database in which other add-ons are installed takes the ordinary road by itself
        patcher = patch.object(hooks, "foreign_overrides", return_value=[])
        cls.batch_road = cls.startClassPatcher(patcher)
        stages = cls.team._get_applicable_stages()
        cls.first_stage = stages[:1]
        cls.closed_stage = stages.filtered("closed")[:1]

    @classmethod
    def new_user(cls, name, *groups, **values):
        """An internal user of the helpdesk with its own mail address."""
        return new_test_user(
            cls.env,
            login=f"hm-{name}",
            name=f"{name.capitalize()} Staff",
            email=f"{name}@staff.example",
            groups=",".join(groups or ["base.group_user"]),
            context={"no_reset_password": True},
            **values,
        )

    @classmethod
    def new_inbox(cls, **values):
        """An active inbox that no mail server stands behind."""
        inbox = cls.env["helpdesk.inbox"].create(
            {
                "name": "Customer support",
                "email": SUPPORT,
                "kind": "forwarded",
                "company_id": cls.company.id,
                "team_id": cls.team.id if hasattr(cls, "team") else False,
                **values,
            }
        )
        inbox.action_activate()
        return inbox

    @classmethod
    def take_in(cls, *sources, inbox=None, door="imap", **door_values):
        """Take in *sources* (bytes) as one batch: the list of Items, whatever became of them."""
        inbox = (inbox or cls.inbox).with_user(SUPERUSER_ID)
        raws = [RawMail(source=source, size=len(source)) for source in sources]
        mail_door = intake.Door(inbox, inbox.env["helpdesk.mail.folder"], door, **door_values)
        return intake.take_in(inbox.env, mail_door, raws)

    @classmethod
    def tickets_of_all(cls, *sources):
        """The tickets that *sources*, one after another, open for all tests of the class."""
        items = [cls.take_in(source)[0] for source in sources]
        for item in items:
            if item.outcome != "created":
                raise AssertionError(item.error or item.trace)
        return cls.env["helpdesk.ticket"].browse([item.resolved_ticket_id() for item in items])

    def take(self, *sources, inbox=None, door="imap", raise_=True, **door_values):
        """Take in *sources* (bytes) as one batch: the list of Items.

        With *raise_*, a mail that goes to quarantine fails the test with its error.
        """
        items = self.take_in(*sources, inbox=inbox or self.inbox, door=door, **door_values)
        if raise_:
            for item in items:
                self.assertFalse(item.error, item.error)
        return items

    def take_one(self, source=None, **options):
        """Take in one mail: its Item."""
        return self.take(write_mail() if source is None else source, **options)[0]

    def new_ticket(self, source=None, **options):
        """The ticket that one mail opens."""
        item = self.take_one(source, **options)
        self.assertEqual(item.outcome, "created", item.trace)
        return self.ticket(item)

    def ticket(self, item):
        return self.env["helpdesk.ticket"].browse(item.resolved_ticket_id() or [])

    def message(self, item):
        return self.env["mail.message"].browse(item.mail_message_id or [])

    def row(self, item):
        """The journal row of an Item."""
        return self.env["helpdesk.incoming.mail"].browse(item.journal_id or [])

    def codes(self, item):
        return [step.code for step in item.trace]

    def close(self, ticket, **values):
        ticket.write({"stage_id": self.closed_stage.id})
        if values:
            ticket.write(values)

    def answer(self, ticket, body="We are on our way.", user=None, **values):
        """What an agent writes to the customer in the chatter: (message, its mails)."""
        with self.mock_mail_gateway():
            message = ticket.with_user(user or self.agent).message_post(
                body=body, message_type="comment", subtype_xmlid="mail.mt_comment", **values
            )
        return message, self._new_mails

    @contextmanager
    def poison(self, word, error=None):
        """Let the stage *write* fail for each mail whose subject contains *word*."""
        run = road.write.run

        def failing(batch):
            if any(word in item.parsed.subject for item in batch.items):
                raise error or ValueError("this mail is poison")
            return run(batch)

        with (
            patch.object(road.write, "run", failing),
            mute_logger("odoo.addons.helpdesk_mail.intake.road"),
        ):
            yield
