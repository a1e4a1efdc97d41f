# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""People who write mails and read them, and a desk that answers; every mail goes over SMTP, and
the desk's over IMAP.
"""

import email
import email.policy
import itertools
import smtplib
from email.message import EmailMessage
from email.utils import formataddr, getaddresses

DESK = "support@desk.example"
PASSWORD = "secret of the desk"
BOSS = "boss@staff.example"
_NUMBERS = itertools.count(1)


class Office:
    """One inbox of one company, its administrator, and the mails that it sends."""

    def __init__(self, odoo, dovecot, smtp):
        self.odoo = odoo
        self.smtp = smtp
        group = self.ref("helpdesk_mgmt.group_helpdesk_user")
        self.boss = self.create(
            "res.users",
            name="Boris Boss",
            login="boss",
            email=BOSS,
            group_ids=[(4, group)],
        )
        server = self.create(
            "ir.mail_server",
            name="The office's",
            smtp_host="127.0.0.1",
            smtp_port=smtp.port,
            smtp_encryption="none",
        )
        self.inbox = odoo.value(
            "make_inbox",
            values={
                "name": "Support",
                "email": DESK,
                "protocol": "imap",
                "host": "127.0.0.1",
                "port": dovecot.imap_port,
                "encryption": "none",
                "username": DESK,
                "password": PASSWORD,
                "mail_server_id": server,
                "administrator_ids": [(4, self.boss)],
            },
        )
        odoo.warm("fetch", inbox=self.inbox)

    # -- Odoo, as the web client calls it

    def call(self, model, method, *args, user=None, **kwargs):
        """The result of a public method."""
        more = {"user": user} if user else {}
        return self.odoo.value(
            "call", model=model, method=method, args=list(args), kwargs=kwargs, **more
        )

    def create(self, model, **values):
        """The id of a new record."""
        found = self.call(model, "create", [values])
        return found[0] if isinstance(found, list) else found

    def ref(self, xmlid):
        module, _dot, name = xmlid.partition(".")
        domain = [["module", "=", module], ["name", "=", name]]
        (row,) = self.call("ir.model.data", "search_read", domain, ["res_id"])
        return row["res_id"]

    def search(self, model, *domain, fields=("id",)):
        """The rows of the records that match, oldest first."""
        return self.call(
            model, "search_read", [list(leaf) for leaf in domain], list(fields), order="id"
        )

    def customer(self, address, **values):
        """The id of a new customer."""
        return self.create("res.partner", name=f"Customer {address}", email=address, **values)

    def pair(self, address, partner, assign_all=True):
        """Pair an address in the dialog, as an agent does."""
        (recipient,) = self.search("helpdesk.recipient", ["email", "=", address])
        dialog = self.create(
            "helpdesk.recipient.pair",
            recipient_ids=[(6, 0, [recipient["id"]])],
            target="partner",
            partner_id=partner,
            assign_all=assign_all,
        )
        self.call("helpdesk.recipient.pair", "action_pair", [dialog], user=self.boss)

    def tickets(self, *senders):
        """The tickets that these addresses have opened."""
        fields = ("name", "number", "partner_id", "stage_id", "message_ids")
        return self.search("helpdesk.ticket", ["partner_email", "in", list(senders)], fields=fields)

    # -- the mails

    def begin(self):
        """Let everything that is on its way arrive, and forget it."""
        self.odoo.value("fetch", inbox=self.inbox)
        self.odoo.value("send")
        self.smtp.clear()

    def write(self, sender, subject, text="It burns, please help.", to=DESK, **headers):
        """Somebody writes a mail; it goes over SMTP into the mailbox of the desk."""
        mail = EmailMessage()
        mail["From"] = formataddr(("Somebody", sender))
        mail["To"] = to
        mail["Subject"] = subject
        mail["Date"] = email.utils.formatdate()
        mail["Message-ID"] = f"<office{next(_NUMBERS)}@{sender.partition('@')[2]}>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        # mail programs do not fold inside a Message-ID, as Python's default policy would
        source = mail.as_bytes(policy=email.policy.SMTP.clone(max_line_length=None))
        with smtplib.SMTP("127.0.0.1", self.smtp.port) as client:
            client.sendmail(sender, [getaddresses([to])[0][1]], source)
        self.smtp.clear()
        return mail

    def reply(self, mail, sender, text="Thank you.", subject=None):
        """Somebody answers a mail that they got, as a mail program does."""
        before = mail["Subject"]
        return self.write(
            sender,
            subject or (before if before.lower().startswith("re:") else f"Re: {before}"),
            text,
            to=mail["Reply-To"] or mail["From"],
            In_Reply_To=mail["Message-ID"],
            References=" ".join(filter(None, [mail["References"], mail["Message-ID"]])),
        )

    def fetch(self):
        """The desk fetches its mail: counts by outcome."""
        return self.odoo.value("fetch", inbox=self.inbox)

    def outgoing(self):
        """What leaves now: dict of address -> list of mails as they came over the wire."""
        self.odoo.value("send")
        found = {}
        for stored in self.smtp.messages():
            mail = email.message_from_bytes(stored.source, policy=email.policy.default)
            for address in stored.envelope_to:
                found.setdefault(address, []).append(mail)
        self.smtp.clear()
        return found

    def delivered(self):
        """Fetch, then send: the same."""
        self.fetch()
        return self.outgoing()


def text_of(mail):
    """The plain text of a mail, which each of ours has beside its HTML."""
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    return text.get_content().replace("\r\n", "\n")
