# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two users pair the same address at once: real transactions, committed, as two workers have."""

import threading
from contextlib import contextmanager
from functools import partial
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import DummyRLock, Registry
from odoo.service.model import call_kw, retrying
from odoo.tests.common import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

EMAIL = "race@nobody.example"


@contextmanager
def environment():
    """An environment of its own, committed at the end."""
    with Registry(get_db_name()).cursor() as cr:
        yield Environment(cr, SUPERUSER_ID, {})


@tagged("post_install", "-at_install")
class TestTwoUsersAtOnce(BaseCase):
    """ "two users pairing at once [..] A clear error or a sane result, and nothing lost" """

    def setUp(self):
        super().setUp()
        with environment() as env:
            partners = env["res.partner"].create([{"name": "First Inc"}, {"name": "Second Inc"}])
            recipient = env["helpdesk.recipient"].create({"email": EMAIL})
            ticket = (
                env["helpdesk.ticket"]
                .with_context(tracking_disable=True)
                .create({"name": "Race", "description": "x", "recipient_id": recipient.id})
            )
            self.partners, self.recipient, self.ticket = partners.ids, recipient.id, ticket.id
        self.addCleanup(self.clean_up)

    def clean_up(self):
        with environment() as env:
            env["helpdesk.ticket"].browse(self.ticket).unlink()
            env["helpdesk.recipient"].browse(self.recipient).unlink()
            env["res.partner"].browse(self.partners).unlink()

    def both(self, *calls):
        """Let two users call at once, each in a transaction that began before the other wrote:
        what they got, results or errors.

        :param calls: (model, method, ids, keywords), twice
        """
        began = threading.Barrier(2, timeout=120)
        answers = [None, None]

        def work(number, model, method, ids, kwargs):
            waited = []

            def call(env):
                env.cr.execute("SELECT partner_id FROM helpdesk_recipient")
                if not waited:
                    waited.append(True)
                    began.wait()
                return call_kw(env[model], method, [ids], dict(kwargs))

            try:
                with environment() as env:
                    # as for each call of a web client
                    answers[number] = retrying(partial(call, env), env)
            except UserError as error:
                answers[number] = error

        threads = [
            threading.Thread(target=work, args=(number, *call)) for number, call in enumerate(calls)
        ]
        with (
            mute_logger("odoo.sql_db", "odoo.service.model"),
            # whoever runs the tests holds it; Odoo's own test mode does the same
            patch.object(Registry, "_lock", DummyRLock()),
        ):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(240)
        return answers

    def state(self):
        with environment() as env:
            recipient = env["helpdesk.recipient"].browse(self.recipient)
            ticket = env["helpdesk.ticket"].browse(self.ticket)
            moves = recipient.move_ids.sorted("id")
            return recipient.partner_id.id, ticket.partner_id.id, moves.new_partner_id.ids

    def test_in_the_dialog(self):
        """The one who comes second is told what the first has done."""
        with environment() as env:
            dialogs = env["helpdesk.recipient.pair"].create(
                [
                    {
                        "recipient_ids": [Command.set([self.recipient])],
                        "partner_id": partner_id,
                    }
                    for partner_id in self.partners
                ]
            )
            ids = dialogs.ids
        answers = self.both(
            *(("helpdesk.recipient.pair", "action_pair", [dialog], {}) for dialog in ids)
        )
        errors = [answer for answer in answers if isinstance(answer, UserError)]
        self.assertEqual(len(errors), 1, answers)
        winner = answers.index(next(a for a in answers if not isinstance(a, UserError)))
        self.assertIn("Somebody else was faster", str(errors[0]))
        self.assertIn(["First Inc", "Second Inc"][winner], str(errors[0]))
        won = self.partners[winner]
        self.assertEqual(self.state(), (won, won, [won]))

    def test_by_rpc(self):
        """Without a dialog there is nothing that they have seen: the later one holds, the ticket
        stays where it went first, and the history has both.
        """
        answers = self.both(
            *(
                ("helpdesk.recipient", "action_pair", [self.recipient], {"partner_id": partner_id})
                for partner_id in self.partners
            )
        )
        self.assertFalse([answer for answer in answers if isinstance(answer, UserError)])
        paired, owner, history = self.state()
        self.assertEqual(set(history), set(self.partners))
        self.assertEqual((paired, owner), (history[-1], history[0]))
        with environment() as env:
            env["helpdesk.recipient"].browse(self.recipient).move_ids[0].action_undo()
        self.assertEqual(self.state()[0], history[0])

    def test_paired_and_banned_at_once(self):
        """Neither is lost."""
        answers = self.both(
            (
                "helpdesk.recipient",
                "action_pair",
                [self.recipient],
                {"partner_id": self.partners[0]},
            ),
            ("helpdesk.recipient", "action_ban", [self.recipient], {}),
        )
        self.assertNotIn(None, answers)
        with environment() as env:
            recipient = env["helpdesk.recipient"].browse(self.recipient)
            self.assertEqual(recipient.partner_id.id, self.partners[0])
            self.assertTrue(recipient.is_banned)
