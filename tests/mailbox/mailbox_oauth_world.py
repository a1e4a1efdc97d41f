# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Personal mailboxes whose owners sign in at a provider: a mail server that asks the provider about
tokens, and one that takes outgoing mail for them.
"""

import itertools

from mailbox_web import PASSWORD, Browser
from mailbox_world import MESSAGE, MODEL, Mailbox

CUSTOMER = "carla@customer.example"
_NUMBERS = itertools.count(1)


class Owner(Mailbox):
    """A user without any special right who sets up a mailbox, all in their browser."""

    def __init__(self, world, web, provider, post, **values):
        self.web, self.provider, self.post = web, provider, post
        email = f"oauth{next(_NUMBERS)}@firm.example"
        world.dovecot.add_user(email, "no password is used")
        for folder in ("INBOX", "Sent"):
            world.dovecot.maildir(email, folder)
        user = {"name": email.partition("@")[0].title(), "login": email, "password": PASSWORD}
        uid = world.call("res.users", "create", [{**user, "email": email}])
        super().__init__(world, uid, email, "imap")
        self.browser = Browser(web, email)
        authorities = world.dovecot.ca_file.read_text() + post.ca_file.read_text()
        values = {
            "email": email,
            "host": "localhost",
            "port": world.dovecot.imaps_port,
            "encryption": "ssl",
            "ca_certificate": authorities,
            "username": email,
            "auth_method": "oauth2",
            "oauth_provider": "generic",
            "sync_start": "2020-01-01",
            "sent_folder": "Sent",
            "cooloff_minutes": 0,
            "send_enabled": True,
            "outgoing": "own",
            "smtp_host": "localhost",
            "smtp_port": post.port,
            "smtp_encryption": "ssl",
            "smtp_login": "same",
            **values,
        }
        (saved,) = self.browser.call(MODEL, "web_save", [], values, specification={})
        self.id = saved["id"]

    def press(self, method):
        """Press a button on the mailbox."""
        return self.browser.call(MODEL, method, [self.id])

    def begin(self):
        """Press *Connect*, sign in and agree: what the provider sends back by the browser."""
        action = self.press("action_oauth_connect")
        assert (action["type"], action["target"]) == ("ir.actions.act_url", "self")
        return self.provider.consent(action["url"], self.email)

    def connect(self):
        answer = self.browser.come_back(self.begin())
        assert answer.status_code == 303, answer.text
        assert answer.headers["Location"].endswith(f"/odoo/my-mailbox/{self.id}")

    def is_connected(self):
        return self.browser.call(MODEL, "read", [self.id], ["oauth_connected"])[0][
            "oauth_connected"
        ]

    def send(self, subject="Offer"):
        """Write to the customer and press *Send*: the id of the message."""
        values = {"email_to": CUSTOMER, "subject": subject, "body": "<p>We can do it for 100.</p>"}
        message = self.browser.call(MESSAGE, "create", [{"mailbox_id": self.id, **values}])[0]
        context = {"helpdesk_mail_looked_at": True}
        self.browser.call(MESSAGE, "action_send", [message], context=context)
        return message

    def work(self):
        """What a cron worker does with the scheduled action that sends."""
        [row] = self.world.rows("SELECT send_cron_id FROM helpdesk_mailbox WHERE id = %s", self.id)
        answer = self.world.odoo.run(
            "call", model="ir.cron", method="method_direct_trigger", args=[[row["send_cron_id"]]]
        )
        assert answer.error is None, answer.error
        return answer

    def left(self):
        """The subjects of what left from this address."""
        return [
            source.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()
            for sender, _to, source in self.post.mails
            if sender == self.email
        ]

    def sent(self, message, *names):
        [row] = self.browser.call(MESSAGE, "read", [message], list(names or ("state",)))
        return row

    def notices(self):
        """Everything in notifications that mentions the mailbox: (who gets it, subject, body)."""
        return self.world.rows(
            "SELECT partner.email AS who, message.subject, message.body FROM mail_message message"
            " JOIN mail_notification notice ON notice.mail_message_id = message.id"
            " JOIN res_partner partner ON partner.id = notice.res_partner_id"
            " WHERE message.body LIKE %s ORDER BY message.id",
            f'%/my-mailbox/{self.id}"%',
        )
