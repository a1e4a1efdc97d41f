# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The owner publishes a private message: that one, explicitly, with its source shown."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import seal
from .common import CUSTOMER, PIXEL, write_mail
from .test_mailbox_communication import MODEL, PRIVATE, CommunicationCase

PUBLISH = "helpdesk.mailbox.publish"


@tagged("post_install", "-at_install")
class TestPublish(CommunicationCase):
    def publish(self, message=None, user=None, **values):
        """What the dialog does: the ticket."""
        message = self.private if message is None else message
        values = {"inbox_id": self.inbox.id, **values}
        wizard = (
            self.env[PUBLISH]
            .with_user(user or self.olga)
            .create({"message_id": message.id, **values})
        )
        wizard.action_publish()
        ticket = self.as_(self.olga, message).published_ticket_id
        return ticket.with_env(self.env)

    def test_new_ticket_of_the_customer(self):
        tickets = self.env["helpdesk.ticket"].search_count([])
        with self.mock_mail_gateway():
            ticket = self.publish()
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), tickets + 1)
        self.assertEqual(ticket.name, PRIVATE)
        self.assertEqual(ticket.partner_id, self.anna)
        self.assertEqual(ticket.inbox_id, self.inbox)
        self.assertEqual(ticket.recipient_id, self.recipient(CUSTOMER))
        self.assertIn("heliotrope", ticket.description)
        self.assertFalse(self._new_mails, "nobody is told unless the owner wants it")
        self.assertEqual(self.as_(self.carl, ticket).name, PRIVATE)

    def test_source_is_shown_on_both_sides(self):
        ticket = self.publish()
        bodies = " ".join(ticket.message_ids.mapped("body"))
        self.assertIn("Published from the private mail of Olga Staff, by Olga Staff, on", bodies)
        self.assertIn("Olga Staff published it from their private mail.", ticket.mail_explanation)
        self.assertNotIn("had been refused", ticket.mail_explanation)
        item = self.items(self.olga, kinds=["private"])[0]
        self.assertEqual(item["published"]["id"], ticket.id)
        self.assertFalse(item["may_publish"])

    def test_the_message_itself_says_where(self):
        """Its form offers *Publish*, then names the ticket, to whom may see that ticket."""
        shown = ["can_publish", "can_open_ticket", "publication"]
        before = self.as_(self.olga, self.private).read(shown)[0]
        self.assertTrue(before["can_publish"])
        self.assertFalse(before["can_open_ticket"] or before["publication"])
        ticket = self.publish()
        message = self.as_(self.olga, self.private)
        after = message.read(shown)[0]
        self.assertFalse(after["can_publish"])
        self.assertIn(f"A copy stands in ticket {ticket.number} since", after["publication"])
        self.assertEqual(message.action_open_ticket()["res_id"], ticket.id)
        # a delegate who sees no tickets reads that it was published, and no more
        self.mailbox.with_user(self.olga).delegate_ids = self.plain
        self.new_mailbox(self.plain)
        hidden = self.as_(self.plain, self.private)
        values = hidden.read(shown)[0]
        self.assertFalse(values["can_publish"] or values["can_open_ticket"])
        self.assertIn("A copy stands in a ticket since", values["publication"])
        self.assertNotIn(ticket.number, values["publication"])
        self.refused(hidden.action_open_ticket)
        self.refused(self.as_(self.system, self.private).action_open_ticket)

    def test_that_message_alone(self):
        """Not its thread, neither what came before nor what comes after."""
        first = self.as_(self.olga, self.private).message_id
        answer = self.take_private(subject=f"Re: {PRIVATE}", text="Marigold", answers=f"<{first}>")
        ticket = self.publish()
        later = self.take_private(subject=f"Re: {PRIVATE}", text="Tulip", answers=f"<{first}>")
        for message in (answer, later):
            self.assertFalse(self.as_(self.olga, message).published_ticket_id)
            self.refused(self.as_(self.carl, message).read, ["subject"])
        self.assertEqual(len(ticket.message_ids.filtered(lambda m: m.message_type == "email")), 1)
        said = str(self.timeline(self.carl))
        self.assertNotIn("Marigold", said)
        self.assertNotIn("Tulip", said)

    def test_a_new_ticket_even_where_it_answers_one(self):
        number = self.mine.number
        message = self.take_private(subject=f"[{number}] once more")
        ticket = self.publish(message)
        self.assertNotEqual(ticket, self.mine)

    def test_owner_alone(self):
        """No delegate, no administrator, no superuser on behalf of one."""
        self.mailbox.with_user(self.olga).delegate_ids = self.carl
        for user in (self.carl, self.system, self.manager, self.agent):
            message = self.as_(user, self.private)
            with self.subTest(user.name):
                self.refused(message.action_publish)
                self.refused(message.sudo().action_publish)
                self.refused(message._publish_as_ticket, self.inbox.with_user(user))
                self.refused(self.publish, user=user)
                self.refused(message.write, {"published_ticket_id": self.mine.id})
        self.assertFalse(self.items(self.carl, kinds=["private"])[0]["may_publish"])
        self.assertFalse(self.as_(self.olga, self.private).published_ticket_id)

    def test_owner_without_a_role_in_the_helpdesk(self):
        mailbox = self.new_mailbox(self.plain)
        message = self.receive(mailbox, write_mail(to=self.plain.email), uid="77")
        self.refused(self.as_(self.plain, message).action_publish)
        item = self.items(self.plain, kinds=["private"])[0]
        self.assertFalse(item["may_publish"])

    def test_dialog_shows_nothing_to_others(self):
        wizard = self.env[PUBLISH].with_user(self.carl).create({"message_id": self.private.id})
        for field in ("subject", "email_from", "partner_id", "files"):
            self.refused(wizard.read, [field])
        self.refused(self.as_(self.system, wizard).sudo().read)
        self.refused(wizard.action_publish)

    def test_dialog_says_who_will_read_it(self):
        wizard = (
            self.env[PUBLISH]
            .with_user(self.olga)
            .create({"message_id": self.private.id, "inbox_id": self.inbox.id})
        )
        self.assertIn("Carl Staff", wizard.viewers)
        self.assertIn("portal", wizard.viewers)
        self.assertNotIn("Plain Staff", wizard.viewers)
        wizard.write({"target": "ticket", "ticket_id": self.mine.id})
        self.assertIn(self.mine.number, wizard.viewers)
        self.assertIn("Carl Staff", wizard.viewers)
        self.assertNotIn("Colleague Staff", wizard.viewers, "works for other customers")
        self.assertIn("does not see it in the portal", wizard.viewers)

    def test_files_are_copied(self):
        message = self.take_private(
            subject="Plan",
            html='<p>See <img src="cid:logo"> and <img src="https://tracker.example/x.png"></p>',
            images=[("logo", PIXEL)],
            files=[("plan.pdf", b"the plan"), ("mail.eml", b"Subject: x\n\ny")],
        )
        ticket = self.publish(message)
        mail = ticket.message_ids.filtered(lambda m: m.message_type == "email")
        originals = self.as_(self.olga, message).attachment_ids
        self.assertFalse(set(mail.attachment_ids.ids) & set(originals.ids))
        contents = {file.name: file.raw for file in mail.attachment_ids}
        self.assertEqual(contents["plan.pdf"], b"the plan")
        self.assertIn(b"Subject: x", contents["mail.eml"])
        self.assertEqual(set(mail.attachment_ids.mapped("res_model")), {"helpdesk.ticket"})
        self.assertNotIn(' src="https://tracker', str(mail.body))
        for original in originals:
            self.assertNotIn(f"/web/image/{original.id}?", str(mail.body))
            self.assertNotIn(f'/web/image/{original.id}"', str(mail.body))
            self.refused(self.as_(self.carl, original).read, ["raw"])
        self.assertIn("/web/image/", str(mail.body))

    def test_deleting_the_ticket_leaves_the_message(self):
        ticket = self.publish()
        ticket.unlink()
        message = self.as_(self.olga, self.private)
        self.assertIn("heliotrope", message.body)
        self.assertFalse(message.published_ticket_id)
        self.assertTrue(self.publish(), "it may be published once more")

    def test_deleting_the_message_leaves_the_ticket(self):
        ticket = self.publish()
        self.as_(self.olga, self.private).action_delete()
        self.assertIn("heliotrope", ticket.description)

    def test_not_twice(self):
        self.publish()
        self.refused(self.publish)

    def test_added_to_a_ticket(self):
        message = self.take_private(subject="More", files=[("more.txt", b"more")])
        with self.mock_mail_gateway():
            ticket = self.publish(message, target="ticket", ticket_id=self.mine.id, inbox_id=False)
        self.assertEqual(ticket, self.mine)
        self.assertFalse(self._new_mails)
        copy = self.mine.message_ids.filtered(lambda m: m.subject == "More")
        self.assertTrue(copy.is_internal)
        self.assertEqual(copy.author_id, self.anna)
        self.assertEqual(copy.attachment_ids.raw, b"more")
        self.assertEqual(copy.date, self.as_(self.olga, message).date)
        self.assertIn(
            "Published from the private mail", " ".join(self.mine.message_ids.mapped("body"))
        )

    def test_customer_of_another_does_not_see_what_is_added(self):
        self.portal.partner_id.parent_id = self.rival
        self.hidden.message_subscribe(self.portal.partner_id.ids)
        self.publish(target="ticket", ticket_id=self.hidden.id)
        seen = self.as_(self.portal, self.env["mail.message"]).search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", self.hidden.id)]
        )
        self.assertNotIn("heliotrope", str(seen.mapped("body")))

    def test_not_into_a_ticket_that_the_owner_may_not_change(self):
        scoped_mailbox = self.new_mailbox(self.scoped)
        message = self.receive(scoped_mailbox, write_mail(to=self.scoped.email), uid="78")
        wizard = (
            self.env[PUBLISH]
            .with_user(self.scoped)
            .create({"message_id": message.id, "target": "ticket", "ticket_id": self.hidden.id})
        )
        self.refused(wizard.action_publish)

    def test_scoped_owner_publishes_mail_of_a_stranger(self):
        """The ticket is not theirs to see; they are told its number and nothing breaks."""
        scoped_mailbox = self.new_mailbox(self.scoped)
        message = self.receive(
            scoped_mailbox,
            write_mail(sender="x@nobody.example", to=self.scoped.email, subject="Strange"),
            uid="79",
        )
        wizard = (
            self.env[PUBLISH]
            .with_user(self.scoped)
            .create({"message_id": message.id, "inbox_id": self.inbox.id})
        )
        action = wizard.action_publish()
        self.assertEqual(action["tag"], "display_notification")
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "Strange")])
        self.assertIn(ticket.number, action["params"]["message"])
        item = self.items(self.scoped, self.kunde, kinds=["private"])
        self.assertFalse(item)

    def test_sent_mail(self):
        sent = self.take_private(
            folder="Sent", sender=self.olga.email, to=CUSTOMER, subject="We come on Monday"
        )
        seal.opened(sent).write(
            {
                "direction": "out",
                "state": "sent",
                "author_user_id": self.olga.id,
                "partner_id": self.anna.id,
                "party_email": CUSTOMER,
            }
        )
        ticket = self.publish(sent)
        self.assertEqual(ticket.partner_id, self.anna)
        self.assertEqual(ticket.partner_email, CUSTOMER)
        self.assertEqual(ticket.recipient_id, self.recipient(CUSTOMER))
        self.assertIn("heliotrope", ticket.description)
        copy = ticket.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertEqual(copy.author_id, self.olga.partner_id)

    def test_owners_pairing_links_the_ticket_not_the_address(self):
        message = self.take_private(sender="Zoe <zoe@web.example>", subject="Zoe asks")
        self.as_(self.olga, message)._link(partner=self.bert)
        ticket = self.publish(message)
        self.assertEqual(ticket.partner_id, self.bert)
        self.assertFalse(self.recipient("zoe@web.example").partner_id)

    def test_banned_sender_is_no_obstacle(self):
        self.recipient(CUSTOMER).action_ban()
        self.assertEqual(self.publish().name, PRIVATE)

    def test_not_called_forged(self):
        """Written anew it bears no signature; that says nothing of its sender."""
        self.inbox.write({"verify_senders": "headers", "own_mail_hosts": "mx.desk.example"})
        self.assertFalse(self.publish().sender_verification)

    def test_notify_on_request(self):
        with self.mock_mail_gateway():
            self.publish(notify=True)
        self.assertIn(CUSTOMER, str(self._new_mails.mapped("email_to")))

    def test_same_mail_in_the_helpdesk_is_pointed_out(self):
        source = write_mail(to=f"{self.olga.email}, support@desk.example", subject="To both")
        ticket = self.new_ticket(source)
        message = self.receive(self.mailbox, source, uid="80")
        wizard = self.env[PUBLISH].with_user(self.olga).create({"message_id": message.id})
        self.assertEqual(wizard.known_ticket_id, ticket)

    def test_odd_mails(self):
        for values in (
            {"subject": ""},
            {"sender": '"O\'Neil, \\"Tim\\"" <tim@kunde.example>'},
            {"sender": "Jörg <jörg@müller.example>", "subject": "Grüße 🌷"},
            {"text": "", "html": "<p></p>"},
            {"files": [("a\u202egpj.exe", b"MZ"), ("x" * 300 + ".txt", b"")]},
            {"html": "<p>" + "long " * 5000 + "</p>"},
        ):
            message = self.take_private(**values)
            with self.subTest(**{key: str(value)[:40] for key, value in values.items()}):
                ticket = self.publish(message)
                self.assertTrue(ticket.description)
        message = self.take_private(sender="")
        self.assertTrue(self.publish(message))

    def test_nothing_chosen(self):
        wizard = (
            self.env[PUBLISH]
            .with_user(self.olga)
            .create({"message_id": self.private.id, "inbox_id": False})
        )
        with self.assertRaises(UserError):
            wizard.action_publish()
        wizard.target = "ticket"
        with self.assertRaises(UserError):
            wizard.action_publish()

    def test_draft_cannot_be_published(self):
        draft = self.env["helpdesk.mailbox.message"].with_user(self.olga).create({"subject": "x"})
        with self.assertRaises(UserError):
            draft.action_publish()

    def test_published_mail_stands_once_for_colleagues(self):
        self.publish()
        self.assertEqual(self.subjects(self.carl).count(PRIVATE), 1)
        with self.assertRaises(AccessError):
            self.call(self.carl, MODEL, "open_message", "private", self.private.id)
