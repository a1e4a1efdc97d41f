# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Writing private mail: new messages, answers and forwards, as oneself or on behalf of the owner.

A draft is a message of the mailbox from which it will leave. What it quotes stands apart from what
its author writes until it has left: nobody's browser loads what a stranger's mail shows.
"""

import datetime
import re

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import MissingError, UserError
from odoo.tools import SQL, format_datetime, is_html_empty

from ..intake.addresses import normalize
from ..message import html_to_text, text_to_html
from ..message.subjects import is_forward_subject, is_reply_subject
from . import mailbox_mail, seal

_COMPOSE = "helpdesk_mail.helpdesk_mailbox_message_view_form_compose"
_SHOWN_QUOTE = 4000  # characters
_MOST_SUGGESTIONS = 8


class HelpdeskMailboxMessage(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox.message"  # pylint: disable=consider-merging-classes-inherited

    # no screen shows its name: who sees the answer need not see what it answers
    parent_id = fields.Many2one(
        "helpdesk.mailbox.message",
        string="Answers",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    answer_kind = fields.Selection(
        [("reply", "Reply"), ("reply_all", "Reply to all"), ("forward", "Forward")],
        readonly=True,
        copy=False,
    )
    quote = fields.Html(readonly=True, sanitize=False, copy=False)
    with_quote = fields.Boolean(string="Quote the message below", default=True)
    quote_text = fields.Text(string="Quoted", compute="_compute_quote_text")
    about = fields.Char(
        readonly=True, copy=False, help="The customer or lead for whom it was begun."
    )
    sender_mailbox_ids = fields.Many2many(
        "helpdesk.mailbox", compute="_compute_sender_mailbox_ids", export_string_translation=False
    )
    sender_shown = fields.Char(string="Leaves as", compute="_compute_sender_shown")
    on_behalf = fields.Char(
        string="On behalf",
        compute="_compute_on_behalf",
        help="Who wrote it, where that was not the owner of the mailbox.",
    )

    @api.depends("quote")
    def _compute_quote_text(self):
        for message in self:
            text = html_to_text(str(message.quote)) if message.quote else ""
            if len(text) > _SHOWN_QUOTE:
                text = text[:_SHOWN_QUOTE].rstrip() + " …"
            message.quote_text = text

    @api.depends("mailbox_id")
    @api.depends_context("uid")
    def _compute_sender_mailbox_ids(self):
        self.sender_mailbox_ids = self.env["helpdesk.mailbox"]._sending()

    @api.depends("mailbox_id", "author_user_id", "state")
    @api.depends_context("uid")
    def _compute_sender_shown(self):
        for message in self:
            mailbox = message.mailbox_id
            name, email = mailbox._sender_name(), mailbox.email or ""
            message.sender_shown = (
                self.env._(
                    "%(name)s <%(email)s>, sent by %(author)s",
                    name=name,
                    email=email,
                    author=message._author().name,
                )
                if message._is_on_behalf()
                else f"{name} <{email}>"
            )

    @api.depends("mailbox_id", "author_user_id")
    def _compute_on_behalf(self):
        for message in self:
            message.on_behalf = message._is_on_behalf() and self.env._(
                "%(author)s on behalf of %(owner)s",
                author=message._author().name,
                owner=message.mailbox_id.user_id.name,
            )

    def _author(self):
        """Who writes this message (res.users)."""
        # sudo: the name of a colleague
        return self.author_user_id.sudo() or self.env.user

    def _is_on_behalf(self):
        self.ensure_one()
        return (
            self.direction == "out"
            and bool(self.mailbox_id)
            and self._author() != self.mailbox_id.user_id
        )

    # ------------------------------------------------------------------
    # beginning
    # ------------------------------------------------------------------

    @api.model
    def _compose(self, partner=None, lead=None):
        """Begin a message to a customer or a lead: the action that opens its draft.

        :raise RedirectWarning: the user has no mailbox that sends; with the way to set it up
        """
        mailbox = self.env["helpdesk.mailbox"]._of_user()._checked_sending()
        about = partner or lead
        if about is not None and about:
            if not about.exists():
                raise MissingError(self.env._("This customer or lead was deleted in the meantime."))
            about.check_access("read")
        email = name = ""
        if partner:
            email, name = partner.email or "", partner.name or ""
        elif lead:
            email, name = lead.email_from or "", lead.contact_name or lead.partner_name or ""
        return self._begin(
            mailbox,
            email_to=mailbox_mail.written(name, email),
            partner_id=partner.id if partner else lead.partner_id.id if lead else False,
            lead_id=lead.id if lead else False,
            about=about.display_name if about else False,
            party_email=normalize(email) or False,
        )

    @api.model
    def action_new(self):
        """Begin a message to whomever; the action that opens its draft.

        :raise RedirectWarning: the user has no mailbox that sends; with the way to set it up
        """
        return self._compose()

    def action_reply(self):
        """Answer whoever wrote; the action that opens the draft."""
        return self._answer("reply")

    def action_reply_all(self):
        """Answer whoever wrote, with everybody who got it in copy."""
        return self._answer("reply_all")

    def action_forward(self):
        """Pass the message on, with its files."""
        return self._answer("forward")

    def _answer(self, kind):
        self.ensure_one()
        # whoever only looks in (break glass) answers nothing
        self.check_access("write")
        if self.state not in ("received", "sent"):
            raise UserError(self.env._("This has not left yet: there is nothing to answer."))
        mailbox = self._answering_mailbox()
        action = self._begin(mailbox, **self._answer_values(kind, mailbox))
        draft = seal.opened(self.browse(action["res_id"]))
        draft._take_over(seal.opened(self), with_files=kind == "forward")
        return action

    def _answering_mailbox(self):
        """From which mailbox the user answers: their own where it sends, else that of the owner,
        on whose behalf they do it. The draft lets them choose.
        """
        own = self.env["helpdesk.mailbox"]._of_user()
        if own and own._is_sending():
            return own
        return self.mailbox_id._checked_sending()

    def _answer_values(self, kind, mailbox):
        chain = " ".join(filter(None, [self.references, self.message_id]))
        subject = self.subject or ""
        values = {
            "parent_id": self.id,
            "answer_kind": kind,
            "references": chain or False,
            "thread_key": self.thread_key,
            "partner_id": self.partner_id.id,
            "lead_id": self.lead_id.id,
            "about": self._about_name(),
            "party_email": self.party_email,
        }
        if kind == "forward":
            known = is_forward_subject(subject)
            return values | {
                "subject": subject if known else f"Fwd: {subject}",
                "party_email": False,
                "partner_id": False,
                "lead_id": False,
                "about": False,
            }
        own = seal.opened(mailbox)._own_addresses() | seal.opened(self.mailbox_id)._own_addresses()
        to = mailbox_mail.addresses(self._answered_address())
        copies = []
        if kind == "reply_all":
            here = {address.key for address in to}
            everybody = f"{self.email_to or ''}, {self.email_cc or ''}"
            for address in mailbox_mail.addresses(everybody):
                if address.key not in own | here:
                    here.add(address.key)
                    copies.append(address)
        return values | {
            "subject": subject if is_reply_subject(subject) else f"Re: {subject}",
            "email_to": ", ".join(address.text for address in to),
            "email_cc": ", ".join(address.text for address in copies),
        }

    def _about_name(self):
        """The name of the customer or lead of this message, for whom the user may know it."""
        user = self.env.user
        # sudo: a name that the message shows as well
        customer, lead = self.partner_id.sudo(), self.lead_id.sudo()
        if customer and customer._helpdesk_scope_blind_users(user):
            return False
        return (lead or customer).display_name or False

    def _answered_address(self):
        """To whom an answer goes, as people write it."""
        if self.direction == "out":
            return self.email_to or ""
        return self.email_reply_to or self.email_from or ""

    def _begin(self, mailbox, **values):
        """Make a draft in *mailbox*: the action that opens it."""
        seal.check_writes_from(self.env, mailbox.id)
        signature = self.env.user.signature
        body = Markup("<p><br></p>")
        if not is_html_empty(signature):
            body += Markup("<div>--<br>%s</div>") % signature
        draft = seal.opened(self).create(
            {
                "mailbox_id": mailbox.id,
                "direction": "out",
                "state": "draft",
                "is_read": True,
                "author_user_id": self.env.uid,
                "body": body,
                **values,
            }
        )
        return self.browse(draft.id)._compose_action()

    def _compose_action(self):
        """The action that opens this draft where it is written."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New message"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            # sudo: the id of a view
            "views": [(self.env.ref(_COMPOSE).sudo().id, "form")],
            "target": "current",
        }

    def get_formview_id(self, access_uid=None):
        """What has not left opens where it is written, wherever one comes from."""
        # the web client asks as superuser
        readable = len(self) == 1 and self.sudo(False).has_access("read")
        if readable and self.state in ("draft", "failed", "queued"):
            # sudo: the id of a view
            return self.env.ref(_COMPOSE).sudo().id
        return super().get_formview_id(access_uid)

    def _take_over(self, original, with_files):
        """Quote *original* in this draft, with the images that it shows, and its files where they
        are passed on. Both records open the seal; the user's right to read was asked before.
        """
        quoted = original.body or Markup()
        shown = mailbox_mail.image_ids(quoted)
        copies, passed_on = {}, []
        files = self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "=", original.id)], order="id"
        )
        for file in files:
            is_shown = file.id in shown
            if is_shown or with_files:
                own = file.copy({"res_model": self._name, "res_id": self.id, "name": file.name})
                if is_shown:
                    copies[file.id] = own.id
                else:
                    passed_on.append(own.id)
        self.write(
            {
                "quote": self._quotation(original, mailbox_mail.with_images(quoted, copies)),
                "attachment_ids": [(6, 0, passed_on)],
                "has_attachments": bool(passed_on),
            }
        )

    def _quotation(self, original, body):
        user = self.env["res.users"].browse(self.env.uid)
        date = original.date and format_datetime(
            self.env, original.date, tz=user.tz or "UTC", lang_code=user.lang
        )
        sender = ", ".join(one.shown for one in mailbox_mail.addresses(original.email_from))
        if self.answer_kind != "forward":
            line = self.env._("On %(date)s, %(sender)s wrote:", date=date, sender=sender)
            return Markup('<div>%s</div><blockquote type="cite">%s</blockquote>') % (line, body)
        head = [
            (self.env._("From"), sender),
            (self.env._("Date"), date),
            (self.env._("Subject"), original.subject),
            (self.env._("To"), original.email_to),
            (self.env._("Cc"), original.email_cc),
        ]
        lines = Markup().join(Markup("%s: %s<br>") % (name, value) for name, value in head if value)
        return Markup("<div>---------- %s ----------<br>%s</div><br><div>%s</div>") % (
            self.env._("Forwarded message"),
            lines,
            body,
        )

    # ------------------------------------------------------------------
    # drafts
    # ------------------------------------------------------------------

    def action_quote_in_text(self):
        """Move what this draft quotes into its text, as words alone, so that it can be answered
        line by line; images of strangers stay where they are.
        """
        self.ensure_one()
        self.check_access("write")
        if self.state not in ("draft", "failed"):
            raise UserError(self.env._("This has left already, or is on its way."))
        if not self.quote or not self.with_quote or self.answer_kind == "forward":
            raise UserError(self.env._("This draft quotes nothing that could be moved."))
        # the marks of quoted text say what the element around it says
        text = re.sub(r"(?m)^> ?", "", html_to_text(str(self.quote)))
        words = Markup(text_to_html(text))
        self.write(
            {
                "body": (self.body or Markup())
                + Markup('<blockquote type="cite">%s</blockquote>') % words,
                "with_quote": False,
            }
        )
        return True

    def write(self, vals):
        if not seal.is_open(self.env):
            # before anything of it is read with the seal open
            self.check_access("write")
        if not seal.is_open(self.env) and {"subject", "body", "attachment_ids"} & vals.keys():
            # a mail that was refused and then changed is another mail
            changed = seal.opened(self).filtered(lambda m: m.state == "failed" and m.message_id)
            changed.write({"message_id": False, "recipients_left": False, "is_uncertain": False})
        return super().write(vals)

    @api.model
    def suggest_addresses(self, term):
        """Addresses that match *term* (text): customers, leads and whom one has written with.

        :return: list of {"name", "email"}
        """
        term = (term or "").strip()
        if len(term) < 2:
            return []
        # all searches with the rights of the user
        found = {}
        partners = self.env["res.partner"].search_fetch(
            [
                ("email", "!=", False),
                "|",
                ("complete_name", "ilike", term),
                ("email", "ilike", term),
            ],
            ["name", "email"],
            # of which those of others are left out
            limit=_MOST_SUGGESTIONS * (10 if self.env.user._helpdesk_scope_roots() else 1),
        )
        for partner in partners._helpdesk_scope_own()[:_MOST_SUGGESTIONS]:
            found.setdefault(normalize(partner.email), (partner.name, partner.email))
        if len(found) < _MOST_SUGGESTIONS and self.env["crm.lead"].has_access("read"):
            leads = self.env["crm.lead"].search_fetch(
                [
                    ("email_from", "!=", False), "|", "|", ("contact_name", "ilike", term),
                    ("partner_name", "ilike", term), ("email_from", "ilike", term),
                ],
                ["contact_name", "partner_name", "email_normalized"],
                limit=_MOST_SUGGESTIONS,
            )  # fmt: skip
            for lead in leads:
                email = lead.email_normalized
                found.setdefault(email, (lead.contact_name or lead.partner_name, email))
        if len(found) < _MOST_SUGGESTIONS:
            groups = self._read_group(
                [("party_email", "ilike", term)], ["party_email"], [], limit=_MOST_SUGGESTIONS
            )
            for (email,) in groups:
                found.setdefault(email, ("", email))
        found.pop("", None)
        found.pop(False, None)
        return [
            {"name": name or "", "email": normalize(email)}
            for name, email in list(found.values())[:_MOST_SUGGESTIONS]
        ]

    @api.autovacuum
    def _gc_untouched_drafts(self):
        """Delete drafts that were begun and never written in."""
        before = fields.Datetime.now() - datetime.timedelta(days=1)
        self.env.cr.execute(
            SQL(
                "SELECT id FROM helpdesk_mailbox_message WHERE state = 'draft'"
                " AND write_date = create_date AND create_date < %s LIMIT 1000",
                before,
            )
        )
        seal.opened(self.browse([row[0] for row in self.env.cr.fetchall()])).unlink()
