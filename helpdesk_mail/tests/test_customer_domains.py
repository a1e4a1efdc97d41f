# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Domains of customers, and unknown senders that become leads."""

from odoo.exceptions import ValidationError

from .common import write_mail
from .test_recipients import STRANGER, RecipientCase


class TestCustomerDomains(RecipientCase):
    def add_domain(self, name, partner=None):
        return self.env["helpdesk.customer.domain"].create(
            {"name": name, "partner_id": (partner or self.kunde).id}
        )

    def test_unknown_sender_of_a_customers_domain(self):
        self.add_domain("@Nobody.example")
        item = self.take_one(self.mail_of())
        self.assertEqual(self.ticket(item).partner_id, self.kunde)
        self.assertIn("domain belongs to the customer Kunde Inc", self.row(item).explanation)
        deeper = self.new_ticket(self.mail_of("x@mail.nobody.example"))
        self.assertEqual(deeper.partner_id, self.kunde)
        self.assertFalse(self.new_ticket(self.mail_of("x@notnobody.example")).partner_id)

    def test_contact_lead_and_pairing_count_more(self):
        self.add_domain("nobody.example")
        self.env["crm.lead"].create({"name": "Lead", "email_from": STRANGER})
        self.assertFalse(self.new_ticket(self.mail_of()).partner_id)
        self.recipient().action_pair(partner_id=self.bert.id)
        self.assertEqual(self.new_ticket(self.mail_of(subject="2")).partner_id, self.bert)

    def test_public_providers_are_nobodys(self):
        for name in ("gmail.com", "GMX.de", "yahoo.co.uk", "anna@outlook.com", "t-online.de"):
            with self.assertRaisesRegex(ValidationError, "public mail provider"):
                self.add_domain(name)
        self.add_domain("yahoo.firm.example")

    def test_two_customers_cannot_share_a_domain(self):
        self.add_domain("firm.example")
        other = self.env["res.partner"].create({"name": "Other Inc"})
        with self.assertRaisesRegex(ValidationError, "belongs to Kunde Inc already"):
            self.add_domain("FIRM.example", other)

    def test_broken_domains_are_named(self):
        for name in ("firm", "a b.example", "-", "firm..example", ""):
            with self.assertRaisesRegex(ValidationError, "is no mail domain"):
                self.add_domain(name)

    def test_international_domain(self):
        self.assertEqual(self.add_domain("müller.example").name, "xn--mller-kva.example")

    def test_archived_customer_gets_nothing(self):
        self.add_domain("nobody.example")
        self.kunde.active = False
        self.assertFalse(self.new_ticket(self.mail_of()).partner_id)


class TestLeads(RecipientCase):
    def setUp(self):
        super().setUp()
        self.inbox.unknown_policy = "lead"

    def leads(self):
        return (
            self.env["crm.lead"]
            .with_context(active_test=False)
            .search([("email_normalized", "=", STRANGER)])
        )

    def test_unknown_senders_become_leads_once(self):
        items = self.take(self.mail_of(), self.mail_of(subject="2"))
        items += self.take(self.mail_of(subject="3"))
        lead = self.leads()
        self.assertEqual(len(lead), 1)
        self.assertEqual(lead.contact_name, "New Man")
        self.assertEqual({self.ticket(item).lead_id for item in items}, {lead})
        self.assertEqual(self.recipient().lead_id, lead)
        self.assertIn("became a new lead", self.row(items[0]).explanation)

    def test_existing_and_lost_leads_are_not_doubled(self):
        lost = self.env["crm.lead"].create({"name": "Lost", "email_from": STRANGER})
        lost.active = False
        ticket = self.new_ticket(self.mail_of())
        self.assertEqual(self.leads(), lost)
        self.assertEqual(ticket.lead_id, lost)
        self.assertFalse(lost.active)

    def test_known_senders_become_no_leads(self):
        before = self.env["crm.lead"].search_count([])
        self.new_ticket(write_mail())
        self.assertEqual(self.env["crm.lead"].search_count([]), before)

    def test_lead_becomes_a_customer(self):
        ticket = self.new_ticket(self.mail_of())
        lead = self.leads()
        seller = self.new_user("seller", "sales_team.group_sale_salesman_all_leads")
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(seller)
            .with_context(active_model="crm.lead", active_id=lead.id, active_ids=lead.ids)
            .create({"name": "convert", "action": "create", "lead_id": lead.id})
        )
        wizard.action_apply()
        self.assertTrue(lead.partner_id)
        self.assertEqual(ticket.partner_id, lead.partner_id)
        recipient = self.recipient()
        self.assertEqual(recipient.partner_id, lead.partner_id)
        self.assertFalse(recipient.lead_id)
        recipient.move_ids[0].action_undo()
        self.assertFalse(ticket.partner_id)
        self.assertEqual(recipient.lead_id, lead)

    def test_merged_leads_carry_addresses_along(self):
        ticket = self.new_ticket(self.mail_of())
        other = self.env["crm.lead"].create(
            {"name": "Better", "type": "opportunity", "probability": 90}
        )
        survivor = (self.leads() + other).merge_opportunity()
        self.assertEqual(self.recipient().lead_id, survivor)
        self.assertEqual(ticket.lead_id, survivor)

    def test_merged_contacts_carry_addresses_along(self):
        self.inbox.unknown_policy = "recipient"
        ticket = self.new_ticket(self.mail_of())
        double = self.env["res.partner"].create({"name": "Kunde again", "is_company": True})
        self.recipient().action_pair(partner_id=double.id)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.kunde + double).ids, self.kunde
        )
        self.assertEqual(self.recipient().partner_id, self.kunde)
        self.assertEqual(ticket.partner_id, self.kunde)

    def test_button_makes_or_finds_a_lead(self):
        self.inbox.unknown_policy = "recipient"
        self.new_ticket(self.mail_of())
        recipient = self.recipient()
        recipient.action_create_lead()
        self.assertEqual(recipient.lead_id, self.leads())
        recipient.action_unpair()
        recipient.action_create_lead()
        self.assertEqual(len(self.leads()), 1)
