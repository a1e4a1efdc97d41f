# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A user who writes private mail: a mailbox of a real Dovecot, a real SMTP server, and Odoo."""

import email
import email.policy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE.parent / "road", HERE.parents[1]):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

PASSWORD = "secret"
MESSAGE = "helpdesk.mailbox.message"
CUSTOMER = "carla@customer.example"


class Writer:
    """One user with a mailbox that reads and sends; what they do goes through the web client."""

    def __init__(self, odoo, dovecot, smtp, name, **values):
        self.odoo, self.dovecot, self.smtp = odoo, dovecot, smtp
        self.email = f"{name}@firm.example"
        dovecot.add_user(self.email, PASSWORD)
        smtp.deliver[self.email] = dovecot.maildir(self.email)
        self.user = self.call(
            "res.users",
            "create",
            [{"name": name.title(), "login": name, "email": self.email}],
            user=None,
        )[0]
        self.mailbox = self.call(
            "helpdesk.mailbox",
            "create",
            [
                {
                    "email": self.email,
                    "host": "127.0.0.1",
                    "port": dovecot.imap_port,
                    "encryption": "none",
                    "username": self.email,
                    "password": PASSWORD,
                    "sync_start": "2020-01-01",
                    "send_enabled": True,
                    "outgoing": "own",
                    "smtp_host": "127.0.0.1",
                    "smtp_port": smtp.port,
                    "smtp_encryption": "none",
                    "smtp_login": "password",
                    "smtp_username": self.email,
                    "smtp_password": PASSWORD,
                    **values,
                }
            ],
        )[0]
        self.call("helpdesk.mailbox", "action_activate", [self.mailbox])
        self.cron = self.call(
            "ir.cron",
            "search",
            [["code", "=", f"model.browse({self.mailbox})._cron_send()"]],
            user=None,
        )[0]

    def call(self, model, method, *args, user=0, **kwargs):
        """The result of a public method, as this user; *user* None: as superuser."""
        more = {} if user is None else {"user": self.user}
        return self.odoo.value(
            "call", model=model, method=method, args=list(args), kwargs=kwargs, **more
        )

    def draft(self, **values):
        """The id of a new draft."""
        vals = {
            "mailbox_id": self.mailbox,
            "email_to": CUSTOMER,
            "subject": "Offer",
            "body": "<p>We can do it for 100.</p>",
            **values,
        }
        return self.call(MESSAGE, "create", [vals])[0]

    def queue(self, draft):
        """Press *Send* on a draft that is as its author wants it."""
        self.call(MESSAGE, "action_send", [draft], context={"helpdesk_mail_looked_at": True})

    def send(self, draft=None):
        """Send a draft (a new one where none is given): its id."""
        draft = draft or self.draft()
        self.queue(draft)
        self.work()
        return draft

    def work(self, **options):
        """What a cron worker does with the mailbox's scheduled action: its Answer."""
        return self.start(**options).finish()

    def start(self, **options):
        return self.odoo.start(
            "call", model="ir.cron", method="method_direct_trigger", args=[[self.cron]], **options
        )

    def file_copies(self):
        assert self.odoo.value("scheduled", xmlid="helpdesk_mail.ir_cron_sent_copies")

    def fetch(self):
        return self.call("helpdesk.mailbox", "action_fetch_now", [self.mailbox])

    def row(self, message, *names):
        """The fields of a message."""
        (row,) = self.call(MESSAGE, "read", [message], list(names))
        return row

    def messages(self, *domain):
        """The ids of the messages of this user."""
        return self.call(MESSAGE, "search", [list(leaf) for leaf in domain], order="id")

    def left(self):
        """The mails that left, as they came over the wire, and are forgotten."""
        found = [stored for stored in self.smtp.messages() if stored.envelope_from == self.email]
        self.smtp.clear()
        return found

    def sent_folder(self, folder="Sent"):
        """What stands in the Sent folder on the server: the octets, in any order."""
        base = self.dovecot.maildir(self.email, folder)
        paths = [*(base / "cur").iterdir(), *(base / "new").iterdir()]
        return [path.read_bytes() for path in paths]


def parsed(source):
    return email.message_from_bytes(source, policy=email.policy.default)
