# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Automatic mail about tickets: to whom, how often, in which thread; prepared for many tickets at
once and sent by Odoo's queue.

It is marked as automatic (RFC 3834), and never goes to automatic mail, our own addresses,
addresses that take no answers, banned ones, or those on the deny list.
"""

import dataclasses
import logging
import typing

from odoo import models
from odoo.tools import SQL, email_normalize
from odoo.tools.mail import email_normalize_all

from ..intake import deny, is_no_fault_of_the_mail
from ..intake.addresses import is_no_reply, recipient_key, without_tag
from .ir_qweb import COMPILED
from .notification_kinds import KINDS

_logger = logging.getLogger(__name__)

# Notices that one address gets about one ticket within an hour: two robots that answer each other
# end here (RFC 3834, section 2). The system parameter changes it.
_MOST_AN_HOUR = 5
_PARAMETER = "helpdesk_mail.notices_per_hour"


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """Whom one mail goes to: an address, or users of ours."""

    ticket: typing.Any
    lang: str
    email: str = ""
    users: typing.Any = None
    staff: bool = False

    @property
    def emails(self):
        """The normalised addresses."""
        if self.email:
            return [self.email]
        return self.users.partner_id.mapped("email_normalized")


class HelpdeskTicket(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.ticket"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------------
    # whom
    # ------------------------------------------------------------------

    def _helpdesk_mail_sender_email(self):
        """The address that wrote, normalised, or ""."""
        return email_normalize(self.partner_email or "", strict=False) or ""

    def _helpdesk_mail_customer_emails(self):
        """Whom answers go to: the address that wrote, and the customer's own address;
        normalised, once each.

        The billing contact and other contacts of the customer are none of them.
        """
        self.ensure_one()
        emails = [self._helpdesk_mail_sender_email(), *email_normalize_all(self.partner_id.email)]
        own = self.env["helpdesk.inbox"]._all_own_addresses()
        return [email for email in dict.fromkeys(filter(None, emails)) if email not in own]

    def _helpdesk_mail_notified_users(self, code):
        """The users who get the notification *code* (of those to the staff): dict of ticket ->
        users.

        This is the one place that decides on them: whoever may not see a ticket is taken out
        here.
        """
        found = {}
        for ticket in self.sudo():
            users = ticket.inbox_id.administrator_ids
            if code != "new_ticket":
                # without an agent, the administrators see to it; nobody else is ever "assigned"
                users = ticket.user_id if code == "assigned" else ticket.user_id or users
            found[ticket] = users.filtered(
                lambda user, ticket=ticket: (
                    user.active
                    and not user.share
                    and user.email_normalized
                    and ticket.company_id in user.company_ids
                )
            )
        everybody = self.env["res.users"].union(*found.values())
        for ticket, blind in self.sudo()._helpdesk_scope_blind(everybody).items():
            found[ticket] -= blind
        return found

    def _helpdesk_mail_notified_addresses(self, code):
        """The plain addresses that get the notification *code* of one ticket: a list."""
        self.ensure_one()
        if code == "assigned" or (code != "new_ticket" and self.user_id):
            return []
        return self.inbox_id._administrator_addresses()

    def _helpdesk_mail_targets(self, kind, template):
        """The Targets of a notification about these tickets (of one inbox)."""
        if kind.audience == "staff":
            return self._helpdesk_mail_staff_targets(kind, template)
        langs = self._helpdesk_mail_customer_langs(template)
        targets = []
        for ticket in self.filtered(lambda ticket: not ticket.opened_by_machine):
            if kind.audience == "sender":
                emails = filter(None, [ticket._helpdesk_mail_sender_email()])
            else:
                emails = ticket._helpdesk_mail_customer_emails()
            targets += [Target(ticket, langs[ticket], email=email) for email in emails]
        return targets

    def _helpdesk_mail_staff_targets(self, kind, template):
        langs = self._helpdesk_mail_customer_langs(template.browse())
        installed = dict(self.env["res.lang"].get_installed())
        users_of = self._helpdesk_mail_notified_users(kind.code)
        targets = []
        for ticket in self:
            by_lang = users_of[ticket].grouped(
                lambda user: user.lang if user.lang in installed else False
            )
            targets += [
                Target(ticket, lang or self.env.lang or "en_US", users=users, staff=True)
                for lang, users in by_lang.items()
            ]
            lang = ticket.inbox_id.default_lang or ticket.company_id.partner_id.lang
            targets += [
                Target(ticket, lang or langs[ticket], email=email, staff=True)
                for email in ticket._helpdesk_mail_notified_addresses(kind.code)
            ]
        return targets

    def _helpdesk_mail_allowed_targets(self, targets, skip, fresh):
        """*targets* without those who may not get automatic mail now.

        :param skip: dict of ticket id -> set of normalised addresses that need not be told
        :param fresh: whether the tickets are new, so that nobody was told of them before
        """
        own = self.env["helpdesk.inbox"]._all_own_addresses()
        # intake has just taken the mail of new tickets in, so their senders are not refused
        refused = set() if fresh else self._helpdesk_mail_refused(targets)
        counts = {} if fresh else self._helpdesk_mail_notices_lately()
        most = int(self.env["ir.config_parameter"].sudo().get_param(_PARAMETER) or _MOST_AN_HOUR)
        allowed = []
        for target in targets:
            ticket = target.ticket

            def may_get(email, ticket=ticket):
                return not (
                    email in own
                    or email in skip.get(ticket.id, ())
                    or is_no_reply(email)
                    or email in refused
                    or counts.get((ticket.id, email), 0) >= most
                )

            if target.email:
                if may_get(target.email):
                    allowed.append(target)
                continue
            users = target.users.filtered(lambda user, may=may_get: may(user.email_normalized))
            if users:
                allowed.append(dataclasses.replace(target, users=users))
        return allowed

    def _helpdesk_mail_refused(self, targets):
        """The addresses among those of customers whose mail is refused: banned, or covered by the
        deny list of the inbox (these tickets are all of one) and not always accepted. One query;
        the list is in memory.
        """
        emails = {target.email for target in targets if not target.staff}
        if not emails:
            return set()
        inbox = self.inbox_id
        rules = deny.rules_of_inbox(self.env, inbox)
        refused = {email for email in emails if rules.of_sender(email)}
        by_key = {}
        for email in emails:
            key = recipient_key(email)
            by_key.setdefault(key, set()).add(email)
            if inbox.company_id.helpdesk_mail_plus_addressing:
                by_key.setdefault(without_tag(key), set()).add(email)
        found = self.env["helpdesk.recipient"].search_fetch(
            [
                ("email_key", "in", list(by_key)),
                ("company_id", "=", inbox.company_id.id),
                "|",
                ("is_banned", "=", True),
                ("is_accepted", "=", True),
            ],
            ["email_key", "is_banned"],
        )
        banned = found.filtered("is_banned")
        # the deny list does not hold for them
        refused.difference_update(*(by_key[one.email_key] for one in found - banned))
        return refused.union(*(by_key[one.email_key] for one in banned))

    def _helpdesk_mail_notices_lately(self):
        """(ticket id, address) -> how many notices it got about the ticket within an hour. One
        query.
        """
        self.env["mail.message"].flush_model(["model", "res_id", "message_type"])
        rows = self.env.execute_query(
            SQL(
                "SELECT res_id, outgoing_email_to FROM mail_message"
                " WHERE model = %s AND res_id = ANY(%s) AND outgoing_email_to IS NOT NULL"
                " AND message_type IN ('auto_comment', 'user_notification')"
                " AND create_date > (now() AT TIME ZONE 'UTC') - interval '1 hour'",
                self._name,
                self.ids,
            )
        )
        counts = {}
        for ticket_id, emails in rows:
            for email in emails.split(","):
                counts[ticket_id, email] = counts.get((ticket_id, email), 0) + 1
        return counts

    # ------------------------------------------------------------------
    # what
    # ------------------------------------------------------------------

    def _helpdesk_mail_prepare(self, code, references=None, skip=None, fresh=False):
        """What a notification about these tickets is made of: a list of pairs of the values of its
        ``mail.message`` and of its ``mail.mail``.

        :param code: of :mod:`.notification_kinds`
        :param references: dict of ticket id -> Message-ID that it answers, with angle brackets;
            None: the last mails of the tickets
        :param skip: dict of ticket id -> set of normalised addresses that are not told
        :param fresh: whether the tickets are new, so that nobody was told of them before
        """
        kind = KINDS[code]
        prepared = []
        # sudo: whoever does what causes it need not be able to read what is sent
        tickets = self.sudo()
        if references is None:
            references = tickets._helpdesk_mail_threads()
        for inbox, members in tickets.grouped("inbox_id").items():
            template = inbox and inbox._notification_template(code)
            if not template:
                continue
            targets = members._helpdesk_mail_targets(kind, template)
            targets = members._helpdesk_mail_allowed_targets(targets, skip or {}, fresh)
            by_lang = {}
            for target in targets:
                by_lang.setdefault(target.lang, []).append(target)
            for lang, some in by_lang.items():
                prepared += members._helpdesk_mail_render(kind, template, lang, some, references)
        return prepared

    def _helpdesk_mail_render(self, kind, template, lang, targets, references):
        """The values of the mails to *targets*, who all read *lang*; each ticket is rendered
        once.
        """
        ids = list(dict.fromkeys(target.ticket.id for target in targets))
        # tickets have texts that depend on the language, such as the name of their stage
        translated = template.with_context(lang=lang, **{COMPILED: {}})
        subjects = translated._render_field("subject", ids, set_lang=lang)
        bodies = translated._render_field("body_html", ids, set_lang=lang)
        frames = {}
        prepared = []
        for target in targets:
            ticket = target.ticket
            hint = "" if not target.staff else "reply" if target.users else "noted"
            key = (ticket.id, hint)
            if key not in frames:
                url = (
                    ticket._helpdesk_mail_staff_url()
                    if target.staff
                    else ticket._helpdesk_mail_portal_url()
                )
                frames[key] = ticket._helpdesk_mail_frame(
                    bodies[ticket.id], lang, url=url, staff=target.staff, hint=hint
                )
            subject = " ".join((subjects[ticket.id] or ticket.name or "").split())
            prepared.append(
                (
                    ticket._helpdesk_mail_message_values(
                        target,
                        subject=ticket._helpdesk_mail_tag_subject(subject) or subject,
                        body=bodies[ticket.id],
                    ),
                    ticket._helpdesk_mail_mail_values(
                        kind, target, frames[key], references.get(ticket.id) or ""
                    ),
                )
            )
        return prepared

    def _helpdesk_mail_message_values(self, target, subject, body):
        """The message that stays: on the ticket for what the customer gets, hidden for the
        staff's.
        """
        to_id = self.env["ir.model.data"]._xmlid_to_res_id
        return {
            "model": self._name,
            "res_id": self.id,
            "message_type": "user_notification" if target.staff else "auto_comment",
            # what answers a note stays internal: what answers these goes to the customer
            "subtype_id": to_id("mail.mt_comment" if target.staff else "mail.mt_note"),
            "is_internal": True,
            "subject": subject,
            "body": body,
            "email_from": self.inbox_id._answer_address(),
            "author_id": to_id("base.partner_root"),
            "reply_to": self.inbox_id._reply_address(self.id),
            "outgoing_email_to": ",".join(target.emails),
            "record_company_id": self.company_id.id,
            "mail_server_id": self.inbox_id.mail_server_id.id,
        }

    def _helpdesk_mail_mail_values(self, kind, target, html, reference):
        """The mail itself, without its message."""
        headers = {"Auto-Submitted": kind.auto_submitted, "X-Auto-Response-Suppress": "All"}
        if reference and not target.staff:
            headers["In-Reply-To"] = reference.split()[-1]
        values = {
            "body_html": html,
            "references": reference or False,
            "headers": repr(headers),
            "is_notification": True,
            # the message stays
            "auto_delete": True,
        }
        if target.users:
            values["recipient_ids"] = [(4, partner.id) for partner in target.users.partner_id]
        else:
            values["email_to"] = target.email
        return values

    def _helpdesk_mail_threads(self):
        """Ticket id -> Message-IDs of its first and its last mail, for References (RFC 5322,
        3.6.4). One query.
        """
        self.env["mail.message"].flush_model(["model", "res_id", "message_type", "message_id"])
        rows = self.env.execute_query(
            SQL(
                "SELECT res_id, (array_agg(message_id ORDER BY id))[1],"
                " (array_agg(message_id ORDER BY id DESC))[1] FROM mail_message"
                " WHERE model = %s AND res_id = ANY(%s) AND message_type = 'email'"
                " AND message_id IS NOT NULL AND is_internal IS NOT TRUE GROUP BY res_id",
                self._name,
                self.ids,
            )
        )
        return {row[0]: " ".join(dict.fromkeys(row[1:])) for row in rows}

    # ------------------------------------------------------------------
    # sending
    # ------------------------------------------------------------------

    def _helpdesk_mail_queue(self, prepared):
        """Put what :meth:`_helpdesk_mail_prepare` made into Odoo's queue: its mails."""
        Mail = self.env["mail.mail"].sudo()
        if not prepared:
            return Mail
        messages = self.env["mail.message"].sudo().create([message for message, _mail in prepared])
        mails = Mail.create(
            [
                {**mail, "mail_message_id": message.id}
                for message, (_values, mail) in zip(messages, prepared, strict=True)
            ]
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return mails

    def _helpdesk_mail_notify(self, code, **options):
        """Queue a notification about these tickets (options of :meth:`_helpdesk_mail_prepare`)."""
        return self._helpdesk_mail_queue(self._helpdesk_mail_prepare(code, **options))

    def _helpdesk_mail_notify_safely(self, code, **options):
        """As :meth:`_helpdesk_mail_notify`; what fails costs only the notification of its ticket,
        and is said there.
        """
        try:
            with self.env.cr.savepoint():
                mails = self._helpdesk_mail_notify(code, **options)
                mails.flush_recordset()
                return mails
        except Exception as error:
            if is_no_fault_of_the_mail(self.env, error):
                raise
            if len(self) > 1:
                mails = self.env["mail.mail"]
                for ticket in self:
                    mails |= ticket._helpdesk_mail_notify_safely(code, **options)
                return mails
            _logger.warning("Ticket %s: no notification (%s)", self.id, code, exc_info=True)
            field = self.env["helpdesk.inbox"]._fields[f"notify_{code}"]
            self._message_log(
                body=self.env._(
                    'The notification "%(name)s" could not be sent. Its template may be broken: '
                    "%(error)s",
                    name=field.get_description(self.env, ["string"])["string"],
                    error=str(error).strip()[-300:],
                )
            )
            return self.env["mail.mail"]
