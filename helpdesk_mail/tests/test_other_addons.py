# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What other add-ons do when mail comes in happens with ours as well.

Each test lets the same mail go to two equal tickets: to one through Odoo's own gateway, to one
down our road. ``make test ONLY=others`` runs this class, in a database with the OCA's
``helpdesk_ticket_partner_response``, ``helpdesk_mgmt_rating`` and
``helpdesk_ticket_close_inactive``.
"""

import datetime
import itertools
from contextlib import contextmanager

from freezegun import freeze_time
from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..intake import hooks
from .common import CUSTOMER, SUPPORT, HelpdeskMailCase, write_mail

STOCK = "stock@desk.example"
ANNA = f"Anna Kunde <{CUSTOMER}>"
PARTNER_RESPONSE = "helpdesk_ticket_partner_response"
OVERRIDE = f"{PARTNER_RESPONSE}._message_route_process"
# HelpdeskMailCase hides it from the other tests
_foreign_overrides = hooks.foreign_overrides
_numbers = itertools.count(1)


class OthersCase(HelpdeskMailCase):
    """Tests that see which other add-ons are installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.batch_road.side_effect = _foreign_overrides

    def roads(self, item):
        """The ordinary road's steps in the trace of *item*: a list of the overrides named."""
        return [step.values["overrides"] for step in item.trace if step.code == "ordinary"]


@tagged("post_install", "-at_install")
class TestWhichRoad(OthersCase):
    """Wherever the tests run: the road is chosen by what is installed."""

    def test_road_is_chosen_by_what_is_installed(self):
        module = self.env["ir.module.module"]._get(PARTNER_RESPONSE)
        installed = module.state == "installed"
        self.assertEqual(OVERRIDE in hooks.foreign_overrides(self.env), installed)
        if not hooks.foreign_overrides(self.env):
            self.assertEqual(self.roads(self.take_one()), [])


@tagged("-standard", "other_addons")
class TestOtherAddons(OthersCase):
    """Two equal tickets: ``stock`` gets its mail by Odoo's gateway, ``ours`` by our road."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ref = cls.env.ref
        cls.new = ref("helpdesk_mgmt.helpdesk_ticket_stage_new")
        cls.progress = ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")
        cls.awaiting = ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
        cls.done = ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        cls.survey = ref("helpdesk_mgmt_rating.rating_ticket_email_template")
        # a mail for each change of stage would hide what is compared here
        (cls.new | cls.progress | cls.awaiting | cls.done).mail_template_id = False
        cls.team.write(
            {
                "autoupdate_ticket_stage": True,
                "autopupdate_src_stage_ids": [Command.set(cls.awaiting.ids)],
                "autopupdate_dest_stage_id": cls.progress.id,
            }
        )

    def pair(self, **values):
        """Two equal tickets with an answer by the agent: (stock, ours)."""
        values = {
            "name": "The printer burns",
            "description": "It burns, please help.",
            "team_id": self.team.id,
            "stage_id": self.awaiting.id,
            "partner_id": self.anna.id,
            "partner_name": "Anna Kunde",
            "partner_email": CUSTOMER,
            "user_id": self.agent.id,
            **values,
        }
        Ticket = self.env["helpdesk.ticket"].with_context(mail_create_nosubscribe=True)
        stock, ours = Ticket.create([values, {**values, "inbox_id": self.inbox.id}])
        for ticket in (stock, ours):
            self.answer(ticket, "Did you pull the plug?")
        self.end_transaction()
        return stock, ours

    def end_transaction(self):
        """What happens at its end only: changes are tracked."""
        self.env.flush_all()
        self.cr.flush()
        self.env.invalidate_all()

    def last_message_id(self, ticket, kinds=("comment", "email", "email_outgoing")):
        messages = ticket.message_ids.filtered(lambda message: message.message_type in kinds)
        return messages[:1].message_id

    def reply(self, tickets, answers=None, **mail):
        """Send the same reply to both tickets: the Item of ours, and what came of each."""
        stock, ours = tickets
        answers = answers or [self.last_message_id(ticket) for ticket in tickets]
        with self.news(stock) as news_of_stock:
            ticket_id = self.env["mail.thread"].message_process(
                None, self.mail(STOCK, answers[0], **mail)
            )
            self.assertEqual(ticket_id, stock.id)
        with self.news(ours) as news_of_ours:
            item = self.take_one(self.mail(SUPPORT, answers[1], **mail))
        return item, news_of_stock, news_of_ours

    def mail(self, to, answers, **mail):
        values = {"sender": ANNA, "subject": "Re: The printer burns", "text": "I did.", **mail}
        number = next(_numbers)
        return write_mail(to=to, answers=answers, message_id=f"<o{number}@kunde.example>", **values)

    @contextmanager
    def news(self, *tickets):
        """What the block does to *tickets*, as one dict for each that is filled at its end."""
        found = [{} for _ticket in tickets]
        before = [(ticket.message_ids, ticket.rating_ids) for ticket in tickets]
        with self.mock_mail_gateway():
            yield found if len(found) > 1 else found[0]
            self.end_transaction()
            for ticket, (messages, ratings), news in zip(tickets, before, found, strict=True):
                news.update(self._news(ticket, messages, ratings))

    def _news(self, ticket, messages, ratings):
        mails = self._new_mails.filtered(
            lambda mail: mail.model == ticket._name and mail.res_id == ticket.id
        )
        return {
            "stage": ticket.stage_id.name,
            "closed": bool(ticket.closed),
            "ratings": [
                (rating.partner_id.name, rating.rated_partner_id.name, rating.consumed)
                for rating in ticket.rating_ids - ratings
            ],
            "messages": sorted(
                (
                    message.message_type,
                    message.author_id.name,
                    message.subtype_id.name,
                    " ".join(html2plaintext(message.body or "").split()).replace(
                        ticket.number, "#"
                    )[:40],
                    [
                        (change.old_value_char, change.new_value_char)
                        for change in message.tracking_value_ids
                        if change.field_id.name == "stage_id"
                    ],
                )
                for message in ticket.message_ids - messages
            ),
            "mails": sorted(
                # our answers carry the number in front
                ((mail.subject or "").replace(ticket.number, "#").removeprefix("[#] "), recipient)
                for mail in mails
                for recipient in [*mail.recipient_ids.mapped("name"), mail.email_to]
                if recipient
            ),
        }

    def assertSame(self, stock, ours, keys=("stage", "closed", "ratings", "messages")):
        for key in keys:
            self.assertEqual(ours[key], stock[key], key)

    @contextmanager
    def on_batch_road(self):
        """As if no installed add-on needed the ordinary road."""
        self.batch_road.side_effect = None
        try:
            yield
        finally:
            self.batch_road.side_effect = _foreign_overrides

    # ------------------------------------------------------------------
    # which road
    # ------------------------------------------------------------------

    def test_the_trace_names_the_override(self):
        self.assertEqual(hooks.foreign_overrides(self.env), [OVERRIDE])
        item = self.take_one()
        self.assertEqual(self.roads(item), [OVERRIDE])
        row = self.row(item)
        self.assertIn(["write", "ordinary", {"overrides": OVERRIDE}], row.trace)
        self.assertNotIn("ordinary", row.explanation)

    def test_rating_and_closing_alone_leave_the_batch_road(self):
        """Their overrides (``write`` and a cron) are called by the batch road as well."""
        with self.on_batch_road():
            self.assertEqual(self.roads(self.take_one()), [])
        self.assertFalse(
            [name for name in hooks.foreign_overrides(self.env) if PARTNER_RESPONSE not in name]
        )

    # ------------------------------------------------------------------
    # helpdesk_ticket_partner_response
    # ------------------------------------------------------------------

    def test_customers_reply_moves_the_ticket(self):
        item, stock, ours = self.reply(self.pair())
        self.assertEqual(stock["stage"], self.progress.name)
        self.assertSame(stock, ours)
        self.assertEqual(item.outcome, "appended")
        self.assertEqual(self.roads(item), [OVERRIDE])

    def test_address_without_contact_moves_the_ticket(self):
        """No customer on the ticket: the address that wrote decides."""
        nobody = {"partner_id": False, "partner_name": "Nils", "partner_email": "nils@x.example"}
        for sender, moved in (("Nils <NILS@x.example>", True), ("other@x.example", False)):
            _item, stock, ours = self.reply(self.pair(**nobody), sender=sender)
            self.assertEqual(stock["stage"] == self.progress.name, moved)
            self.assertSame(stock, ours)

    def test_someone_elses_reply_moves_nothing(self):
        for sender in ("Bert Kunde <bert@kunde.example>", "Stranger <s@elsewhere.example>"):
            _item, stock, ours = self.reply(self.pair(), sender=sender)
            self.assertEqual(stock["stage"], self.awaiting.name)
            self.assertSame(stock, ours)

    def test_the_agents_reply_moves_nothing(self):
        sender = f"Agent Staff <{self.agent.email}>"
        _item, stock, ours = self.reply(self.pair(), sender=sender)
        self.assertEqual(stock["stage"], self.awaiting.name)
        self.assertSame(stock, ours)

    def test_colleague_who_is_the_customer(self):
        """An internal user's own ticket: the user behind the address decides."""
        partner = self.agent.partner_id
        values = {"partner_id": partner.id, "partner_email": partner.email, "user_id": False}
        sender = f"Agent Staff <{self.agent.email}>"
        _item, stock, ours = self.reply(self.pair(**values), sender=sender)
        self.assertEqual(stock["stage"], self.progress.name)
        self.assertSame(stock, ours)

    def test_customer_with_a_portal_login(self):
        portal = self.new_user("portal", "base.group_portal")
        values = {"partner_id": portal.partner_id.id, "partner_email": portal.email}
        _item, stock, ours = self.reply(self.pair(**values), sender=portal.email_formatted)
        self.assertEqual(stock["stage"], self.progress.name)
        self.assertSame(stock, ours)

    def test_other_stages_and_switched_off(self):
        for change in (
            {"autopupdate_src_stage_ids": [Command.set(self.new.ids)]},
            {"autoupdate_ticket_stage": False},
        ):
            self.team.write(change)
            _item, stock, ours = self.reply(self.pair())
            self.assertEqual(stock["stage"], self.awaiting.name)
            self.assertSame(stock, ours)

    def test_reply_to_a_closed_ticket(self):
        """The team's stage wins over the first open one, to which we reopen otherwise."""
        self.team.autopupdate_src_stage_ids = self.done
        item, stock, ours = self.reply(self.pair(stage_id=self.done.id))
        self.assertEqual(stock["stage"], self.progress.name)
        self.assertSame(stock, ours)
        self.assertIn("reopened", self.codes(item))
        self.assertFalse(self.ticket(item).closed_date)

    def test_out_of_office_moves_nothing(self):
        """What that add-on leaves to others: an automatic reply is no response."""
        _stock, ours = self.pair()
        source = self.mail(
            SUPPORT,
            self.last_message_id(ours),
            subject="Out of office: The printer burns",
            headers={"Auto-Submitted": "auto-replied"},
        )
        item = self.take_one(source)
        self.assertEqual((item.outcome, self.ticket(item)), ("appended", ours))
        self.assertEqual(ours.stage_id, self.awaiting)

    def test_new_mail_stays_in_the_first_stage(self):
        self.team.autopupdate_src_stage_ids = self.new
        ticket = self.ticket(self.take_one())
        self.assertEqual(ticket.stage_id, self.first_stage)

    def test_several_replies_in_one_batch(self):
        pairs = [self.pair() for _ in range(3)]
        items = self.take(
            *(self.mail(SUPPORT, self.last_message_id(ours)) for _stock, ours in pairs)
        )
        self.assertEqual([self.ticket(item) for item in items], [ours for _stock, ours in pairs])
        for _stock, ours in pairs:
            self.assertEqual(ours.stage_id, self.progress)

    def test_after_hook_of_a_mail(self):
        """``_message_post_after_hook`` alone moves the ticket of whom the gateway writes as."""
        values = {"partner_id": self.env.ref("base.partner_root").id, "partner_email": False}
        _item, stock, ours = self.reply(self.pair(**values), sender="any@elsewhere.example")
        self.assertEqual(stock["stage"], self.progress.name)
        self.assertSame(stock, ours)
        with self.on_batch_road():
            item, stock, ours = self.reply(self.pair(**values), sender="any@elsewhere.example")
        self.assertEqual(self.roads(item), [])
        self.assertSame(stock, ours)

    def test_after_hook_of_a_comment(self):
        """A customer who writes in the portal moves the ticket of an inbox as any other."""
        portal = self.new_user("portal", "base.group_portal")
        tickets = self.pair(partner_id=portal.partner_id.id, partner_email=portal.email)
        found = []
        for ticket in tickets:
            with self.news(ticket) as news:
                ticket.with_user(portal).sudo().message_post(
                    body="It still burns", message_type="comment", subtype_xmlid="mail.mt_comment"
                )
            found.append(news)
        self.assertEqual(found[0]["stage"], self.progress.name)
        self.assertSame(*found)

    # ------------------------------------------------------------------
    # helpdesk_mgmt_rating
    # ------------------------------------------------------------------

    def test_move_by_reply_asks_for_a_rating(self):
        self.progress.rating_mail_template_id = self.survey
        _item, stock, ours = self.reply(self.pair())
        self.assertEqual(stock["stage"], self.progress.name)
        self.assertEqual(stock["ratings"], [("Anna Kunde", "Agent Staff", False)])
        self.assertSame(stock, ours)
        survey = "Satisfaction Survey of the ticket # - The printer burns"
        self.assertIn(survey, [subject for subject, _recipient in ours["mails"]])

    def test_no_rating_where_the_ticket_wants_none(self):
        self.progress.rating_mail_template_id = self.survey
        _item, stock, ours = self.reply(self.pair(rating_status="no_rate"))
        self.assertEqual(ours["ratings"], [])
        self.assertSame(stock, ours)

    def test_reopening_asks_for_a_rating(self):
        """Our reopening is a change of stage like one by hand, whatever the road."""
        self.team.autoupdate_ticket_stage = False
        self.first_stage.rating_mail_template_id = self.survey
        for batch in (False, True):
            with self.subTest(batch=batch):
                by_hand, ours = self.pair()
                for ticket in (by_hand, ours):
                    ticket.stage_id = self.done
                with self.news(by_hand) as wanted:
                    by_hand.stage_id = self.first_stage
                with self.news(ours) as news:
                    source = self.mail(SUPPORT, self.last_message_id(ours))
                    if batch:
                        with self.on_batch_road():
                            item = self.take_one(source)
                    else:
                        item = self.take_one(source)
                self.assertEqual(bool(self.roads(item)), not batch)
                self.assertIn("reopened", self.codes(item))
                self.assertEqual(wanted["ratings"], [("Anna Kunde", "Agent Staff", False)])
                self.assertSame(wanted, news, ("stage", "closed", "ratings"))
                survey = [mail for mail in news["mails"] if "Anna Kunde" in mail[1]]
                self.assertEqual(survey, wanted["mails"])

    def test_rating_given_by_the_customer(self):
        """The token in the survey still leads to the ticket that our road moved."""
        self.progress.rating_mail_template_id = self.survey
        _stock, ours = tickets = self.pair()
        self.reply(tickets)
        ours.rating_apply(5, token=ours._rating_get_access_token(), feedback="Thanks")
        self.assertEqual(ours.positive_rate_percentage, 100)
        self.assertIn("Thanks", " ".join(ours.message_ids.mapped("body")))

    # ------------------------------------------------------------------
    # helpdesk_ticket_close_inactive
    # ------------------------------------------------------------------

    def close_inactive(self, tickets, days):
        """Let *tickets* be *days* old and run the cron: what it did to each."""
        self.team.write(
            {
                "autoupdate_ticket_stage": False,
                "close_inactive_tickets": True,
                "ticket_stage_ids": [Command.set((self.new | self.progress | self.awaiting).ids)],
                "closing_ticket_stage": self.done.id,
            }
        )
        now = fields.Datetime.now()
        long_ago = now - datetime.timedelta(days=days)
        for ticket in tickets:
            ticket.last_stage_update = long_ago
        self.end_transaction()
        cron = self.env.ref("helpdesk_ticket_close_inactive.ir_cron_close_inactive_tickets")
        # it counts in days of the calendar: no midnight since
        with self.news(*tickets) as found, freeze_time(now):
            cron.ir_actions_server_id.run()
        return found

    def test_warning_and_reply_to_it(self):
        tickets = self.pair()
        found = self.close_inactive(tickets, 7)
        self.assertSame(*found, ("stage", "closed", "ratings"))
        warnings = [
            self.env["mail.mail"].search(
                [("model", "=", ticket._name), ("res_id", "=", ticket.id)], order="id desc", limit=1
            )
            for ticket in tickets
        ]
        for warning, ticket in zip(warnings, tickets, strict=True):
            self.assertEqual(warning.subject, f"The ticket {ticket.number} will be closed.")
        item, stock, ours = self.reply(tickets, [mail.message_id for mail in warnings])
        self.assertEqual(item.outcome, "appended")
        self.assertSame(stock, ours)

    def test_closed_and_reopened(self):
        stock, ours = tickets = self.pair()
        found = self.close_inactive(tickets, 15)
        self.assertTrue(found[0]["closed"])
        self.assertSame(*found)
        answers = [self.last_message_id(ticket, ("notification",)) for ticket in tickets]
        item, _news_of_stock, news = self.reply(tickets, answers)
        self.assertIn("reopened", self.codes(item))
        self.assertEqual((self.ticket(item), news["stage"]), (ours, self.first_stage.name))
        # it counts as active from now on
        self.team.close_team_inactive_tickets()
        self.assertFalse(ours.closed)

    def test_closed_and_followed_up(self):
        self.inbox.closed_policy = "follow_up"
        _stock, ours = tickets = self.pair()
        self.close_inactive(tickets, 15)
        answers = [self.last_message_id(ticket, ("notification",)) for ticket in tickets]
        item, _stock_news, news = self.reply(tickets, answers)
        self.assertIn("follow_up", self.codes(item))
        self.assertTrue(news["closed"])
        self.assertEqual(self.ticket(item).origin_ticket_id, ours)
        self.assertEqual(self.ticket(item).stage_id, self.first_stage)

    def test_mail_keeps_no_ticket_open(self):
        """Inactive means: no change of stage; a mail that changes none counts as little as by
        Odoo's gateway.
        """
        self.team.autoupdate_ticket_stage = False
        tickets = self.pair()
        self.reply(tickets)
        found = self.close_inactive(tickets, 15)
        self.assertTrue(found[0]["closed"])
        self.assertSame(*found)
