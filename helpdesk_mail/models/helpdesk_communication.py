# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What was written with a customer or about a lead: one timeline, exactly what its viewer may see.

Nothing is kept here and nothing is read as superuser but names: private mail comes through the
seal (:mod:`.seal`), the mail of tickets and chatters by the record rules and the scope of whoever
looks.
"""

import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from . import mailbox_mail, seal
from .scope_sql import MAIL_TYPES

AGENT = "helpdesk_mail.group_mail_agent"
KINDS = ("private", "ticket", "chatter", "note")
_MODELS = ("res.partner", "crm.lead")
_MAIL = "mail.message"
# the place of a source among messages of the same second
_RANKS = {"private": 0, "mail": 1}
_MOST = 100
_PREVIEW = 200  # characters
# what a body shows itself is no file to download
_SHOWN = re.compile(r"/web/(?:image|content)/(\d+)")


class HelpdeskCommunication(models.AbstractModel):
    _name = "helpdesk.communication"
    _description = "Communication with a Customer"

    @api.model
    def timeline(self, model, res_id, kinds=None, after=None, limit=20):
        """What was written with a customer or lead, the newest first, as far as the user sees it.

        :param model: "res.partner" (with its contacts and leads) or "crm.lead"
        :param res_id: the id of the customer or lead, which the user must be able to read
        :param kinds: those of KINDS that are wanted; None: all
        :param after: the ``next`` of the page before; None: the first page
        :return: dict of ``items`` (their bodies are asked for one by one, :meth:`open_message`),
            ``next`` (None: there is no more) and ``has_mailbox`` (whether the user has one)
        :raise AccessError: the user is no colleague, or may not read the customer
        :raise UserError: what is asked for makes no sense
        """
        record = self._checked(model, res_id)
        kinds = self._checked_kinds(kinds)
        cursor = self._checked_cursor(after)
        if not isinstance(limit, int) or not 0 < limit <= _MOST:
            raise UserError(self.env._("Ask for 1 to %s messages at a time.", _MOST))
        found = []
        partners, leads = self._whose(record)
        if "private" in kinds:
            found += self._private(record, partners, leads, cursor, limit + 1)
        if mail_kinds := kinds & {"ticket", "chatter", "note"}:
            found += self._mail(record, partners, leads, mail_kinds, cursor, limit + 1)
        found.sort(key=lambda entry: (entry[0], -entry[1], entry[2]), reverse=True)
        page = found[:limit]
        values = self._values(page)
        date, rank, id_ = page[-1] if page else (None, None, None)
        return {
            "items": values,
            "next": [fields.Datetime.to_string(date), rank, id_] if len(found) > limit else None,
            "has_mailbox": bool(self.env[seal.MAILBOX]._of_user()),
        }

    @api.model
    def open_message(self, source, res_id):
        """The HTML of a message of the timeline; private mail counts as read from now on.

        :param source: "private" or "mail", as its item says
        :raise AccessError: the user may not read it
        """
        self._check_colleague()
        if source not in _RANKS or not isinstance(res_id, int):
            raise UserError(self.env._("There is no such message."))
        message = self._plain(seal.MESSAGE if source == "private" else _MAIL).browse(res_id)
        if not message.exists():
            raise UserError(self.env._("This message has been deleted in the meantime."))
        message.check_access("read")
        if source == "private" and not message.is_read and message.has_access("write"):
            message.action_mark_read()
        return message.body or ""

    # ------------------------------------------------------------------
    # what is asked for
    # ------------------------------------------------------------------

    def _check_colleague(self):
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only colleagues see what was written with customers."))

    def _plain(self, model):
        """*model* with the rights of the user alone, whoever calls."""
        return seal.closed(self.env[model].sudo(False))

    def _checked(self, model, res_id):
        self._check_colleague()
        if model not in _MODELS or not isinstance(res_id, int):
            raise UserError(self.env._("Only customers and leads have a communication."))
        record = self._plain(model).with_context(active_test=False).browse(res_id)
        if not record.exists():
            raise UserError(self.env._("This record has been deleted in the meantime."))
        record.check_access("read")
        return record

    def _checked_kinds(self, kinds):
        if kinds is None:
            return set(KINDS)
        if not isinstance(kinds, list | tuple) or not set(map(str, kinds)) <= set(KINDS):
            raise UserError(self.env._("There are no such messages."))
        return set(kinds)

    def _checked_cursor(self, after):
        """(date, rank, id) of the last message that the user has, or None."""
        if after is None:
            return None
        try:
            date, rank, id_ = after
            return fields.Datetime.to_datetime(str(date)), int(rank), int(id_)
        except (TypeError, ValueError):
            raise UserError(self.env._("Load the messages once more.")) from None

    @staticmethod
    def _older(cursor, rank):
        """What comes after *cursor* among the messages of the source *rank*."""
        if cursor is None:
            return Domain.TRUE
        date, last_rank, id_ = cursor
        older = Domain("date", "<", date)
        if rank > last_rank:
            return Domain("date", "<=", date)
        if rank == last_rank:
            older |= Domain("date", "=", date) & Domain("id", "<", id_)
        return older

    # ------------------------------------------------------------------
    # what is there
    # ------------------------------------------------------------------

    def _whose(self, record):
        """The contacts and leads (those that the user may read) whose mail belongs to *record*."""
        partners, leads = self._plain("res.partner"), self._plain("crm.lead")
        if record._name == "crm.lead":
            return partners, record
        partners = partners.with_context(active_test=False).search([("id", "child_of", record.id)])
        if leads.has_access("read"):
            leads = leads.with_context(active_test=False).search(
                [("partner_id", "in", partners.ids)]
            )
        return partners, leads

    def _private(self, record, partners, leads, cursor, limit):
        """The newest private messages as (date, rank, id)."""
        rank = _RANKS["private"]
        domain = Domain("lead_id", "in", leads.ids)
        if partners:
            domain |= Domain("partner_id", "in", partners.ids)
        domain &= Domain("state", "!=", "draft") & self._older(cursor, rank)
        messages = self._plain(seal.MESSAGE).search_fetch(
            domain, ["date"], order="date desc, id desc", limit=limit
        )
        return [(message.date, rank, message.id) for message in messages]

    def _mail(self, record, partners, leads, kinds, cursor, limit):
        """The newest messages of tickets and chatters as (date, rank, id)."""
        rank, Message = _RANKS["mail"], self._plain(_MAIL)
        domain = self._mail_domain(record, partners, leads, kinds)
        found, size = [], 2 * limit
        while not domain.is_false() and len(found) < limit:
            # without asking for each whether it may be read (only the scope is asked): what Odoo
            # drops of a page would make it look like the last one
            query = Message._search(
                domain & self._older(cursor, rank),
                bypass_access=True,
                order="date desc, id desc",
                limit=size,
            )
            messages = Message.browse(query)
            readable = set(messages._filtered_access("read")._ids)
            # sudo: the dates alone
            messages.sudo().fetch(["date"])
            rows = [(message.date, rank, message.id) for message in messages.sudo()]
            found += [row for row in rows if row[2] in readable]
            if len(rows) < size:
                break
            cursor, size = rows[-1], min(2 * size, 500)
        return found[:limit]

    def _mail_domain(self, record, partners, leads, kinds):
        """Which messages of tickets and chatters are concerned; their rights are not asked here."""
        comment = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        is_comment = Domain("message_type", "=", "comment")
        is_mail = Domain("message_type", "in", MAIL_TYPES) | (
            is_comment & Domain("subtype_id", "=", comment)
        )
        of_tickets = Domain.FALSE
        tickets = self._tickets(record, partners, leads)
        if tickets is not None:
            of_tickets = Domain("model", "=", "helpdesk.ticket") & Domain("res_id", "in", tickets)
        of_chatters = Domain.FALSE
        for records in (partners, leads):
            if records:
                of_chatters |= Domain("model", "=", records._name) & Domain(
                    "res_id", "in", records.ids
                )
        wanted = Domain.FALSE
        if "ticket" in kinds:
            wanted |= of_tickets & is_mail
        if "chatter" in kinds:
            wanted |= of_chatters & is_mail
        if "note" in kinds:
            wanted |= (of_tickets | of_chatters) & is_comment & Domain("subtype_id", "!=", comment)
        return wanted

    def _tickets(self, record, partners, leads):
        """The tickets (a query) of these contacts and leads that the user sees; None: none."""
        Ticket = self._plain("helpdesk.ticket").with_context(active_test=False)
        if not Ticket.has_access("read"):
            return None
        domain = Domain("partner_id", "in", partners.ids) if partners else Domain.FALSE
        if leads and self.env.user.has_group(AGENT):
            domain |= Domain("lead_id", "in", leads.ids)
        return None if domain.is_false() else Ticket._search(domain)

    # ------------------------------------------------------------------
    # how it is shown
    # ------------------------------------------------------------------

    def _values(self, page):
        """The items of *page*, a list of (date, rank, id). A few queries for all of them."""
        private = self._plain(seal.MESSAGE).browse(id_ for _d, rank, id_ in page if rank == 0)
        mail = self._plain(_MAIL).browse(id_ for _d, rank, id_ in page if rank == 1)
        values = {
            **{(0, item["id"]): item for item in self._private_values(private)},
            **{(1, item["id"]): item for item in self._mail_values(mail)},
        }
        return [values[rank, id_] for _date, rank, id_ in page if (rank, id_) in values]

    def _private_values(self, messages):
        tickets = self._seen_tickets(messages.mapped("published_ticket_id.id"))
        readable = messages.attachment_ids._filtered_access("read")
        changeable = messages._filtered_access("write")
        is_agent = self.env.user.has_group(AGENT)
        for message in messages:
            # sudo: names of colleagues
            owner, author = message.mailbox_id.sudo().user_id, message.author_user_id.sudo()
            who = message.sender_name or message.sender_email or ""
            if message.direction == "out":
                who = author.name or owner.name
                if author and author != owner:
                    who = self.env._(
                        "%(delegate)s on behalf of %(owner)s", delegate=who, owner=owner.name
                    )
            published = message.published_ticket_id
            yield {
                **self._common(message, readable),
                "source": "private",
                "kind": "private",
                "direction": message.direction,
                "who": who,
                "to": self._shown_addresses(message) if message.direction == "out" else "",
                "badge": self.env._("Private: %s", owner.name),
                "document": None,
                "is_unread": message.direction == "in" and not message.is_read,
                "is_automatic": False,
                "state": message.state if message.state in ("queued", "sending", "failed") else "",
                "may_reply": message in changeable and message.state in ("received", "sent"),
                "may_publish": is_agent
                and not published
                and owner == self.env.user
                and message._may_be_published(),
                # what is published says so, to whom the ticket is hidden as well
                "published": bool(published) and (tickets.get(published.id) or {"number": ""}),
            }

    @staticmethod
    def _shown_addresses(message):
        return ", ".join(one.shown for one in mailbox_mail.addresses(message.email_to))

    def _mail_values(self, messages):
        comment = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        documents = self._documents(messages)
        readable = messages.attachment_ids._filtered_access("read")
        for message in messages:
            # sudo: the name of who wrote a message that the user may read
            author = message.author_id.sudo()
            is_mail = message.message_type in MAIL_TYPES or message.subtype_id.id == comment
            is_theirs = author.partner_share if author else message.message_type == "email"
            is_automatic = message.message_type == "auto_comment"
            document = documents.get((message.model, message.res_id))
            on_ticket = message.model == "helpdesk.ticket"
            yield {
                **self._common(message, readable),
                "source": "mail",
                "kind": "note" if not is_mail else "ticket" if on_ticket else "chatter",
                "direction": "note" if not is_mail else "in" if is_theirs else "out",
                "who": self.env._("Automatic notice")
                if is_automatic
                else author.name or message.email_from or "",
                "to": "",
                "badge": document["name"] if document else "",
                "document": document,
                "is_unread": False,
                "is_automatic": is_automatic,
                "state": "",
                "may_reply": False,
                "may_publish": False,
                "published": False,
            }

    def _common(self, message, readable):
        """What items of both sources tell; of the files, those among *readable*."""
        files = readable & message.attachment_ids
        if files:
            shown = {int(id_) for id_ in _SHOWN.findall(str(message.body or ""))}
            files = files.filtered(lambda file: file.id not in shown)
        files = files.sorted("id").with_prefetch(readable._prefetch_ids)
        return {
            "id": message.id,
            "date": fields.Datetime.to_string(message.date),
            "subject": message.subject or "",
            "preview": (message.preview or "")[:_PREVIEW],
            "files": [{"id": file.id, "name": file.name, "size": file.file_size} for file in files],
        }

    def _documents(self, messages):
        """(model, id) -> what stands on the badge, for the documents that the user may read."""
        ids = {}
        for message in messages:
            ids.setdefault(message.model, set()).add(message.res_id)
        found = {
            ("helpdesk.ticket", id_): ticket
            for id_, ticket in self._seen_tickets(ids.pop("helpdesk.ticket", ())).items()
        }
        for model, res_ids in ids.items():
            for record in self._plain(model).browse(res_ids)._filtered_access("read"):
                found[model, record.id] = {
                    "model": model,
                    "id": record.id,
                    "name": record.display_name,
                }
        return found

    def _seen_tickets(self, ids):
        """id -> model, id, name and number of those tickets that the user sees."""
        Ticket = self._plain("helpdesk.ticket").with_context(active_test=False)
        if not ids or not Ticket.has_access("read"):
            return {}
        return {
            ticket.id: {
                "model": Ticket._name,
                "id": ticket.id,
                "name": self.env._("Ticket %s", ticket.number),
                "number": ticket.number,
            }
            for ticket in Ticket.search_fetch([("id", "in", list(ids))], ["number"])
        }


class ResPartner(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def action_helpdesk_send_email(self):
        """Write a private mail to this customer: the action that opens it.

        :raise AccessError: the user is no colleague, or may not read the customer
        """
        self.ensure_one()
        self.env["helpdesk.communication"]._checked(self._name, self.id)
        return self.env[seal.MESSAGE]._compose(partner=self)


class CrmLead(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "crm.lead"  # pylint: disable=consider-merging-classes-inherited

    def action_helpdesk_send_email(self):
        """Write a private mail to whoever stands behind this lead: the action that opens it.

        :raise AccessError: the user is no colleague, or may not read the lead
        """
        self.ensure_one()
        self.env["helpdesk.communication"]._checked(self._name, self.id)
        return self.env[seal.MESSAGE]._compose(lead=self)
