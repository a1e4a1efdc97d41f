# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Messages > Inbox in the browser: owner, delegate, a colleague without a mailbox, a phone."""

from odoo.tests import tagged

from ..models import seal
from .common import PIXEL
from .test_mailbox_inbox import InboxCase
from .tour_case import TourCase


@tagged("post_install", "-at_install")
class TestMailboxInboxTour(InboxCase, TourCase):
    def setUp(self):
        super().setUp()
        self.message.action_delete()
        self.anna.group_ids += self.env.ref("base.group_partner_manager")
        self.anna.name = "Anna Arendt"

    def fill(self):
        icon = f"{self.base_url()}/helpdesk_mail/static/description/icon.png"
        self.mail(
            "Offer", text="Could you send us an offer for twenty chairs?", message_id="<1@a.b>"
        )
        self.mail(
            "Re: Offer",
            uid="21",
            html=f'<b>We take it</b><img src="cid:inline"><img src="{icon}" alt="logo">',
            images=[("inline", PIXEL)],
            files=[("contract.txt", b"It is agreed.")],
            answers="<1@a.b>",
        )
        self.mail("New here", uid="22", sender="Nina New <nina@new.example>")

    def ask(self):
        self.mail(
            "Question about desks",
            uid="30",
            sender="Vera <vera@nobody.example>",
            text="Do you sell desks as well?",
        )

    def test_owner(self):
        self.fill()
        self.message.search([("subject", "=", "New here")]).action_mark_read()
        self.ask()
        self.env["res.partner"].create({"name": "Tour Customer"})
        self.start_tour("/odoo/messages", "helpdesk_mailbox_owner", login="anna")
        left = self.message.search([])
        self.assertEqual(set(left.mapped("subject")), {"Offer", "Question about desks"})
        question = left.filtered(lambda message: message.subject != "Offer")
        self.assertTrue(question.is_starred)
        self.assertEqual(question.partner_id.name, "Tour Customer")
        self.assertEqual(self.mailbox.with_user(self.anna).deny_list, "vera@nobody.example")
        nina = self.env["res.partner"].search([("name", "=", "Nina New")])
        self.assertEqual(nina.email, "nina@new.example")

    def test_delegate(self):
        self.let_in(self.bert)
        self.ask()
        self.start_tour("/odoo/messages", "helpdesk_mailbox_delegate", login="bert")

    def test_colleague_without_a_mailbox(self):
        self.ask()
        self.start_tour("/odoo/messages", "helpdesk_mailbox_nobody", login="bert")


@tagged("post_install", "-at_install")
class TestMailboxInboxNarrow(InboxCase, TourCase):
    browser_size = "400x800"
    touch_enabled = True

    def test_phone(self):
        self.mail("Question about desks", text="Do you sell desks as well?")
        self.start_tour("/odoo/messages", "helpdesk_mailbox_narrow", login="anna")

    def test_phone_sent(self):
        seal.opened(self.mailbox).sent_folder = "Sent"
        self.mail(
            "Our offer",
            sender="anna@firm.example",
            to='"Carla Customer" <carla@customer.example>',
            folder="Sent",
        )
        self.start_tour("/odoo/messages-sent", "helpdesk_mailbox_narrow_sent", login="anna")
