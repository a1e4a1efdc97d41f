# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The *Communication* tab of customers and leads: exactly what its viewer may see."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..models import seal
from .common import CUSTOMER, PIXEL, write_mail
from .scope_world import SECRET, ScopeCase
from .test_mailbox_seal import MailboxCase

MODEL = "helpdesk.communication"
PRIVATE = "Between us two"


class CommunicationCase(ScopeCase):
    """Olga has a mailbox; Carl is a colleague with a mailbox of his own; both know Kunde Inc."""

    receive = classmethod(MailboxCase.receive.__func__)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sales = "sales_team.group_sale_salesman_all_leads"
        cls.olga = cls.new_user("olga", "helpdesk_mgmt.group_helpdesk_user", sales)
        cls.carl = cls.new_user("carl", "helpdesk_mgmt.group_helpdesk_user", sales)
        cls.plain = cls.new_user("plain")
        cls.system = cls.new_user(
            "system", "base.group_system", "helpdesk_mgmt.group_helpdesk_manager", sales
        )
        cls.portal = new_test_user(cls.env, login="hm-portal", groups="base.group_portal")
        cls.mailbox = cls.new_mailbox(cls.olga)
        cls.new_mailbox(cls.carl)

    @classmethod
    def new_mailbox(cls, user):
        mailbox = cls.env["helpdesk.mailbox"].with_user(user).create({"email": user.email})
        seal.opened(mailbox).state = "active"
        return mailbox

    def setUp(self):
        super().setUp()
        self.private = self.take_private(subject=PRIVATE)

    def take_private(self, folder="INBOX", **values):
        """A private message in Olga's mailbox."""
        values = {"to": self.olga.email, "text": "The word is heliotrope.", **values}
        self.last_uid = getattr(self, "last_uid", 0) + 1
        return self.receive(
            self.mailbox, write_mail(**values), folder=folder, uid=str(self.last_uid)
        )

    def timeline(self, user, record=None, **options):
        """What the web client gets."""
        record = self.kunde if record is None else record
        return self.call(user, MODEL, "timeline", record._name, record.id, **options)

    def items(self, user, record=None, **options):
        return self.timeline(user, record, **options)["items"]

    def subjects(self, user, record=None, **options):
        return [item["subject"] for item in self.items(user, record, **options)]

    def new_lead(self, **values):
        return self.env["crm.lead"].create(
            {"name": "New line", "type": "lead", "email_from": "lea@lead.example", **values}
        )


@tagged("post_install", "-at_install")
class TestCommunication(CommunicationCase):
    def test_owner_sees_private_mail_with_the_customer(self):
        """'Once customer replied, admin will see this message under Communication tab'."""
        items = self.items(self.olga, kinds=["private"])
        self.assertEqual([item["subject"] for item in items], [PRIVATE])
        self.assertEqual(items[0]["direction"], "in")
        self.assertEqual(items[0]["who"], "Anna Kunde")
        self.assertEqual(items[0]["badge"], "Private: Olga Staff")
        self.assertTrue(items[0]["is_unread"])
        self.assertTrue(items[0]["may_reply"])

    def test_on_the_contact_and_its_company(self):
        self.assertIn(PRIVATE, self.subjects(self.olga, self.anna))
        self.assertIn(PRIVATE, self.subjects(self.olga, self.kunde))
        self.assertNotIn(PRIVATE, self.subjects(self.olga, self.bert))
        self.assertNotIn(PRIVATE, self.subjects(self.olga, self.rival))

    def test_nobody_else_sees_private_mail(self):
        """'None of other administrators won't be able to see this conversation'."""
        for user in (self.carl, self.agent, self.system, self.manager, self.admin, self.plain):
            with self.subTest(user.name):
                answer = self.timeline(user, self.anna)
                self.assertNotIn(PRIVATE, str(answer))
                self.assertNotIn("heliotrope", str(answer))
                self.assertFalse(self.items(user, self.anna, kinds=["private"]))
                words = self.refused(
                    self.call, user, MODEL, "open_message", "private", self.private.id
                )
                self.assertNotIn("heliotrope", words)

    def test_delegate_sees_it_once_their_own_mailbox_is_set_up(self):
        """'if splynx admin has no configured IMAP under My profile he won't see any messages'."""
        self.mailbox.with_user(self.olga).delegate_ids = self.carl + self.agent
        self.assertIn(PRIVATE, self.subjects(self.carl))
        self.assertEqual(self.items(self.carl, kinds=["private"])[0]["who"], "Anna Kunde")
        self.assertNotIn(PRIVATE, self.subjects(self.agent))
        self.assertFalse(self.timeline(self.agent)["has_mailbox"])

    def test_portal_and_public_see_nothing(self):
        self.portal.partner_id.parent_id = self.kunde
        for user in (self.portal, self.env.ref("base.public_user")):
            for record in (self.kunde, user.partner_id):
                self.refused(self.timeline, user, record)
            self.refused(self.call, user, MODEL, "open_message", "private", self.private.id)
            self.refused_call(
                user, "res.partner", "action_helpdesk_send_email", user.partner_id.ids
            )

    def test_tickets_of_the_customer(self):
        message = self.mine.message_ids.filtered(lambda m: m.message_type == "email")
        self.answer(self.mine, "Have you tried water?", user=self.agent)
        items = self.items(self.agent, kinds=["ticket"])
        # between the two, the notice that the request was received
        self.assertEqual([item["direction"] for item in items], ["out", "out", "in"])
        self.assertEqual([item["is_automatic"] for item in items], [False, True, False])
        self.assertEqual(items[2]["id"], message.id)
        self.assertEqual(items[2]["document"]["id"], self.mine.id)
        self.assertEqual(items[2]["badge"], f"Ticket {self.mine.number}")
        self.assertIn("water", items[0]["preview"])

    def test_closed_and_archived_tickets_as_well(self):
        self.close(self.mine, active=False)
        self.assertIn("My printer", self.subjects(self.agent))

    def test_chatter_of_customer_and_contacts(self):
        for partner, word in ((self.kunde, "offer"), (self.anna, "invoice")):
            partner.message_post(
                body=word,
                subject=word,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        self.assertEqual(self.subjects(self.agent, kinds=["chatter"]), ["invoice", "offer"])
        self.assertEqual(self.subjects(self.agent, self.anna, kinds=["chatter"]), ["invoice"])
        self.assertEqual(
            self.items(self.agent, kinds=["chatter"])[0]["badge"], "Kunde Inc, Anna Kunde"
        )

    def test_notes_are_notes(self):
        self.mine.with_user(self.agent).message_post(body="He is nice", message_type="comment")
        self.mine.with_user(self.agent).write({"name": "Tracked"})
        items = self.items(self.agent, kinds=["note"])
        self.assertEqual([item["direction"] for item in items], ["note"])
        self.assertIn("He is nice", items[0]["preview"])
        self.assertNotIn("He is nice", str(self.timeline(self.agent, kinds=["ticket", "chatter"])))

    def test_tickets_that_the_viewer_does_not_see(self):
        own = self.new_user("own", "helpdesk_mgmt.group_helpdesk_user_own")
        self.mine.user_id = self.agent
        self.assertNotIn("My printer", self.subjects(own))
        self.assertNotIn("My printer", self.subjects(self.plain))
        self.assertIn("My printer", self.subjects(self.agent))

    def test_scope_holds(self):
        """A scoped administrator sees tickets and mail of their customers alone."""
        self.rival.message_post(
            body=SECRET, subject=SECRET, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertIn("My printer", self.subjects(self.scoped))
        for user in (self.scoped, self.admin):
            for record in (self.rival, self.ruth):
                with self.subTest(user=user.name, record=record.name):
                    self.assertNotIn(SECRET, str(self.timeline(user, record)))
        self.assertIn(SECRET, self.subjects(self.colleague, self.rival, kinds=["chatter"]))
        self.assertIn(SECRET, self.subjects(self.colleague, self.rival, kinds=["ticket"]))
        message = self.hidden.message_ids.filtered(lambda m: m.message_type == "email")
        self.refused_call(self.scoped, MODEL, "open_message", "mail", message.id)

    def test_lead(self):
        lead = self.new_lead()
        self.private.with_user(self.olga)._link(lead=lead)
        lead.with_user(self.olga).message_post(
            body="hi", subject="To lead", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(self.subjects(self.olga, lead), ["To lead", PRIVATE])
        self.assertEqual(self.subjects(self.carl, lead), ["To lead"])
        self.refused(self.timeline, self.plain, lead)

    def test_lead_of_a_customer_stands_with_the_customer(self):
        lead = self.new_lead(partner_id=self.kunde.id)
        lead.message_post(
            body="hi", subject="To lead", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertIn("To lead", self.subjects(self.olga))
        # who may not see leads sees none here
        self.assertNotIn("To lead", self.subjects(self.plain))

    def test_newest_first_page_by_page_nothing_twice(self):
        for number in range(7):
            self.take_private(
                subject=f"Private {number}",
                headers={"Date": f"Mon, {number % 3 + 1:02} Mar 2027 10:00:00 +0000"},
            )
            self.kunde.message_post(
                body=f"Chatter {number}",
                subject=f"Chatter {number}",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                date="2026-01-01 10:00:00",
            )
        whole = self.items(self.olga, limit=100)
        self.assertIsNone(self.timeline(self.olga, limit=100)["next"])
        dates = [item["date"] for item in whole]
        self.assertEqual(dates, sorted(dates, reverse=True))
        paged, after = [], None
        while True:
            page = self.timeline(self.olga, after=after, limit=3)
            paged += page["items"]
            after = page["next"]
            if after is None:
                break
            self.assertEqual(len(page["items"]), 3)
        self.assertEqual(
            [(item["source"], item["id"]) for item in paged],
            [(item["source"], item["id"]) for item in whole],
        )

    def test_hidden_messages_do_not_end_the_list(self):
        """What the viewer may not read among the newest does not make the list look finished."""
        tickets = [self.new_ticket(write_mail(subject=f"Mail {number}")) for number in range(8)]
        messages = self.env["mail.message"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "in", [t.id for t in tickets])]
        )
        real = type(messages)._filtered_access

        def some(records, operation):
            found = real(records, operation)
            if records._name != "mail.message":
                return found
            return found.filtered(lambda message: message.res_id == tickets[0].id)

        with patch.object(type(messages), "_filtered_access", some):
            answer = self.timeline(self.agent, kinds=["ticket"], limit=2)
        # the mail, and the notice that it was received
        self.assertEqual(len(answer["items"]), 2)
        self.assertIn("Mail 0", answer["items"][1]["subject"])
        self.assertIsNone(answer["next"])

    def test_opening_reads(self):
        html = self.call(self.olga, MODEL, "open_message", "private", self.private.id)
        self.assertIn("heliotrope", html)
        self.assertTrue(self.private.with_user(self.olga).is_read)
        message = self.mine.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertIn("burns", self.call(self.agent, MODEL, "open_message", "mail", message.id))

    def test_drafts_are_not_shown_until_sent(self):
        draft = (
            self.env["helpdesk.mailbox.message"].with_user(self.olga).create({"subject": "Soon"})
        )
        seal.opened(draft).write({"partner_id": self.anna.id})
        self.assertNotIn("Soon", self.subjects(self.olga))
        seal.opened(draft).write({"state": "failed", "author_user_id": self.olga.id})
        item = self.items(self.olga, kinds=["private"])[0]
        self.assertEqual(
            (item["subject"], item["state"], item["who"]), ("Soon", "failed", "Olga Staff")
        )
        self.assertFalse(item["may_reply"], "it has not left")

    def test_on_behalf_is_visible(self):
        sent = self.take_private(
            folder="Sent", sender=self.olga.email, to=CUSTOMER, subject="Yours", message_id="<b@x>"
        )
        seal.opened(sent).write(
            {"direction": "out", "state": "sent", "author_user_id": self.carl.id}
        )
        self.private.with_user(self.olga)._link(partner=self.anna)
        seal.opened(sent).write({"partner_id": self.anna.id})
        item = next(i for i in self.items(self.olga) if i["subject"] == "Yours")
        self.assertEqual(item["who"], "Carl Staff on behalf of Olga Staff")
        self.assertEqual(item["direction"], "out")

    def test_attachments_but_not_the_images_that_the_mail_shows(self):
        self.take_private(
            subject="Plan",
            html='<p>See <img src="cid:logo"></p>',
            images=[("logo", PIXEL)],
            files=[("plan.pdf", b"plan")],
        )
        item = next(item for item in self.items(self.olga) if item["subject"] == "Plan")
        self.assertEqual([file["name"] for file in item["files"]], ["plan.pdf"])

    def test_nonsense_is_refused(self):
        for arguments, options in (
            (("res.users", self.olga.id), {}),
            (("helpdesk.mailbox", self.mailbox.id), {}),
            (("res.partner", 0), {}),
            (("res.partner", [self.kunde.id]), {}),
            (("res.partner", self.kunde.id), {"kinds": ["secret"]}),
            (("res.partner", self.kunde.id), {"kinds": "private"}),
            (("res.partner", self.kunde.id), {"kinds": [["private"]]}),
            (("res.partner", self.kunde.id), {"limit": 100000}),
            (("res.partner", self.kunde.id), {"limit": "1"}),
            (("res.partner", self.kunde.id), {"after": "x"}),
            (("res.partner", self.kunde.id), {"after": [1, 2]}),
            (("res.partner", self.kunde.id), {"after": ["2026-01-01 10:00:00", "a", {}]}),
        ):
            with self.subTest(arguments=arguments, **options), self.assertRaises(UserError):
                self.call(self.carl, MODEL, "timeline", *arguments, **options)
        for source in ("private", "mail", "res.users", None):
            with self.assertRaises(UserError):
                self.call(self.carl, MODEL, "open_message", source, 999999999)

    def test_the_key_in_the_context_opens_nothing(self):
        """Code that opens the seal and calls the timeline gets what its user sees."""
        opened = seal.opened(self.as_(self.carl, self.env[MODEL]))
        answer = opened.timeline("res.partner", self.kunde.id)
        self.assertNotIn(PRIVATE, str(answer))
        with self.assertRaises(AccessError):
            opened.open_message("private", self.private.id)

    def test_customer_that_the_viewer_may_not_read(self):
        self.env["ir.rule"].create(
            {
                "name": "none of Kunde",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {self.kunde.id})]",
                "groups": [Command.link(self.env.ref("base.group_user").id)],
            }
        )
        self.refused(self.timeline, self.carl)

    def test_cost_does_not_grow_with_the_list(self):
        def queries():
            caller = self.as_(self.olga, self.env[MODEL])
            caller.timeline("res.partner", self.kunde.id)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            caller.timeline("res.partner", self.kunde.id)
            return self.env.cr.sql_log_count - before

        for number in range(3):
            self.take_private(subject=f"few {number}", files=[("a.txt", b"a")])
        few = queries()
        for number in range(12):
            self.take_private(subject=f"more {number}", files=[("a.txt", b"a")])
            self.answer(self.mine, f"answer {number}")
        self.assertLessEqual(queries(), few + 3)


@tagged("post_install", "-at_install")
class TestSendEmailButton(CommunicationCase):
    def test_customer_and_lead(self):
        """'navigate to "Communication" tab and click on "Send email"'."""
        lead = self.new_lead()
        Message = type(self.env["helpdesk.mailbox.message"])
        with patch.object(
            Message, "_compose", lambda _self, partner=None, lead=None: (partner, lead), create=True
        ):
            for record, expected in (
                (self.anna, (self.anna, None)),
                (lead, (None, lead)),
            ):
                found = self.as_(self.olga, record).action_helpdesk_send_email()
                self.assertEqual(found, expected)
            self.refused(self.as_(self.plain, lead).action_helpdesk_send_email)


@tagged("post_install", "-at_install")
class TestLinks(CommunicationCase):
    """Private mail follows customers and leads, and is never lost with them."""

    def pair(self, user=None):
        return self.env["helpdesk.mailbox.pair"].with_user(user or self.olga).search([])

    def test_merged_customers(self):
        other = self.env["res.partner"].create({"name": "Anna K."})
        self.private.with_user(self.olga)._link(partner=other)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((other + self.anna).ids, self.anna, extra_checks=False)
        self.env.invalidate_all()
        self.assertFalse(other.exists())
        self.assertEqual(self.private.with_user(self.olga).partner_id, self.anna)
        self.assertEqual(self.pair().partner_id, self.anna)
        self.assertIn(PRIVATE, self.subjects(self.olga, self.anna))
        self.assertNotIn(PRIVATE, self.subjects(self.system, self.anna))

    def test_deleted_customer(self):
        """'a customer deleted in the meantime': the mail stays, of an unknown author."""
        other = self.env["res.partner"].create({"name": "Anna K."})
        self.private.with_user(self.olga)._link(partner=other)
        self.env.flush_all()
        other.with_user(self.system).sudo().unlink()
        message = self.as_(self.olga, self.private)
        self.assertFalse(message.partner_id)
        self.assertTrue(message.is_unknown)
        self.assertIn("heliotrope", message.body)
        self.assertFalse(self.pair())

    def test_merged_leads(self):
        one, two = self.new_lead(name="One"), self.new_lead(name="Two")
        self.private.with_user(self.olga)._link(lead=two)
        self.env.flush_all()
        (one + two).with_user(self.system).merge_opportunity()
        left = (one + two).exists()
        self.assertEqual(len(left), 1)
        self.assertEqual(self.as_(self.olga, self.private).lead_id.id, left.id)
        self.assertEqual(self.pair().lead_id.id, left.id)

    def test_lead_that_becomes_a_customer(self):
        lead = self.new_lead()
        self.private.with_user(self.olga)._link(lead=lead)
        self.assertFalse(self.as_(self.olga, self.private).partner_id)
        lead.with_user(self.carl).write({"partner_id": self.bert.id})
        self.assertEqual(self.as_(self.olga, self.private).partner_id.id, self.bert.id)
        self.assertEqual(self.pair().partner_id.id, self.bert.id)
        self.assertIn(PRIVATE, self.subjects(self.olga, self.bert))
        self.assertNotIn(PRIVATE, self.subjects(self.carl, self.bert))

    def test_deleted_lead(self):
        lead = self.new_lead()
        self.private.with_user(self.olga)._link(lead=lead)
        self.env.flush_all()
        lead.unlink()
        self.assertIn("heliotrope", self.as_(self.olga, self.private).body)
