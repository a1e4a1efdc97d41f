# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Replies as people see them: quoted text folded, signatures, others in Cc, closed tickets, and
commands of agents. The options of the *Replies* point are named by the tests' docstrings.
"""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..intake import hooks
from .common import SUPPORT, HelpdeskMailCase, write_mail
from .notification_case import NotificationCase
from .test_verification import HOST, received
from .tour_case import TourCase

MARK = "data-o-mail-quote"
QUOTED = (
    "It works now.\n\n-- \nAnna\nTel. 12\n\n"
    "On Mon, 2 Mar 2026 at 10:00, Support <support@desk.example> wrote:\n> Try it.\n> Bye\n"
)
HTML = (
    '<div dir="ltr"><p>It works now.</p><div>-- <br><div class="gmail_signature">Anna</div></div>'
    '</div><br><div class="gmail_quote"><div class="gmail_attr">On Mon, 2 Mar 2026 at 10:00, '
    'Support &lt;support@desk.example&gt; wrote:<br></div><blockquote class="gmail_quote">Try it.'
    "</blockquote></div>"
)
AGENT = "Agent Staff <agent@staff.example>"


class RepliesCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox.own_mail_hosts = HOST
        cls.inbox.mail_commands = True

    def reply(self, ticket, text, sender=None, **options):
        """The Item of a reply to the last message of *ticket* that has a Message-ID."""
        options.setdefault("answers", ticket.message_ids.filtered("message_id")[:1].message_id)
        options.setdefault("subject", f"Re: {ticket.name}")
        if sender:
            options["sender"] = sender
        verdict = options.pop("verdict", None)
        source = write_mail(text=text, **options)
        return self.take_one(received(source, verdict) if verdict else source)

    def by_agent(self, ticket, text, **options):
        """The Item of a reply of the agent, which our own mail host has verified."""
        options.setdefault("verdict", "pass")
        return self.reply(ticket, text, sender=AGENT, **options)

    def ordered(self, text, **options):
        """A new ticket, and the Item of the agent's reply to it."""
        ticket = self.new_ticket()
        return ticket, self.by_agent(ticket, text, **options)


@tagged("post_install", "-at_install")
class TestFolding(RepliesCase):
    def roads(self):
        """Both writing roads."""
        for overrides in ([], ["other.message_new"]):
            with (
                self.subTest(overrides=overrides),
                patch.object(hooks, "foreign_overrides", return_value=overrides),
            ):
                yield

    def seen(self, body):
        """What stands in *body* before the first mark."""
        return str(body).partition(MARK)[0]

    def test_quoted_text_folded(self):
        """*Quoted text folded rather than removed*: marked for Odoo's chatter, nothing lost."""
        for _road in self.roads():
            for html in (None, HTML):
                item = self.reply(self.new_ticket(), QUOTED, html=html)
                body = self.message(item).body
                self.assertIn("It works now.", self.seen(body))
                for word in ("Anna", "wrote:", "Try it."):
                    self.assertNotIn(word, self.seen(body))
                    self.assertIn(word, body)

    def test_quoted_text_shown(self):
        """Without *Fold quoted text* nothing folds, not even what Odoo would fold by itself."""
        self.inbox.fold_quotes = False
        for _road in self.roads():
            for html in (None, HTML):
                item = self.reply(self.new_ticket(), QUOTED, html=html)
                self.env.invalidate_all()
                self.assertNotIn(MARK, self.message(item).body)
                self.assertIn("Try it.", self.message(item).body)

    def test_signature_detection(self):
        """*Signature detection* off: a signature is seen like any text, history is folded."""
        self.inbox.detect_signatures = False
        for html in (None, HTML):
            item = self.reply(self.new_ticket(), QUOTED, html=html)
            self.assertIn("Anna", self.seen(self.message(item).body))
            self.assertNotIn("Try it.", self.seen(self.message(item).body))

    def test_first_mail_shows_its_signature(self):
        """The description of a ticket folds history only."""
        for _road in self.roads():
            for html in (None, HTML):
                ticket = self.new_ticket(write_mail(subject="Re: x", text=QUOTED, html=html))
                self.assertIn("Anna", self.seen(ticket.description))
                self.assertNotIn("Try it.", self.seen(ticket.description))
                self.assertIn("Try it.", ticket.description)


@tagged("post_install", "-at_install")
class TestReplySettings(RepliesCase):
    def test_policy_for_closed_tickets(self):
        """*Policy for closed tickets*: a reply reopens, or opens a linked ticket; by age too."""
        ticket = self.new_ticket()
        self.close(ticket)
        self.reply(ticket, "Still broken.")
        self.assertFalse(ticket.stage_id.closed)
        self.close(ticket, closed_date="2020-01-01")
        self.inbox.reopen_days = 7
        self.assertEqual(self.ticket(self.reply(ticket, "1")).origin_ticket_id, ticket)
        self.inbox.write({"reopen_days": 0, "closed_policy": "follow_up"})
        self.assertEqual(self.ticket(self.reply(ticket, "2")).origin_ticket_id, ticket)

    def test_ticket_number_pattern(self):
        """*Ticket number pattern*: answers carry it, and replies are found by it."""
        self.inbox.subject_tag = "Case {number}:"
        ticket = self.new_ticket()
        _message, mails = self.answer(ticket)
        self.assertIn(f"Case {ticket.number}:", mails[:1].subject)
        item = self.take_one(write_mail(subject=f"Case {ticket.number}: hello"))
        self.assertEqual(self.ticket(item), ticket)

    def test_cc_as_followers_or_not(self):
        """*Cc as followers or not*: as Odoo does, of known senders only, noted only, not at all."""
        stranger = "Stranger <stranger@evil.example>"
        expected = {
            "keep": (True, True, True),
            "followers": (True, False, True),
            "note": (False, False, True),
            "ignore": (False, False, False),
        }
        for policy, (known, unknown, noted) in expected.items():
            for overrides in ([], ["other.message_new"]):
                self.inbox.cc_policy = policy
                with (
                    self.subTest(policy=policy, overrides=overrides),
                    patch.object(hooks, "foreign_overrides", return_value=overrides),
                ):
                    by_anna = self.new_ticket(write_mail(cc="bert@kunde.example"))
                    self.assertEqual(self.bert in by_anna.message_partner_ids, known)
                    self.assertEqual("bert@kunde" in (by_anna.email_cc or ""), noted)
                    by_stranger = self.new_ticket(
                        write_mail(sender=stranger, cc="bert@kunde.example")
                    )
                    self.assertEqual(self.bert in by_stranger.message_partner_ids, unknown)
                    item = self.reply(by_anna, "And", cc="carl@kunde.example", subject="Re: a")
                    self.assertEqual(self.ticket(item), by_anna)
                    self.assertEqual("carl@kunde" in (by_anna.email_cc or ""), noted)


@tagged("post_install", "-at_install")
class TestCommands(RepliesCase):
    """*#note-style commands for agents by mail as a setting*."""

    def test_note(self):
        ticket, item = self.ordered("#note\nHe is angry.")
        message = self.message(item)
        self.assertTrue(message.is_internal)
        self.assertNotIn("#note", message.body)
        self.assertIn("He is angry.", message.body)
        self.assertEqual(ticket.stage_id, self.first_stage)

    def test_note_in_one_line(self):
        _ticket, item = self.ordered("#note He is angry.")
        self.assertTrue(self.message(item).is_internal)
        self.assertIn("He is angry.", self.message(item).body)

    def test_all_at_once(self):
        """The customer gets the words without the commands; each one shows in the trace."""
        tags = self.env["helpdesk.ticket.tag"].create([{"name": "Invoice"}, {"name": "VIP"}])
        ticket, item = self.ordered(
            "#assign me\n#priority urgent\n\nWe are on our way.\n\n#tag invoice, vip\n#close\n"
            "\n-- \nAgent\n\nOn Mon, 2 Mar 2026 at 10:00, Anna wrote:\n> Please help."
        )
        message = self.message(item)
        self.assertNotIn("#", message.body)
        self.assertIn("We are on our way.", message.body)
        self.assertFalse(message.is_internal)
        self.assertEqual(ticket.user_id, self.agent)
        self.assertEqual(ticket.priority, "3")
        self.assertEqual(ticket.tag_ids, tags)
        self.assertTrue(ticket.stage_id.closed)
        self.assertEqual(self.codes(item).count("command"), 4)
        self.assertIn("#close", self.row(item).explanation)

    def test_html(self):
        ticket, item = self.ordered(
            "#close\nDone.", html="<div>#close</div><div>Done.</div>", subject="Re: x"
        )
        self.assertNotIn("#close", self.message(item).body)
        self.assertTrue(ticket.stage_id.closed)

    def test_stage_team_reopen_assign(self):
        team = self.env["helpdesk.ticket.team"].create({"name": "Billing"})
        team.user_ids = self.agent
        boss = self.new_user("boss", "helpdesk_mgmt.group_helpdesk_user")
        ticket, _item = self.ordered("#team billing")
        self.assertEqual(ticket.team_id, team)
        stage = team._get_applicable_stages().filtered(lambda stage: not stage.closed)[-1]
        self.by_agent(ticket, f"#stage {stage.name.upper()}")
        self.assertEqual(ticket.stage_id, stage)
        self.by_agent(ticket, "#assign boss staff")
        self.assertEqual(ticket.user_id, boss)
        self.close(ticket)
        self.inbox.closed_policy = "reopen"
        self.by_agent(ticket, "#reopen")
        self.assertFalse(ticket.stage_id.closed)

    def test_close_keeps_closed(self):
        """A note or *close* on a closed ticket does not open it for a moment."""
        ticket = self.new_ticket()
        self.close(ticket)
        for command in ("#close", "#note still angry"):
            self.by_agent(ticket, command)
            self.assertTrue(ticket.stage_id.closed)

    def test_spam(self):
        """The sender is refused from now on, the ticket is closed, nobody outside hears of it."""
        ticket, item = self.ordered("#spam")
        self.assertTrue(ticket.recipient_id.is_banned)
        self.assertTrue(ticket.stage_id.closed)
        self.assertTrue(self.message(item).is_internal)
        self.assertEqual(self.take_one().reason, "banned")

    def test_unknown(self):
        """An unknown command stays in the text; the agent gets one note that names it."""
        ticket, item = self.ordered("#colse\n#stage nowhere\n#assign nobody\nText")
        self.assertIn("#colse", self.message(item).body)
        note = ticket.message_ids[0]
        self.assertTrue(note.subtype_id.internal)
        self.assertEqual(note.notified_partner_ids, self.agent.partner_id)
        for word in ("#colse", "#stage nowhere", "#assign nobody"):
            self.assertIn(word, note.body)

    def test_only_in_the_agents_own_words(self):
        """Not in what the mail quotes, nor in the middle of the text."""
        ticket, item = self.ordered(
            "Text\n#close\nText\n\nOn Mon, 2 Mar 2026 at 10:00, Anna wrote:\n> x\n> #close"
        )
        self.assertFalse(ticket.stage_id.closed)
        self.assertIn("#close", self.message(item).body)

    def test_never_what_the_customer_wrote(self):
        """A mail program that marks no quotation does not make the customer's words commands."""
        ticket = self.new_ticket(write_mail(text="Please help.\n#assign me\n#close"))
        item = self.by_agent(ticket, "Ok.\n\nPlease help.\n#assign me\n#close")
        self.assertFalse(ticket.stage_id.closed)
        self.assertFalse(ticket.user_id)
        self.assertIn("command_quoted", self.codes(item))

    def test_never_from_customers(self):
        ticket = self.new_ticket()
        item = self.reply(ticket, "#close\n#spam\n#assign me")
        self.assertFalse(ticket.stage_id.closed)
        self.assertFalse(ticket.recipient_id.is_banned)
        self.assertIn("#close", self.message(item).body)

    def test_never_what_a_forward_holds(self):
        """What the agent forwards was written by somebody else."""
        self.inbox.agent_forward_policy = "agent"
        passed = {
            "Authentication-Results": "mx.desk.example; dmarc=pass header.from=staff.example",
            "Received": "from x by mx.desk.example; Mon, 02 Mar 2026 10:00:00 +0100",
        }
        forward = (
            "#priority high\nSee below.\n\n---------- Forwarded message ---------\nFrom: Anna <"
            "anna@kunde.example>\nDate: Mon, 2 Mar 2026 at 09:00\nSubject: Help\nTo: <x@y.example>"
            "\n\nPlease help.\n#assign me"
        )
        for text in (forward, "#priority high\nHe says:\nPlease help.\n#assign me"):
            item = self.take_one(
                write_mail(sender=AGENT, subject="Fwd: Help", text=text, headers=passed)
            )
            self.assertEqual(item.verification, "pass")
            ticket = self.ticket(item)
            self.assertEqual(ticket.priority, "2")
            self.assertFalse(ticket.user_id)
        self.inbox.agent_forward_policy = "customer"
        item = self.take_one(
            write_mail(sender=AGENT, subject="Fwd: Help", text=forward, headers=passed)
        )
        self.assertEqual(self.ticket(item).partner_email, "anna@kunde.example")
        self.assertFalse(self.ticket(item).user_id)
        self.assertFalse([code for code in self.codes(item) if code.startswith("command")])
        item = self.take_one(write_mail(sender=AGENT, text="#spam", headers=passed))
        self.assertFalse(self.ticket(item).recipient_id.is_banned)
        self.assertIn("command_failed", self.codes(item))

    def test_never_by_the_number_alone(self):
        """Anybody can write an agent's address and a ticket number."""
        ticket = self.new_ticket()
        item = self.take_one(
            write_mail(sender=AGENT, subject=f"[{ticket.number}] x", text="#close")
        )
        self.assertEqual(self.ticket(item), ticket)
        self.assertFalse(ticket.stage_id.closed)
        self.assertIn("command_unproven", self.codes(item))

    def test_never_from_a_forged_sender(self):
        ticket, _item = self.ordered("#close", verdict="fail")
        self.assertFalse(ticket.stage_id.closed)

    def test_off(self):
        """Off by default: the line is text like any other."""
        self.assertFalse(self.new_inbox(email="other@desk.example").mail_commands)
        self.inbox.mail_commands = False
        ticket, item = self.ordered("#close")
        self.assertFalse(ticket.stage_id.closed)
        self.assertIn("#close", self.message(item).body)

    def test_with_the_agents_own_rights(self):
        """Who may only read a ticket does not change it by mail."""
        with patch.object(
            type(self.env["helpdesk.ticket"]),
            "_check_access",
            self._read_only(type(self.env["helpdesk.ticket"])._check_access),
        ):
            ticket, item = self.ordered("#priority urgent")
        self.assertEqual(ticket.priority, "1")
        self.assertIn("command_failed", self.codes(item))

    def _read_only(self, check):
        agent = self.agent

        def checked(records, operation):
            if operation == "write" and records.env.uid == agent.id:
                return records, lambda: AccessError("Not yours.")
            return check(records, operation)

        return checked

    def test_no_query_without_commands(self):
        """The setting costs nothing for mail without commands."""
        ticket = self.new_ticket()
        self.by_agent(ticket, "warm")
        counts = []
        for on in (True, False):
            self.inbox.mail_commands = on
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.by_agent(ticket, f"Hello {on}")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestCommandNotifications(NotificationCase):
    def test_what_the_customer_gets(self):
        """The customer gets the answer without its commands, and *Resolved* once."""
        self.inbox.write({"mail_commands": True, "own_mail_hosts": HOST})
        ticket = self.open_ticket()
        last = ticket.message_ids.filtered("message_id")[:1].message_id
        source = write_mail(
            sender=AGENT, to=SUPPORT, subject="Re: x", text="#close\nAll done.", answers=last
        )
        source = received(source, "pass")
        mails = [mail for to, mail in self.sent(self.take_one, source) if "kunde" in to]
        self.assertEqual(len(mails), 2)
        for mail in mails:
            self.assertNotIn("#close", self.html(mail))
        self.assertTrue(any("All done." in self.html(mail) for mail in mails))


@tagged("post_install", "-at_install")
class TestFoldingTour(RepliesCase, TourCase):
    def test_a_folded_reply_opens(self):
        """A reply shows its new words; three dots open what it quotes."""
        ticket = self.new_ticket()
        self.reply(ticket, QUOTED)
        url = f"/odoo/action-helpdesk_mgmt.helpdesk_ticket_action/{ticket.id}"
        self.start_tour(url, "helpdesk_mail_folded_reply", login=self.agent.login)
