# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The DNS records that belong to a key and its domain: what to publish, and what is published."""

import time

from odoo import api, fields, models
from odoo.tools import email_normalize

from .. import name_servers
from ..message.authentication.public_suffix import ascii_domain
from ..message.authentication.resolver import Lookups
from ..message.defects import Defects
from ..message.signing import dns_check, records, senders
from . import dkim_words
from .helpdesk_dkim_key import ALGORITHMS

# seconds for all questions of one check: a person waits
_SECONDS = 15.0
_QUERIES = 60


class HelpdeskDkimKey(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.dkim.key"  # pylint: disable=consider-merging-classes-inherited

    record_ids = fields.One2many("helpdesk.dkim.record", "key_id", readonly=True, copy=False)
    last_check = fields.Datetime(readonly=True, copy=False)
    # when people were told that its record is wrong, until it is right again
    reported_at = fields.Datetime(readonly=True, copy=False)
    dns_state = fields.Selection(
        [("ok", "As it should be"), ("change", "To be changed"), ("unknown", "Not checked")],
        string="DNS",
        compute="_compute_dns_state",
        store=True,
    )

    @api.depends("record_ids.state")
    def _compute_dns_state(self):
        for key in self:
            states = set(key.record_ids.mapped("state"))
            key.dns_state = next(
                (state for state in ("change", "unknown") if state in states),
                "ok" if states == {"ok"} else "unknown",
            )

    # ------------------------------------------------------------------
    # what to publish
    # ------------------------------------------------------------------

    def _inboxes(self):
        """The inboxes that send from this domain."""
        self.ensure_one()
        # sudo: which addresses send, not what comes in
        inboxes = self.env["helpdesk.inbox"].sudo().search([("active", "=", True)])
        if self.company_id:
            inboxes = inboxes.filtered(lambda inbox: inbox.company_id == self.company_id)
        return inboxes.filtered(
            lambda inbox: (
                ascii_domain((inbox.email_normalized or "").rpartition("@")[2]) == self.domain
            )
        )

    def _sending_hosts(self):
        """The outgoing servers of mail from this domain, each once."""
        hosts = []
        for inbox in self._inboxes():
            server, _from, _bounce = inbox._outgoing_envelope()
            if server.smtp_host:
                hosts.append(server.smtp_host)
        return list(dict.fromkeys(hosts))

    def _spf_term(self):
        terms = (senders.spf_term(host) for host in self._sending_hosts())
        return next(filter(None, terms), "")

    def _bounce_domain(self):
        """The domain to which bounces of this domain's mail go, or ""."""
        for inbox in self._inboxes():
            bounce = inbox._outgoing_envelope()[2]
            return ascii_domain(bounce.rpartition("@")[2])
        return ""

    def _report_address(self):
        """Where DMARC reports go in the record that we propose."""
        company = self.company_id or self.env.company
        address = email_normalize(company.email or "") or ""
        # reports to another domain need that domain's consent (RFC 7489, section 7.1)
        same = ascii_domain(address.rpartition("@")[2]) == self.domain
        return address if same else f"postmaster@{self.domain}"

    def _expected(self):
        """kind -> (name, value) of each record."""
        self.ensure_one()
        algorithm = ALGORITHMS[self.algorithm]
        return {
            "dkim": (
                records.key_name(self.selector, self.domain),
                records.key_value(algorithm, self.public_key or ""),
            ),
            "spf": (self.domain, records.spf_value(self._spf_term())),
            "dmarc": (f"_dmarc.{self.domain}", records.dmarc_value(self._report_address())),
        }

    def _update_records(self):
        """Propose the records; what was found in DNS before no longer counts."""
        # sudo: the records are made by us alone
        Record = self.env["helpdesk.dkim.record"].sudo()
        Record.search([("key_id", "in", self.ids)]).unlink()
        Record.create(
            [
                {"key_id": key.id, "kind": kind, "name": name, "value": value}
                for key in self
                for kind, (name, value) in key._expected().items()
            ]
        )

    # ------------------------------------------------------------------
    # what is published
    # ------------------------------------------------------------------

    @api.model
    def _resolver(self):
        """What answers DNS: without a memory, since a person waits for a record to appear."""
        return name_servers.resolver(self.env)

    def _lookups(self):
        return Lookups(
            self._resolver(), Defects(), clock=time.monotonic, queries=_QUERIES, seconds=_SECONDS
        )

    def action_check_dns(self):
        """Compare each record with what is published, and say what differs."""
        self.check_access("write")
        for key in self:
            key._check_dns()
        return True

    def _check_dns(self):
        self.ensure_one()
        lookups = self._lookups()
        found = {
            "dkim": self._check_own_record(lookups),
            "spf": dns_check.check_spf(self.domain, self._spf_term(), lookups),
            "dmarc": dns_check.check_dmarc(
                self.domain, self._bounce_domain(), self._report_address(), lookups
            ),
        }
        for record in self.sudo().record_ids:
            record._note(found[record.kind])
        return found

    def _check_own_record(self, lookups=None):
        """The Finding for the key's own record, noted; a new key that is there is *published*."""
        self.ensure_one()
        finding = dns_check.check_key(
            self.selector,
            self.domain,
            ALGORITHMS[self.algorithm],
            self.public_key or "",
            lookups or self._lookups(),
        )
        # sudo: see _update_records
        own = self.sudo()
        own.record_ids.filtered(lambda record: record.kind == "dkim")._note(finding)
        own.last_check = fields.Datetime.now()
        if finding.state == "ok" and self.state == "draft":
            self._step(state="published")
        return finding

    def _explain(self, finding):
        return dkim_words.explain(self.env, finding.code, finding.detail, finding.expected)

    def _report(self, finding):
        """Tell the followers that signatures of this key fail."""
        self.ensure_one()
        self.sudo().reported_at = fields.Datetime.now()
        self.message_post(
            subject=self.env._("Signatures of %(domain)s fail", domain=self.domain),
            body=self.env._(
                "Mail of %(domain)s is signed with %(selector)s, but receivers cannot check it. "
                "%(why)s",
                domain=self.domain,
                selector=self.selector,
                why=self._explain(finding),
            ),
            subtype_xmlid="mail.mt_comment",
        )


class HelpdeskDkimRecord(models.Model):
    _name = "helpdesk.dkim.record"
    _description = "DNS Record of a Sender Signature"
    _order = "id"

    key_id = fields.Many2one("helpdesk.dkim.key", required=True, index=True, ondelete="cascade")
    kind = fields.Selection(
        [("dkim", "DKIM"), ("spf", "SPF"), ("dmarc", "DMARC")], required=True, readonly=True
    )
    name = fields.Char(required=True, readonly=True)
    value = fields.Text(
        string="To publish", required=True, readonly=True, help="The content of the TXT record."
    )
    zone_line = fields.Text(
        string="As a line of a zone file",
        compute="_compute_zone_line",
        help="In strings of at most 255 characters, as name servers want them.",
    )
    published = fields.Text(string="Published now", readonly=True)
    code = fields.Char(readonly=True)
    detail = fields.Char(readonly=True)
    state = fields.Selection(
        [("ok", "As it should be"), ("change", "To be changed"), ("unknown", "Not checked")],
        default="unknown",
        required=True,
        readonly=True,
    )
    explanation = fields.Char(compute="_compute_explanation")

    @api.depends("name", "value")
    def _compute_zone_line(self):
        for record in self:
            record.zone_line = records.zone_line(record.name or "", record.value or "")

    def _note(self, finding):
        """Keep what was found."""
        self.write(
            {
                "code": finding.code,
                "detail": finding.detail[:200],
                "state": finding.state,
                "value": finding.expected,
                "published": "\n".join(finding.published) or False,
            }
        )

    @api.depends("code", "detail", "value")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for record in self:
            record.explanation = dkim_words.explain(
                self.env, record.code, record.detail, record.value
            )
