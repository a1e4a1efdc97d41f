# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Private mail of unknown senders: pair it to a customer or lead, or add the customer."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..models import seal
from .test_mailbox_inbox import QUIET, InboxCase


@tagged("post_install", "-at_install")
class TestMailboxDialogs(InboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kunde = cls.env["res.partner"].create({"name": "Kunde GmbH"})
        cls.lead = cls.env["crm.lead"].create({"name": "New office", "partner_id": cls.kunde.id})
        cls.anna.group_ids += cls.env.ref("base.group_partner_manager") + cls.env.ref(
            "sales_team.group_sale_salesman_all_leads"
        )

    def dialog(self, action):
        """The form of a dialog that *action* opens, as Anna sees it."""
        return Form(
            self.env[action["res_model"]].with_user(self.anna).with_context(**action["context"])
        )

    def test_pair_to_a_customer(self):
        """ "2. Pair to a customer": all mail of the address, here and to come."""
        earlier = self.mail("Earlier")
        with self.dialog(self.message.action_pair()) as form:
            self.assertEqual(form.emails, "carla@customer.example")
            self.assertEqual(form.message_count, 2)
            form.partner_id = self.kunde
        form.record.action_pair()
        self.assertEqual((self.message | earlier).partner_id, self.kunde)
        self.assertFalse(self.message.is_unknown)
        self.assertTrue(self.message.is_paired)
        self.assertEqual(self.mail("Later", uid="21").partner_id, self.kunde)
        self.assertFalse(form.record.exists(), "the dialog leaves nothing behind")

    def test_pair_to_a_lead(self):
        with self.dialog(self.message.action_pair()) as form:
            form.target = "lead"
            form.lead_id = self.lead
        form.record.action_pair()
        self.assertEqual(self.message.lead_id, self.lead)
        self.assertEqual(self.message.partner_id, self.kunde)
        self.assertEqual(self.mail("Later").lead_id, self.lead)

    def test_pair_several_at_once(self):
        other = self.mail(sender="dora@customer.example")
        form = self.dialog((self.message | other).action_pair())
        self.assertEqual(form.emails, "carla@customer.example, dora@customer.example")
        form.partner_id = self.kunde
        form.save().action_pair()
        self.assertEqual((self.message | other).partner_id, self.kunde)

    def test_pairing_stays_in_the_mailbox(self):
        known = self.env["helpdesk.recipient"].search_count([])
        form = self.dialog(self.message.action_pair())
        form.partner_id = self.kunde
        form.save().action_pair()
        self.assertEqual(self.env["helpdesk.recipient"].search_count([]), known)
        own = self.let_in(self.bert)
        source = b"From: carla@customer.example\r\nTo: b@firm.example\r\nSubject: x\r\n\r\nx\r\n"
        self.assertTrue(self.receive(own, source).with_user(self.bert).is_unknown)
        # sudo: an administrator's automation finds no pairing either
        self.assertFalse(self.env["helpdesk.mailbox.pair"].with_user(self.system).sudo().search([]))

    def test_unpair(self):
        form = self.dialog(self.message.action_pair())
        form.partner_id = self.kunde
        form.save().action_pair()
        self.message.action_unpair()
        self.assertTrue(self.message.is_unknown)
        self.assertFalse(self.message.is_paired)

    def test_only_known_contact_is_proposed(self):
        self.kunde.email = "carla@customer.example"
        self.assertEqual(self.dialog(self.message.action_pair()).partner_id, self.kunde)
        self.env["res.partner"].create({"name": "Other", "email": "carla@customer.example"})
        self.assertFalse(self.dialog(self.message.action_pair()).partner_id)

    def test_customer_deleted_in_the_meantime(self):
        form = self.dialog(self.message.action_pair())
        form.partner_id = self.kunde
        dialog = form.save()
        self.lead.partner_id = False
        self.kunde.unlink()
        with self.assertRaisesRegex(UserError, "Choose the customer"):
            dialog.action_pair()
        self.assertTrue(self.message.is_unknown)

    def test_add_a_customer_with_this_address(self):
        """ "3. Add a customer with this email address": links all its mail."""
        earlier = self.mail("Earlier")
        form = self.dialog(self.message.action_add_customer())
        self.assertEqual(form.name, "Carla")
        self.assertEqual(form.email, "carla@customer.example")
        self.assertEqual(form.message_count, 2)
        form.phone = "+49 1"
        dialog = form.save()
        dialog.action_add()
        customer = self.message.partner_id
        self.assertRecordValues(
            customer, [{"name": "Carla", "email": "carla@customer.example", "phone": "+49 1"}]
        )
        self.assertEqual(earlier.partner_id, customer)
        self.assertFalse(dialog.exists())
        said = " ".join(str(body) for body in customer.message_ids.mapped("body"))
        for word in ("Between us", "heliotrope", "mail"):
            self.assertNotIn(word, said)

    def test_known_address_is_said_before_it_is_added_again(self):
        self.kunde.email = "carla@customer.example"
        form = self.dialog(self.message.action_add_customer())
        self.assertEqual(form.known_ids[:], self.kunde)
        action = form.save().action_pair_instead()
        self.assertEqual(action["res_model"], "helpdesk.mailbox.pairing")
        self.assertEqual(self.dialog(action).partner_id, self.kunde)

    def test_who_may_not_add_contacts_adds_none(self):
        self.let_in(self.bert)
        with self.assertRaises(AccessError), mute_logger(*QUIET):
            self.message.with_user(self.bert).action_add_customer()
        Message = self.env["helpdesk.mailbox.message"].with_user(self.bert)
        for name in ("list", "form"):
            view = self.env.ref(f"helpdesk_mail.helpdesk_mailbox_message_view_{name}")
            self.assertNotIn("action_add_customer", Message.get_view(view.id)["arch"])
            self.assertIn("action_pair", Message.get_view(view.id)["arch"])

    def test_message_without_an_address(self):
        self.mail(sender=None, message_id="<no-one@customer.example>")
        message = self.message.search([("message_id", "=", "no-one@customer.example")])
        for name in ("action_pair", "action_add_customer", "action_block"):
            with self.assertRaises(UserError):
                getattr(message, name)()

    def test_dialogs_are_sealed(self):
        """Nobody reads in a table of dialogs with whom Anna writes."""
        helper = new_test_user(self.env, "helper", groups="base.group_system")
        for action in (self.message.action_pair(), self.message.action_add_customer()):
            dialog = self.dialog(action)
            if action["res_model"] == "helpdesk.mailbox.pairing":
                dialog.partner_id = self.kunde
            dialog = dialog.save()
            self.env.flush_all()
            for user in (self.bert, self.system, helper):
                for theirs in (dialog.with_user(user), dialog.with_user(user).sudo()):
                    theirs.invalidate_recordset()
                    with self.assertRaises(AccessError), mute_logger(*QUIET):
                        theirs.read()
                    if user != self.bert or theirs.env.su or "pairing" in theirs._name:
                        self.assertFalse(theirs.search([]))
            self.assertTrue(dialog.read(["mail_ids"])[0]["mail_ids"])

    def test_dialog_about_mail_of_somebody_else(self):
        """A crafted dialog neither says nor moves anything."""
        Pairing = self.env["helpdesk.mailbox.pairing"].with_user(self.system)
        with self.assertRaises(AccessError), mute_logger(*QUIET):
            dialog = Pairing.create({"mail_ids": self.message.ids, "partner_id": self.kunde.id})
            self.assertFalse(dialog.emails)
            dialog.action_pair()
        self.assertFalse(seal.opened(self.message).partner_id)
