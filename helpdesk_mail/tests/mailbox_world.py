# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One private mail, and everybody who might want to look at it."""

import json
from contextlib import contextmanager, suppress
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, MissingError, RedirectWarning, UserError
from odoo.tests import new_test_user

from ..message.authentication.dns_table import TableResolver
from ..models import seal
from ..transport.discovery import Options
from ..transport.networks import Networks
from .test_mailbox_seal import take_in

# a word that stands nowhere else; it is in all that is private
SECRET = "heliotrope"
NAME = "heliotrope plan"
SEALED = ("helpdesk.mailbox", "helpdesk.mailbox.message", "helpdesk.mailbox.pair")
MESSAGE = "helpdesk.mailbox.message"
ADDRESS = "heliotrope@customer.example"
MAIL = (
    f"From: Heliotrope <{ADDRESS}>\r\n"
    f"To: anna@firm.example\r\nSubject: {NAME}\r\nMessage-ID: <1@customer.example>\r\n"
    "Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    f"--b\r\nContent-Type: text/plain\r\n\r\nThe word is {SECRET}.\r\n"
    f'--b\r\nContent-Type: text/plain; name="{NAME}.txt"\r\n'
    f"Content-Disposition: attachment\r\n\r\nThe file says {SECRET}.\r\n--b--\r\n"
).encode()
QUIET = (
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.base.models.ir_actions",
    "odoo.addons.base.models.ir_actions_report",
    "odoo.addons.base.models.ir_qweb",
    "odoo.http",
    "odoo.models",
    "odoo.sql_db",
)
REFUSED = (AccessError, MissingError, RedirectWarning, UserError, ValueError, KeyError)
# the column of the table -> login
ROLES = {
    "owner": "mm-owner",
    "delegate": "mm-delegate",
    "glass broken": "mm-glass",
    "delegate without mailbox": "mm-bare",
    "colleague": "mm-colleague",
    "helpdesk manager": "mm-manager",
    "settings administrator": "mm-system",
    "scoped administrator": "mm-scoped",
    "portal user": "mm-portal",
    "public": "",
}
# who may read, and who may write
READERS = frozenset({"owner", "delegate", "glass broken"})
WRITERS = frozenset({"owner", "delegate"})
_EVERY = "base.group_user,base.group_allow_export,"
_LEADS = ",sales_team.group_sale_salesman_all_leads"
_GROUPS = {
    "owner": _EVERY + "helpdesk_mgmt.group_helpdesk_user,base.group_partner_manager" + _LEADS,
    "delegate": _EVERY + "helpdesk_mgmt.group_helpdesk_user,base.group_partner_manager",
    # as much as one may have, but for the settings
    "glass broken": _EVERY + "helpdesk_mgmt.group_helpdesk_manager,base.group_partner_manager,"
    "helpdesk_mail.group_break_glass",
    "helpdesk manager": _EVERY + "helpdesk_mgmt.group_helpdesk_manager,base.group_partner_manager",
    "settings administrator": _EVERY
    + "base.group_system,helpdesk_mgmt.group_helpdesk_manager,base.group_partner_manager"
    + _LEADS,
    "scoped administrator": _EVERY + "helpdesk_mgmt.group_helpdesk_user",
    "portal user": "base.group_portal",
}
# what a call that is refused leaves as it was: the rows that a reading changes are not among them
_WATCHED = (
    "helpdesk_incoming_mail", "helpdesk_mail_event", "helpdesk_mail_folder", "helpdesk_mail_grant",
    "helpdesk_mailbox", "helpdesk_mailbox_delegate_rel", "helpdesk_mailbox_glass",
    "helpdesk_mailbox_message", "helpdesk_mailbox_message_attachment_rel", "helpdesk_mailbox_pair",
    "helpdesk_recipient", "helpdesk_sent_copy", "helpdesk_ticket", "ir_attachment", "ir_cron",
    "ir_cron_trigger", "ir_mail_server", "mail_activity", "mail_followers", "mail_mail",
    "mail_message", "mail_notification", "res_partner",
)  # fmt: skip


class _Undo(Exception):
    """What was done is not to last."""


class MailboxWorld:
    """For test cases: the users of ROLES, the mailbox of the owner, and what is in it."""

    @classmethod
    def make_world(cls):
        cls.customer = cls.env["res.partner"].create(
            {"name": "Customer", "email": "office@customer.example", "is_company": True}
        )
        other = cls.env["res.partner"].create({"name": "Other", "is_company": True})
        cls.users = {}
        for role, login in ROLES.items():
            cls.users[role] = (
                new_test_user(
                    cls.env,
                    login,
                    groups=_GROUPS.get(role, _EVERY.rstrip(",")),
                    email=f"{login}@firm.example",
                )
                if login
                else cls.env.ref("base.public_user")
            )
        cls.users["scoped administrator"].helpdesk_partner_ids = [Command.set(other.ids)]
        cls.mailbox = cls._mailbox("owner")
        cls._mailbox("delegate")
        # who has a mailbox can do more than who has none
        cls.colleagues = cls._mailbox("colleague")
        cls._mailbox("settings administrator")
        cls.mailbox.write(
            {
                "delegate_ids": [
                    Command.set((cls.users["delegate"] | cls.users["delegate without mailbox"]).ids)
                ],
                "deny_list": f"{SECRET}.example",
                "send_enabled": True,
                "outgoing": "own",
                # where nobody listens
                "smtp_host": "127.0.0.1",
                "smtp_port": 9,
                "smtp_encryption": "none",
                "smtp_login": "none",
            }
        )
        cls.message = take_in(cls.mailbox, MAIL)
        seal.opened(cls.message)._link(partner=cls.customer)
        cls.file = seal.opened(cls.message).attachment_ids
        cls.token = cls.file._generate_access_token()
        cls.file.access_token = cls.token
        cls.journal = cls.env["helpdesk.incoming.mail"].search(
            [("mailbox_id", "=", cls.mailbox.id)]
        )
        cls.pair = cls.env["helpdesk.mailbox.pair"].browse(
            seal.opened(cls.env["helpdesk.mailbox.pair"]).search([]).ids
        )
        cls.glass = cls._break_glass()
        cls._write_mail()
        cls._open_dialogs()
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _mailbox(cls, role):
        mailbox = (
            cls.env["helpdesk.mailbox"]
            .with_user(cls.users[role])
            .create({"email": f"{cls.users[role].login}@firm.example", "host": "imap.firm.example"})
        )
        seal.opened(mailbox).state = "active"
        return mailbox

    @classmethod
    def _write_mail(cls):
        """What the owner writes: a draft, a mail that waits, one of which nobody knows."""
        Message = cls.env[MESSAGE].with_user(cls.users["owner"])
        drafts = Message.create(
            [
                {
                    "email_to": ADDRESS,
                    "subject": f"{NAME} {number}",
                    "body": f"<p>{SECRET}</p>",
                }
                for number in range(3)
            ]
        )
        cls.draft, cls.queued, cls.uncertain = drafts
        cls.queued.with_context(helpdesk_mail_looked_at=True).action_send()
        seal.opened(cls.uncertain).write({"state": "failed", "is_uncertain": True})

    @classmethod
    def _open_dialogs(cls):
        """What stands open on the owner's screen."""
        env = cls.env(user=cls.users["owner"].id)
        mailbox = {"mailbox_id": cls.mailbox.id}
        cls.find = env["helpdesk.mailbox.find"].create({**mailbox, "email": ADDRESS})
        found = {**mailbox, "find_id": cls.find.id}
        cls.find_server = env["helpdesk.mailbox.find.server"].create(
            {
                **found,
                "protocol": "imap",
                "host": f"{SECRET}.example",
                "port": 993,
                "encryption": "ssl",
                "works": True,
            }
        )
        cls.find_answer = env["helpdesk.mailbox.find.answer"].create(
            {**found, "asked": f"{SECRET}.example"}
        )
        cls.folders = env["helpdesk.mailbox.folders"].create(mailbox)
        cls.folders_line = env["helpdesk.mailbox.folders.line"].create(
            {**mailbox, "folders_id": cls.folders.id, "name": SECRET}
        )
        cls.test_mail = env["helpdesk.mailbox.test.mail"].create({**mailbox, "email_to": ADDRESS})
        # sudo: our own code writes its steps
        cls.test_mail_line = (
            env["helpdesk.mailbox.test.mail.line"]
            .sudo()
            .create({"test_id": cls.test_mail.id, "text": SECRET})
        )
        mails = {"mail_ids": [Command.set(cls.message.ids)]}
        cls.pairing = env["helpdesk.mailbox.pairing"].create(
            {**mails, "partner_id": cls.customer.id}
        )
        cls.newcomer = env["helpdesk.mailbox.newcomer"].create({**mails, "name": "Heliotrope"})
        cls.publish = env["helpdesk.mailbox.publish"].create(
            {"message_id": cls.message.id, "inbox_id": False}
        )
        cls.glass_break = (
            cls.env["helpdesk.mailbox.glass.break"]
            .with_user(cls.users["glass broken"])
            .create({"status_id": cls.mailbox.id, "reason": "The owner is still ill."})
        )
        cls.lead = cls.env["crm.lead"].create({"name": "Lead", "partner_id": cls.customer.id})
        cls.application = cls.env["helpdesk.mail.application"].create(
            {"provider": "microsoft", "client_id": "id", "client_secret": "s3cret"}
        )

    @classmethod
    def _break_glass(cls):
        return (
            cls.env["helpdesk.mailbox.glass"]
            .with_user(cls.users["glass broken"])
            .create({"mailbox_id": cls.mailbox.id, "reason": "The owner is ill."})
        )

    def end_glass(self):
        """Let the time go by for which the glass is broken."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_mailbox_glass SET until = now() AT TIME ZONE 'UTC'"
            " - interval '1 minute' WHERE id = %s",
            [self.glass.id],
        )
        self.env.invalidate_all()

    def as_(self, role):
        """The environment of a request of *role*: nothing that others read is in its cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env(user=self.users[role].id, su=False, context={})

    @contextmanager
    def undone(self, expected=()):
        """Undo what is done inside; exceptions of the types *expected* end it."""
        with suppress(_Undo, *expected), self.env.cr.savepoint():
            yield
            self.env.flush_all()
            raise _Undo
        self.env.invalidate_all(flush=False)

    def state_of_all(self):
        """Something that is another thing once a row of what is watched has changed."""
        self.env.flush_all()
        query = " UNION ALL ".join(
            f"SELECT md5(string_agg(ctid::text, ' ' ORDER BY ctid)) FROM {table}"
            for table in _WATCHED
        )
        self.env.cr.execute(query)
        return dict(zip(_WATCHED, self.env.cr.fetchall(), strict=True))

    def without_network(self):
        """Let every server be unreachable; the calls that wanted one stand in the answer."""
        tried = []

        def addresses(*args, **_kwargs):
            tried.append(args)
            raise OSError("no network in this test")

        self.startPatcher(patch("odoo.addons.helpdesk_mail.transport.channel.addresses", addresses))
        Mailbox = self.env.registry["helpdesk.mailbox"]
        options = Options(seconds=1, each=0.2, networks=Networks(""), own_files=(), ispdb="")
        for name, value in (
            ("_setup_resolver", TableResolver({})),
            ("_setup_options", options),
        ):
            self.startPatcher(patch.object(Mailbox, name, lambda mailbox, value=value: value))
        # it commits
        self.startPatcher(
            patch.object(
                Mailbox, "_helpdesk_mail_fetch", lambda account, *args: tried.append(args) or {}
            )
        )
        return tried


def told(answer):
    """Whether *answer* says something private."""
    return SECRET in json.dumps(answer, default=str).lower()
