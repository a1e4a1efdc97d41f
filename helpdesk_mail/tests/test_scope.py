# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who sees what, and to whom it is assigned, where users work for the customers of partners."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form

from .common import write_mail
from .scope_world import RIVAL, STRANGER, ScopeCase


class TestExampleThree(ScopeCase):
    """Reference 001, Example #3: View ticket by administrator with a specific partner."""

    def test_new_customer_writes_and_their_address_is_listed(self):
        """Some new customer/lead writes a message [..], as a result a new ticket will be created
        and their mail address will be added to the list Tickets -> Recipients.
        """
        self.assertFalse(self.nobodys.partner_id)
        self.assertEqual(self.recipient(STRANGER).ticket_ids, self.nobodys)

    def test_administrator_with_a_specific_partner_cannot_view_it(self):
        """If we have an administrator [..] with a specific partner, e.g. Main, that administrator
        cannot view the created ticket.
        """
        for user in self.scoped + self.admin:
            self.assertNotIn(self.nobodys, self.sees(user))
            self.refused_call(user, "helpdesk.ticket", "read", self.nobodys.ids, ["name"])
            found = self.call(user, "helpdesk.recipient", "search", [("email_key", "=", STRANGER)])
            self.assertFalse(found)

    def test_partner_any_and_super_administrator_view_it(self):
        """Only an administrator with the Partner parameter set to Any or with the role of Super
        administrator can view such ticket.
        """
        for user in self.agent + self.manager:
            self.assertEqual(self.sees(user), self.tickets)
            self.assertTrue(self.as_(user, self.recipient(STRANGER)).read(["email"]))

    def test_it_cannot_be_assigned_to_them(self):
        """In addition, such a new ticket cannot be assigned to an administrator with the
        specified Partner parameter.
        """
        ticket = self.as_(self.agent, self.nobodys)
        with self.assertRaisesRegex(ValidationError, "has no customer yet, and Scoped Staff"):
            ticket.user_id = self.scoped
        ticket.user_id = self.agent
        ticket.user_id = self.manager
        ticket.user_id = False
        ticket.partner_id = self.anna
        ticket.user_id = self.scoped
        self.assertEqual(ticket.user_id, self.scoped)


class TestWhoSees(ScopeCase):
    def test_only_customers_of_ones_partner(self):
        self.assertEqual(self.sees(self.scoped), self.mine)
        self.assertEqual(self.sees(self.colleague), self.hidden)

    def test_the_partner_itself_and_its_children(self):
        branch = self.env["res.partner"].create(
            {"name": "Branch", "is_company": True, "parent_id": self.main.id}
        )
        man = self.env["res.partner"].create({"name": "Man", "parent_id": branch.id})
        for partner in self.main, branch, man:
            self.hidden.partner_id = partner
            self.assertIn(self.hidden, self.sees(self.scoped), partner.name)
            self.assertNotIn(self.hidden, self.sees(self.colleague), partner.name)

    def test_who_is_managed_by_a_child_of_the_partner(self):
        branch = self.env["res.partner"].create({"name": "Branch", "parent_id": self.main.id})
        self.rival.helpdesk_managing_partner_id = branch
        self.assertIn(self.hidden, self.sees(self.scoped))

    def test_contacts_belong_where_their_company_does(self):
        self.assertEqual(self.anna.helpdesk_managing_partner_id, self.main)
        new = self.env["res.partner"].create({"name": "New", "parent_id": self.kunde.id})
        self.assertEqual(new.helpdesk_managing_partner_id, self.main)
        self.kunde.helpdesk_managing_partner_id = self.other
        self.assertEqual(self.sees(self.scoped), self.env["helpdesk.ticket"])
        self.assertEqual(self.sees(self.colleague), self.mine + self.hidden)
        with self.assertRaisesRegex(ValidationError, "Change Kunde Inc"):
            self.anna.helpdesk_managing_partner_id = self.main

    def test_contact_moves_to_another_company(self):
        self.ruth.parent_id = self.kunde
        self.assertIn(self.hidden, self.sees(self.scoped))
        self.assertNotIn(self.hidden, self.sees(self.colleague))

    def test_several_partners(self):
        self.scoped.helpdesk_partner_ids += self.other
        self.assertEqual(self.sees(self.scoped), self.mine + self.hidden)

    def test_archived_partner_still_bounds(self):
        """An archived partner must not turn a scope into *any*."""
        self.main.active = False
        self.assertEqual(self.sees(self.scoped), self.mine)

    def test_deleting_the_partner_opens_nothing(self):
        self.kunde.helpdesk_managing_partner_id = False
        with self.assertRaisesRegex(UserError, "Change their scope"):
            self.main.unlink()
        self.assertFalse(self.sees(self.scoped))

    def test_customer_of_a_lead(self):
        """A lead without partner counts as without customer, one with a partner as that."""
        lead = self.env["crm.lead"].create({"name": "Maybe", "email_from": STRANGER})
        self.nobodys.lead_id = lead
        self.recipient(STRANGER).lead_id = lead
        self.assertNotIn(self.nobodys, self.sees(self.scoped))
        lead.partner_id = self.anna
        self.assertIn(self.nobodys, self.sees(self.scoped))
        found = self.as_(self.scoped, self.recipient(STRANGER)).search([])
        self.assertIn(self.recipient(STRANGER).id, found.ids)

    def test_recipients(self):
        """Paired, known by their contact, shared, and unknown ones."""
        Recipient = self.as_(self.scoped, self.env["helpdesk.recipient"])
        self.assertEqual(Recipient.search([]).mapped("email"), [self.anna.email])
        self.recipient(STRANGER).action_pair(partner_id=self.kunde.id, assign_all=False)
        Recipient = self.as_(self.scoped, Recipient)
        self.assertEqual(set(Recipient.search([]).mapped("email")), {self.anna.email, STRANGER})
        self.recipient(self.anna.email).action_share()
        Recipient = self.as_(self.scoped, Recipient)
        self.assertEqual(Recipient.search([]).mapped("email"), [STRANGER])

    def test_what_intake_writes_is_what_the_fields_compute(self):
        """Intake writes the customer of recipients in SQL: both say the same."""
        recipients = self.env["helpdesk.recipient"].search([])
        lead = self.env["crm.lead"].create({"name": "L", "partner_id": self.bert.id})
        extra = self.env["helpdesk.recipient"].create(
            [
                {"email": "p@x.example", "partner_id": self.ruth.id},
                {"email": "l@x.example", "lead_id": lead.id},
                {"email": "s@x.example", "is_shared": True},
            ]
        )
        for email in ("p@x.example", "l@x.example", "s@x.example", RIVAL, STRANGER):
            self.take_one(write_mail(sender=email, subject="again"))
        self.kunde.helpdesk_managing_partner_id = self.other
        for recipient in recipients + extra:
            with self.subTest(recipient.email):
                stored = (recipient.scope_customer_id, recipient.scope_managing_id)
                recipient._compute_scope()
                self.assertEqual((recipient.scope_customer_id, recipient.scope_managing_id), stored)

    def test_inbox_of_a_partner(self):
        """An inbox may declare its partner, and its unknown senders then belong to that scope."""
        self.inbox.scope_partner_id = self.main
        self.assertEqual(self.sees(self.scoped), self.mine + self.nobodys)
        self.assertEqual(self.sees(self.colleague), self.hidden)
        Recipient = self.as_(self.scoped, self.env["helpdesk.recipient"])
        self.assertEqual(set(Recipient.search([]).mapped("email")), {self.anna.email, STRANGER})
        # assignment likewise
        self.as_(self.agent, self.nobodys).user_id = self.scoped
        with self.assertRaises(ValidationError):
            self.as_(self.agent, self.nobodys).user_id = self.colleague
        # a customer of another partner stays theirs, whatever inbox they write to
        self.assertNotIn(self.hidden, self.sees(self.scoped))
        # and without the declaration it is closed again
        self.inbox.scope_partner_id = False
        self.assertEqual(self.sees(self.scoped), self.mine)
        self.assertFalse(self.nobodys.user_id, "they do not see it any more")

    def test_journal_of_a_scoped_mail_administrator(self):
        rows = {
            ticket: self.env["helpdesk.incoming.mail"].search([("ticket_id", "=", ticket.id)])
            for ticket in self.tickets
        }
        self.recipient(STRANGER).action_ban()
        refused = self.row(self.take_one(write_mail(sender=STRANGER, subject="banned")))
        Mail = self.as_(self.admin, self.env["helpdesk.incoming.mail"])
        found = Mail.search([])
        self.assertIn(rows[self.mine].id, found.ids)
        for row in rows[self.hidden], rows[self.nobodys], refused:
            self.assertNotIn(row.id, found.ids)
            self.refused(self.as_(self.admin, row).read, ["subject"])
            self.refused(self.as_(self.admin, row).action_download)
            self.refused(self.as_(self.admin, row).action_retry)
        self.inbox.scope_partner_id = self.main
        found = self.as_(self.admin, Mail).search([])
        self.assertIn(refused.id, found.ids)
        self.assertNotIn(rows[self.hidden].id, found.ids)

    def test_companies_hold_as_well(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "There",
                "description": "x",
                "partner_id": self.anna.id,
                "company_id": company.id,
            }
        )
        self.assertFalse(self.as_(self.scoped, ticket).search([("id", "=", ticket.id)]))
        self.refused_call(self.scoped, "helpdesk.ticket", "read", ticket.ids, ["name"])

    def test_customer_who_became_a_contact_of_another(self):
        """A customer of one's own is one company; a subsidiary is a customer of its own."""
        daughter = self.env["res.partner"].create(
            {"name": "Daughter", "is_company": True, "parent_id": self.kunde.id}
        )
        self.mine.partner_id = daughter
        self.assertFalse(self.sees(self.scoped))

    def test_portal_customers_see_what_they_saw(self):
        """Portal users have no scope: nothing is gained or lost."""
        portal = self.new_user("portal", "base.group_portal")
        portal.partner_id.parent_id = self.rival
        portal.sudo().helpdesk_partner_ids = self.main
        self.assertEqual(self.sees(portal), self.hidden)

    def test_contacts_are_merged(self):
        twin = self.env["res.partner"].create({"name": "Twin of Ruth", "email": RIVAL})
        self.ruth.write({"parent_id": False, "helpdesk_managing_partner_id": self.other.id})
        self.scoped.helpdesk_partner_ids += self.env["res.partner"].create({"name": "Main 2"})
        double = self.scoped.helpdesk_partner_ids - self.main
        Merge = self.env["base.partner.merge.automatic.wizard"]
        twin.helpdesk_managing_partner_id = self.main
        Merge._merge((self.ruth + twin).ids, twin)
        self.assertEqual(self.hidden.partner_id, twin)
        self.assertIn(self.hidden, self.sees(self.scoped))
        Merge._merge((self.main + double).ids, double)
        self.assertEqual(self.scoped.helpdesk_partner_ids, double)
        self.assertEqual(self.sees(self.scoped), self.mine + self.hidden)


class TestAssignment(ScopeCase):
    def test_clear_words_that_name_user_and_customer(self):
        with self.assertRaisesRegex(
            ValidationError, "Scoped Staff does not see the tickets of Rival Inc, Ruth"
        ):
            self.as_(self.agent, self.hidden).user_id = self.scoped

    def test_on_create(self):
        with self.assertRaisesRegex(ValidationError, "Scoped Staff does not see"):
            self.as_(self.agent, self.hidden).create(
                {
                    "name": "x",
                    "description": "x",
                    "partner_id": self.ruth.id,
                    "team_id": self.team.id,
                    "user_id": self.scoped.id,
                }
            )

    def test_by_import(self):
        result = self.as_(self.agent, self.hidden).load(
            ["name", "description", "partner_id/.id", "user_id/.id"],
            [["x", "x", str(self.ruth.id), str(self.scoped.id)]],
        )
        self.assertIn("Scoped Staff does not see", result["messages"][0]["message"])

    def test_customer_of_an_assigned_ticket_changes(self):
        self.mine.user_id = self.scoped
        with self.assertRaisesRegex(ValidationError, "Scoped Staff does not see .* Rival Inc"):
            self.as_(self.agent, self.mine).partner_id = self.ruth
        self.as_(self.agent, self.mine).write({"partner_id": self.ruth.id, "user_id": False})

    def test_pairing_moves_no_ticket_from_under_its_agent(self):
        self.inbox.scope_partner_id = self.main
        self.nobodys.user_id = self.scoped
        recipient = self.as_(self.agent, self.recipient(STRANGER))
        words = self.refused(recipient.action_pair, partner_id=self.rival.id)
        self.assertIn("Scoped Staff does not see", words)
        self.assertFalse(self.recipient(STRANGER).partner_id, "all of it or nothing")

    def test_automatic_assignment_never_costs_a_mail(self):
        """What the system assigns wrongly stays free, and says why."""
        create = type(self.env["helpdesk.ticket"]).create

        def assigning(tickets, vals_list):
            return create(tickets, [{**vals, "user_id": self.scoped.id} for vals in vals_list])

        self.patch(type(self.env["helpdesk.ticket"]), "create", assigning)
        ticket = self.new_ticket(write_mail(sender="another@nobody.example", subject="auto"))
        self.assertFalse(ticket.user_id)
        self.assertIn("No longer assigned to Scoped Staff", str(ticket.message_ids.mapped("body")))

    def test_agent_who_opens_a_ticket_by_mail(self):
        self.company.helpdesk_mgmt_ticket_auto_assign = True
        item = self.take_one(write_mail(sender="scoped@staff.example", subject="by an agent"))
        self.assertEqual(item.outcome, "created")
        self.assertFalse(self.ticket(item).user_id)

    def test_assign_to_me(self):
        self.as_(self.scoped, self.mine).assign_to_me()
        self.refused(self.as_(self.scoped, self.hidden).assign_to_me)

    def test_only_those_who_see_it_are_offered(self):
        form = Form(self.mine.with_user(self.agent))
        self.assertEqual(form.record.scope_excluded_user_ids.ids, self.colleague.ids)
        form.partner_id = self.ruth
        self.assertEqual(
            set(self.hidden.with_user(self.agent).scope_excluded_user_ids.ids),
            {self.scoped.id, self.admin.id},
        )
        portal = self.new_user("portal", "base.group_portal")
        portal.partner_id.parent_id = self.rival
        self.assertFalse(self.as_(portal, self.hidden).scope_excluded_user_ids)
        domain = self.env["helpdesk.ticket"]._fields["user_id"].domain
        self.assertIn("scope_excluded_user_ids", domain)

    def test_narrowed_scope_takes_tickets_away_and_says_so(self):
        """when the user's scope is narrowed later: nothing is silently broken"""
        wide = self.new_user("wide", "helpdesk_mgmt.group_helpdesk_user")
        self.team.user_ids += wide
        for ticket in self.mine + self.hidden:
            ticket.user_id = wide
            ticket.message_subscribe(wide.partner_id.ids)
            ticket.activity_schedule("mail.mail_activity_data_todo", user_id=wide.id)
        wide.helpdesk_partner_ids = self.main
        self.assertEqual(self.mine.user_id, wide)
        self.assertFalse(self.hidden.user_id)
        self.assertEqual(self.mine.activity_ids.user_id, wide)
        self.assertFalse(self.hidden.activity_ids.user_id)
        self.assertIn(wide.partner_id, self.mine.message_partner_ids)
        self.assertNotIn(wide.partner_id, self.hidden.message_partner_ids)
        told = str(self.hidden.message_ids.mapped("body"))
        self.assertIn("No longer assigned to Wide Staff", told)
        self.assertIn("An activity is no longer assigned to Wide Staff", told)

    def test_who_stops_to_be_a_manager(self):
        self.hidden.user_id = self.manager
        self.manager.group_ids = [
            Command.unlink(self.env.ref("helpdesk_mgmt.group_helpdesk_manager").id),
            Command.link(self.env.ref("helpdesk_mgmt.group_helpdesk_user").id),
        ]
        self.assertFalse(self.hidden.user_id)

    def test_customer_goes_to_another_partner(self):
        self.mine.user_id = self.scoped
        self.kunde.helpdesk_managing_partner_id = self.other
        self.assertFalse(self.mine.user_id)

    def test_activities_and_followers_when_the_customer_changes(self):
        activity = self.mine.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.scoped.id
        )
        self.mine.message_subscribe(self.scoped.partner_id.ids)
        self.as_(self.agent, self.mine).partner_id = self.ruth
        self.assertFalse(activity.user_id)
        self.assertNotIn(self.scoped.partner_id, self.mine.message_partner_ids)

    def test_lead_gets_a_customer(self):
        self.inbox.scope_partner_id = self.main
        lead = self.env["crm.lead"].create({"name": "Maybe"})
        self.nobodys.write({"lead_id": lead.id, "user_id": self.scoped.id})
        lead.partner_id = self.ruth
        self.assertFalse(self.nobodys.user_id)

    def test_activities(self):
        activity = {
            "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
            "res_id": self.hidden.id,
            "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
            "user_id": self.scoped.id,
        }
        with self.assertRaisesRegex(ValidationError, "Scoped Staff does not see"):
            self.as_(self.agent, self.env["mail.activity"]).create(activity)
        mine = self.as_(self.agent, self.env["mail.activity"]).create(
            {**activity, "user_id": self.agent.id}
        )
        with self.assertRaisesRegex(ValidationError, "Scoped Staff does not see"):
            mine.user_id = self.scoped


class TestWhoSetsScopes(ScopeCase):
    def test_helpdesk_manager_sets_them(self):
        self.as_(self.manager, self.scoped).write(
            {"helpdesk_partner_ids": [Command.set(self.other.ids)]}
        )
        self.assertEqual(self.sees(self.scoped), self.hidden)
        values = {"helpdesk_partner_ids": [Command.set((self.main + self.other).ids)]}
        tags = {"helpdesk_partner_ids": {"fields": {"display_name": {}}}}
        self.call(self.manager, "res.users", "web_save", self.scoped.ids, values, tags)
        self.assertEqual(self.sees(self.scoped), self.mine + self.hidden)
        for values in (
            {"helpdesk_partner_ids": [Command.clear()], "name": "x"},
            {"group_ids": [Command.link(self.env.ref("base.group_system").id)]},
        ):
            self.refused(self.as_(self.manager, self.scoped).write, values)

    def test_nobody_widens_their_own(self):
        settings = self.new_scoped("settings", self.main, "base.group_system")
        for user in self.scoped + self.admin + settings:
            for values in (
                {"helpdesk_partner_ids": [Command.clear()]},
                {"helpdesk_partner_ids": [Command.link(self.other.id)]},
                {"helpdesk_partner_ids": [Command.clear()], "lang": "en_US"},
            ):
                self.refused_call(user, "res.users", "write", user.ids, values)
            self.assertFalse(self.sees(user) & self.hidden)
        self.assertNotIn("helpdesk_partner_ids", self.scoped.SELF_WRITEABLE_FIELDS)
        self.refused_call(
            self.scoped, "res.users", "read", self.scoped.ids, ["helpdesk_partner_ids"]
        )

    def test_not_by_making_a_customer_ones_own(self):
        """By its partner, by its place in the tree, by what it is, by merging it."""
        cases = [
            (self.rival, {"helpdesk_managing_partner_id": self.main.id}),
            (self.rival, {"parent_id": self.main.id}),
            (self.ruth, {"parent_id": self.kunde.id}),
            (self.ruth, {"parent_id": False, "helpdesk_managing_partner_id": self.main.id}),
            (self.kunde, {"child_ids": [Command.link(self.ruth.id)]}),
            (self.main, {"child_ids": [Command.link(self.rival.id)]}),
        ]
        for user in self.scoped + self.admin:
            for partner, values in cases:
                with self.subTest(values=values):
                    self.refused_call(user, "res.partner", "write", partner.ids, values)
            self.refused_call(
                user,
                "res.partner",
                "create",
                [{"name": "Trap", "child_ids": [Command.link(self.ruth.id)]}],
            )
            twin = self.env["res.partner"].create({"name": "Twin", "email": RIVAL})
            merge = self.as_(user, self.env["base.partner.merge.automatic.wizard"]).create(
                {"partner_ids": (self.ruth + twin).ids, "dst_partner_id": twin.id}
            )
            self.refused(merge.action_merge)
        self.assertEqual(self.sees(self.scoped), self.mine)

    def test_new_customers_belong_to_ones_own_partner(self):
        Partner = self.as_(self.scoped, self.env["res.partner"])
        new = Partner.create({"name": "New"})
        self.assertEqual(new.helpdesk_managing_partner_id, self.main)
        contact = Partner.create({"name": "Contact", "parent_id": new.id})
        self.assertEqual(contact.helpdesk_managing_partner_id, self.main)
        self.refused_call(
            self.scoped,
            "res.partner",
            "create",
            [{"name": "x", "helpdesk_managing_partner_id": self.other.id}],
        )

    def test_who_has_no_role_changes_no_partner(self):
        sales = self.new_user("sales", "base.group_user", "base.group_partner_manager")
        self.refused_call(
            sales,
            "res.partner",
            "write",
            self.rival.ids,
            {"helpdesk_managing_partner_id": self.main.id},
        )
        # their other work goes on, contacts of a company included
        contact = self.as_(sales, self.env["res.partner"]).create(
            {"name": "New", "parent_id": self.kunde.id}
        )
        self.assertEqual(contact.sudo().helpdesk_managing_partner_id, self.main)
        self.as_(sales, self.ruth).write({"parent_id": self.kunde.id})

    def test_not_by_ones_inbox(self):
        self.refused_call(
            self.admin,
            "helpdesk.inbox",
            "write",
            self.inbox.ids,
            {"scope_partner_id": self.main.id},
        )
        self.refused_call(
            self.admin,
            "helpdesk.inbox",
            "create",
            [{"name": "x", "email": "x@desk.example", "scope_partner_id": self.main.id}],
        )

    def test_not_by_the_customer_of_a_lead(self):
        lead = self.env["crm.lead"].create({"name": "Maybe"})
        self.nobodys.lead_id = lead
        self.refused_call(self.scoped, "crm.lead", "write", lead.ids, {"partner_id": self.anna.id})
        empty = self.env["crm.lead"].create({"name": "Without tickets"})
        self.as_(self.scoped, empty).partner_id = self.anna
        both = self.as_(self.scoped, lead + empty)
        self.assertIn("do not see", self.refused(both.merge_opportunity))

    def test_not_by_the_list_on_a_contact(self):
        for field, record in (
            ("helpdesk_ticket_ids", self.hidden),
            ("helpdesk_ticket_ids", self.nobodys),
            ("helpdesk_recipient_ids", self.recipient(RIVAL)),
            ("helpdesk_recipient_ids", self.recipient(STRANGER)),
        ):
            values = {field: [Command.link(record.id)]}
            self.refused_call(self.scoped, "res.partner", "write", self.anna.ids, values)
            values = {"name": "x", field: [Command.link(record.id)]}
            self.refused_call(self.scoped, "res.partner", "create", [values])

    def test_tickets_do_not_leave_the_scope_by_those_who_have_it(self):
        for values in (
            {"partner_id": self.ruth.id},
            {"partner_id": False},
            {"scope_customer_id": self.ruth.id},
            {"scope_managing_id": self.other.id},
        ):
            self.refused_call(self.scoped, "helpdesk.ticket", "write", self.mine.ids, values)
        self.as_(self.scoped, self.mine).partner_id = self.bert

    def test_tickets_are_not_made_outside(self):
        values = {"name": "x", "description": "x"}
        words = self.refused_call(self.scoped, "helpdesk.ticket", "create", [values])
        self.assertIn("You work for the customers of Main", words)
        self.refused_call(
            self.scoped,
            "helpdesk.ticket",
            "create",
            [{**values, "partner_id": self.ruth.id, "scope_customer_id": self.anna.id}],
        )
        defaults = {"default_name": "x", "default_description": "x"}
        self.refused_call(self.scoped, "helpdesk.ticket", "name_create", "x", context=defaults)
        self.as_(self.scoped, self.mine).create({**values, "partner_id": self.bert.id})

    def test_pairing_within_the_scope(self):
        """action_pair to an out-of-scope customer, moving tickets that the user cannot see, undo"""
        mine = self.as_(self.scoped, self.recipient(self.anna.email))
        self.refused(mine.action_pair, partner_id=self.rival.id)
        mine.action_pair(partner_id=self.bert.id)
        # a shared address has tickets of several customers: only those that are seen move
        self.recipient(STRANGER).action_pair(partner_id=self.kunde.id, assign_all=False)
        self.as_(self.scoped, self.recipient(STRANGER)).action_pair(partner_id=self.bert.id)
        self.assertFalse(self.nobodys.partner_id)
        for recipient in self.recipient(RIVAL):
            for action in ("action_pair", "action_ban", "action_share", "action_unpair"):
                self.refused_call(self.scoped, "helpdesk.recipient", action, recipient.ids)

    def test_undo_within_the_scope(self):
        self.recipient(STRANGER).action_pair(partner_id=self.rival.id)
        self.recipient(STRANGER).action_pair(partner_id=self.kunde.id)
        last, first = self.recipient(STRANGER).move_ids
        self.refused(self.as_(self.scoped, last).action_undo)
        self.refused(self.as_(self.scoped, first).action_undo)
        self.assertEqual(self.recipient(STRANGER).partner_id, self.kunde)

    def test_ticket_whose_address_is_not_theirs(self):
        """The ticket was given to a customer of theirs, the address that wrote was not."""
        self.nobodys.partner_id = self.anna
        ticket = self.as_(self.scoped, self.nobodys)
        self.assertIn(self.nobodys, self.sees(self.scoped))
        spec = {"name": {}, "asks_to_change_pair": {}, "recipient_id": {"fields": {}}}
        found = self.call(self.scoped, "helpdesk.ticket", "web_search_read", [], spec)
        self.assertEqual(found["length"], len(self.mine + self.nobodys), "the list opens")
        self.assertFalse(ticket.asks_to_change_pair, "no question that can only be refused")
        self.recipient(STRANGER).action_pair(partner_id=self.rival.id)
        self.assertFalse(ticket.asks_to_change_pair)
        with Form(ticket) as form:
            form.name = "Mine now"
        self.refused(ticket.write, {"partner_id": self.bert.id, "helpdesk_mail_change_pair": True})

    def test_no_button_to_give_an_address_away(self):
        recipient = self.recipient(STRANGER)
        recipient.action_pair(partner_id=self.kunde.id)
        mine = self.as_(self.scoped, recipient)
        self.assertEqual((mine.can_unpair, mine.can_share), (False, False))
        self.refused(mine.action_unpair)
        self.refused(mine.action_share)
        theirs = self.as_(self.agent, recipient)
        self.assertEqual((theirs.can_unpair, theirs.can_share), (True, True))
        known = self.recipient(self.anna.email)
        known.action_pair(partner_id=self.kunde.id)
        known = self.as_(self.scoped, known)
        self.assertEqual((known.can_unpair, known.can_share), (True, False))
        known.action_unpair()
        self.inbox.scope_partner_id = self.main
        self.env.invalidate_all()
        mine = self.as_(self.scoped, recipient)
        self.assertEqual((mine.can_unpair, mine.can_share), (True, True))
        mine.action_share()
        mine.action_unshare()
        self.assertFalse(mine.partner_id)

    def test_list_of_scopes_says_who_sees_what(self):
        users = (self.agent + self.scoped + self.manager).with_user(self.manager)
        self.assertEqual(
            users.mapped("helpdesk_sees"),
            ["All customers", "Customers of these only", "Everything: helpdesk manager"],
        )

    def test_change_pair_stays_within_the_scope(self):
        self.recipient(self.anna.email).action_pair(partner_id=self.kunde.id)
        self.refused_call(
            self.scoped,
            "helpdesk.ticket",
            "write",
            self.mine.ids,
            {"partner_id": self.ruth.id, "helpdesk_mail_change_pair": True},
        )
        self.assertEqual(self.recipient(self.anna.email).partner_id, self.kunde)

    def test_empty_means_any(self):
        self.scoped.helpdesk_partner_ids = False
        self.assertEqual(self.sees(self.scoped), self.tickets)

    def test_leaving_a_scope_works_at_once(self):
        """No rule that was remembered for a user outlives the change of the scope."""
        self.assertEqual(self.sees(self.scoped), self.mine)
        self.scoped.helpdesk_partner_ids = self.other
        self.assertEqual(self.sees(self.scoped), self.hidden)


class TestWhoCanSeeThis(ScopeCase):
    def lines(self, ticket, user=None):
        action = self.as_(user or self.manager, ticket).action_who_can_see()
        viewers = self.env["helpdesk.ticket.viewers"].browse(action["res_id"])
        return {line.user_id: line for line in viewers.sudo().line_ids}

    def test_lists_users_and_why(self):
        self.hidden.user_id = self.colleague
        lines = self.lines(self.hidden)
        self.assertIn("Helpdesk manager", lines[self.manager].reason)
        self.assertIn("No scope", lines[self.agent].reason)
        self.assertIn(
            "customers of Other. This one belongs to Rival Inc, Ruth", lines[self.colleague].reason
        )
        self.assertIn("assigned to them", lines[self.colleague].reason)
        self.assertFalse(lines[self.scoped].sees)
        self.assertIn("customers of Main only", lines[self.scoped].reason)

    def test_tells_what_the_orm_answers(self):
        portal = self.new_user("portal", "base.group_portal")
        portal.partner_id.parent_id = self.rival
        for ticket in self.tickets:
            for user, line in self.lines(ticket).items():
                with self.subTest(user=user.name):
                    self.assertEqual(line.sees, ticket in self.sees(user))
        self.assertTrue(self.lines(self.hidden)[portal].sees)

    def test_for_administrators_of_mail(self):
        self.lines(self.mine, self.admin)
        self.refused_call(self.scoped, "helpdesk.ticket", "action_who_can_see", self.mine.ids)
        self.refused_call(self.admin, "helpdesk.ticket", "action_who_can_see", self.hidden.ids)
        with self.assertRaises(AccessError):
            self.as_(self.scoped, self.env["helpdesk.ticket.viewers"]).search([])
