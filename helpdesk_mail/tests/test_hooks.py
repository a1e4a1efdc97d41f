# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Other add-ons keep working: where one overrides what the batch road stands in for, the ordinary
road is taken, and both lead to the same place. So does stock Odoo, but for what is named here.
"""

from unittest.mock import patch

from odoo.addons.helpdesk_mgmt.models.helpdesk_ticket import HelpdeskTicket as StockTicket
from odoo.tests import tagged

from ..intake import hooks
from .common import CUSTOMER, PIXEL, SUPPORT, HelpdeskMailCase, write_mail

TICKET_FIELDS = (
    "name",
    "description",
    "partner_id",
    "partner_name",
    "partner_email",
    "commercial_partner_id",
    "lead_id",
    "inbox_id",
    "team_id",
    "stage_id",
    "company_id",
    "channel_id",
    "user_id",
    "priority",
    "email_cc",
    "message_partner_ids",
    "closed_date",
)
MESSAGE_FIELDS = (
    "author_id",
    "email_from",
    "message_type",
    "subtype_id",
    "is_internal",
    "subject",
    "body",
    "message_id",
    "date",
    "partner_ids",
    "incoming_email_to",
    "incoming_email_cc",
    "email_add_signature",
    "record_company_id",
    "record_alias_domain_id",
)


def conversation(prefix):
    """The same mails, each time with Message-IDs of their own: name -> bytes."""
    return {
        "html with image, file and copies": write_mail(
            message_id=f"<{prefix}1@x.example>",
            cc=f"Cara <cara@elsewhere.example>, bert@kunde.example, {SUPPORT}",
            html='<p>Hello <b>you</b> <img src="cid:p@x"></p>',
            images=[("p@x", PIXEL)],
            files=[("log.txt", b"line")],
            headers={"Importance": "high"},
        ),
        "reply of an agent": write_mail(
            sender="agent@staff.example",
            to=f"{SUPPORT}, {CUSTOMER}",
            references=f"<{prefix}1@x.example>",
            message_id=f"<{prefix}3@x.example>",
        ),
        "reply of a colleague": write_mail(
            sender="Bert Kunde <bert@kunde.example>",
            answers=f"<{prefix}1@x.example>",
            message_id=f"<{prefix}2@x.example>",
            cc="dora@elsewhere.example",
        ),
        "out of office": write_mail(
            subject="Out of office: hello",
            answers=f"<{prefix}1@x.example>",
            message_id=f"<{prefix}4@x.example>",
            headers={"Auto-Submitted": "auto-replied"},
        ),
        "nobody": write_mail(
            sender=None, subject=None, text="", message_id=f"<{prefix}5@x.example>"
        ),
        "unknown": write_mail(sender="u@nobody.example", message_id=f"<{prefix}6@x.example>"),
        "agent's own": write_mail(
            sender="agent@staff.example", message_id=f"<{prefix}7@x.example>"
        ),
    }


@tagged("post_install", "-at_install")
class TestForeignOverrides(HelpdeskMailCase):
    def setUp(self):
        super().setUp()
        self.batch_road.side_effect = None
        self.startPatcher(patch.object(hooks, "foreign_overrides", self.original))

    @classmethod
    def setUpClass(cls):
        cls.original = staticmethod(hooks.foreign_overrides)
        super().setUpClass()

    def installed(self):
        return set(hooks.foreign_overrides(self.env))

    def test_patch_is_seen(self):
        """A function put on the class, as automation rules do, and an add-on's own override."""
        before = self.installed()
        model = type(self.env["helpdesk.ticket"])
        for method in ("message_new", "message_update", "message_post", "message_subscribe"):

            def override(self, *args, **kwargs):
                raise NotImplementedError

            with patch.object(model, method, override):
                self.assertIn(f"patch.{method}", self.installed())
        self.assertEqual(self.installed(), before)

    def test_gateway_methods_are_looked_for_where_the_gateway_calls_them(self):
        thread = type(self.env["mail.thread"])
        with patch.object(thread, "_message_route_process", lambda self, *args: False):
            self.assertIn("patch._message_route_process", self.installed())

    def test_our_own_and_odoos_are_no_strangers(self):
        names = {name.partition(".")[0] for name in self.installed()}
        self.assertFalse(names & {"mail", "rating", "sms", "helpdesk_mgmt", "helpdesk_mail"})

    def test_the_trace_tells_which_road(self):
        with patch.object(hooks, "foreign_overrides", return_value=["x.message_new"]):
            row = self.row(self.take_one(write_mail()))
        self.assertIn(["write", "ordinary", {"overrides": "x.message_new"}], row.trace)
        self.assertNotIn("x.message_new", row.explanation)

    def test_override_runs(self):
        """What an add-on does in message_new happens to our mail as well."""
        stock = StockTicket.message_new

        def message_new(records, msg, custom_values=None):
            ticket = stock(records, msg, custom_values)
            ticket.name = f"seen: {msg['subject']}"
            return ticket

        with (
            patch.object(StockTicket, "message_new", message_new),
            patch.object(hooks, "foreign_overrides", return_value=["x.message_new"]),
        ):
            ticket = self.new_ticket()
        self.assertEqual(ticket.name, "seen: The printer burns")


@tagged("post_install", "-at_install")
class TestRoadsAgree(HelpdeskMailCase):
    maxDiff = None

    def plain(self, value):
        return sorted(value.ids) if hasattr(value, "ids") else value

    def facts(self, items, prefix):
        """What a person sees of the tickets and messages, without numbers that differ anyway."""
        facts = []
        first = self.ticket(items[0])
        for item in items:
            ticket, message = self.ticket(item), self.message(item)
            values = {f: self.plain(ticket[f]) for f in TICKET_FIELDS}
            values |= {f"message.{f}": self.plain(message[f]) for f in MESSAGE_FIELDS}
            for key in ("description", "message.body", "message.message_id"):
                text = str(values[key] or "").replace(prefix, "P")
                for attachment in ticket.attachment_ids:
                    text = text.replace(f"/{attachment.id}?", "/ID?").replace(
                        attachment.access_token or "no token", "TOKEN"
                    )
                values[key] = text
            values["first ticket"] = ticket == first
            values["parent"] = (message.parent_id.message_id or "").replace(prefix, "P")
            values["files"] = sorted(message.attachment_ids.mapped("name"))
            values["notified"] = sorted(
                (n.res_partner_id.id, n.mail_email_address or "", n.notification_type)
                for n in message.notification_ids
            )
            values["reply_to"] = message.reply_to
            values["message.subject"] = values["message.subject"].replace(ticket.number, "HT")
            values["outcome"] = (item.outcome, item.reason)
            facts.append(values)
        return facts

    def walk(self, overrides, prefix):
        self.batch_road.return_value = overrides
        self.addCleanup(setattr, self.batch_road, "return_value", [])
        with self.mock_mail_gateway():
            items = self.take(*conversation(prefix).values())
        mails = sorted(
            (mail.email_to or "", sorted(mail.recipient_ids.ids), mail.email_from or "")
            for mail in self._new_mails
        )
        return self.facts(items, prefix), mails

    def test_ordinary_road_and_batch_road(self):
        batch, batch_mails = self.walk([], "batch")
        ordinary, ordinary_mails = self.walk(["some_addon.message_new"], "ordinary")
        for name, ours, theirs in zip(conversation("x"), batch, ordinary, strict=True):
            with self.subTest(name):
                # Odoo's road writes down whom it pings for an answer, ours only pings them
                different = {key for key in ours if ours[key] != theirs[key]}
                different.discard("message.partner_ids")
                self.assertEqual(
                    {key: ours[key] for key in different}, {key: theirs[key] for key in different}
                )
        self.assertEqual(batch_mails, ordinary_mails)

    def test_stock_odoo(self):
        """The same mails through Odoo's gateway: what differs does so on purpose."""
        differ = {
            # "Subject, body, sender, importance, channel Email", and the inbox itself
            "inbox_id",
            "team_id",
            "priority",
            "partner_name",
            "partner_email",
            "channel_id",
            # our own address is no Cc, and who wrote stands there as name and plain address
            "email_cc",
            "message.email_from",
            "message.incoming_email_to",
            "message.incoming_email_cc",
            # what is sent on to followers bears the ticket number
            "message.subject",
        }
        here = {
            # an absence note is noted internally
            ("out of office", "message.is_internal"),
            ("out of office", "message.subtype_id"),
            # nobody wrote: certainly not the user that runs the gateway
            ("nobody", "message.author_id"),
            # an image without a name gets one
            ("html with image, file and copies", "files"),
            # stock names whom it pings for an answer; we notify the same people
            ("reply of a colleague", "message.partner_ids"),
            ("out of office", "message.partner_ids"),
        }
        ours, _mails = self.walk([], "ours")
        items = []
        for source in conversation("stock").values():
            before = self.env["mail.message"].search([], order="id desc", limit=1).id
            # no inbox of ours is asked: what stock Odoo does alone
            with (
                patch.object(type(self.inbox), "_has_gateway_inbox", return_value=False),
                self.mock_mail_gateway(),
            ):
                ticket_id = (
                    self.env["mail.thread"].with_user(1).message_process("helpdesk.ticket", source)
                )
            message = self.env["mail.message"].search(
                [
                    ("id", ">", before),
                    ("model", "=", "helpdesk.ticket"),
                    ("res_id", "=", ticket_id),
                    ("message_type", "=", "email"),
                ]
            )
            items.append((self.env["helpdesk.ticket"].browse(ticket_id), message))
        first = items[0][0]
        found = set()
        for (name, mine), (ticket, message) in zip(
            zip(conversation("x"), ours, strict=True), items, strict=True
        ):
            theirs = {f: self.plain(ticket[f]) for f in TICKET_FIELDS}
            theirs |= {f"message.{f}": self.plain(message[f]) for f in MESSAGE_FIELDS}
            theirs["first ticket"] = ticket == first
            theirs["files"] = sorted(message.attachment_ids.mapped("name"))
            theirs["parent"] = (message.parent_id.message_id or "").replace("stock", "P")
            skipped = {"description", "message.body", "message.message_id"}
            different = {key for key in theirs.keys() - skipped if theirs[key] != mine[key]}
            found |= {(name, key, str(mine[key]), str(theirs[key])) for key in different}
        self.assertEqual(
            {entry for entry in found if entry[1] not in differ and entry[:2] not in here},
            set(),
            "differs from stock",
        )
