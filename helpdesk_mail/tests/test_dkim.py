# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Sender signatures: keys, their records in DNS, rotation, and mail that is signed as it leaves."""

import base64
import datetime
from unittest.mock import patch

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from odoo import fields
from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import file_open, mute_logger

from ..message import parse
from ..message.authentication import Authenticator, TableResolver
from ..message.signing import dns_check
from ..models import dkim_words
from ..models.helpdesk_dkim_record import HelpdeskDkimKey as KeyOfRecords
from .test_outgoing import OutgoingCase

DOMAIN = "desk.example"


class DkimCase(OutgoingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dns = {}
        cls.startClassPatcher(
            patch.object(KeyOfRecords, "_resolver", lambda self: TableResolver(cls.dns))
        )

    def setUp(self):
        super().setUp()
        self.dns.clear()

    def new_key(self, user=None, **values):
        values = {"domain": DOMAIN, "selector": "s1", **values}
        return self.env["helpdesk.dkim.key"].with_user(user or self.admin).create(values)

    def publish(self, *keys):
        for key in keys:
            record = key.record_ids.filtered(lambda record: record.kind == "dkim")
            self.dns[f"{record.name}. TXT"] = [record.value]

    def active_key(self, **values):
        key = self.new_key(**values)
        self.publish(key)
        key.action_activate()
        return key

    def results(self, source):
        """{selector: result} as a receiver finds it."""
        table = {**self.dns, f"_dmarc.{DOMAIN}. TXT": ["v=DMARC1; p=reject"]}
        parsed = parse(source, authenticator=Authenticator(TableResolver(table)))
        return {one.selector: one.result for one in parsed.authentication.dkim}

    def sent(self, body="Grüße aus Köln"):
        """The octets of an answer as they came over the wire."""
        server = self.serve()
        self.own_server(server)
        self.say(self.ask(), body)
        self.send_queue()
        (mail,) = server.mails
        return mail[2]


@tagged("post_install", "-at_install")
class TestDkimKeys(DkimCase):
    def pem(self, key):
        return key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    def test_a_new_key_is_made(self):
        key = self.new_key()
        self.assertEqual((key.bits, key.state), (2048, "draft"))
        self.assertTrue(key.public_key.startswith("MII"))
        other = self.new_key(selector="s2", algorithm="ed25519")
        self.assertEqual(len(base64.b64decode(other.public_key)), 32)

    def test_or_imported(self):
        made = ed25519.Ed25519PrivateKey.generate()
        key = self.new_key(private_key=self.pem(made))
        raw = made.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        self.assertEqual(key.public_key, base64.b64encode(raw).decode())
        self.assertEqual(key.algorithm, "ed25519", "what the key is counts")
        key.private_key = self.pem(rsa.generate_private_key(65537, 3072))
        self.assertEqual((key.algorithm, key.bits), ("rsa2048", 3072))
        self.assertIn("k=rsa", key.record_ids[0].value)

    def test_mistakes_are_explained(self):
        short = self.pem(rsa.generate_private_key(65537, 1024))
        for text, words in (
            (short, "1024 bits is too short"),
            ("hello", "cannot be read"),
            ("-----BEGIN PUBLIC KEY-----", "no private key"),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----", "pass phrase"),
        ):
            with self.subTest(words), self.assertRaisesRegex(ValidationError, words):
                with self.env.cr.savepoint():
                    self.new_key(private_key=text)
        for values in ({"domain": "desk"}, {"domain": "a b.example"}, {"selector": "a b"}):
            with self.subTest(**values), self.assertRaises(ValidationError):
                with self.env.cr.savepoint():
                    self.new_key(**values)

    def test_names_as_dns_has_them(self):
        key = self.new_key(domain=" info@Bücher.example ", selector="Mail ")
        self.assertEqual(key.name, "mail._domainkey.xn--bcher-kva.example")

    def test_private_key_goes_in_and_never_out(self):
        pem = self.pem(rsa.generate_private_key(65537, 2048))
        key = self.new_key(private_key=pem)
        secret = pem.split("\n")[3]
        self.env.flush_all()
        self.env.invalidate_all()
        shown = str(key.read()) + str(key.record_ids.read())
        shown += str(key.with_user(self.env.ref("base.user_admin")).read())
        self.env.cr.execute("SELECT k::text FROM helpdesk_dkim_key k WHERE id = %s", [key.id])
        shown += self.env.cr.fetchone()[0]
        shown += str(key.message_ids.mapped("body"))
        self.assertNotIn(secret, shown)
        for operation in (
            lambda: key.read(["private_key_encrypted"]),
            lambda: key.search([("private_key_encrypted", "like", "g%")]),
            lambda: key.export_data(["private_key_encrypted"]),
            lambda: key.write({"private_key_encrypted": "x"}),
        ):
            try:
                with mute_logger("odoo.models", "odoo.addons.base.models.ir_model"):
                    operation()
            except (AccessError, ValueError, UserError):
                continue
            self.fail("not refused")
        self.assertNotEqual(key.copy().public_key, key.public_key)

    def test_only_administrators_of_mail(self):
        key = self.new_key()
        for user in (self.agent, self.env.ref("base.public_user")):
            for operation in (
                lambda user=user: key.with_user(user).read(["domain"]),
                lambda user=user: key.with_user(user).action_check_dns(),
                lambda user=user: key.with_user(user).action_activate(),
                lambda user=user: key.with_user(user).action_retire(),
                lambda user=user: key.with_user(user).action_new_key(),
                lambda user=user: self.new_key(user, selector="mine"),
            ):
                with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
                    operation()
        with self.assertRaisesRegex(UserError, "administrators of the system"):
            key.with_user(self.admin).action_activate_unchecked()

    def test_nobody_sets_a_state_by_hand(self):
        """A key of somebody else's domain never becomes active: it would have to be in their
        DNS.
        """
        key = self.new_key(state="active", activated_at="2020-01-01")
        self.assertEqual(key.state, "draft")
        key.write({"state": "active", "public_key": "x"})
        self.assertEqual(key.state, "draft")
        self.assertNotEqual(key.public_key, "x")
        key.with_context(helpdesk_dkim=True).write({"state": "active"})
        self.assertEqual(key.state, "draft")
        with self.assertRaisesRegex(UserError, "Receivers would not find the key"):
            key.action_activate()

    def test_what_is_published_cannot_change(self):
        key = self.active_key()
        for values in ({"selector": "s9"}, {"domain": "x.example"}, {"algorithm": "ed25519"}):
            with self.assertRaisesRegex(UserError, "is in DNS already"):
                key.write(values)
        with self.assertRaisesRegex(UserError, "Retire it first"):
            key.unlink()
        key.action_retire()
        key.unlink()

    def test_other_companies_do_not_see_it(self):
        key = self.new_key()
        company = self.env["res.company"].create({"name": "Other"})
        foreign = self.new_user(
            "foreign",
            "helpdesk_mail.group_mail_administrator",
            company_id=company.id,
            company_ids=[fields.Command.set(company.ids)],
        )
        Key, Record = self.env["helpdesk.dkim.key"], self.env["helpdesk.dkim.record"]
        self.assertNotIn(key, Key.with_user(foreign).search([]))
        self.assertFalse(Record.with_user(foreign).search([("key_id", "=", key.id)]))


@tagged("post_install", "-at_install")
class TestDkimDns(DkimCase):
    def record(self, key, kind):
        return key.record_ids.filtered(lambda record: record.kind == kind)

    def test_records_to_publish(self):
        key = self.new_key()
        names = dict(key.record_ids.mapped(lambda record: (record.kind, record.name)))
        self.assertEqual(
            names,
            {"dkim": "s1._domainkey.desk.example", "spf": DOMAIN, "dmarc": "_dmarc.desk.example"},
        )
        self.assertEqual(self.record(key, "dkim").value, f"v=DKIM1; k=rsa; p={key.public_key}")
        self.assertIn('" "', self.record(key, "dkim").zone_line)
        self.assertTrue(self.record(key, "dmarc").value.startswith("v=DMARC1; p=none"))

    def test_spf_names_the_outgoing_server(self):
        self.inbox.write(
            {
                "outgoing": "own",
                "smtp_host": "smtp.office365.com",
                "smtp_login": "none",
            }
        )
        value = self.record(self.new_key(), "spf").value
        self.assertEqual(value, "v=spf1 include:spf.protection.outlook.com ~all")

    def test_each_difference_is_explained(self):
        key = self.new_key()
        name = "s1._domainkey.desk.example. TXT"
        for published, words in (
            ([], "no such record yet"),
            ([f"v=DKIM1; p={key.public_key[:100]}"], "ends too early"),
            (["v=DKIM1; p=AAAA"], "Another key is published"),
            (["v=DKIM1; p="], "revokes the key"),
            ("TIMEOUT", "did not answer"),
        ):
            with self.subTest(words):
                self.dns[name] = published
                key.action_check_dns()
                self.assertIn(words, self.record(key, "dkim").explanation)
                self.assertEqual(key.state, "draft")
        self.assertIn("no SPF record", self.record(key, "spf").explanation)
        self.assertIn("no DMARC record", self.record(key, "dmarc").explanation)
        self.assertEqual(key.dns_state, "change" if key.record_ids else "")

    def test_no_difference_without_words(self):
        for code in dns_check.CODES:
            self.assertTrue(dkim_words.explain(self.env, code, "x", "k=rsa"), code)

    def test_as_it_should_be(self):
        key = self.new_key()
        self.publish(key)
        self.dns[f"{DOMAIN}. TXT"] = ["v=spf1 mx -all"]
        self.dns[f"_dmarc.{DOMAIN}. TXT"] = ["v=DMARC1; p=reject"]
        key.action_check_dns()
        self.assertEqual((key.dns_state, key.state), ("ok", "published"))

    def test_spf_proposal_keeps_what_is_there(self):
        self.inbox.write({"outgoing": "own", "smtp_host": "smtp.gmail.com", "smtp_login": "none"})
        key = self.new_key()
        self.dns[f"{DOMAIN}. TXT"] = ["v=spf1 mx -all"]
        key.action_check_dns()
        record = self.record(key, "spf")
        self.assertEqual(record.value, "v=spf1 mx include:_spf.google.com -all")
        self.assertEqual(record.published, "v=spf1 mx -all")


@tagged("post_install", "-at_install")
class TestDkimSigning(DkimCase):
    def test_answers_are_signed(self):
        self.active_key()
        source = self.sent()
        self.assertEqual(self.results(source), {"s1": "pass"})
        self.assertTrue(source.isascii(), "no server on the way has a reason to change it")

    def test_both_signatures_where_both_keys_exist(self):
        self.active_key()
        self.active_key(selector="e1", algorithm="ed25519")
        self.assertEqual(self.results(self.sent()), {"s1": "pass", "e1": "pass"})

    def test_only_active_keys_of_the_domain_sign(self):
        draft = self.new_key()
        other = self.active_key(domain="other.example", selector="o1")
        self.assertNotIn(b"DKIM-Signature", self.sent())
        self.publish(draft)
        draft.action_activate()
        self.assertEqual(self.results(self.sent()), {"s1": "pass"})
        draft.action_retire()
        self.assertNotIn(b"DKIM-Signature", self.sent())
        self.assertEqual(other.state, "active")

    def test_everything_that_leaves_from_the_domain(self):
        """Not only answers, and through any server: here a mail of Odoo's own."""
        self.active_key()
        server = self.serve()
        self.env["ir.mail_server"].create(
            {
                "name": "Relay",
                "smtp_host": "127.0.0.1",
                "smtp_port": server.port,
                "from_filter": DOMAIN,
            }
        )
        self.env["mail.mail"].create(
            {
                "subject": "Invoice",
                "email_from": '"Sales" <sales@desk.example>',
                "email_to": "anna@kunde.example",
                "body_html": "<p>Grüße</p>",
            }
        )
        self.send_queue()
        self.assertEqual(self.results(server.mails[0][2]), {"s1": "pass"})

    def test_after_all_other_changes(self):
        """Another add-on that changes the mail as late as Odoo lets it."""
        self.active_key()
        prepare = IrMail_Server._prepare_email_message__

        def late(server, message, session):
            sender, recipients, message = prepare(server, message, session)
            message.replace_header("Subject", "Changed at the last moment")
            return sender, recipients, message

        with patch.object(IrMail_Server, "_prepare_email_message__", late):
            source = self.sent()
        self.assertIn(b"Changed at the last moment", source)
        self.assertEqual(self.results(source), {"s1": "pass"})

    def test_attachments_and_other_letters(self):
        self.active_key()
        server = self.serve()
        self.own_server(server)
        attachment = (
            self.env["ir.attachment"]
            .with_user(self.agent)
            .create({"name": "Übersicht.pdf", "raw": bytes(range(256)) * 50})
        )
        self.say(self.ask(), "Schöne Grüße ✓", attachment_ids=attachment.ids)
        self.send_queue()
        self.assertEqual(self.results(server.mails[0][2]), {"s1": "pass"})

    def test_a_key_that_cannot_be_read_stops_no_mail(self):
        key = self.active_key()
        key.sudo().private_key_encrypted = "gAAAAAB"
        with self.assertLogs("odoo.addons.helpdesk_mail.models.helpdesk_dkim_key", "ERROR") as log:
            source = self.sent()
        self.assertNotIn(b"DKIM-Signature", source)
        self.assertIn("cannot be used", log.output[0])

    def test_a_neutralised_copy_signs_and_files_nothing(self):
        key = self.active_key()
        self.own_server(self.serve(users={}), sent_copy="all")
        self.env.flush_all()
        with file_open("helpdesk_mail/data/neutralize.sql") as stream:
            self.env.cr.execute(stream.read())
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertEqual(key.state, "draft")
        self.assertFalse(self.env["helpdesk.dkim.key"]._signing_keys(DOMAIN))
        self.assertFalse(key.sudo().private_key_encrypted or self.inbox.has_smtp_password)
        self.assertEqual(self.inbox.outgoing, "system")

    def test_test_mail_tells_of_the_signature(self):
        self.active_key()
        self.own_server(self.serve())
        wizard = self.env["helpdesk.inbox.test.mail"].with_user(self.admin)
        wizard = wizard.create({"inbox_id": self.inbox.id, "email_to": "me@staff.example"})
        wizard.action_send()
        steps = {line.step: line.text for line in wizard.line_ids}
        self.assertIn("Signatures of ours (DKIM): 1", steps["signature"])
        notes = str(self.inbox.with_user(self.admin).outgoing_notes)
        self.assertIn("is signed (DKIM: s1)", notes)


@tagged("post_install", "-at_install")
class TestDkimRotation(DkimCase):
    def watch(self):
        self.env["helpdesk.dkim.key"]._cron_watch()

    def test_two_selectors(self):
        """The new one is published, then active; the old one retires after some days."""
        old = self.active_key()
        new = self.env["helpdesk.dkim.key"].browse(old.action_new_key()["res_id"])
        self.assertNotEqual(new.selector, old.selector)
        self.assertNotEqual(new.public_key, old.public_key)
        self.assertEqual(old.action_new_key()["res_id"], new.id, "one successor is enough")
        self.watch()
        self.assertEqual((old.state, new.state), ("active", "draft"))
        self.assertEqual(self.results(self.sent()), {"s1": "pass"})
        self.publish(new)
        before = fields.Date.today()
        self.watch()
        self.assertEqual((old.state, new.state), ("active", "active"))
        # unless it is midnight just now, both are the same day
        days = {day + datetime.timedelta(days=7) for day in (before, fields.Date.today())}
        self.assertIn(old.retire_on, days)
        # mail on its way is still believed, since the old record stays
        self.assertEqual(self.results(self.sent()), {new.selector: "pass"})
        old._step(retire_on=fields.Date.today())
        self.watch()
        self.assertEqual(old.state, "retired")
        self.assertIn("may be removed from DNS", str(old.message_ids.mapped("body")))

    def test_a_key_beside_another_kind_replaces_nothing(self):
        first = self.active_key()
        self.active_key(selector="e1", algorithm="ed25519")
        self.assertFalse(first.retire_on)

    def test_a_record_that_vanishes_is_reported_once(self):
        key = self.active_key()
        self.dns.clear()
        count = len(key.message_ids)
        self.watch()
        self.watch()
        self.assertEqual(len(key.message_ids), count + 1)
        self.assertIn("no such record", str(key.message_ids[0].body))
        self.assertEqual(key.dns_state, "change")
        # and again once it was there in between
        self.publish(key)
        self.watch()
        self.dns.clear()
        self.watch()
        self.assertEqual(len(key.message_ids), count + 2)

    def test_dns_that_is_silent_is_no_alarm(self):
        key = self.active_key()
        self.dns["s1._domainkey.desk.example. TXT"] = "TIMEOUT"
        count = len(key.message_ids)
        self.watch()
        self.assertEqual(len(key.message_ids), count)
