# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The dialog that pairs: what goes on elsewhere while it stands open, and where it opens."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from .test_recipients import RecipientCase


class TestDialog(RecipientCase):
    """ "an address paired to an archived or deleted customer, two users pairing at once, a lead
    merged meanwhile. A clear error or a sane result, and nothing lost"
    """

    def setUp(self):
        super().setUp()
        self.agent.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.ticket_ = self.new_ticket(self.mail_of())

    def dialog(self, recipients=None, **chosen):
        recipients = recipients or self.recipient()
        Dialog = self.env["helpdesk.recipient.pair"].with_user(self.agent)
        form = Form(Dialog.with_context(default_recipient_ids=recipients.ids))
        for name, value in chosen.items():
            form[name] = value
        return form

    def refused(self, form, words):
        """Fail unless *Pair* in the dialog is refused with these words, and nothing has moved."""
        before = (self.recipient().partner_id, self.recipient().lead_id, self.ticket_.partner_id)
        with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
            form.save().action_pair()
        self.env.invalidate_all()
        now = (self.recipient().partner_id, self.recipient().lead_id, self.ticket_.partner_id)
        self.assertEqual(now, before)

    def test_lead_merged_meanwhile(self):
        lead, better = self.env["crm.lead"].create(
            [{"name": "Maybe"}, {"name": "Better", "type": "opportunity", "probability": 90}]
        )
        form = self.dialog(target="lead", lead_id=lead)
        survivor = (lead + better).merge_opportunity()
        self.assertFalse(lead.exists())
        self.refused(form, "somebody has merged or deleted it meanwhile")
        form = self.dialog(target="lead", lead_id=survivor)
        form.save().action_pair()
        self.assertEqual(self.ticket_.lead_id, survivor)

    def test_lead_deleted_after_the_dialog_was_saved(self):
        lead = self.env["crm.lead"].create({"name": "Maybe"})
        wizard = self.dialog(target="lead", lead_id=lead).save()
        lead.unlink()
        with self.assertRaisesRegex(UserError, "merged or deleted"):
            wizard.action_pair()

    def test_customer_deleted_or_archived_meanwhile(self):
        gone = self.env["res.partner"].create({"name": "Gone"})
        form = self.dialog(partner_id=gone)
        gone.unlink()
        self.refused(form, "does not exist any more")
        form = self.dialog(partner_id=self.bert)
        self.bert.active = False
        self.refused(form, "is archived. Unarchive it first")

    def test_contacts_merged_meanwhile(self):
        double = self.env["res.partner"].create({"name": "Kunde again", "is_company": True})
        form = self.dialog(partner_id=double)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.kunde + double).ids, self.kunde
        )
        self.refused(form, "merged or deleted")

    def test_somebody_else_paired_it_meanwhile(self):
        form = self.dialog(partner_id=self.bert)
        self.recipient().action_pair(partner_id=self.kunde.id)
        self.refused(
            form, "(?s)Somebody else was faster.*new@nobody.example is paired to Kunde Inc"
        )
        # who has seen that may change it
        self.dialog(partner_id=self.bert).save().action_pair()
        self.assertEqual(self.recipient().partner_id, self.bert)

    def test_somebody_else_ended_it_meanwhile(self):
        self.recipient().action_pair(partner_id=self.kunde.id)
        form = self.dialog(partner_id=self.bert)
        self.recipient().action_unpair()
        self.refused(form, "is no longer paired")
        form = self.dialog(partner_id=self.bert)
        self.recipient().action_share()
        self.refused(form, "is marked as shared")

    def test_address_deleted_meanwhile(self):
        second = self.env["helpdesk.recipient"].create({"email": "second@nobody.example"})
        wizard = self.dialog(self.recipient() | second, partner_id=self.bert).save()
        second.unlink()
        with self.assertRaisesRegex(UserError, "An address was deleted meanwhile"):
            wizard.action_pair()

    def test_mail_that_came_meanwhile_moves_along(self):
        """Nothing is left behind: what came while the dialog stood open belongs there too."""
        form = self.dialog(partner_id=self.kunde)
        self.assertEqual(form.ticket_count, 1)
        later = self.new_ticket(self.mail_of(subject="2"))
        action = form.save().action_pair()
        self.assertIn("Tickets moved: 2.", action["params"]["message"])
        self.assertEqual(later.partner_id, self.kunde)

    def test_nobody_chosen(self):
        Dialog = self.env["helpdesk.recipient.pair"].with_user(self.agent)
        wizard = Dialog.create({"recipient_ids": [Command.set(self.recipient().ids)]})
        with self.assertRaisesRegex(UserError, "Choose another one"):
            wizard.action_pair()

    def test_who_may_not_pair(self):
        own = self.new_user("own", "helpdesk_mgmt.group_helpdesk_user_own")
        with mute_logger("odoo.addons.base.models.ir_model"), self.assertRaises(AccessError):
            self.env["helpdesk.recipient.pair"].with_user(own).create(
                {
                    "recipient_ids": [Command.set(self.recipient().ids)],
                    "partner_id": self.kunde.id,
                }
            )


class TestPairFromTicket(RecipientCase):
    """ "Pair Customer/Lead to requester option in ticket Actions list" """

    def setUp(self):
        super().setUp()
        self.first = self.new_ticket(self.mail_of())
        self.second = self.new_ticket(self.mail_of(subject="2"))

    def open(self, ticket, user=None):
        action = ticket.with_user(user or self.agent).action_pair_sender()
        Dialog = self.env[action["res_model"]].with_user(user or self.agent)
        return Form(Dialog.with_context(**action["context"]))

    def test_with_the_customer_of_the_ticket(self):
        self.first.partner_id = self.kunde
        self.assertTrue(self.first.sender_may_be_paired)
        form = self.open(self.first)
        self.assertEqual(form.partner_id, self.kunde)
        form.save().action_pair()
        self.assertEqual(self.second.partner_id, self.kunde)
        self.assertFalse(self.first.sender_may_be_paired)

    def test_with_the_lead_of_the_ticket(self):
        self.agent.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        lead = self.env["crm.lead"].create({"name": "Maybe"})
        self.first.lead_id = lead
        form = self.open(self.first)
        self.assertEqual((form.target, form.lead_id), ("lead", lead))
        form.save().action_pair()
        self.assertEqual(self.second.lead_id, lead)

    def test_blocked_for_a_shared_address(self):
        """ "in this case pairing will be disabled for such email [..] but at the same time tickets
        should continue to be received. However, each ticket can be assign to specific customer
        separately"
        """
        self.recipient().action_share()
        self.assertFalse(self.first.sender_may_be_paired)
        with self.assertRaisesRegex(UserError, "shared by many people"):
            self.open(self.first)
        third = self.new_ticket(self.mail_of(subject="3"))
        third.with_user(self.agent).partner_id = self.kunde
        self.assertFalse(self.first.partner_id | self.second.partner_id)

    def test_without_a_sender_or_the_right(self):
        by_hand = self.env["helpdesk.ticket"].create({"name": "x", "description": "x"})
        with self.assertRaisesRegex(UserError, "Nobody wrote this ticket"):
            self.open(by_hand)
        own = self.new_user("own", "helpdesk_mgmt.group_helpdesk_user_own")
        self.team.user_ids += own
        with mute_logger("odoo.addons.base.models.ir_model"), self.assertRaises(AccessError):
            self.open(self.first, own)


class TestArchivedOrDeleted(RecipientCase):
    """ "an address paired to an archived or deleted customer": nothing is linked to it, and the
    mail log says why.
    """

    def pair_and_write(self, **pairing):
        self.new_ticket(self.mail_of())
        self.recipient().action_pair(**pairing)

    def test_archived_customer(self):
        self.pair_and_write(partner_id=self.bert.id)
        self.bert.active = False
        self.inbox.unknown_policy = "lead"
        leads = self.env["crm.lead"].with_context(active_test=False).search_count([])
        item = self.take_one(self.mail_of(subject="2"))
        self.assertEqual((item.outcome, item.partner_id), ("created", None))
        self.assertFalse(self.ticket(item).partner_id)
        explanation = self.row(item).explanation
        self.assertIn("paired to Kunde Inc, Bert Kunde, which is archived", explanation)
        now = self.env["crm.lead"].with_context(active_test=False).search_count([])
        self.assertEqual(now, leads, "who was a customer becomes no lead")
        self.bert.active = True
        self.assertEqual(self.new_ticket(self.mail_of(subject="3")).partner_id, self.bert)

    def test_contact_and_domain_stand_in_for_an_archived_customer(self):
        """Alone and together in a batch: the same is decided."""
        self.pair_and_write(partner_id=self.bert.id)
        self.bert.active = False
        self.env["helpdesk.customer.domain"].create(
            {"name": "nobody.example", "partner_id": self.kunde.id}
        )
        alone = self.take_one(self.mail_of(subject="2"))
        items = self.take(
            self.mail_of(subject="3"), self.mail_of("other@nobody.example", subject="4")
        )
        customers = [self.ticket(item).partner_id for item in (alone, *items)]
        self.assertEqual(customers, [self.kunde] * 3)

    def test_deleted_customer(self):
        gone = self.env["res.partner"].create({"name": "Gone"})
        self.pair_and_write(partner_id=gone.id)
        ticket, recipient = self.recipient().ticket_ids, self.recipient()
        self.env["mail.message"].search([("author_id", "=", gone.id)]).author_id = False
        gone.unlink()
        self.assertFalse(recipient.is_paired)
        self.assertTrue(ticket.exists(), "the ticket stays, without a customer")
        self.assertFalse(ticket.partner_id)
        self.assertEqual(len(recipient.move_ids), 1, "and so does its history")
        item = self.take_one(self.mail_of(subject="2"))
        self.assertEqual(self.ticket(item).recipient_id, recipient)
        self.assertIn("Nobody with the address", self.row(item).explanation)
        recipient.action_pair(partner_id=self.kunde.id)
        self.assertEqual(ticket.partner_id, self.kunde)

    def test_undo_of_a_pairing_whose_customer_was_deleted(self):
        gone = self.env["res.partner"].create({"name": "Gone"})
        self.pair_and_write(partner_id=gone.id)
        recipient = self.recipient()
        recipient.action_pair(partner_id=self.kunde.id)
        self.env["mail.message"].search([("author_id", "=", gone.id)]).author_id = False
        gone.unlink()
        recipient.move_ids[0].action_undo()
        self.assertFalse(recipient.partner_id, "back to whom there was, who is nobody now")

    def test_lost_and_deleted_leads(self):
        lead = self.env["crm.lead"].create({"name": "Maybe"})
        self.pair_and_write(lead_id=lead.id)
        lead.active = False
        item = self.take_one(self.mail_of(subject="2"))
        self.assertFalse(self.ticket(item).lead_id)
        self.assertIn("paired to Maybe, which is archived", self.row(item).explanation)
        ticket = self.recipient().ticket_ids
        lead.unlink()
        self.assertFalse(self.recipient().is_paired)
        self.assertEqual(len(ticket.exists()), 2)
