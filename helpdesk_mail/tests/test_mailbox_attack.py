# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Attacks on the seal: by what a settings administrator may define, by defaults, by profiles."""

import logging
import threading

import psycopg2
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models import seal
from .test_mailbox_seal import MailboxCase, take_in

SECRET = "heliotrope"
SUBJECT = "Between us"
MESSAGE = "helpdesk.mailbox.message"
QUIET = (
    "odoo.addons.base.models.ir_actions",
    "odoo.addons.base.models.ir_cron",
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.ir_qweb",
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.helpdesk_mail.intake.private",
    "odoo.sql_db",
)
HOST = "imap.secret.example"


class AttackCase(MailboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox.write({"host": HOST, "delegate_ids": [(5,)]})
        cls.own = (
            cls.env["helpdesk.mailbox"].with_user(cls.system).create({"email": "s@firm.example"})
        )
        seal.opened(cls.own).state = "active"
        cls.partner = cls.env["res.partner"].create({"name": "Anybody"})
        cls.env.flush_all()
        cls.env.invalidate_all()

    def attempt(self, attack, *args):
        """What *attack* (a function) gets out, as text; or the words of its refusal."""
        self.env.flush_all()
        self.env.invalidate_all()
        try:
            with mute_logger(*QUIET), self.env.cr.savepoint():
                return str(attack(*args))
        except (AccessError, UserError, AttributeError, NameError, ValueError) as error:
            return str(error)

    def run_code(self, code):
        """What a settings administrator's server action answers."""
        action = (
            self.env["ir.actions.server"]
            .with_user(self.system)
            .create(
                {
                    "name": "Spy",
                    "state": "code",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                    "code": code,
                }
            )
        )
        self.env.flush_all()
        self.env.invalidate_all()
        return action.run()


@tagged("post_install", "-at_install")
class TestMailboxAttackCode(AttackCase):
    """Code that a settings administrator writes."""

    def test_server_action(self):
        anna, box, message = self.anna.id, self.mailbox.id, self.message.id
        find = "action = {'found': str(%s)}"
        cases = (
            # under the name of the owner
            find % f"env['{MESSAGE}'].with_user({anna}).search([]).mapped('body')",
            find % f"env['{MESSAGE}'].with_user({anna}).browse({message}).body",
            find
            % f"env['ir.attachment'].with_user({anna}).search([('res_model', '=', '{MESSAGE}')])"
            ".mapped('name') + env['helpdesk.mailbox'].with_user("
            f"{anna})._of_user().mapped('host')",
            # by our own code, which hands on what is open
            find % f"env['helpdesk.mailbox'].browse({box})._helpdesk_mail_unsealed().host",
            find % f"env['helpdesk.mailbox'].browse({box})._helpdesk_mail_unsealed__().host",
            find % "env['ir.mail_server'].sudo().search([])._helpdesk_mail_account__().host",
            find
            % f"env['helpdesk.mailbox'].with_user({anna}).browse({box})._helpdesk_mail_settings()",
            find % f"list(env['helpdesk.mailbox'].with_user({anna}).browse({box})._export())",
            find % f"env['{MESSAGE}'].with_user({anna}).browse({message})._letter()",
            # opened, read, and never logged: what failed is undone
            "group = env.ref('helpdesk_mail.group_break_glass')\n"
            "env.user.sudo().write({'group_ids': [(4, group.id)]})\n"
            f"env['helpdesk.mailbox.glass'].create({{'mailbox_id': {box}, 'reason': 'A good "
            f"reason'}})\nraise UserError(str(env['{MESSAGE}'].search([]).mapped('body')))",
        )
        for code in cases:
            with self.subTest(code):
                got = self.attempt(self.run_code, code)
                self.assertNotIn(SECRET, got)
                self.assertNotIn(HOST, got)

    def test_rest_of_a_mailbox_as_superuser(self):
        """Its history, folders, journal and server are no more anybody's than its mail."""
        opened = seal.opened(self.mailbox)
        folder = opened.env["helpdesk.mail.folder"].create(
            {"mailbox_id": opened.id, "name": "Divorce"}
        )
        opened.write({"state": "failed", "last_error": "Divorce at the server"})
        server = opened.env["ir.mail_server"].create(
            {
                "name": "A server",
                "smtp_host": "Divorce.example",
                "helpdesk_account_model": "helpdesk.mailbox",
                "helpdesk_account_id": opened.id,
            }
        )
        self.env.flush_all()
        for model, ids in (
            ("helpdesk.mail.folder", folder.ids),
            ("ir.mail_server", server.ids),
            ("helpdesk.mail.event", []),
            ("helpdesk.incoming.mail", []),
        ):
            with self.subTest(model):
                code = f"action = {{'found': str(env['{model}'].sudo().search([]).ids)}}"
                found = self.run_code(code)["found"]
                mine = opened.env[model].search([]).ids
                self.assertTrue(mine)
                if ids:
                    self.assertNotIn(ids[0], eval(found))  # noqa: S307
                code = f"action = {{'x': str(env['{model}'].sudo().browse({mine}).read())}}"
                self.assertNotIn("Divorce", self.attempt(self.run_code, code))
        # whoever could write it would get what is sent, and the password
        code = f"env['ir.mail_server'].sudo().browse({server.id}).write({{'smtp_host': 'evil'}})"
        self.attempt(self.run_code, code)
        self.env.invalidate_all()
        self.assertEqual(seal.opened(server).smtp_host, "Divorce.example")

    def test_scheduled_action_under_the_name_of_the_owner(self):
        cron = (
            self.env["ir.cron"]
            .with_user(self.system)
            .create(
                {
                    "name": "Spy",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                    "state": "code",
                    "user_id": self.anna.id,
                    "code": f"found = env['{MESSAGE}'].search([]).mapped('body')[:1] or 'nothing'\n"
                    f"env['res.partner'].sudo().browse({self.partner.id}).write("
                    "{'comment': str(found)})",
                }
            )
        )
        self.env.invalidate_all()
        # as the scheduler does
        cron.ir_actions_server_id.with_user(self.anna).run()
        self.assertIn("nothing", self.partner.comment)

    def test_what_the_owner_sets_off(self):
        """An automation runs as whoever changes something: here the owner, with mail in memory."""
        action = (
            self.env["ir.actions.server"]
            .with_user(self.system)
            .create(
                {
                    "name": "Spy",
                    "state": "code",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                    "code": f"action = {{'x': env['{MESSAGE}'].browse({self.message.id}).body}}",
                }
            )
        )
        message = self.message.with_user(self.anna)
        self.assertIn(SECRET, message.body)
        self.assertNotIn(SECRET, self.attempt_in_memory(action.with_user(self.anna).sudo().run))
        self.assertIn(SECRET, message.body)

    def attempt_in_memory(self, attack):
        try:
            with mute_logger(*QUIET), self.env.cr.savepoint(flush=False):
                return str(attack())
        except (AccessError, UserError, ValueError) as error:
            return str(error)

    def test_views_templates_rules_and_fields(self):
        found = f"['{MESSAGE}'].with_user({self.anna.id}).search([]).mapped"
        for attack in (self._by_view, self._by_template, self._by_rule, self._by_field):
            with self.subTest(attack.__name__):
                got = self.attempt(attack, found)
                self.assertNotIn(SECRET, got)
                self.assertNotIn(SUBJECT, got)

    def _by_view(self, found):
        view = (
            self.env["ir.ui.view"]
            .with_user(self.system)
            .create(
                {
                    "type": "qweb",
                    "key": "helpdesk_mail.spy",
                    "name": "Spy",
                    "arch": f"<t t-name='helpdesk_mail.spy'><p t-out=\"env{found}('body')\"/></t>",
                }
            )
        )
        return self.env["ir.qweb"].with_user(self.system)._render(view.id, {})

    def _by_template(self, found):
        template = (
            self.env["mail.template"]
            .with_user(self.system)
            .create(
                {
                    "name": "Spy",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                    "subject": f"{{{{ object.env{found}('subject') }}}}",
                    "body_html": f"<p t-out=\"object.env{found}('body')\"/>",
                }
            )
        )
        return [template._render_field(name, self.partner.ids) for name in ("subject", "body_html")]

    def _by_rule(self, found):
        self.env["ir.rule"].with_user(self.system).create(
            {
                "name": "Spy",
                "model_id": self.env["ir.model"]._get_id("utm.tag"),
                "domain_force": f"[('name', 'in', user.env{found}('subject'))]",
            }
        )
        self.env["utm.tag"].create({"name": SUBJECT})
        return self.env["utm.tag"].with_user(self.system).search([]).mapped("name")

    def _by_field(self, found):
        self.env["ir.model.fields"].with_user(self.system).create(
            {
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "name": "x_spy",
                "field_description": "Spy",
                "ttype": "text",
                "store": False,
                "compute": f"for r in self: r['x_spy'] = str(r.env{found}('body'))",
            }
        )
        return self.partner.with_user(self.system).x_spy

    def test_our_own_actions_stay_what_they_are(self):
        action = self.env.ref("helpdesk_mail.helpdesk_mailbox_inbox_action")
        self.assertEqual(action.with_user(self.anna).run()["res_model"], MESSAGE)
        for values in ({"code": "pass"}, {"state": "object_write"}):
            with self.subTest(values), self.assertRaises(ValidationError):
                action.with_user(self.system).write(values)


@tagged("post_install", "-at_install")
class TestMailboxAttackSettings(AttackCase):
    """What is set without a line of code."""

    def default(self, model, name, json_value):
        field = self.env["ir.model.fields"]._get(model, name)
        self.env["ir.default"].with_user(self.system).create(
            {"field_id": field.id, "json_value": json_value}
        )

    def test_defaults_name_no_delegate_and_no_recipient(self):
        self.default("helpdesk.mailbox", "delegate_ids", f"[{self.system.id}]")
        self.default("helpdesk.mailbox", "host", '"evil.example"')
        self.default(MESSAGE, "email_bcc", '"s@firm.example"')
        mailbox = (
            self.env["helpdesk.mailbox"].with_user(self.bert).create({"email": "b@firm.example"})
        )
        self.assertFalse(mailbox.delegate_ids)
        self.assertFalse(mailbox.host)
        draft = (
            self.env[MESSAGE]
            .with_user(self.anna)
            .create({"mailbox_id": self.mailbox.id, "subject": "x"})
        )
        self.assertFalse(draft.email_bcc)

    def test_nobody_writes_a_received_message(self):
        """Nor leans a draft on somebody else's message, whose sender would then be told."""
        draft = (
            self.env[MESSAGE]
            .with_user(self.system)
            .with_context(
                default_state="received",
                default_direction="in",
                default_sender_email="boss@firm.example",
                default_parent_id=self.message.id,
                default_quote="<img src=x onerror=alert(1)>",
            )
            .create({"mailbox_id": self.own.id, "subject": "x"})
        )
        draft = seal.opened(draft)
        self.assertEqual((draft.state, draft.direction), ("draft", "out"))
        self.assertFalse(draft.parent_id or draft.sender_email or draft.quote)

    def test_machinery_of_a_mailbox_is_not_named(self):
        server = self.env["ir.mail_server"].create({"name": "x", "smtp_host": "x.example"})
        cron = self.env.ref("base.autovacuum_job")
        for values in ({"own_server_id": server.id}, {"cron_id": cron.id}):
            with self.subTest(values), self.assertRaises(AccessError):
                self.own.with_user(self.system).write(values)

    def test_superuser_changes_and_deletes_nothing(self):
        pair = seal.opened(self.env["helpdesk.mailbox.pair"]).create(
            {"mailbox_id": self.mailbox.id, "email": "x@customer.example"}
        )
        self.env.flush_all()
        message = self.message.with_user(self.system).sudo()
        pairs = seal.closed(pair).with_user(self.system).sudo()
        new = {"mailbox_id": self.mailbox.id, "email": "y@customer.example"}
        for attack in (
            message.unlink,
            pairs.unlink,
            lambda: pairs.write({"partner_id": self.partner.id}),
            lambda: pairs.create(new),
            lambda: self.mailbox.with_user(self.system).sudo().write({"host": "evil.example"}),
            lambda: self.mailbox.with_user(self.system).sudo().unlink(),
        ):
            self.env.invalidate_all()
            with self.subTest(attack), self.assertRaises(AccessError), self.env.cr.savepoint():
                attack()
        # with what is in memory as well
        self.assertTrue(seal.opened(self.message).subject)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            message.unlink()

    def test_profile_of_a_scheduled_action_run_by_hand(self):
        cron = self.env["ir.cron"].create(
            {
                "name": "Any",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "code",
                "code": "pass",
            }
        )
        recorded, asked = [], []
        thread = threading.current_thread()
        thread.query_hooks = [lambda cr, query, params, start, delay: recorded.append(str(params))]
        self.addCleanup(vars(thread).pop, "query_hooks")

        def process(*_args):
            asked.append(1)
            take_in(self.mailbox.with_env(self.env), b"Subject: dahlia\r\n\r\ndahlia", uid="9")

        self.patch(type(cron), "_acquire_one_job", lambda *args, **kwargs: {"id": cron.id})
        self.patch(type(cron), "_process_job", process)
        cron.with_user(self.system).method_direct_trigger()
        self.assertTrue(asked)
        self.assertNotIn("dahlia", "".join(recorded))
        # and the profile goes on
        self.env.cr.execute("SELECT 1")
        self.assertTrue(recorded)


@tagged("post_install", "-at_install")
class TestMailboxAttackMail(AttackCase):
    """What a stranger may write."""

    def test_address_that_is_too_long_for_the_database(self):
        sender = "".join(f"{number:x}" for number in range(3000))
        source = f"From: {sender}@b.example\r\nMessage-ID: <9@b.example>\r\n\r\ndahlia\r\n"
        message = self.receive(self.mailbox, source.encode(), uid="9")
        self.assertIn("dahlia", message.with_user(self.anna).body)

    def test_failed_query_is_in_no_log(self):
        """A mail that the database refuses would show all mail that came with it."""
        log = logging.getLogger("odoo.sql_db")
        for values in ({"subject": "dahlia", "mailbox_id": 0}, {"subject": "dahlia"}):
            with (
                self.assertLogs(log, "ERROR") as logged,
                self.assertRaises(psycopg2.Error),
                self.env.cr.savepoint(),
            ):
                columns = ", ".join(values)
                self.env.cr.execute(
                    f"INSERT INTO helpdesk_mailbox_message ({columns}) VALUES %s",  # noqa: S608
                    [tuple(values.values())],
                )
            self.assertNotIn("dahlia", str(logged.output))
            self.assertIn("private mail", str(logged.output))

    def test_references_to_the_mail_of_others(self):
        """Neither a thread of another mailbox nor what left from it is touched."""
        left = seal.opened(self.env[MESSAGE]).create(
            {
                "mailbox_id": self.mailbox.id,
                "direction": "out",
                "state": "sent",
                "message_id": "left@firm.example",
                "email_to": "carla@customer.example",
            }
        )
        report = (
            b"From: MAILER-DAEMON@evil.example\r\nMessage-ID: <b@evil.example>\r\n"
            b"References: <1@customer.example>\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
            b"--b\r\nContent-Type: text/plain\r\n\r\nIt came back.\r\n"
            b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; evil\r\n\r\n"
            b"Final-Recipient: rfc822; carla@customer.example\r\nAction: failed\r\n"
            b"Status: 5.1.1\r\n\r\n--b\r\nContent-Type: message/rfc822-headers\r\n\r\n"
            b"Message-ID: <left@firm.example>\r\n\r\n--b--\r\n"
        )
        self.receive(self.own, report, uid="8")
        self.assertFalse(left.delivery)
        self.assertEqual(seal.opened(self.message).thread_key, "1@customer.example")
        self.receive(self.mailbox, report, uid="9")
        self.assertEqual(left.delivery, "bounced")


@tagged("post_install", "-at_install")
class TestMailboxAttackColleague(AttackCase):
    def test_no_name_is_borrowed_within_a_request(self):
        """Whatever evaluates it: a rule, a file name of a report, an add-on."""
        self.patch(seal, "request", object())
        thread = threading.current_thread()
        before = getattr(thread, "uid", None)
        self.addCleanup(setattr, thread, "uid", before)
        message = self.env[MESSAGE].with_user(self.anna)
        for user, found in ((self.system, 0), (self.anna, 1)):
            thread.uid = user.id
            with self.subTest(user=user.login):
                self.assertEqual(message.search_count([]), found)

    def test_words_of_others_are_not_guessed(self):
        """Counting what a path finds tells the word at its end."""
        for user, model, path in (
            (self.bert, "res.users", "helpdesk_mailbox_ids.email"),
            (self.bert, "res.users", "helpdesk_mailbox_ids.message_ids.body"),
            (self.bert, "res.partner", "user_ids.helpdesk_mailbox_ids.host"),
            (self.system, "helpdesk.mailbox.glass", "mailbox_id.host"),
            (self.system, "helpdesk.ticket", "incoming_mail_ids.mailbox_message_id.subject"),
            (self.system, "helpdesk.incoming.mail", "mailbox_message_id.subject"),
        ):
            Model = self.env[model].with_user(user)
            with self.subTest(path):
                self.assertFalse(Model.search_count([(path, "ilike", ".")]))

    def test_files_are_not_slipped_into_the_mail_of_others(self):
        File = self.env["ir.attachment"].with_user(self.bert)
        place = {"res_model": MESSAGE, "res_id": self.message.id}
        mine = File.create({"name": "x", "raw": b"x"})
        for attack in (
            lambda: File.create({"name": "x", "raw": b"x", **place}),
            lambda: mine.write(place),
            lambda: mine.copy(place),
        ):
            with self.assertRaises(AccessError):
                attack()

    def test_superusers_see_no_journal_of_a_mailbox(self):
        rows = self.env["helpdesk.incoming.mail"].sudo().search([("digest", "!=", False)])
        self.assertFalse(rows.filtered("mailbox_id"))

    def test_scoped_colleague_is_offered_nobody_elses_customers(self):
        other, theirs = self.env["res.partner"].create(
            [
                {"name": "Other", "is_company": True},
                {"name": "Carla Hidden", "email": "carla@customer.example"},
            ]
        )
        scoped = new_test_user(
            self.env,
            "scoped",
            groups="helpdesk_mgmt.group_helpdesk_user,base.group_partner_manager",
            email="scoped@firm.example",
        )
        scoped.helpdesk_partner_ids = other
        mailbox = (
            self.env["helpdesk.mailbox"].with_user(scoped).create({"email": "scoped@firm.example"})
        )
        seal.opened(mailbox).write({"state": "active", "send_enabled": True})
        message = self.receive(mailbox, self.source(), uid="77").with_user(scoped)
        Message = message.env[MESSAGE]
        dialog = {"mail_ids": [(6, 0, message.ids)]}
        pairing = message.env["helpdesk.mailbox.pairing"].with_context(default_mail_ids=message.ids)
        newcomer = message.env["helpdesk.mailbox.newcomer"]
        draft = Message.browse(message.action_reply()["res_id"])
        offered = [
            Message.suggest_addresses("carla"),
            pairing.create(dialog).read(["partner_id", "current"]),
            newcomer.create({**dialog, "name": "Carla"}).known_ids.mapped("name"),
            draft.read(["about", "preflight"]),
        ]
        self.assertNotIn("Hidden", str(offered))
        self.assertIn("outside of your scope", str(offered))
        self.assertTrue(theirs)

    def source(self):
        return (
            b"From: Carla <carla@customer.example>\r\nTo: scoped@firm.example\r\nSubject: x\r\n"
            b"Message-ID: <2@customer.example>\r\n\r\nx\r\n"
        )
