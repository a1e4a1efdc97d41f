# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Changing the key of the stored passwords and tokens."""

import argparse
import contextlib
import io
import pathlib
import stat
import tempfile
from unittest.mock import patch

from cryptography.fernet import Fernet
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from ..cli.tasks import rotate_keys
from ..models import key_rotation, secret_key
from .test_account import AccountCase


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestKeyRotation(AccountCase):
    def setUp(self):
        super().setUp()
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.path = pathlib.Path(folder) / "helpdesk_mail.key"
        self.path.write_text(Fernet.generate_key().decode() + "\n")
        self.path.chmod(0o600)
        self.enterContext(patch.dict(config.options, data_dir=folder))
        # what other tests' key has encrypted is not to be read here
        self.env["helpdesk.mail.grant"].search([]).unlink()
        self.env["helpdesk.inbox"].search([]).sudo().write({"password_encrypted": False})
        # the transaction of a test is not to be committed
        self.startPatcher(patch.object(self.env.cr, "commit", lambda: self.env.flush_all()))
        self.inbox.write(
            {"password": "one", "smtp_password": "two", "oauth_client_secret": "three"}
        )
        self.inbox.oauth_refresh_token = "four"
        self.key = self.env["helpdesk.dkim.key"].create({"domain": "desk.example"})
        self.env.flush_all()

    def values(self):
        """Every stored encrypted value: (table, column, id) -> value."""
        self.env.flush_all()
        found = {}
        for table, column in key_rotation.encrypted_fields(self.env):
            self.env.cr.execute(
                f'SELECT id, "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'
            )
            found.update({(table, column, row[0]): row[1] for row in self.env.cr.fetchall()})
        return found

    def opened(self):
        return {key: secret_key.decrypt(value, self.env) for key, value in self.values().items()}

    def run_task(self, **options):
        options = argparse.Namespace(**{"new": False, "drop_old": False, **options})
        output = io.StringIO()
        with (
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
            mute_logger("odoo.addons.helpdesk_mail.models.key_rotation"),
        ):
            status = rotate_keys.run(self.env, options)
        return status, output.getvalue()

    def test_every_encrypted_field_takes_part(self):
        """A new field of that kind is found by its name."""
        self.env.cr.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND column_name LIKE '%\\_encrypted'"
            " AND table_name LIKE 'helpdesk%'"
        )
        self.assertEqual(key_rotation.encrypted_fields(self.env), sorted(self.env.cr.fetchall()))
        self.assertGreaterEqual(len(key_rotation.encrypted_fields(self.env)), 7)
        for model in self.env.registry.values():
            for name, field in model._fields.items():
                if name.endswith("_encrypted") and model._name.startswith("helpdesk"):
                    self.assertEqual(field.groups, fields.NO_ACCESS, f"{model._name}.{name}")

    def test_rotation(self):
        before, texts = self.values(), self.opened()
        self.assertGreaterEqual(len({column for _t, column, _i in before}), 5)
        old = self.path.read_text().split()
        status, words = self.run_task(new=True)
        self.assertEqual(status, 0, words)
        self.assertIn(f"{len(before)} stored secrets encrypted anew", words)
        keys = self.path.read_text().split()
        self.assertEqual(keys[1:], old, "the old key stays, second")
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        after = self.values()
        self.assertEqual(after.keys(), before.keys())
        self.assertFalse(set(after.values()) & set(before.values()))
        self.path.write_text(keys[0] + "\n")
        self.assertEqual(self.opened(), texts, "the new key alone opens everything")
        self.assertIn("0 stored secrets", self.run_task()[1], "a second run has nothing to do")

    def test_many(self):
        with patch.object(key_rotation, "_BATCH", 2):
            self.env["helpdesk.inbox"].create(
                [
                    {"name": str(n), "email": f"n{n}@desk.example", "password": f"p{n}"}
                    for n in range(5)
                ]
            )
            texts = self.opened()
            self.run_task(new=True)
        self.assertEqual(self.opened(), texts)
        self.assertTrue(all(secret_key.is_current(v, self.env) for v in self.values().values()))

    def test_what_is_written_meanwhile_stays(self):
        renewed = secret_key.renewed

        def while_somebody_writes(token, env):
            if token == before:
                self.env.cr.execute(
                    "UPDATE helpdesk_inbox SET password_encrypted = %s WHERE id = %s",
                    [entered, self.inbox.id],
                )
            return renewed(token, env)

        before = self.inbox.sudo().password_encrypted
        secret_key.new_key(self.env)
        entered = secret_key.encrypt("entered meanwhile", self.env)
        with patch.object(secret_key, "renewed", while_somebody_writes):
            key_rotation.rotate(self.env)
        self.inbox.invalidate_recordset()
        self.assertEqual(
            secret_key.decrypt(self.inbox.sudo().password_encrypted, self.env), "entered meanwhile"
        )

    def test_unreadable_values_stay_and_are_told(self):
        self.inbox.sudo().password_encrypted = Fernet(Fernet.generate_key()).encrypt(b"x").decode()
        before = self.inbox.sudo().password_encrypted
        status, words = self.run_task(new=True, drop_old=True)
        self.assertEqual(status, 1)
        self.assertIn("1 stored secrets cannot be read", words)
        self.inbox.invalidate_recordset()
        self.assertEqual(self.inbox.sudo().password_encrypted, before)
        self.assertEqual(len(self.path.read_text().split()), 2, "no key is dropped")

    def test_old_keys_are_dropped_when_nothing_uses_them(self):
        with patch.object(key_rotation, "databases_in_need", return_value=["other"]):
            status, words = self.run_task(new=True, drop_old=True)
        self.assertEqual(status, 1)
        self.assertIn("other still uses them", words)
        self.assertEqual(len(self.path.read_text().split()), 2)
        with patch.object(key_rotation, "databases_in_need", return_value=[]):
            status, words = self.run_task(drop_old=True)
        self.assertEqual(status, 0, words)
        self.assertEqual(len(self.path.read_text().split()), 1)
        self.assertIn("Backups made before still need them", words)

    def test_keys_of_the_configuration_file(self):
        old, new = (Fernet.generate_key().decode() for _ in range(2))
        with patch.dict(config.options, helpdesk_mail_keys=new):
            for options in ({"new": True}, {"drop_old": True}):
                with self.subTest(options), self.assertRaisesRegex(UserError, "helpdesk_mail_keys"):
                    if options.get("new"):
                        secret_key.new_key(self.env)
                    else:
                        secret_key.drop_old_keys(self.env)
