# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Secrets: greps a dump of the database, logs at debug level, RPC answers and exports."""

import base64
import contextlib
import io
import logging
import socket
import threading
from unittest.mock import patch

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged

from ..message.signing import generate
from ..models import secret_key
from ..models.key_rotation import encrypted_fields
from .oauth_case import OAuthCase
from .smtp_server import SmtpServer

IMAP_PASSWORD = "imap-Pa55word-h7"
SMTP_PASSWORD = "smtp-Pa55word-k2"
CLIENT_SECRET = "client-Secret-p9"
QUIET = (UserError, AccessError, ValidationError, ValueError, KeyError, NotImplementedError)


class EchoServer:
    """A hostile IMAP server: it refuses every sign-in and says aloud what it was told."""

    def __enter__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.heard = []
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError), connection.makefile("rwb") as stream:
                stream.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
                stream.flush()
                for line in stream:
                    self.heard.append(line)
                    tag, _space, rest = line.strip().partition(b" ")
                    if rest.upper().startswith(b"CAPABILITY"):
                        stream.write(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK\r\n")
                    else:
                        stream.write(tag + b" NO no entry with " + rest + b"\r\n")
                    stream.flush()


@tagged("post_install", "-at_install")
class TestNoSecretAnywhere(OAuthCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = cls.new_user(
            "system",
            "base.group_system",
            "helpdesk_mail.group_mail_administrator",
            "helpdesk_mgmt.group_helpdesk_manager",
            "base.group_allow_export",
        )
        cls.startClassPatcher(patch.object(IrMail_Server, "_disable_send", lambda *args: False))

    def setUp(self):
        super().setUp()
        self.log = self.enterContext(self.debug_log())

    @contextlib.contextmanager
    def debug_log(self):
        """All that is logged at debug level, by whatever logger: a StringIO."""
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))
        root = logging.getLogger()
        names = [
            name
            for name in logging.root.manager.loggerDict
            if name.startswith(("odoo", "urllib3", "requests", "authlib", "imapclient", "werkzeug"))
        ]
        loggers = [root, *map(logging.getLogger, names)]
        levels = [logger.level for logger in loggers]
        others = list(root.handlers)
        usual = [other.level for other in others]
        for other in others:
            # the log of the tests themselves does not grow by it
            other.setLevel(max(other.level, logging.INFO))
        root.addHandler(handler)
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
        try:
            yield stream
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
            root.removeHandler(handler)
            for other, level in zip(others, usual, strict=True):
                other.setLevel(level)

    def call(self, model, method, *args, **kwargs):
        """A call by RPC: the answer as text, be it an error with its traceback."""
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json={"params": {"model": model, "method": method, "args": args, "kwargs": kwargs}},
        )
        return answer.text

    def dump(self):
        """Every row of every table, as this transaction sees it."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT quote_ident(table_name) FROM information_schema.tables"
            " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        )
        stream = io.StringIO()
        for (table,) in self.env.cr.fetchall():
            self.env.cr._obj.copy_expert(f"COPY (SELECT * FROM {table}) TO STDOUT", stream)
        return stream.getvalue()

    def assertNoSecret(self, text, where):
        for name, secret in self.secrets.items():
            octets = secret.encode()
            for form in (secret, base64.b64encode(octets).decode(), octets.hex()):
                found = text.find(form)
                # a dump is too long to be shown
                around = text[max(found - 300, 0) : found + 100]
                self.assertEqual(found, -1, f"{name} in {where}: {around}")

    def test_nowhere(self):
        """Secrets: a test greps a database dump, every log at debug level, RPC answers and
        exports for each secret, and finds none.
        """
        self.secrets = {
            "password": IMAP_PASSWORD,
            "SMTP password": SMTP_PASSWORD,
            "client secret": CLIENT_SECRET,
        }
        self.authenticate(self.system.login, self.system.login)
        answers = []
        with EchoServer() as imap, SmtpServer(users={"smtp": SMTP_PASSWORD}) as smtp:
            # by the doors that people use
            text = self.call(
                "helpdesk.inbox",
                "web_save",
                [],
                {
                    "name": "Secretive",
                    "email": "secretive@desk.example",
                    "kind": "mailbox",
                    "host": "127.0.0.1",
                    "port": imap.port,
                    "encryption": "none",
                    "username": "imap",
                    "password": IMAP_PASSWORD,
                    "outgoing": "own",
                    "smtp_host": "127.0.0.1",
                    "smtp_port": smtp.port,
                    "smtp_encryption": "none",
                    "smtp_username": "smtp",
                    "smtp_password": SMTP_PASSWORD,
                    "oauth_client_secret": CLIENT_SECRET,
                },
                specification={
                    "name": {},
                    "password": {},
                    "smtp_password": {},
                    "oauth_client_secret": {},
                },
            )
            self.assertNotIn("error", text)
            answers.append(text)
            inbox = self.env["helpdesk.inbox"].search([("name", "=", "Secretive")])
            self.assertTrue(inbox.has_password and inbox.has_smtp_password)
            answers.append(self.call("helpdesk.inbox", "action_test_connection", inbox.ids))
            self.assertIn("127.0.0.1", answers[-1], "the test was refused, with words")
            self.assertTrue(any(IMAP_PASSWORD.encode() in line for line in imap.heard))
            answers.append(self.call("helpdesk.inbox", "action_send_test_mail", inbox.ids))
            inbox._helpdesk_mail_fetch()
            self.assertIn("no entry with", inbox.last_error or "")
            server = inbox.sudo().own_server_id
            server.smtp_debug = True
            with contextlib.suppress(*QUIET), contextlib.redirect_stderr(self.log):
                server._connect__(mail_server_id=server.id, smtp_from=inbox.email).quit()
            self.assertTrue(smtp.logins, "the password was used")
        # tokens
        token = self.by_refresh_token()
        bearer = self.mailbox._helpdesk_mail_bearer()
        self.secrets |= {"refresh token": token, "access token": bearer()}
        self.secrets["rotated token"] = self.grant()._refresh_token__()
        # tokens and keys of our own
        self.secrets["push token"] = inbox.action_new_push_token()["context"]["default_token"]
        self.secrets["monitoring token"] = self.env.company.with_user(
            self.system
        )._helpdesk_mail_new_health_token()
        given = generate("ed25519").pem()
        values = {"domain": "desk.example", "algorithm": "ed25519", "private_key": given}
        answers.append(
            self.call(
                "helpdesk.dkim.key", "web_save", [], values, specification={"private_key": {}}
            )
        )
        key = self.env["helpdesk.dkim.key"].search([("domain", "=", "desk.example")])
        pem = secret_key.decrypt(key.sudo().private_key_encrypted, self.env)
        self.assertEqual(pem, given)
        self.secrets["signing key"] = "".join(pem.split("-----")[2].split())[-40:]
        self.env.flush_all()
        dump = self.dump()
        self.assertIn("secretive@desk.example", dump, "it is a dump")
        self.assertNoSecret(dump, "the database")
        answers += self.everything_that_can_be_read()
        for answer in answers:
            self.assertNoSecret(answer, "an answer")
        self.assertNoSecret(self.log.getvalue(), "the log")
        self.assertIn("helpdesk", self.log.getvalue(), "something was logged")

    def everything_that_can_be_read(self):
        """What administrators read and export, of all records of all models with secrets."""
        models = {"helpdesk.inbox", "helpdesk.dkim.key", "helpdesk.mail.grant", "ir.mail_server"}
        tables = {table for table, _column in encrypted_fields(self.env)}
        models |= {m._name for m in self.env.registry.values() if m._table in tables}
        for model in sorted(models - {"helpdesk.mail.account"}):
            records = self.env[model].with_user(self.system)
            try:
                ids = records.search([]).ids
            except AccessError:
                continue
            names = list(records.fields_get())
            yield self.call(model, "read", ids, names)
            yield self.call(model, "web_read", ids, {name: {} for name in names})
            yield self.call(model, "search_read", [], names)
            yield self.call(model, "export_data", ids, names)
            yield self.call(model, "copy_data", ids)
            for name in names:
                if name.endswith("_encrypted"):
                    self.fail(f"{model} offers {name}")
