# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""*How it works. Example.* in the browser: two users, a customer, and an unknown person.

The same with real servers, and without screens: tests/mailbox/test_mailbox_example.py.
"""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import seal
from ..transport import FolderInfo
from .common import write_mail
from .mailbox_sending_case import SendingCase
from .test_mailbox_seal import take_in
from .test_mailbox_setup import MODELS, Server
from .tour_case import TourCase


@tagged("post_install", "-at_install")
class TestMailboxExampleTour(SendingCase, TourCase):
    def setUp(self):
        super().setUp()
        # from the beginning
        self.mailbox.unlink()
        self.smtp = self.serve()
        self.env["ir.mail_server"].create(
            {
                "name": "Everybody's",
                "smtp_host": "127.0.0.1",
                "smtp_port": self.smtp.port,
                "smtp_encryption": "none",
                "from_filter": "firm.example",
            }
        )
        imap = Server(FolderInfo("INBOX"), FolderInfo("Sent Items", special_use="sent"))
        for module in ("helpdesk_mail_account", "helpdesk_mailbox_setup"):
            self.startPatcher(patch(f"{MODELS}.{module}.open_store", imap.open))
        self.anna.name, self.bert.name = "Anna Arendt", "Bert Brecht"
        self.customer_url = f"/odoo/action-base.action_partner_form/{self.carla.id}"

    def arrives(self, uid, **values):
        """A mail to Anna: its message."""
        source = write_mail(**{"to": "anna@firm.example", **values})
        return take_in(self.mailbox.with_env(self.env), source, uid=uid)

    def test_example(self):
        self.start_tour("/odoo", "helpdesk_mail_example_setup", login="anna")
        self.mailbox = self.env["helpdesk.mailbox"].with_user(self.anna)._of_user()
        self.assertEqual((self.mailbox.state, self.mailbox.outgoing), ("active", "system"))
        self.assertEqual(self.mailbox.delegate_ids, self.bert)
        self.assertEqual(self.mailbox.sent_folder, "Sent Items")

        question = self.arrives(
            "1",
            sender="Uwe Unknown <uwe@nowhere.example>",
            subject="Do you sell desks?",
            text="We need twenty of them.",
        )
        self.start_tour("/odoo/messages", "helpdesk_mail_example_send", login="anna")
        self.env.invalidate_all()
        self.assertEqual(question.with_user(self.anna).partner_id, self.carla)
        offer = self.run_scheduler()
        self.assertEqual(offer["From"].addresses[0].addr_spec, "anna@firm.example")
        self.assertEqual(offer["To"].addresses[0].addr_spec, "carla@customer.example")
        self.assertIn("twenty desks", offer.get_body(("plain",)).get_content())

        reply = self.arrives(
            "2",
            sender="Carla <carla@customer.example>",
            subject="Re: Our offer",
            message_id="<reply@customer.example>",
            answers=offer["Message-ID"],
            text="We take all of them.",
        )
        self.start_tour(self.customer_url, "helpdesk_mail_example_reply", login="anna")
        answer = self.run_scheduler()
        self.assertEqual(answer["In-Reply-To"], "<reply@customer.example>")
        self.assertIn("They are on their way", answer.get_body(("plain",)).get_content())
        self.assertTrue(reply.with_user(self.anna).is_answered)

        # the dialog that leads to the settings is an error to the log
        with mute_logger("odoo.http"):
            self.start_tour(self.customer_url, "helpdesk_mail_example_no_mailbox", login="bert")
        own = self.env["helpdesk.mailbox"].with_user(self.bert).create({})
        seal.opened(own).state = "active"
        self.start_tour(self.customer_url, "helpdesk_mail_example_delegate", login="bert")
        on_behalf = self.run_scheduler()
        self.assertEqual(on_behalf["From"].addresses[0].addr_spec, "anna@firm.example")
        self.assertEqual(on_behalf["Sender"].address.addr_spec, "bert@firm.example")
