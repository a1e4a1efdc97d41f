# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A firm and its customers: Odoo, one mail server for all of them, and an SMTP server that
delivers between them. Users do what they do through the web client.
"""

import contextlib
import email
import email.message
import email.policy
import email.utils
import imaplib
import itertools
import smtplib

PASSWORD = "secret"
MAILBOX, MESSAGE = "helpdesk.mailbox", "helpdesk.mailbox.message"
NEW_LINE = "<p><br></p>"  # where the author of a new mail begins to write
_NUMBERS = itertools.count(1)


class Person:
    """Somebody with a mailbox on the mail server, and a mail program of their own."""

    def __init__(self, town, name, domain):
        self.town, self.name = town, name
        self.email = f"{name.lower()}{next(_NUMBERS)}@{domain}"
        town.dovecot.add_user(self.email, PASSWORD)
        town.smtp.deliver[self.email] = town.dovecot.maildir(self.email)

    def write(self, to, subject, text, answers=None, **headers):
        """Send a mail: its Message-ID."""
        mail = email.message.EmailMessage()
        mail["From"] = email.utils.formataddr((self.name, self.email))
        mail["To"] = to
        mail["Subject"] = subject
        mail["Date"] = email.utils.localtime()
        mail["Message-ID"] = email.utils.make_msgid(domain=self.email.rpartition("@")[2])
        if answers:
            mail["In-Reply-To"] = answers["Message-ID"]
            chain = f"{answers['References'] or ''} {answers['Message-ID']}"
            mail["References"] = " ".join(chain.split())
        for name, value in headers.items():
            mail[name] = value
        mail.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.town.smtp.port) as server:
            server.send_message(mail)
        return mail["Message-ID"]

    def answer(self, mail, text):
        """Press *Reply* in the mail program, which does as the mail asks: the Message-ID."""
        to = mail["Reply-To"] or mail["From"]
        subject = f"Re: {mail['Subject'].removeprefix('Re: ')}"
        return self.write(to, subject, text, answers=mail)

    @contextlib.contextmanager
    def imap(self, folder="INBOX"):
        """The mail program."""
        client = imaplib.IMAP4("127.0.0.1", self.town.dovecot.imap_port)
        client.login(self.email, PASSWORD)
        client.select(folder, readonly=True)
        try:
            yield client
        finally:
            client.logout()

    def mails(self, folder="INBOX"):
        """What the folder holds, oldest first."""
        with self.imap(folder) as client:
            _status, [numbers] = client.search(None, "ALL")
            found = [client.fetch(number, "(BODY.PEEK[])")[1][0][1] for number in numbers.split()]
        return [email.message_from_bytes(one, policy=email.policy.default) for one in found]

    def marks(self, message_id, folder="INBOX"):
        """The marks that a mail has on the server."""
        with self.imap(folder) as client:
            _status, [found] = client.search(None, "HEADER", "Message-ID", message_id.strip("<>"))
            _status, [flags] = client.fetch(found.decode(), "(FLAGS)")
        return set(imaplib.ParseFlags(flags)) - {rb"\Recent"}


class User(Person):
    """A user of Odoo, without any right of an administrator unless *groups* say so."""

    mailbox = None
    cron = None

    def __init__(self, town, name, *groups):
        super().__init__(town, name, "firm.example")
        values = {"name": name, "login": self.email, "email": self.email}
        if groups:
            ids = [town.id_of(xmlid) for xmlid in ("base.group_user", *groups)]
            values["group_ids"] = [(6, 0, ids)]
        self.uid = town.call("res.users", "create", [values])[0]

    def call(self, model, method, *args, **kwargs):
        """The result of a public method."""
        return self.town.call(model, method, *args, user=self.uid, **kwargs)

    def fails(self, model, method, *args, **kwargs):
        """The words of what goes wrong."""
        answer = self.town.odoo.run(
            "call", model=model, method=method, args=list(args), kwargs=kwargs, user=self.uid
        )
        assert answer.error, answer.value
        return answer.error["words"]

    # -- My Preferences > Mailbox

    def press(self, method, **kwargs):
        """A button of one's mailbox."""
        return self.call(MAILBOX, method, [self.mailbox], **kwargs)

    def change(self, **values):
        """Change one's settings."""
        self.call(MAILBOX, "write", [self.mailbox], values)

    def settings(self, *names):
        return self.call(MAILBOX, "read", [self.mailbox], list(names))[0]

    def begin_mailbox(self, **values):
        """*New* in the form that the preferences open."""
        action = self.call("res.users", "action_helpdesk_mailbox", [self.uid])
        assert (action["res_model"], action["res_id"]) == (MAILBOX, False)
        self.mailbox = self.call(MAILBOX, "create", [values])[0]

    def set_up(self, sends=True, **values):
        """A mailbox that reads and sends, in the shortest way."""
        dovecot = self.town.dovecot
        self.begin_mailbox(
            **{
                "host": "127.0.0.1",
                "port": dovecot.imap_port,
                "encryption": "none",
                "username": self.email,
                "password": PASSWORD,
                "sync_start": "2020-01-01",
                "sync_flags": True,
                "sent_folder": "Sent",
                **(self.own_smtp(self.town.smtp) if sends else {}),
                **values,
            }
        )
        self.press("action_activate")
        return self

    def own_smtp(self, smtp):
        """The settings of *Enable sending* by a server of one's own."""
        return {
            "send_enabled": True,
            "outgoing": "own",
            "smtp_host": "127.0.0.1",
            "smtp_port": smtp.port,
            "smtp_encryption": "none",
            "smtp_login": "password",
            "smtp_username": self.email,
            "smtp_password": PASSWORD,
        }

    def send_test_mail(self, to):
        """*Test and send*: the steps that it shows, by name."""
        action = self.press("action_send_test_mail")
        test, context = action["res_model"], action["context"]
        wizard = self.call(test, "create", [{"email_to": to}], context=context)
        self.call(test, "action_send", wizard)
        [found] = self.call(test, "read", wizard, ["result"])
        assert found["result"] == "sent"
        lines = self.call(f"{test}.line", "search_read", [["test_id", "in", wizard]])
        return {line["step"]: line["text"] for line in lines}

    # -- Messages

    def fetch(self):
        """*Fetch now*."""
        self.press("action_fetch_now")
        assert not self.settings("last_error")["last_error"]

    def folder(self, name="inbox"):
        """What a folder of the app *Messages* lists, newest first, of all mailboxes."""
        action = self.town.id_of(f"helpdesk_mail.helpdesk_mailbox_{name}_action")
        opened = self.call("ir.actions.server", "run", [action])
        names = [
            "subject", "sender_name", "party_email", "is_unknown", "is_read", "is_answered",
            "partner_id", "thread_key", "state", "direction", "message_id", "owner_id", "on_behalf",
        ]  # fmt: skip
        return self.call(MESSAGE, "search_read", opened["domain"], names)

    def one(self, subject, name="inbox"):
        """The one message of a folder with this subject."""
        [found] = [row for row in self.folder(name) if row["subject"] == subject]
        return found

    def act(self, message, method, **kwargs):
        """Press a button of a message."""
        return self.call(MESSAGE, method, [message["id"]], **kwargs)

    def dialog(self, action, method, **values):
        """Fill in and confirm the dialog that *action* opens."""
        model, context = action["res_model"], action["context"]
        names = list(self.call(model, "fields_get"))
        proposed = self.call(model, "default_get", names, context=context)
        wizard = self.call(model, "create", [{**proposed, **values}], context=context)
        return self.call(model, method, wizard)

    # -- Communication

    def communication(self, partner):
        """The private messages of the tab, newest first."""
        timeline = self.call("helpdesk.communication", "timeline", "res.partner", partner)
        return [item for item in timeline["items"] if item["source"] == "private"]

    def send_email(self, partner):
        """*Send email* on the tab: the id of the draft that opens."""
        return self.call("res.partner", "action_helpdesk_send_email", [partner])["res_id"]

    def reply(self, message):
        """*Reply* on a message: the id of the draft that opens."""
        return self.act(message, "action_reply")["res_id"]

    def draft(self, draft, *names):
        return self.call(MESSAGE, "read", [draft], list(names))[0]

    def type_in(self, draft, text, **values):
        """Write into a draft, above the signature."""
        body = self.draft(draft, "body")["body"]
        assert NEW_LINE in body
        values["body"] = body.replace(NEW_LINE, f"<p>{text}</p>", 1)
        self.call(MESSAGE, "write", [draft], values)

    def send(self, draft, looked_at=False):
        """*Send*, and the scheduler sends and files: the action that the button gave."""
        context = {"helpdesk_mail_looked_at": True} if looked_at else {}
        action = self.call(MESSAGE, "action_send", [draft], context=context)
        if action["type"] == "ir.actions.client":
            self.town.work_for(self.draft(draft, "mailbox_id")["mailbox_id"][0])
        return action


class Town:
    """Everything that a scenario needs."""

    def __init__(self, odoo, dovecot, smtp):
        self.odoo, self.dovecot, self.smtp = odoo, dovecot, smtp
        self._ids = {}

    def call(self, model, method, *args, user=None, **kwargs):
        """The result of a public method, as superuser where no user is named."""
        more = {} if user is None else {"user": user}
        return self.odoo.value(
            "call", model=model, method=method, args=list(args), kwargs=kwargs, **more
        )

    def id_of(self, xmlid):
        if xmlid not in self._ids:
            module, _, name = xmlid.partition(".")
            [row] = self.call(
                "ir.model.data",
                "search_read",
                [["module", "=", module], ["name", "=", name]],
                ["res_id"],
            )
            self._ids[xmlid] = row["res_id"]
        return self._ids[xmlid]

    def customer(self, name):
        """(the person, their contact in Odoo)"""
        person = Person(self, name, "customer.example")
        values = {"name": f"{name} Customer", "email": person.email}
        return person, self.call("res.partner", "create", [values])[0]

    def work_for(self, mailbox):
        """What the scheduler does once something was sent from a mailbox: send, and file."""
        code = f"model.browse({mailbox})._cron_send()"
        [cron] = self.call("ir.cron", "search", [["code", "=", code]])
        self.call("ir.cron", "method_direct_trigger", [cron])
        assert self.odoo.value("scheduled", xmlid="helpdesk_mail.ir_cron_sent_copies")
