# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Addresses that write to us: pairing, bans, shared ones, and moving back what was moved."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import CUSTOMER, HelpdeskMailCase, write_mail

STRANGER = "new@nobody.example"


class RecipientCase(HelpdeskMailCase):
    def recipient(self, email=STRANGER):
        return self.env["helpdesk.recipient"].search([("email", "=ilike", email)])

    def mail_of(self, email=STRANGER, name="New Man", **more):
        return write_mail(sender=f"{name} <{email}>", **more)


class TestRecipients(RecipientCase):
    def test_each_address_that_writes_is_listed_once(self):
        tickets = [
            self.new_ticket(self.mail_of()),
            self.new_ticket(self.mail_of("NEW@Nobody.Example", subject="another")),
        ]
        recipient = self.recipient()
        self.assertEqual(len(recipient), 1)
        self.assertEqual(recipient.name, "New Man")
        self.assertEqual(recipient.ticket_ids, tickets[0] + tickets[1])
        self.assertFalse(recipient.is_paired)
        self.assertTrue(recipient.last_mail_date)

    def test_one_batch_of_one_sender_makes_one_recipient(self):
        items = self.take(self.mail_of(), self.mail_of(subject="2"), self.mail_of(subject="3"))
        self.assertEqual({self.ticket(item).recipient_id for item in items}, {self.recipient()})

    def test_agents_are_no_recipients(self):
        self.take_one(write_mail(sender="agent@staff.example"))
        self.assertFalse(self.recipient("agent@staff.example"))

    def test_contacts_are_known_without_being_paired(self):
        self.new_ticket()
        recipient = self.recipient(CUSTOMER)
        self.assertEqual(recipient.contact_id, self.anna)
        self.assertFalse(recipient.is_paired)

    def test_international_domain_is_one_address(self):
        # RFC 6532; Python's writer would encode the domain as if it were words
        source = self.mail_of("hans@DOMAIN.example").replace(b"DOMAIN", "müller".encode())
        self.new_ticket(source)
        self.new_ticket(self.mail_of("hans@xn--mller-kva.example", subject="2"))
        found = self.env["helpdesk.recipient"].search(
            [("email_key", "=", "hans@xn--mller-kva.example")]
        )
        self.assertEqual(found.ticket_count, 2)

    def test_sub_addresses_are_one_where_the_company_says_so(self):
        first = self.new_ticket(self.mail_of())
        apart = self.new_ticket(self.mail_of("new+shop@nobody.example"))
        self.assertNotEqual(first.recipient_id, apart.recipient_id)
        self.company.helpdesk_mail_plus_addressing = True
        again = self.new_ticket(self.mail_of("new+shop@nobody.example", subject="2"))
        self.assertEqual(again.recipient_id, apart.recipient_id, "it is known already")
        other = self.new_ticket(self.mail_of("new+bank@nobody.example", subject="3"))
        self.assertEqual(other.recipient_id, first.recipient_id)

    def test_name_is_edited_and_tickets_show_it(self):
        ticket = self.new_ticket(self.mail_of())
        self.recipient().name = "Mr Nobody"
        self.assertEqual(ticket.partner_name, "Mr Nobody")
        later = self.new_ticket(self.mail_of(name="Other spelling", subject="2"))
        self.assertEqual(later.partner_name, "Mr Nobody")

    def test_broken_and_double_addresses_are_refused(self):
        Recipient = self.env["helpdesk.recipient"]
        with self.assertRaisesRegex(ValidationError, "nonsense is no e-mail address"):
            Recipient.create({"email": "nonsense"})
        Recipient.create({"email": " Twice@Here.example "})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            Recipient.create({"email": "twice@here.example"})

    def test_import(self):
        result = self.env["helpdesk.recipient"].load(
            ["email", "name", "partner_id"],
            [["imp@x.example", "Imp", "Kunde Inc"], ["broken", "B", ""]],
        )
        self.assertIn("broken is no e-mail address", result["messages"][0]["message"])


class TestPairing(RecipientCase):
    def test_paired_address_brings_tickets_to_the_customer(self):
        old = self.new_ticket(self.mail_of())
        recipient = self.recipient()
        recipient.action_pair(partner_id=self.kunde.id, assign_all=True)
        self.assertEqual(old.partner_id, self.kunde)
        item = self.take_one(self.mail_of(subject="2"))
        self.assertEqual(self.ticket(item).partner_id, self.kunde)
        self.assertIn("paired to Kunde Inc", self.row(item).explanation)
        self.assertIn(recipient, self.kunde.helpdesk_recipient_ids)

    def test_assign_all_leaves_tickets_that_have_a_customer(self):
        first, second = self.new_ticket(self.mail_of()), self.new_ticket(self.mail_of(subject="2"))
        first.partner_id = self.bert
        dialog = Form(
            self.env["helpdesk.recipient.pair"].with_context(
                default_recipient_ids=self.recipient().ids
            )
        )
        self.assertEqual(dialog.ticket_count, 1, "said before anything moves")
        dialog.partner_id = self.kunde
        dialog.save().action_pair()
        self.assertEqual((first.partner_id, second.partner_id), (self.bert, self.kunde))

    def test_without_assign_all_no_ticket_moves(self):
        ticket = self.new_ticket(self.mail_of())
        self.recipient().action_pair(partner_id=self.kunde.id, assign_all=False)
        self.assertFalse(ticket.partner_id)

    def test_pair_to_a_lead(self):
        ticket = self.new_ticket(self.mail_of())
        lead = self.env["crm.lead"].create({"name": "Maybe"})
        self.recipient().action_pair(lead_id=lead.id)
        self.assertEqual(ticket.lead_id, lead)
        self.assertEqual(self.new_ticket(self.mail_of(subject="2")).lead_id, lead)

    def test_unpair(self):
        self.new_ticket(self.mail_of())
        recipient = self.recipient()
        recipient.action_pair(partner_id=self.kunde.id)
        recipient.action_unpair()
        self.assertFalse(self.new_ticket(self.mail_of(subject="2")).partner_id)

    def test_pairing_counts_more_than_a_contact(self):
        self.new_ticket()
        self.recipient(CUSTOMER).action_pair(partner_id=self.bert.id)
        self.assertEqual(self.new_ticket(write_mail(subject="2")).partner_id, self.bert)

    def test_clear_words_for_what_cannot_be_paired(self):
        self.new_ticket(self.mail_of())
        recipient = self.recipient()
        self.bert.active = False
        with self.assertRaisesRegex(UserError, "is archived"):
            recipient.action_pair(partner_id=self.bert.id)
        gone = self.env["res.partner"].create({"name": "Gone"})
        gone_id = gone.id
        gone.unlink()
        with self.assertRaisesRegex(UserError, "does not exist any more"):
            recipient.action_pair(partner_id=gone_id)
        recipient.action_share()
        with self.assertRaisesRegex(UserError, "shared by many people"):
            recipient.action_pair(partner_id=self.kunde.id)

    def test_archived_customer_is_not_linked(self):
        self.new_ticket(self.mail_of())
        self.recipient().action_pair(partner_id=self.bert.id)
        self.bert.active = False
        self.assertFalse(self.new_ticket(self.mail_of(subject="2")).partner_id)

    def test_undo_gives_everything_back(self):
        first, second = self.new_ticket(self.mail_of()), self.new_ticket(self.mail_of(subject="2"))
        recipient = self.recipient()
        recipient.action_pair(partner_id=self.kunde.id)
        second.partner_id = self.bert
        move = recipient.move_ids
        self.assertEqual(move.ticket_count, 2)
        move.action_undo()
        self.assertFalse(recipient.partner_id)
        self.assertFalse(first.partner_id)
        self.assertEqual(second.partner_id, self.bert, "changed since: stays")
        with self.assertRaisesRegex(UserError, "undone already"):
            move.action_undo()

    def test_what_was_paired_at_once_is_undone_at_once(self):
        tickets = [self.new_ticket(self.mail_of(f"p{n}@nobody.example")) for n in range(3)]
        recipients = self.env["helpdesk.recipient"].union(
            *(ticket.recipient_id for ticket in tickets)
        )
        recipients.action_pair(partner_id=self.kunde.id)
        self.assertEqual({ticket.partner_id for ticket in tickets}, {self.kunde})
        recipients[0].action_unpair()
        recipients[1].move_ids.with_user(self.agent).action_undo()
        self.assertFalse(recipients.partner_id)
        self.assertEqual(tickets[0].partner_id, self.kunde, "changed since: stays")
        self.assertFalse(tickets[1].partner_id or tickets[2].partner_id)

    def test_undo_of_an_older_change_asks_for_the_later_one(self):
        self.new_ticket(self.mail_of())
        recipient = self.recipient()
        recipient.action_pair(partner_id=self.kunde.id)
        first = recipient.move_ids
        recipient.action_unpair()
        with self.assertRaisesRegex(UserError, "Undo the later change first"):
            first.action_undo()

    def test_words_after_a_move_offer_to_undo_it(self):
        """Every mass move is journalled and undone by one click: the one beside the words."""
        ticket = self.new_ticket(self.mail_of())
        recipient = self.recipient()
        params = recipient.action_pair(partner_id=self.kunde.id)["params"]
        self.assertEqual(params["message"], "Addresses changed: 1. Tickets moved: 1.")
        move = self.env["helpdesk.recipient.move"].with_user(self.agent)
        move.browse(params["move_id"]).action_undo()
        self.assertFalse(recipient.partner_id)
        self.assertFalse(ticket.partner_id)
        params = recipient.action_unpair()["params"]
        self.assertEqual(params["message"], "There was nothing to change.")
        self.assertFalse(params["move_id"], "and nothing to undo")

    def test_no_button_that_cannot_undo(self):
        self.new_ticket(self.mail_of())
        recipient = self.recipient()
        recipient.action_pair(partner_id=self.kunde.id)
        first = recipient.move_ids
        self.assertEqual((first.can_undo, first.before, first.after), (True, "Nobody", "Kunde Inc"))
        recipient.action_share()
        second = recipient.move_ids - first
        self.assertEqual((second.before, second.after), ("Kunde Inc", "Shared"))
        self.assertEqual((first.can_undo, second.can_undo), (False, True))
        second.action_undo()
        self.env.invalidate_all()
        self.assertEqual((first.can_undo, second.can_undo), (True, False))

    def test_leads_of_many_addresses_are_undone_at_once(self):
        self.new_ticket(self.mail_of())
        self.new_ticket(write_mail(sender="x@other.example"))
        recipients = self.recipient() + self.recipient("x@other.example")
        params = recipients.action_create_lead()["params"]
        self.assertEqual(len(recipients.lead_id), 2)
        self.env["helpdesk.recipient.move"].browse(params["move_id"]).action_undo()
        self.assertFalse(recipients.lead_id)

    def test_dialog_proposes_the_known_contact_and_names_old_pairings(self):
        self.new_ticket(self.mail_of())
        self.new_ticket(write_mail())
        Dialog = self.env["helpdesk.recipient.pair"]
        known = self.recipient(CUSTOMER)
        form = Form(Dialog.with_context(default_recipient_ids=known.ids))
        self.assertEqual(form.partner_id, known.contact_id)
        self.assertFalse(form.paired_to)
        both = known + self.recipient()
        self.recipient().action_pair(partner_id=self.kunde.id)
        form = Form(Dialog.with_context(default_recipient_ids=both.ids))
        self.assertFalse(form.partner_id)
        self.assertEqual(form.paired_to, f"{self.recipient().email}: Kunde Inc")

    def test_who_may_only_read_sees_no_buttons(self):
        self.new_ticket(self.mail_of())
        recipient = self.recipient()
        own = self.new_user("own", "helpdesk_mgmt.group_helpdesk_user_own")
        for user, count in ((own, 0), (self.agent, 1)):
            form = Form(recipient.with_user(user))
            self.assertEqual(form.email, recipient.email)
            for kind in ("form", "list"):
                arch = recipient.with_user(user).get_view(view_type=kind)["arch"]
                for action in ("action_ban", "action_pair", "action_unpair", "action_share"):
                    if (kind, action) != ("list", "action_share") or not count:
                        self.assertEqual(
                            f'name="{action}"' in arch, bool(count), f"{kind} {action}"
                        )

    def test_new_address_may_be_paired_at_once(self):
        form = Form(self.env["helpdesk.recipient"].with_user(self.agent))
        form.email = "fresh@new.example"
        form.partner_id = self.kunde
        self.assertEqual(form.save().partner_id, self.kunde)

    def test_rights(self):
        self.new_ticket(self.mail_of())
        own = self.new_user("own", "helpdesk_mgmt.group_helpdesk_user_own")
        recipient = self.recipient()
        with self.assertRaises(AccessError):
            recipient.with_user(own).action_pair(partner_id=self.kunde.id)
        recipient.with_user(self.agent).action_pair(partner_id=self.kunde.id)
        self.assertEqual(recipient.move_ids.create_uid, self.agent)


class TestShared(RecipientCase):
    def test_tickets_of_a_shared_address_are_linked_to_nobody(self):
        self.new_ticket()
        self.recipient(CUSTOMER).action_share()
        item = self.take_one(write_mail(subject="2"))
        self.assertEqual(item.outcome, "created")
        self.assertFalse(self.ticket(item).partner_id)
        self.assertIn("many people write from", self.row(item).explanation)

    def test_sharing_ends_a_pairing_and_undo_brings_it_back(self):
        self.new_ticket(self.mail_of())
        recipient = self.recipient()
        recipient.action_pair(partner_id=self.kunde.id)
        recipient.action_share()
        self.assertFalse(recipient.partner_id)
        recipient.move_ids[0].action_undo()
        self.assertEqual(recipient.partner_id, self.kunde)
        self.assertFalse(recipient.is_shared)

    def test_each_ticket_is_assigned_by_hand(self):
        first, second = self.new_ticket(self.mail_of()), self.new_ticket(self.mail_of(subject="2"))
        self.recipient().action_share()
        first.write({"partner_id": self.kunde.id, "helpdesk_mail_change_pair": True})
        self.assertFalse(second.partner_id)
        self.assertFalse(self.recipient().partner_id)


class TestChangePair(RecipientCase):
    def setUp(self):
        super().setUp()
        self.first = self.new_ticket(self.mail_of())
        self.second = self.new_ticket(self.mail_of(subject="2"))
        self.recipient().action_pair(partner_id=self.kunde.id)
        self.other = self.env["res.partner"].create({"name": "Other Inc"})

    def test_no_moves_this_ticket_alone(self):
        self.assertTrue(self.first.asks_to_change_pair)
        self.first.partner_id = self.other
        self.assertEqual(self.second.partner_id, self.kunde)
        self.assertEqual(self.recipient().partner_id, self.kunde)

    def test_yes_moves_the_pairing_and_its_tickets(self):
        self.first.with_user(self.agent).write(
            {"partner_id": self.other.id, "helpdesk_mail_change_pair": True}
        )
        self.assertEqual(self.first.partner_id, self.other)
        self.assertEqual(self.second.partner_id, self.other)
        self.assertEqual(self.recipient().partner_id, self.other)
        self.assertEqual(self.new_ticket(self.mail_of(subject="3")).partner_id, self.other)
        self.recipient().move_ids[0].with_user(self.agent).action_undo()
        self.assertEqual(self.first.partner_id, self.kunde)
        self.assertEqual(self.second.partner_id, self.kunde)

    def test_context_key_for_rpc_and_import(self):
        self.first.with_context(helpdesk_mail_change_pair=True).partner_id = self.other
        self.assertEqual(self.second.partner_id, self.other)

    def test_list_edit_moves_each_ticket_alone(self):
        """ "It works in list edit, RPC and import as well (there with an explicit context key,
        default No)": several tickets at once ask no question.
        """
        tickets = (self.first + self.second).with_user(self.agent)
        third = self.new_ticket(self.mail_of(subject="3"))
        tickets.web_save_multi([{"partner_id": self.other.id}] * 2, {"partner_id": {}})
        self.assertEqual(tickets.partner_id, self.other)
        self.assertEqual(third.partner_id, self.kunde)
        self.assertEqual(self.recipient().partner_id, self.kunde)

    def test_import_moves_each_ticket_alone_unless_told(self):
        self.first.with_context(active_test=False).env["ir.model.data"].create(
            {
                "module": "__import__",
                "name": "ticket_to_move",
                "model": "helpdesk.ticket",
                "res_id": self.first.id,
            }
        )
        names = ["id", "partner_id/.id"]
        for context, moved in (({}, self.kunde), ({"helpdesk_mail_change_pair": True}, self.other)):
            Ticket = self.env["helpdesk.ticket"].with_user(self.agent).with_context(**context)
            self.first.partner_id = self.kunde
            result = Ticket.load(names, [["__import__.ticket_to_move", str(self.other.id)]])
            self.assertFalse(result["messages"])
            self.assertEqual(self.first.partner_id, self.other)
            self.assertEqual(self.recipient().partner_id, moved, context)
            self.assertEqual(self.second.partner_id, moved, context)

    def test_yes_for_a_lead(self):
        """ "we can reassign the current ticket and the future ones to other customer/lead directly
        from ticket, after adding new customer/lead and pressing Update [..] press Yes to proceed"
        """
        self.agent.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        old, new = self.env["crm.lead"].create([{"name": "Old"}, {"name": "New"}])
        elsewhere = self.env["crm.lead"].create({"name": "Chosen by hand"})
        by_hand = self.new_ticket(self.mail_of(subject="3"))
        by_hand.write({"partner_id": False, "lead_id": elsewhere.id})
        recipient = self.recipient()
        recipient.action_unpair()
        (self.first + self.second).write({"partner_id": False})
        recipient.action_pair(lead_id=old.id)
        self.assertTrue(self.first.asks_to_change_pair)
        self.first.with_user(self.agent).write({"lead_id": new.id})
        self.assertEqual((recipient.lead_id, self.second.lead_id), (old, old), "No")
        self.first.lead_id = old
        values = {"lead_id": new.id, "helpdesk_mail_change_pair": True}
        self.first.with_user(self.agent).write(values)
        self.assertEqual((self.first + self.second).lead_id, new)
        self.assertEqual(recipient.lead_id, new)
        self.assertEqual(by_hand.lead_id, elsewhere, "not of the old pairing")
        self.assertEqual(self.new_ticket(self.mail_of(subject="4")).lead_id, new)
        recipient.move_ids[0].action_undo()
        self.assertEqual((self.first + self.second).lead_id, old)
        self.assertEqual((by_hand.lead_id, recipient.lead_id), (elsewhere, old))

    def test_yes_from_a_customer_to_a_lead(self):
        lead = self.env["crm.lead"].create({"name": "New"})
        self.first.write(
            {"partner_id": False, "lead_id": lead.id, "helpdesk_mail_change_pair": True}
        )
        for ticket in self.first, self.second:
            self.assertEqual((ticket.partner_id, ticket.lead_id), (lead.partner_id, lead))
        self.assertEqual(self.recipient().lead_id, lead)
        self.assertFalse(self.recipient().partner_id)
        self.recipient().move_ids[0].action_undo()
        self.assertEqual((self.first + self.second).partner_id, self.kunde)
        self.assertFalse((self.first + self.second).lead_id)

    def test_no_question_for_a_shared_address(self):
        """ "If the Shared email option is enabled, the mass reassignment function will not work
        (only the current ticket will be assigned to specific customer/lead)"
        """
        self.recipient().action_share()
        self.assertFalse(self.first.asks_to_change_pair)
        self.first.with_context(helpdesk_mail_change_pair=True).partner_id = self.other
        self.assertEqual(self.second.partner_id, self.kunde)
        self.assertFalse(self.recipient().is_paired)

    def test_who_may_not_pair_may_not_change_a_pairing(self):
        own = self.new_user("own", "helpdesk_mgmt.group_helpdesk_user_own")
        self.team.user_ids += own
        self.first.user_id = own
        ticket = self.first.with_user(own)
        with self.assertRaises(AccessError):
            ticket.write({"partner_id": self.other.id, "helpdesk_mail_change_pair": True})
        ticket.write({"partner_id": self.other.id})


class TestBan(RecipientCase):
    def test_banned_sender_opens_no_ticket(self):
        self.new_ticket(self.mail_of())
        self.recipient().action_ban()
        item = self.take_one(self.mail_of(subject="2"))
        self.assertEqual((item.outcome, item.reason), ("ignored", "banned"))
        self.assertTrue(self.row(item).raw, "kept, to be taken in again")
        self.recipient().action_unban()
        self.assertEqual(self.take_one(self.mail_of(subject="3")).outcome, "created")

    def test_replies_of_a_banned_sender(self):
        ticket = self.new_ticket(self.mail_of(message_id="<first@nobody.example>"))
        self.recipient().action_ban()
        reply = self.mail_of(subject="Re", answers="<first@nobody.example>")
        self.assertEqual(self.take_one(reply).outcome, "ignored")
        self.inbox.accept_banned_replies = True
        reply = self.mail_of(subject="Re", answers="<first@nobody.example>", text="again")
        item = self.take_one(reply)
        self.assertEqual((item.outcome, self.ticket(item)), ("appended", ticket))
        self.assertEqual(self.take_one(self.mail_of(subject="new")).outcome, "ignored")

    def test_plus_tag_does_not_evade_a_ban(self):
        self.company.helpdesk_mail_plus_addressing = True
        self.new_ticket(self.mail_of())
        self.recipient().action_ban()
        item = self.take_one(self.mail_of("new+again@nobody.example"))
        self.assertEqual(item.reason, "banned")

    def test_answer_to_a_refused_mail_of_the_same_batch_is_a_ticket(self):
        self.env["helpdesk.recipient"].create({"email": STRANGER, "is_banned": True})
        bad = self.mail_of(message_id="<bad@nobody.example>")
        good = write_mail(answers="<bad@nobody.example>")
        items = self.take(bad, good)
        self.assertEqual([item.outcome for item in items], ["ignored", "created"])
