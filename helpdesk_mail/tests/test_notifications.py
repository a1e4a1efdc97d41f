# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who hears of what: the sentences of the reference documents on notifications, one by one."""

import datetime
from collections import namedtuple
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..intake import notify, token
from ..models.notification_kinds import KINDS
from .common import SUPPORT, write_mail
from .notification_case import BOSS, CUSTOMER, FIRST, NEW, NotificationCase


@tagged("post_install", "-at_install")
class TestExamples(NotificationCase):
    """Reference 001, examples 1 to 3, without a mail server (tests/notifications has one)."""

    def test_example_1(self):
        """A new address, paired; the administrator answers the notification itself."""
        billing = self.env["res.partner"].create(
            {
                "name": "Bills",
                "type": "invoice",
                "email": "bills@kunde.example",
                "parent_id": self.anna.id,
            }
        )
        mails = self.sent(self.take_one, write_mail(sender=f"Anna <{NEW}>", message_id=FIRST))
        # "Request received" to the address that wrote, "New ticket" to the administrator
        self.assertEqual(sorted(to for to, _mail in mails), [NEW, BOSS])
        notice = self.mail_to(mails, BOSS)
        self.assertIn("New ticket: The printer burns", notice["Subject"])
        recipient = self.env["helpdesk.recipient"].search([("email", "=", NEW)])
        recipient.action_pair(partner_id=self.anna.id, assign_all=True)
        ticket = recipient.ticket_ids
        self.assertEqual(ticket.partner_id, self.anna)
        # "when administrator directly replies on this notification message"
        reply = self.reply_to(notice, f"Boss <{BOSS}>", "We come at once.")
        mails = self.sent(self.take_one, reply)
        message = ticket.message_ids[0]
        self.assertEqual(message.author_id, self.boss.partner_id)
        self.assertIn("We come at once.", message.body)
        # "New message in ticket" to the paired address and to the customer's own, once each; "to
        # customer's Billing email no notifications will be sent at all"
        self.assertEqual(sorted(to for to, _mail in mails), [NEW, CUSTOMER])
        for address in (NEW, CUSTOMER):
            self.assertIn("We come at once.", self.plain(self.mail_to(mails, address)))
        self.assertFalse(self.env["mail.mail"].search([("recipient_ids", "in", billing.ids)]))

    def test_example_2(self):
        """Two addresses of one customer: a reply from the second joins the ticket of the first."""
        other = "anna.other@home.example"
        ticket = self.open_ticket(sender=NEW)
        self.open_ticket(sender=other, message_id="<second@kunde.example>")
        recipients = self.env["helpdesk.recipient"].search([("email", "in", [NEW, other])])
        self.assertEqual(len(recipients), 2)
        for recipient in recipients:
            recipient.action_pair(partner_id=self.anna.id, assign_all=True)
        answer = self.mail_to(self.sent(self.say, ticket), NEW)
        item = self.take_one(self.reply_to(answer, other))
        self.assertEqual(self.ticket(item), ticket)
        # "the subject of the message shouldn't be changed, otherwise will be created a new ticket"
        item = self.take_one(write_mail(sender=other, subject="Something else"))
        self.assertEqual(item.outcome, "created")

    def test_example_3(self):
        """An administrator of one partner hears nothing of tickets that are not theirs."""
        ticket_class = type(self.env["helpdesk.ticket"])
        everybody = ticket_class._helpdesk_mail_notified_users

        def scoped(tickets, code):
            return {
                ticket: users.filtered(lambda user, t=ticket: t.partner_id or user != self.boss)
                for ticket, users in everybody(tickets, code).items()
            }

        free = self.new_user("free", "helpdesk_mgmt.group_helpdesk_user")
        self.inbox.administrator_ids += free
        with patch.object(ticket_class, "_helpdesk_mail_notified_users", scoped):
            told = self.told(self.take_one, write_mail(sender=f"Lead <{NEW}>"))
            self.assertIn("free@staff.example: New ticket: The printer burns", told)
            self.assertNotIn(BOSS, str(told))
            self.assertIn(BOSS, str(self.told(self.take_one, write_mail(subject="Of a customer"))))

    def test_example_3_with_scopes(self):
        """The same with the scope itself."""
        self.boss.helpdesk_partner_ids = self.kunde
        self.assertNotIn(BOSS, str(self.told(self.take_one, write_mail(sender=NEW))))
        self.assertIn(BOSS, str(self.told(self.take_one, write_mail(subject="Of Kunde"))))


@tagged("post_install", "-at_install")
class TestNewTicket(NotificationCase):
    NOTICE = f"{BOSS}: New ticket: The printer burns"

    def test_what_it_says(self):
        mails = self.sent(self.take_one, write_mail(message_id=FIRST, text="It burns.\nHelp!"))
        notice = self.mail_to(mails, BOSS)
        self.assertEqual(notice["Auto-Submitted"], "auto-generated")
        self.assertEqual(notice["References"], FIRST)
        ticket = self.env["helpdesk.ticket"].search([], order="id desc", limit=1)
        self.assertIn(token.make(self.env, ticket.id), notice["Message-Id"])
        self.assertIn(SUPPORT, notice["Reply-To"])
        text = self.plain(notice)
        self.assertIn("Anna Kunde (anna@kunde.example)", text)
        self.assertIn("> It burns.\n> Help!", text)
        self.assertIn("Reply to this mail to answer the customer.", text)
        self.assertNotIn(ticket.access_token, notice.as_string(), "no link that needs no login")
        self.assertNotIn("access_token", self.html(notice))
        # the chatter shows what the customer got, not what went to us
        self.assertNotIn("New ticket", str(ticket.message_ids.mapped("subject")))

    def test_switch(self):
        self.inbox.notify_new_ticket = False
        self.assertNotIn(self.NOTICE, self.told(self.take_one))
        self.inbox.notify_new_ticket = True
        self.assertIn(self.NOTICE, self.told(self.take_one, write_mail(text="again")))

    def test_inbox_without_templates_uses_those_of_the_add_on(self):
        """An inbox that is older than a notification, or whose template was deleted, sends it."""
        self.inbox.flush_recordset()
        columns = [f"{code}_template_id" for code in KINDS]
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_inbox SET %s WHERE id = %s",
                SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in columns),
                self.inbox.id,
            )
        )
        self.inbox.invalidate_recordset()
        mails = self.sent(self.take_one, write_mail(message_id=FIRST))
        self.assertIn("received your request", self.words(self.mail_to(mails, CUSTOMER)))
        self.assertIn("New ticket: The printer burns", self.mail_to(mails, BOSS)["Subject"])
        ticket = self.env["helpdesk.ticket"].search([], order="id desc", limit=1)
        answer = self.mail_to(self.sent(self.say, ticket), CUSTOMER)
        self.assertIn("Customer support", self.plain(answer))
        mails = self.sent(ticket.with_user(self.agent).write, {"stage_id": self.closed_stage.id})
        self.assertIn("is closed", self.words(self.mail_to(mails, CUSTOMER)))
        # what somebody chose counts; where even the add-on's own is gone, nothing is sent
        own = self.env.ref("helpdesk_mail.mail_template_new_ticket").copy({"subject": "Mine"})
        self.inbox.new_ticket_template_id = own
        self.assertIn(f"{BOSS}: Mine", self.told(self.take_one, write_mail(text="2")))
        own.unlink()
        self.assertIn(self.NOTICE, self.told(self.take_one, write_mail(text="3")))
        self.env.ref("helpdesk_mail.mail_template_new_ticket").unlink()
        self.assertNotIn(BOSS, str(self.told(self.take_one, write_mail(text="4"))))

    def words(self, mail):
        return " ".join(self.plain(mail).split())

    def test_replies_and_history_are_no_news(self):
        self.assertIn(self.NOTICE, self.told(self.take_one, write_mail(message_id=FIRST)))
        self.assertNotIn(BOSS, str(self.told(self.take_one, write_mail(answers=FIRST))))
        old = write_mail(subject="Of old")
        self.assertEqual(self.told(self.take_one, old, door="import", history=True), [])

    def test_automatic_mail_is_told_but_not_acknowledged(self):
        alert = write_mail(headers={"Auto-Submitted": "auto-generated"})
        self.assertEqual(self.told(self.take_one, alert), [self.NOTICE])

    def test_administrator_who_wrote_it_needs_none(self):
        self.assertEqual(self.told(self.take_one, write_mail(sender=BOSS)), [])

    def test_follower_gets_the_mail_itself(self):
        """Odoo tells who follows the team: not a second time by us."""
        subtype = self.env.ref("helpdesk_mgmt.hlp_tck_team_created")
        self.team.message_subscribe(self.boss.partner_id.ids, subtype.ids)
        told = self.told(self.take_one)
        self.assertEqual(len([line for line in told if line.startswith(BOSS)]), 1, told)
        self.assertNotIn(self.NOTICE, told)

    def test_who_may_not_see_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.new_user(
            "foreign",
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        portal = new_test_user(self.env, login="hm-p", groups="base.group_portal", email="p@x.y")
        left = self.new_user("left", "helpdesk_mgmt.group_helpdesk_user")
        self.inbox.administrator_ids += foreign + portal + left
        left.active = False
        self.assertEqual(self.told(self.take_one), [f"{CUSTOMER}: The printer burns", self.NOTICE])

    def test_each_in_the_own_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.boss.lang = "fr_FR"
        dora = self.new_user("dora", "helpdesk_mgmt.group_helpdesk_user")
        self.inbox.administrator_ids += dora
        self.inbox.administrator_emails = "duty@watch.example"
        self.inbox.default_lang = "fr_FR"
        template = self.inbox.new_ticket_template_id
        template.with_context(lang="fr_FR").subject = "Nouveau : {{ object.name }}"
        told = self.told(self.take_one)
        self.assertIn(f"{BOSS}: Nouveau : The printer burns", told)
        self.assertIn("duty@watch.example: Nouveau : The printer burns", told)
        self.assertIn("dora@staff.example: New ticket: The printer burns", told)

    def test_plain_address_does_not_answer_the_customer(self):
        """Only users answer: an address without one is noted."""
        self.inbox.administrator_emails = "Duty <duty@watch.example>\n\nduty@watch.example"
        mails = self.sent(self.take_one, write_mail(message_id=FIRST))
        notice = self.mail_to(mails, "duty@watch.example")
        self.assertIn("the customer does not get it", self.plain(notice))
        with self.mock_mail_gateway():
            item = self.take_one(self.reply_to(notice, "duty@watch.example", "He is a bore."))
        self.assertTrue(self.message(item).is_internal)
        self.assertFalse(self._new_mails.exists().filtered("email_to"))
        self.assertIn("only users answer customers", self.row(item).explanation)
        # a stranger's mail from there is a ticket like any other
        self.assertEqual(self.take_one(write_mail(sender="duty@watch.example")).outcome, "created")

    def test_addresses_that_cannot_be(self):
        for emails in ("nonsense", SUPPORT, BOSS, f"ok@ok.example\n{BOSS.upper()}"):
            with (
                self.subTest(emails),
                self.assertRaises(ValidationError),
                self.env.cr.savepoint(),
            ):
                self.inbox.administrator_emails = emails

    def test_forged_administrator(self):
        """An administrator's address proves nothing: without our token nothing goes out."""
        ticket = self.open_ticket()
        forged = write_mail(sender=BOSS, subject=f"[{ticket.number}] pay here")
        self.assertEqual(self.told(self.take_one, forged), [])

    def test_no_more_queries_for_more_tickets(self):
        """All notifications of a batch are made together."""

        def queries(count):
            sources = [
                write_mail(sender=f"n{number}.{count}@many.example") for number in range(count)
            ]
            run = notify.run
            found = []

            def counting(batch, kinds=notify.KINDS):
                before = self.env.cr.sql_log_count
                run(batch, kinds)
                batch.env.flush_all()
                found.append(self.env.cr.sql_log_count - before)

            with patch.object(notify, "run", counting):
                self.take(*sources)
            return found[0]

        queries(3)
        few = queries(3)
        self.assertLessEqual(queries(30), few + 2)

    @mute_logger("odoo.addons.helpdesk_mail.intake.road", "odoo.addons.mail.models")
    def test_broken_template_costs_only_its_own(self):
        self.inbox.new_ticket_template_id.body_html = '<p t-out="object.no_such_field"/>'
        told = self.told(self.take_one)
        self.assertEqual(told, [f"{CUSTOMER}: The printer burns"])
        row = self.env["helpdesk.incoming.mail"].search([], order="id desc", limit=1)
        self.assertIn("The administrators were not told", row.explanation)


@tagged("post_install", "-at_install")
class TestInternalNotes(NotificationCase):
    def test_reply_to_a_note_stays_internal(self):
        """A note carries the ticket's token as well: what answers it goes to no customer."""
        ticket = self.open_ticket()
        note = ticket.with_user(self.agent).message_post(
            body="The customer is wrong", subtype_xmlid="mail.mt_note", message_type="comment"
        )
        with self.mock_mail_gateway():
            item = self.take_one(
                write_mail(sender="agent@staff.example", answers=note.message_id, text="Very.")
            )
        self.assertEqual(self.ticket(item), ticket)
        self.assertTrue(self.message(item).is_internal)
        self.assertNotIn(CUSTOMER, str(self._new_mails.mapped("email_to")))
        self.assertNotIn(self.anna, self._new_mails.recipient_ids)


@tagged("post_install", "-at_install")
class TestAssigned(NotificationCase):
    NOTICE = "agent@staff.example: Assigned to you: The printer burns"

    def assign(self, ticket, by=None):
        return self.told(ticket.with_user(by or self.boss).write, {"user_id": self.agent.id})

    def test_agent_is_told_once(self):
        """In the inbox's words, and not a second time in Odoo's."""
        self.assertEqual(self.assign(self.open_ticket()), [self.NOTICE])

    def test_reply_answers_the_customer(self):
        ticket = self.open_ticket()
        mails = self.sent(ticket.with_user(self.boss).write, {"user_id": self.agent.id})
        reply = self.reply_to(self.mail_to(mails, "agent@staff.example"), "agent@staff.example")
        self.assertIn(CUSTOMER, [to for to, _mail in self.sent(self.take_one, reply)])

    def test_own_choice_is_no_news(self):
        self.assertEqual(self.assign(self.open_ticket(), by=self.agent), [])

    def test_who_handles_notifications_in_odoo(self):
        self.agent.notification_type = "inbox"
        ticket = self.open_ticket()
        self.assertEqual(self.assign(ticket), [])
        notice = self.env["mail.notification"].search(
            [("res_partner_id", "=", self.agent.partner_id.id)], order="id desc", limit=1
        )
        self.assertIn("You have been assigned", notice.mail_message_id.subject)

    def test_switched_off_odoo_tells(self):
        self.inbox.notify_assigned = False
        (told,) = self.assign(self.open_ticket())
        self.assertIn("You have been assigned", told)

    def test_ticket_without_inbox(self):
        ticket = self.open_ticket()
        ticket.inbox_id = False
        (told,) = self.assign(ticket)
        self.assertIn("You have been assigned", told)

    def test_history(self):
        """An import of old mail that Odoo assigns to its author tells nobody."""
        self.company.helpdesk_mgmt_ticket_auto_assign = True
        source = write_mail(sender="agent@staff.example")
        self.assertEqual(self.told(self.take_one, source, door="import", history=True), [])


@tagged("post_install", "-at_install")
class TestResolved(NotificationCase):
    def close_told(self, ticket, stage=None, by=None):
        return self.told(
            ticket.with_user(by or self.agent).write, {"stage_id": (stage or self.closed_stage).id}
        )

    def test_to_the_address_that_wrote_and_the_customer_once_each(self):
        ticket = self.open_ticket(sender=NEW)
        ticket.partner_id = self.anna
        mails = self.sent(ticket.with_user(self.agent).write, {"stage_id": self.closed_stage.id})
        self.assertEqual(sorted(to for to, _mail in mails), [NEW, CUSTOMER])
        mail = self.mail_to(mails, NEW)
        self.assertEqual(mail["Subject"], f"[{ticket.number}] The printer burns")
        self.assertEqual(mail["In-Reply-To"], FIRST)
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        self.assertIn("is closed: Done.", " ".join(self.plain(mail).split()))
        self.assertIn(SUPPORT, mail["From"])
        self.assertNotIn(CUSTOMER, mail["To"])

    def test_in_place_of_the_stage_s_own_mail(self):
        ticket = self.open_ticket()
        self.assertTrue(self.closed_stage.mail_template_id, "the OCA's stages have one")
        self.assertEqual(self.close_told(ticket), [f"{CUSTOMER}: The printer burns"])

    def test_switched_off_the_stage_s_own_mail_goes(self):
        self.inbox.notify_resolved = False
        (told,) = self.close_told(self.open_ticket())
        self.assertIn("has been closed", told)

    def test_stage_with_a_template_that_somebody_chose(self):
        own = self.env.ref("helpdesk_mgmt.changed_stage_template").copy({"subject": "So sorry"})
        self.closed_stage.mail_template_id = own
        self.assertEqual(self.close_told(self.open_ticket()), [f"{CUSTOMER}: So sorry"])

    def test_what_another_add_on_says_of_the_closing(self):
        """helpdesk_ticket_close_inactive closes and writes a mail: not a second one from us."""
        ticket = self.open_ticket()
        template = self.env.ref("helpdesk_mgmt.closed_ticket_template")

        def close():
            ticket.stage_id = self.closed_stage
            template.send_mail(ticket.id)

        (told,) = self.told(close)
        self.assertIn("has been closed", told)

    def test_from_closed_to_closed(self):
        ticket = self.open_ticket()
        self.close_told(ticket)
        other = self.team._get_applicable_stages().filtered("closed")[1]
        self.assertEqual(self.close_told(ticket, other), [])

    def test_what_is_undone_at_once(self):
        ticket = self.open_ticket()

        def there_and_back():
            ticket.stage_id = self.closed_stage
            ticket.stage_id = self.first_stage

        self.assertEqual(self.told(there_and_back), [])

    def test_many_at_once(self):
        tickets = self.env["helpdesk.ticket"]
        for number in range(5):
            tickets |= self.open_ticket(subject=f"Number {number}", text=f"{number}")
        told = self.close_told(tickets)
        self.assertEqual(told, [f"{CUSTOMER}: Number {number}" for number in range(5)])

    def test_duplicate_is_not_resolved(self):
        ticket = self.open_ticket()
        ticket.duplicate_id = self.new_ticket(write_mail(text="another"))
        self.assertNotIn(f"{CUSTOMER}: The printer burns", self.close_told(ticket))

    def test_never_to_machines(self):
        cases = {
            "automatic": {"headers": {"Auto-Submitted": "auto-generated"}},
            "list": {"headers": {"List-Id": "<news.shop.example>"}},
            "empty path": {"headers": {"Return-Path": "<>"}},
            "no reply": {"sender": "maps-noreply@shop.example"},
        }
        for name, options in cases.items():
            with self.subTest(name):
                ticket = self.open_ticket(subject=name, **options)
                self.assertEqual(self.close_told(ticket), [])

    def test_never_to_the_banned(self):
        ticket = self.open_ticket(sender=NEW)
        ticket.recipient_id.action_ban()
        self.assertEqual(self.close_told(ticket), [])

    def test_never_to_who_is_on_the_deny_list(self):
        """By address, domain or pattern, as mail from there is refused; whoever else is told."""
        for pattern, match in (
            (NEW, "exact"),
            ("home.example", "domain"),
            ("anna.n", "starts"),
            (r"^anna\.new@", "regex"),
        ):
            with self.subTest(pattern):
                ticket = self.open_ticket(sender=NEW, subject=f"Of {pattern}")
                ticket.partner_id = self.anna
                rule = self.env["helpdesk.deny.rule"].create({"pattern": pattern, "match": match})
                self.assertEqual(self.close_told(ticket), [f"{CUSTOMER}: Of {pattern}"])
                rule.active = False
                ticket.with_context(tracking_disable=True).stage_id = self.first_stage
                self.assertEqual(len(self.close_told(ticket)), 2)

    def test_deny_list_of_another_inbox(self):
        other = self.new_inbox(email="sales@desk.example", name="Sales")
        self.env["helpdesk.deny.rule"].create({"pattern": CUSTOMER, "inbox_id": other.id})
        self.assertEqual(self.close_told(self.open_ticket()), [f"{CUSTOMER}: The printer burns"])

    def test_ban_of_an_address_holds_for_its_tags_where_they_are_one(self):
        tagged = "anna.new+shop@home.example"
        for plus, told in ((False, {tagged}), (True, set())):
            with self.subTest(plus=plus):
                ticket = self.open_ticket(sender=tagged, subject=f"plus {plus}")
                ticket.partner_id = self.anna
                self.anna.email = NEW
                self.company.helpdesk_mail_plus_addressing = plus
                Recipient = self.env["helpdesk.recipient"]
                base = Recipient.search([("email_key", "=", NEW)])
                (base or Recipient.create({"email": NEW})).is_banned = True
                lines = self.close_told(ticket)
                self.assertEqual({line.partition(":")[0] for line in lines}, told)

    def test_staff_is_told_whatever_the_lists_say(self):
        """Neither a ban nor a rule keeps news from us."""
        self.env["helpdesk.recipient"].create({"email": BOSS, "is_banned": True})
        self.env["helpdesk.deny.rule"].create({"pattern": "staff.example", "match": "domain"})
        self.assertIn(f"{BOSS}: New ticket: The printer burns", self.told(self.take_one))

    def test_lists_cost_one_query(self):
        """Bans are one query for all tickets; the deny list costs none."""
        tickets = self.env["helpdesk.ticket"]
        for number in range(6):
            tickets |= self.open_ticket(sender=f"n{number}@many.example", subject=f"n {number}")
        self.env["helpdesk.deny.rule"].create({"pattern": "many.example", "match": "domain"})
        Target = namedtuple("Target", "email staff")
        targets = [Target(email, False) for email in tickets.mapped("partner_email")]
        refused = tickets._helpdesk_mail_refused(targets)
        self.assertEqual(len(refused), 6)
        with self.assertQueryCount(1):
            tickets._helpdesk_mail_refused(targets)

    def test_customer_with_several_addresses_in_one_field(self):
        self.anna.email = f"{CUSTOMER}, anna.second@kunde.example"
        ticket = self.open_ticket(sender=NEW)
        ticket.partner_id = self.anna
        told = {line.partition(":")[0] for line in self.close_told(ticket)}
        self.assertEqual(told, {NEW, CUSTOMER, "anna.second@kunde.example"})

    @mute_logger("odoo.addons.helpdesk_mail.models.helpdesk_ticket_notify")
    def test_broken_template_costs_only_the_notification(self):
        ticket = self.open_ticket()
        self.inbox.resolved_template_id.body_html = (
            '<p t-if="object.stage_id.closed" t-out="1 / 0"/>'
        )
        self.assertEqual(self.close_told(ticket), [])
        self.assertEqual(ticket.stage_id, self.closed_stage)
        self.assertIn('"Resolved" could not be sent', str(ticket.message_ids.mapped("body")))


@tagged("post_install", "-at_install")
class TestReopened(NotificationCase):
    NOTICE = "agent@staff.example: Reopened: The printer burns"

    def closed(self, agent=True):
        ticket = self.open_ticket()
        with self.mock_mail_gateway():
            ticket.user_id = self.agent if agent else False
            ticket.stage_id = self.closed_stage
            self.finish()
        return ticket

    def reopen(self, ticket, by):
        return self.told(ticket.with_user(by).write, {"stage_id": self.first_stage.id})

    def test_agent_is_told(self):
        self.assertEqual(self.reopen(self.closed(), self.boss), [self.NOTICE])

    def test_without_an_agent_the_administrators(self):
        ticket = self.closed(agent=False)
        self.inbox.administrator_emails = "duty@watch.example"
        told = self.told(self.take_one, write_mail(answers=FIRST))
        self.assertEqual(
            told,
            [
                f"{BOSS}: Reopened: The printer burns",
                "duty@watch.example: Reopened: The printer burns",
            ],
        )
        self.assertFalse(ticket.stage_id.closed)

    def test_own_deed_is_no_news(self):
        self.assertEqual(self.reopen(self.closed(), self.agent), [])

    def test_who_follows_gets_the_customer_s_reply_alone(self):
        ticket = self.closed()
        self.assertIn(self.agent.partner_id, ticket.message_partner_ids)
        told = self.told(self.take_one, write_mail(answers=FIRST, subject="Re: burns again"))
        self.assertEqual(len(told), 1, told)
        self.assertNotIn(self.NOTICE, told)
        self.assertFalse(ticket.stage_id.closed)

    def test_agent_who_does_not_follow(self):
        ticket = self.closed()
        ticket.message_unsubscribe(self.agent.partner_id.ids)
        self.assertIn(self.NOTICE, self.told(self.take_one, write_mail(answers=FIRST)))

    def test_switch_and_history(self):
        ticket = self.closed()
        old = write_mail(answers=FIRST)
        self.assertEqual(self.told(self.take_one, old, door="import", history=True), [])
        self.assertFalse(ticket.stage_id.closed)
        self.inbox.notify_reopened = False
        with self.mock_mail_gateway():
            ticket.stage_id = self.closed_stage
            self.finish()
        self.assertEqual(self.reopen(ticket, self.boss), [])


@tagged("post_install", "-at_install")
class TestSlaBreached(NotificationCase):
    NOTICE = "SLA breached: The printer burns"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.use_sla = True
        cls.sla = cls.env["helpdesk.sla"].create(
            {
                "name": "Within four hours",
                "hours": 4,
                "team_ids": [Command.link(cls.team.id)],
                "stage_id": cls.open_stage.id,
            }
        )

    def late_ticket(self, hours=1, agent=True):
        ticket = self.open_ticket()
        with self.mock_mail_gateway():
            ticket.user_id = self.agent if agent else False
            self.finish()
        self.assertEqual(ticket.ticket_sla_ids.state, "in_progress")
        ticket.ticket_sla_ids.deadline = datetime.datetime.now() - datetime.timedelta(hours=hours)
        return ticket

    def cron(self):
        cron = self.env.ref("helpdesk_mail.ir_cron_sla_breaches")
        self.assertIn("_helpdesk_mail_cron_breaches", cron.code)
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=100):
            return self.told(self.env["helpdesk.ticket.sla"]._helpdesk_mail_cron_breaches)

    def test_agent_is_told_once(self):
        self.late_ticket()
        self.assertEqual(self.cron(), [f"agent@staff.example: {self.NOTICE}"])
        self.assertEqual(self.cron(), [])

    def test_what_it_says(self):
        self.late_ticket()
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=100):
            mails = self.sent(self.env["helpdesk.ticket.sla"]._helpdesk_mail_cron_breaches)
        self.assertIn("Within four hours", self.plain(mails[0][1]))

    def test_without_an_agent_the_administrators(self):
        self.late_ticket(agent=False)
        self.assertEqual(self.cron(), [f"{BOSS}: {self.NOTICE}"])

    def test_noted_by_a_change_of_stage(self):
        """helpdesk_mgmt_sla itself notes a breach when the stage changes."""
        ticket = self.late_ticket()
        ticket.ticket_sla_ids._stage_recompute()
        ticket.ticket_sla_ids.state = "expired"
        self.assertEqual(self.cron(), [f"agent@staff.example: {self.NOTICE}"])

    def test_who_is_not_told(self):
        self.late_ticket(hours=24 * 30)
        self.assertEqual(self.cron(), [], "no news: of before the upgrade")
        ticket = self.late_ticket()
        ticket.with_context(tracking_disable=True).stage_id = self.closed_stage
        self.assertEqual(self.cron(), [], "closed")
        self.inbox.notify_sla_breached = False
        self.late_ticket()
        self.assertEqual(self.cron(), [], "switched off")
        self.inbox.notify_sla_breached = True
        self.assertEqual(self.cron(), [], "and not told later")

    def test_not_yet(self):
        self.late_ticket(hours=-1)
        self.assertEqual(self.cron(), [])


@tagged("post_install", "-at_install")
class TestLoops(NotificationCase):
    def test_robot_with_new_subjects_ends(self):
        """A machine that answers each of our mails with a new one, not marked as automatic."""
        source = write_mail(sender="robot@machine.example", subject="Job 0")
        rounds = 0
        while True:
            mails = self.sent(self.take_one, source)
            ours = [mail for to, mail in mails if to == "robot@machine.example"]
            if not ours:
                break
            rounds += 1
            self.assertLess(rounds, 20, "it goes on for ever")
            source = write_mail(
                sender="robot@machine.example",
                subject=f"Job {rounds}",
                text=f"Thank you for your mail number {rounds}",
            )
        self.assertEqual(rounds, 10)
        row = self.env["helpdesk.incoming.mail"].search([], order="id desc", limit=1)
        self.assertEqual(row.outcome, "created", "its mail is still taken in")
        self.assertIn("Not acknowledged", row.explanation)
        # the administrators hear of more, not of all
        told = 0
        for number in range(60):
            source = write_mail(sender="robot@machine.example", subject=f"Storm {number}")
            told += len([to for to, _mail in self.sent(self.take_one, source) if to == BOSS])
        self.assertLess(told, 50)

    def test_two_robots_in_one_ticket_end(self):
        """It answers *Resolved*, which opens the ticket again; a rule closes it again."""
        ticket = self.open_ticket()
        rounds = 0
        while True:
            mails = self.sent(ticket.write, {"stage_id": self.closed_stage.id})
            ours = [mail for to, mail in mails if to == CUSTOMER]
            if not ours:
                break
            rounds += 1
            self.assertLess(rounds, 20, "it goes on for ever")
            self.sent(self.take_one, self.reply_to(ours[0], CUSTOMER, f"Noted: {rounds}"))
            self.assertFalse(ticket.stage_id.closed)
        # Request received counts as well
        self.assertEqual(rounds, 4)
        notices = self.env["mail.message"].search_count(
            [
                ("res_id", "=", ticket.id),
                ("model", "=", "helpdesk.ticket"),
                ("message_type", "=", "user_notification"),
                ("subject", "ilike", "Reopened"),
            ]
        )
        self.assertLessEqual(notices, 5)
        # what a person writes still goes out
        self.assertIn(CUSTOMER, [to for to, _mail in self.sent(self.say, ticket)])

    def test_limit_is_a_parameter(self):
        self.env["ir.config_parameter"].set_param("helpdesk_mail.notices_per_hour", "1")
        ticket = self.open_ticket()
        self.assertEqual(self.told(ticket.write, {"stage_id": self.closed_stage.id}), [])

    def test_exchange_that_wants_no_answer(self):
        for value, count in (("All", 0), ("DR, AutoReply", 0), ("DR, RN, NRN", 1)):
            source = write_mail(headers={"X-Auto-Response-Suppress": value}, subject=value)
            with self.subTest(value):
                mails = self.sent(self.take_one, source)
                self.assertEqual(len([to for to, _mail in mails if to == CUSTOMER]), count)
