# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Publishing: the owner of a private message turns it into a ticket, or adds it to one.

That message alone, and nobody but the owner. What was published is a copy: the private message
stays what it is, and deleting the ticket does not touch it.
"""

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from .. import intake
from ..intake import published, reasons
from ..intake.addresses import format_address, normalize, recipient_key
from ..transport import RawMail
from . import seal
from .helpdesk_communication import AGENT


class HelpdeskMailboxMessage(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox.message"  # pylint: disable=consider-merging-classes-inherited

    published_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Published in",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The ticket in which everybody of the helpdesk reads a copy of this message.",
    )
    published_date = fields.Datetime(string="Published on", readonly=True, copy=False)
    publication = fields.Char(string="Published", compute="_compute_publication")
    can_publish = fields.Boolean(compute="_compute_can_publish")
    can_open_ticket = fields.Boolean(compute="_compute_publication")

    @api.depends("published_ticket_id", "published_date")
    @api.depends_context("uid")
    def _compute_publication(self):
        """Say where each was published: the number of the ticket to whom it is not hidden."""
        tickets = self.env["helpdesk.ticket"].browse(self.mapped("published_ticket_id.id"))
        seen = tickets._filtered_access("read")
        for message in self:
            ticket = message.published_ticket_id
            message.can_open_ticket = bool(ticket) and ticket.id in seen.ids
            date = message.published_date and format_datetime(self.env, message.published_date)
            if not ticket:
                message.publication = False
            elif message.can_open_ticket:
                message.publication = self.env._(
                    "A copy stands in ticket %(number)s since %(date)s.",
                    number=seen.browse(ticket.id).number,
                    date=date,
                )
            else:
                message.publication = self.env._("A copy stands in a ticket since %s.", date)

    @api.depends("state", "published_ticket_id", "mailbox_id")
    @api.depends_context("uid")
    def _compute_can_publish(self):
        """Whether *Publish* is offered; whoever calls it is asked again."""
        is_agent = self.env.user.has_group(AGENT)
        for message in self:
            message.can_publish = (
                is_agent
                # sudo: whose mailbox it is
                and message.mailbox_id.sudo().user_id == self.env.user
                and message._may_be_published()
                and not message.published_ticket_id
            )

    def action_open_ticket(self):
        """Open the ticket in which a copy of this message stands."""
        self.ensure_one()
        self.check_access("read")
        ticket = self.published_ticket_id
        if not ticket:
            raise UserError(self.env._("This message stands in no ticket."))
        ticket.check_access("read")
        return ticket.get_formview_action()

    def action_publish(self):
        """Ask where this message is to be published.

        :raise AccessError: it is somebody else's, or the user has nothing to do with tickets
        """
        self._check_publish()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Publish"),
            "res_model": "helpdesk.mailbox.publish",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_message_id": self.id},
        }

    def _may_be_published(self):
        return self.state in ("received", "sent")

    def _check_publish(self):
        """Raise unless the user may publish this message, as it is."""
        self.ensure_one()
        self.check_access("read")
        # sudo: whose mailbox it is
        if self.mailbox_id.sudo().user_id != self.env.user:
            raise AccessError(
                self.env._("Only the owner of private mail publishes it; colleagues never do.")
            )
        if not self.env.user.has_group(AGENT):
            raise AccessError(self.env._("Ask for a role in the helpdesk to publish mail there."))
        if not self._may_be_published():
            raise UserError(self.env._("Only mail that was received or sent can be published."))
        if self.published_ticket_id:
            raise UserError(self.env._("This message has been published already."))

    def _publish_as_ticket(self, inbox, notify=False):
        """Make a new ticket of this message in *inbox*: the ticket (superuser).

        Received mail goes down the road of tickets, which finds its customer; of sent mail the
        customer is known.

        :raise UserError: it cannot be made a ticket
        """
        self._check_publish()
        inbox.check_access("read")
        root = self.env(user=self.env.ref("base.user_root").id, su=True)
        # sudo: whoever sees the inbox may write to it by mail, with the same result
        inbox = inbox.with_env(root)
        if inbox.state == "draft" or not inbox.active:
            raise UserError(self.env._("The inbox %s is not in use.", inbox.name))
        if self.direction == "in":
            ticket = self._down_the_road(inbox, notify)
        else:
            ticket = self._ticket_about_sent_mail(inbox)
        self._note_publication(ticket)
        return ticket

    def _publish_in(self, ticket):
        """Add a copy of this message to *ticket*, for colleagues: nobody is notified."""
        self._check_publish()
        ticket.ensure_one()
        ticket.check_access("write")
        # sudo: posts under the name of who wrote; the right to change the ticket was checked
        ticket = ticket.sudo()
        self._copy_to(ticket)
        self._note_publication(ticket)
        return ticket

    # ------------------------------------------------------------------
    # a new ticket
    # ------------------------------------------------------------------

    def _down_the_road(self, inbox, notify):
        source = published.rebuild(self._letter(), inbox.email)
        door = intake.Door(
            inbox,
            inbox.env["helpdesk.mail.folder"],
            "import",
            history=not notify,
            imported_by=self.env.user.name,
            published=True,
        )
        item = intake.take_in(inbox.env, door, [RawMail(source=source, size=len(source))])[0]
        ticket = inbox.env["helpdesk.ticket"].browse(item.resolved_ticket_id() or [])
        if item.outcome == reasons.DUPLICATE and ticket:
            raise UserError(
                self.env._("This message is in ticket %s of this inbox already.", ticket.number)
            )
        if item.outcome != reasons.CREATED:
            # all is rolled back
            row = inbox.env["helpdesk.incoming.mail"].browse(item.journal_id or [])
            raise UserError(
                self.env._(
                    "This message could not be made a ticket. %s", row.explanation or ""
                ).strip()
            )
        if not ticket.partner_id and not ticket.lead_id:
            # the owner knows who it is, and says so of this ticket, not of the address
            ticket._helpdesk_mail_link(
                self.partner_id.with_env(inbox.env), self.lead_id.with_env(inbox.env)
            )
        return ticket

    def _ticket_about_sent_mail(self, inbox):
        channel = inbox.env.ref(
            "helpdesk_mgmt.helpdesk_ticket_channel_email", raise_if_not_found=False
        )
        key = recipient_key(self.party_email or "")
        recipient = inbox.env["helpdesk.recipient"]
        if key:
            recipient = recipient.search(
                [("email_key", "=", key), ("company_id", "=", inbox.company_id.id)], limit=1
            )
        Ticket = inbox.env["helpdesk.ticket"].with_context(
            mail_create_nosubscribe=True, helpdesk_mail_history=True
        )
        ticket = Ticket.create(
            {
                "name": self.subject or self.env._("No Subject"),
                "description": Markup("<p>%s</p>")
                % self.env._("%s has written to the customer:", self.env.user.name),
                "inbox_id": inbox.id,
                "team_id": inbox.team_id.id,
                "company_id": inbox.company_id.id,
                "channel_id": channel.id if channel else False,
                "partner_id": self.partner_id.id,
                "lead_id": self.lead_id.id,
                "partner_email": self.party_email or False,
                "recipient_id": recipient.id,
                "user_id": False,
            }
        )
        body = self._copy_to(ticket).body
        ticket.description = (ticket.description or "") + (body or "")
        return ticket

    # ------------------------------------------------------------------
    # the copy
    # ------------------------------------------------------------------

    def _letter(self):
        """What of this message is published (:class:`..intake.published.Letter`)."""
        return published.Letter(
            sender_name=self.sender_name or "",
            sender_email=self.sender_email or "",
            subject=self.subject or "",
            message_id=self.message_id or "",
            date=self.date,
            html=str(self.body or ""),
            files=[
                published.File(file.id, file.name or "", file.mimetype or "", file.raw or b"")
                for file in self.attachment_ids.sorted("id")
            ],
        )

    def _copy_to(self, ticket):
        """Write this message into *ticket* (superuser) as an internal mail: the message."""
        files, urls = self._copy_files_to(ticket)
        author = self._author_contact()
        values = {
            "author_id": author.id,
            "author_guest_id": False,
            "email_from": format_address(self.sender_name, self.sender_email)
            or author.email_formatted,
            "model": ticket._name,
            "res_id": ticket.id,
            "message_type": "email",
            # whoever is the customer of that ticket may be somebody else
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
            "is_internal": True,
            "subject": self.subject,
            "date": self.date,
            "body": Markup(published.with_urls(str(self.body or ""), urls)),
            "record_company_id": ticket.company_id.id,
            "attachment_ids": [(4, file.id) for file in files],
        }
        return ticket._message_create([values])

    def _author_contact(self):
        """The contact that wrote this message (superuser), maybe an empty one."""
        if self.direction == "out":
            # sudo: a colleague's contact
            return self.author_user_id.sudo().partner_id or self.env.user.partner_id
        partner = self.partner_id.sudo()
        same = partner.email_normalized == normalize(self.sender_email)
        return partner if same else partner.browse()

    def _copy_files_to(self, ticket):
        """Copies of the files of this message, and the URL of each copy that its body shows."""
        shown = published.shown(str(self.body or ""))
        # markup that could act in a browser is stored as plain text, as everywhere
        Attachment = ticket.env["ir.attachment"].with_context(attachments_mime_plainxml=True)
        originals = self.attachment_ids.sorted("id")
        copies = Attachment.create(
            [
                {
                    "name": file.name,
                    "raw": file.raw,
                    "mimetype": file.mimetype,
                    "type": "binary",
                    "res_model": ticket._name,
                    "res_id": ticket.id,
                    "access_token": Attachment._generate_access_token()
                    if file.id in shown
                    else False,
                }
                for file in originals
            ]
        )
        urls = {
            file.id: f"/web/image/{copy.id}?access_token={copy.access_token}"
            for file, copy in zip(originals, copies, strict=True)
            if copy.access_token
        }
        return copies, urls

    def _note_publication(self, ticket):
        """Say on both sides where the copy comes from."""
        now = fields.Datetime.now()
        user = self.env.user
        lines = [
            self.env._(
                "Published from the private mail of %(owner)s, by %(owner)s, on %(date)s.",
                owner=user.name,
                date=format_datetime(self.env, now),
            )
        ]
        for label, value in (
            (self.env._("From"), self.email_from),
            (self.env._("To"), self.email_to),
            (self.env._("Cc"), self.email_cc),
        ):
            if value:
                lines.append(f"{label}: {value}")
        ticket._message_log(body=Markup("<br/>").join(lines), author_id=user.partner_id.id)
        seal.opened(self).write({"published_ticket_id": ticket.id, "published_date": now})
