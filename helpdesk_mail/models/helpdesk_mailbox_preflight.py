# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is looked at before a private mail leaves: who gets it, from which account, and what its
author may not have seen.
"""

import dataclasses
import re

from markupsafe import Markup
from odoo import api, fields, models

from ..intake import private
from ..intake.addresses import domain_of, is_no_reply, normalize
from ..message import html_to_text
from . import mailbox_mail, seal

# blocks: it cannot leave like this; warning: its author says once more that they mean it
BLOCKS, WARNING, HINT = "danger", "warning", "info"
_ICONS = {BLOCKS: "fa-ban", WARNING: "fa-exclamation-triangle", HINT: "fa-info-circle"}
_KINDS = ("email_to", "email_cc", "email_bcc")
_MOST_RECIPIENTS = 100
# octets that base64 and line ends make of one
_GROWTH = 1.37
_USUAL_LIMIT = 25 * 2**20
_ATTACHED = re.compile(
    r"(?<!\w)(?:attached|attachments?|enclosed|anbei|beigefügt\w*|(?:im|den|der) anhang|anlage[n]?"
    r"|pi[eè]ces? jointes?|ci-joints?|ci-jointe?s?|en annexe|adjunt[oa]s?|allegat[oiae]|in allegato"
    r"|bijlagen?|bijgevoegd|em anexo|anexad[oa]s?|załącz\w+|bifogad\w*|vedlagt|liitteenä)(?!\w)",
    re.I,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Recipient:
    """``kind``: email_to, email_cc or email_bcc; ``who``: the customer or lead, for people."""

    kind: str
    text: str
    key: str
    who: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """``level``: danger, warning or info; ``code``: its name; ``sentence``: for people."""

    level: str
    code: str
    sentence: str


@dataclasses.dataclass(frozen=True, slots=True)
class Preflight:
    """What :meth:`_preflight` finds."""

    sender: str
    server: str
    recipients: tuple
    findings: tuple

    def of(self, level):
        """The findings of one level."""
        return [finding for finding in self.findings if finding.level == level]


class HelpdeskMailboxMessage(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox.message"  # pylint: disable=consider-merging-classes-inherited

    preflight = fields.Html(compute="_compute_preflight", sanitize=False)

    @api.depends(
        "email_to", "email_cc", "email_bcc", "subject", "body", "attachment_ids", "mailbox_id",
        "state",
    )  # fmt: skip
    @api.depends_context("uid")
    def _compute_preflight(self):
        labels = {
            "email_to": self.env._("To"),
            "email_cc": self.env._("Cc"),
            "email_bcc": self.env._("Bcc"),
        }
        for message in self:
            is_draft = message.direction == "out" and message.state in ("draft", "failed")
            if not is_draft or not message.mailbox_id:
                message.preflight = False
                continue
            found = message._preflight()
            rows = Markup().join(
                Markup('<div><span class="text-muted">%s</span> %s%s</div>')
                % (
                    labels[one.kind],
                    one.text,
                    Markup(' <span class="badge text-bg-light">%s</span>') % one.who
                    if one.who
                    else "",
                )
                for one in found.recipients
            )
            lines = Markup().join(
                Markup('<div class="text-%s"><i class="fa %s me-2" role="img"></i>%s</div>')
                % ("muted" if one.level == HINT else one.level, _ICONS[one.level], one.sentence)
                for one in found.findings
            )
            message.preflight = Markup(
                '<div><span class="text-muted">%s</span> %s, <span class="text-muted">%s</span>'
                " %s</div>%s%s"
            ) % (
                self.env._("From"),
                found.sender,
                self.env._("by"),
                found.server,
                rows,
                lines,
            )

    def _preflight(self):
        """Look at a draft before it leaves; the one place that does.

        :return: Preflight
        """
        self.ensure_one()
        written = [
            (kind, address) for kind in _KINDS for address in mailbox_mail.addresses(self[kind])
        ]
        # a form that is not saved names whatever mailbox its client says
        self.mailbox_id._origin.check_access("read")
        # whoever reads this draft was let in; looked up is what its sending needs
        mailbox = seal.opened(self.mailbox_id)
        keys = list(dict.fromkeys(one.key for _kind, one in written if not one.problem))
        owners, known = private.whose(mailbox, keys) if keys else ({}, {})
        names, hidden = self._visible_names(owners)
        findings = [
            *self._sender_findings(mailbox),
            *self._address_findings(written),
            *self._people_findings(mailbox, keys, known, hidden),
            *self._content_findings(mailbox),
        ]
        order = (BLOCKS, WARNING, HINT)
        return Preflight(
            sender=self.sender_shown,
            server=mailbox._outgoing_name(),
            recipients=tuple(
                Recipient(kind, one.shown, one.key, names.get(one.key, "")) for kind, one in written
            ),
            findings=tuple(sorted(findings, key=lambda finding: order.index(finding.level))),
        )

    def _visible_names(self, owners):
        """The names of customers and leads by address, and the addresses of those that the user
        does not see.
        """
        partner_ids = [partner for partner, _lead in owners.values() if partner]
        lead_ids = [lead for _partner, lead in owners.values() if lead]
        user = self.env.user
        partners = self.env["res.partner"].with_user(user).browse(partner_ids)
        partners = partners._filtered_access("read")
        leads = self.env["crm.lead"].with_user(user).browse(lead_ids)
        if leads:
            leads = leads._filtered_access("read")
        names, hidden = {}, set()
        for email, (partner_id, lead_id) in owners.items():
            customer = self.env["res.partner"].browse(partner_id or ())
            if customer._helpdesk_scope_blind_users(user):
                hidden.add(email)
                continue
            record = leads.filtered(lambda lead, wanted=lead_id: lead.id == wanted) or (
                partners.filtered(lambda partner, wanted=partner_id: partner.id == wanted)
            )
            if record:
                names[email] = record.display_name
        return names, hidden

    def _sender_findings(self, mailbox):
        found = []
        email = mailbox._sender_email()
        if not mailbox._is_sending():
            found.append(
                Finding(
                    BLOCKS,
                    "sending_off",
                    self.env._(
                        "The mailbox of %(owner)s does not send. Enable sending in its settings.",
                        owner=mailbox.user_id.name,
                    ),
                )
            )
        if not email:
            found.append(
                Finding(
                    BLOCKS,
                    "sender_not_full",
                    self.env._(
                        "The sender's address %(email)s is not a full one. Write it like "
                        "anna@example.com in the settings of the mailbox.",
                        email=mailbox.email or "",
                    ),
                )
            )
            return found
        if not mailbox._is_sending():
            return found
        problem, sender = mailbox._outgoing_problem()
        if problem:
            found.append(Finding(BLOCKS, "no_server", problem))
        elif sender and sender != email:
            found.append(
                Finding(
                    WARNING,
                    "other_sender",
                    self.env._(
                        "The system's outgoing server does not send for %(email)s: the mail will "
                        "leave from %(sender)s. Enter a server of your own in the settings of the "
                        "mailbox.",
                        email=email,
                        sender=sender,
                    ),
                )
            )
        if not problem and mailbox._needs_connect():
            found.append(
                Finding(
                    WARNING,
                    "not_connected",
                    self.env._(
                        "The mailbox of %(owner)s is not connected with its provider: the mail "
                        "waits until its owner presses Connect in the settings.",
                        owner=mailbox.user_id.name,
                    ),
                )
            )
        if problem := self._filing_problem__(mailbox):
            found.append(
                Finding(
                    HINT,
                    "not_filed",
                    self.env._(
                        "Sent mail does not get into the Sent folder at the moment: %(why)s",
                        why=problem,
                    ),
                )
            )
        return found

    def _filing_problem__(self, mailbox):
        """Why the copy of a mail of *mailbox* is not in its Sent folder, or False."""
        waits = [("mailbox_id", "=", mailbox.id), ("filing_problem", "!=", False)]
        return seal.opened(self).search(waits, limit=1).filing_problem

    def _address_findings(self, written):
        found = []
        if not written:
            found.append(
                Finding(BLOCKS, "no_recipient", self.env._("Say to whom it goes: nobody is named."))
            )
        if len(written) > _MOST_RECIPIENTS:
            found.append(
                Finding(
                    BLOCKS,
                    "too_many",
                    self.env._(
                        "These are %(count)s recipients; one mail goes to %(most)s at the most.",
                        count=len(written),
                        most=_MOST_RECIPIENTS,
                    ),
                )
            )
        for _kind, one in written:
            if one.problem:
                found.append(
                    Finding(
                        BLOCKS,
                        "no_address",
                        self.env._(
                            "%(text)s is no mail address. Write it like anna@example.com.",
                            text=one.text or one.name,
                        ),
                    )
                )
            elif is_no_reply(one.key):
                found.append(
                    Finding(
                        WARNING,
                        "no_reply",
                        self.env._(
                            "%(email)s is by its name an address that nobody reads.",
                            email=one.email,
                        ),
                    )
                )
        return found

    def _people_findings(self, mailbox, keys, known, hidden):
        found = []
        denied = mailbox._denied_by()
        # sudo: which addresses must not get advertising, whoever asks
        blacklist = self.env["mail.blacklist"].sudo().search([("email", "in", keys)])
        unwanted = set(blacklist.mapped("email"))
        bounced = self._bounced__(mailbox, keys)
        for key in keys:
            recipient = known.get(key)
            if key in hidden:
                found.append(
                    Finding(
                        WARNING,
                        "out_of_scope",
                        self.env._(
                            "%(email)s belongs to a customer outside of your scope.", email=key
                        ),
                    )
                )
            if recipient and recipient.is_shared:
                found.append(
                    Finding(
                        WARNING,
                        "shared",
                        self.env._(
                            "%(email)s is a shared address: several people read what goes there.",
                            email=key,
                        ),
                    )
                )
            if recipient and recipient.is_banned:
                found.append(
                    Finding(
                        WARNING,
                        "banned",
                        self.env._("%(email)s is banned in the helpdesk.", email=key),
                    )
                )
            if denied and denied.of_sender(key):
                found.append(
                    Finding(
                        WARNING,
                        "blocked",
                        self.env._(
                            "%(email)s is on the mailbox's deny list: an answer will not be taken "
                            "in.",
                            email=key,
                        ),
                    )
                )
            if key in unwanted:
                found.append(
                    Finding(
                        HINT,
                        "blacklisted",
                        self.env._("%(email)s wants no advertising (blacklist).", email=key),
                    )
                )
            if key in bounced:
                found.append(
                    Finding(
                        WARNING,
                        "bounced",
                        self.env._("The last mail to %(email)s came back.", email=key),
                    )
                )
        if self.about and not self.partner_id and not self.lead_id:
            found.append(
                Finding(
                    WARNING,
                    "customer_gone",
                    self.env._(
                        "%(name)s, for whom this was begun, was deleted in the meantime. The mail "
                        "will stand with nobody unless its address is known.",
                        name=self.about,
                    ),
                )
            )
        return found

    def _bounced__(self, mailbox, keys):
        """Those of *keys* to which the last mail of *mailbox* came back."""
        sent = seal.opened(self).search_fetch(
            [
                ("mailbox_id", "=", mailbox.id),
                ("direction", "=", "out"),
                ("state", "=", "sent"),
                ("party_email", "in", keys),
            ],
            ["party_email", "delivery"],
            order="id desc",
            limit=200,
        )
        last = {}
        for message in sent:
            last.setdefault(message.party_email, message.delivery)
        return {key for key, delivery in last.items() if delivery == "bounced"}

    def _content_findings(self, mailbox):
        found = []
        text = html_to_text(str(self.body or ""))
        if not (self.subject or "").strip():
            found.append(Finding(WARNING, "no_subject", self.env._("It has no subject.")))
        if not self.attachment_ids and (said := _ATTACHED.search(f"{self.subject or ''}\n{text}")):
            found.append(
                Finding(
                    WARNING,
                    "no_attachment",
                    self.env._("You write “%(word)s”, and there is no file with it.", word=said[0]),
                )
            )
        size = self._expected_size()
        limit, is_sure = mailbox._largest_mail()
        if size > limit:
            found.append(
                Finding(
                    BLOCKS if is_sure else WARNING,
                    "too_large",
                    self.env._(
                        "It is too large: about %(size)s MB, and %(limit)s MB is what "
                        "%(who)s. Send large files as a link.",
                        size=round(size / 2**20, 1),
                        limit=round(limit / 2**20, 1),
                        who=self.env._("the outgoing server takes")
                        if is_sure
                        else self.env._("most servers take"),
                    ),
                )
            )
        if other := self._other_domain():
            found.append(
                Finding(
                    HINT,
                    "other_domain",
                    self.env._(
                        "The answer goes to %(reply_to)s, as the sender wishes, and not to "
                        "%(sender)s, from where the mail came.",
                        reply_to=other[0],
                        sender=other[1],
                    ),
                )
            )
        return found

    def _expected_size(self):
        """About how many octets the mail will have."""
        # sizes of the files that the user has put in, and of no others
        files = sum(self.attachment_ids._origin._filtered_access("read").mapped("file_size"))
        text = len(str(self.body or "")) + len(str(self.quote or "")) * bool(self.with_quote)
        return files * _GROWTH + text * 2

    def _other_domain(self):
        """(Reply-To, From) of what is answered, where the two are of different domains and the
        answer goes to the former; or None.
        """
        # as it is stored: a form names whatever message its client says
        original = seal.opened(self._origin).parent_id
        if self.answer_kind not in ("reply", "reply_all") or original.direction != "in":
            return None
        asked = {normalize(one.email) for one in mailbox_mail.addresses(original.email_reply_to)}
        asked &= {one.key for one in mailbox_mail.addresses(self.email_to)}
        sender = original.sender_email or ""
        other = sorted(key for key in asked if domain_of(key) != domain_of(sender))
        return (other[0], sender) if other and sender else None
