# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Personal mailboxes by RPC: every public method, as each role."""

import psycopg2
from odoo.exceptions import AccessError, MissingError, RedirectWarning, UserError
from odoo.service.model import call_kw
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..models import seal
from .mailbox_methods import METHODS, calls, is_private, public_methods
from .mailbox_world import QUIET, READERS, ROLES, WRITERS, MailboxWorld, told

# what is in a mailbox, as the database has it
_CONTENTS = {
    "helpdesk_incoming_mail", "helpdesk_mail_folder", "helpdesk_mailbox",
    "helpdesk_mailbox_delegate_rel", "helpdesk_mailbox_message",
    "helpdesk_mailbox_message_attachment_rel", "helpdesk_mailbox_pair", "helpdesk_sent_copy",
    "helpdesk_ticket", "ir_attachment",
}  # fmt: skip


# what says that something cannot be done, which is none of rights
_NO = (UserError, RedirectWarning, ValueError, psycopg2.IntegrityError)


class RemoteCase(MailboxWorld, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_world()

    def setUp(self):
        super().setUp()
        self.tried = self.without_network()

    def remote(self, role, model, method, *args, watched=True, **kwargs):
        """(outcome, answer, names of the tables that changed) of what a client of *role* calls;
        it is undone. The outcome is "refused" by rights, "no" for another reason, or "done".
        """
        env = self.as_(role)
        before = self.state_of_all() if watched else {}
        del self.tried[:]
        outcome, answer, changed = "done", None, set()
        with mute_logger(*QUIET), self.env.cr.savepoint() as savepoint:
            try:
                answer = call_kw(env[model], method, list(args), kwargs)
                env.flush_all()
                after = self.state_of_all() if watched else {}
                changed = {table for table in before if after[table] != before[table]}
            except (AccessError, MissingError):
                # the request's transaction is rolled back, and with it what was done until then
                outcome = "refused"
            except _NO:
                outcome = "no"
            savepoint.rollback()
        return outcome, answer, changed


@tagged("post_install", "-at_install")
class TestMailboxPublicMethods(RemoteCase):
    def test_list_is_complete(self):
        """A new public method is a new door: it has to be named, with who may call it."""
        models = {
            name
            for name in self.env.registry
            if name.startswith("helpdesk.mailbox") or name == "helpdesk.communication"
        }
        models |= {name for name in self.env.registry if seal.seals(name)}
        self.assertFalse(models - METHODS.keys(), "models that are not named")
        for model, methods in METHODS.items():
            self.assertEqual(public_methods(self.env[model]), methods.keys(), model)

    def test_who_may_call_what(self):
        for model, name, call in calls():
            for role in ROLES:
                with self.subTest(method=f"{model}.{name}", role=role):
                    outcome, answer, changed = self.remote(
                        role, model, name, *call.arguments(self), **call.options(self)
                    )
                    expected = call.expected(role)
                    self.assertEqual(outcome, {"nothing": "done"}.get(expected, expected), answer)
                    if role not in READERS:
                        self.assertFalse(told(answer), answer)
                    if role not in WRITERS:
                        self.assertFalse(changed & _CONTENTS)
                        self.assertFalse(self.tried, "a server was asked")
                    if expected == "nothing":
                        self.assertFalse(changed)

    def test_private_methods(self):
        """What is no door is shut to the owner as well."""
        for model, name in (("helpdesk.mailbox", "fetch"), ("helpdesk.mailbox.message", "init")):
            self.assertTrue(is_private(self.env[model], name))
