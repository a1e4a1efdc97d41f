# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Keys with which the mail of a domain is signed as it leaves (DKIM)."""

import datetime
import logging
import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

from ..message.authentication.public_suffix import ascii_domain
from ..message.authentication.resolver import is_possible_name
from ..message.signing import KeyUnusable, SigningKey, generate, private_key, read_pem
from . import secret_key

_logger = logging.getLogger(__name__)

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\Z")
ALGORITHMS = {"rsa2048": private_key.RSA, "ed25519": private_key.ED25519}
# what a key is: it stays so once it is published
_FIXED = {"domain", "selector", "algorithm", "private_key"}
# what only the steps below set
_STEPS = {"state", "activated_at", "retire_on", "replaces_id", "public_key", "bits", "fingerprint"}
# nobody who calls from outside can hold this object
_OURS = object()


class HelpdeskDkimKey(models.Model):
    _name = "helpdesk.dkim.key"
    _description = "Sender Signature"
    _inherit = ["mail.thread"]
    _order = "domain, algorithm, activated_at desc, id desc"

    name = fields.Char(compute="_compute_name", store=True)
    domain = fields.Char(
        required=True, tracking=True, help="The part behind the @ of the addresses that send."
    )
    selector = fields.Char(
        required=True,
        default=lambda self: self._new_selector(),
        tracking=True,
        help="The name of the key within the domain. It appears in each signature.",
    )
    algorithm = fields.Selection(
        [("rsa2048", "RSA (2048 bits)"), ("ed25519", "Ed25519")],
        required=True,
        default="rsa2048",
        help="Every receiver understands RSA. Ed25519 is shorter and newer; use it beside RSA.",
    )
    bits = fields.Integer(string="Length (bits)", readonly=True, copy=False)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True)
    state = fields.Selection(
        [
            ("draft", "New"),
            ("published", "Published"),
            ("active", "Active"),
            ("retired", "Retired"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        help="New: not in DNS yet. Published: the record was found in DNS. Active: mail is signed "
        "with it. Retired: the record may be removed.",
    )
    private_key = fields.Text(
        compute="_compute_private_key",
        inverse="_inverse_private_key",
        help="A private key as PEM. Empty: a new key is made. Stored encrypted and never shown "
        "again.",
    )
    private_key_encrypted = fields.Text(copy=False, groups=fields.NO_ACCESS)
    public_key = fields.Text(readonly=True, copy=False)
    fingerprint = fields.Char(readonly=True, copy=False)
    activated_at = fields.Datetime(string="Active since", readonly=True, copy=False)
    retire_on = fields.Date(
        readonly=True,
        copy=False,
        help="A newer key signs. Until this day the record stays in DNS, for mail on its way.",
    )
    retire_days = fields.Integer(
        string="Keep after a change (days)",
        default=7,
        required=True,
        help="How long the record of a key that was replaced must stay in DNS.",
    )
    replaces_id = fields.Many2one(
        "helpdesk.dkim.key", readonly=True, copy=False, ondelete="set null"
    )

    _unique_selector = models.UniqueIndex(
        "(domain, selector)", "There is a key with this selector for this domain already."
    )
    _check_retire_days = models.Constraint(
        "CHECK (retire_days BETWEEN 0 AND 365)", "Keep a replaced key for 0 to 365 days."
    )

    # ------------------------------------------------------------------
    # fields
    # ------------------------------------------------------------------

    @api.depends("domain", "selector")
    def _compute_name(self):
        for key in self:
            key.name = f"{key.selector}._domainkey.{key.domain}" if key.domain else key.selector

    def _new_selector(self):
        return f"odoo{fields.Date.today():%Y%m}"

    @api.depends("private_key_encrypted")
    def _compute_private_key(self):
        """Never give the key back, to nobody."""
        self.private_key = False

    def _inverse_private_key(self):
        for key in self:
            # an empty value is what a form sends back unchanged: it does not replace the key
            if (key.private_key or "").strip():
                key._set_private_key(key._read_private_key(key.private_key))
        # it was in the cache: web_save would have answered with it
        self.invalidate_recordset(["private_key"], flush=False)

    def _read_private_key(self, text):
        """The PrivateKey in *text*.

        :raise ValidationError: it is none that we can sign with
        """
        try:
            return read_pem(text)
        except KeyUnusable as error:
            told = {
                "encrypted": self.env._(
                    "This key is protected by a pass phrase. Remove it first, for instance: "
                    "openssl pkey -in key.pem -out open.pem"
                ),
                "public": self.env._(
                    "This is no private key. Paste the part from BEGIN PRIVATE KEY to END PRIVATE "
                    "KEY."
                ),
                "short": self.env._(
                    "This key of %(bits)s bits is too short to be safe. RSA keys have 2048 bits or "
                    "more.",
                    bits=error.bits,
                ),
                "long": self.env._(
                    "This key of %(bits)s bits is too long for many receivers. Use 2048 bits.",
                    bits=error.bits,
                ),
                "kind": self.env._("Mail is signed with keys of the kinds RSA and Ed25519 only."),
            }
            message = told.get(
                error.code,
                self.env._(
                    "This cannot be read as a private key. Paste the whole PEM text, with its "
                    "first and last line."
                ),
            )
            raise ValidationError(message) from None

    def _set_private_key(self, made):
        """Keep *made* (PrivateKey), encrypted, with what is public of it."""
        self.ensure_one()
        algorithm = next(name for name, kind in ALGORITHMS.items() if kind == made.algorithm)
        # sudo: the encrypted value is nobody's to read or write but ours
        self.sudo().with_context(helpdesk_dkim=_OURS).write(
            {
                "private_key_encrypted": secret_key.encrypt(made.pem(), self.env),
                "public_key": made.public(),
                "fingerprint": made.fingerprint(),
                "bits": made.bits,
                "algorithm": algorithm,
            }
        )

    @api.constrains("domain", "selector")
    def _check_names(self):
        for key in self:
            if "." not in key.domain or not all(map(_LABEL.match, key.domain.split("."))):
                raise ValidationError(
                    self.env._(
                        "%(domain)s is no domain. Write what stands behind the @, for instance "
                        "example.com.",
                        domain=key.domain,
                    )
                )
            if not all(map(_LABEL.match, key.selector.split("."))):
                raise ValidationError(
                    self.env._("A selector consists of letters, digits and hyphens.")
                )
            if not is_possible_name(key.name):
                raise ValidationError(self.env._("Selector and domain are too long together."))

    # ------------------------------------------------------------------
    # records
    # ------------------------------------------------------------------

    @staticmethod
    def _clean_names(vals):
        """*vals* with domain and selector as DNS has them."""
        vals = dict(vals)
        if vals.get("domain"):
            domain = vals["domain"].strip().rpartition("@")[2]
            vals["domain"] = ascii_domain(domain) or domain
        if vals.get("selector"):
            vals["selector"] = vals["selector"].strip().lower()
        return vals

    @api.model_create_multi
    def create(self, vals_list):
        ours = self.env.context.get("helpdesk_dkim") is _OURS
        vals_list = [
            self._clean_names(vals if ours else {name: vals[name] for name in vals.keys() - _STEPS})
            for vals in vals_list
        ]
        keys = super().create(vals_list)
        for key, vals in zip(keys, vals_list, strict=True):
            if not (vals.get("private_key") or "").strip():
                key._set_private_key(generate(ALGORITHMS[key.algorithm]))
        keys._update_records()
        self.env.registry.clear_cache()
        return keys

    def write(self, vals):
        if self.env.context.get("helpdesk_dkim") is not _OURS:
            vals = self._clean_names({name: vals[name] for name in vals.keys() - _STEPS})
            self._check_fixed(vals)
        algorithms = {key: key.algorithm for key in self}
        result = super().write(vals)
        if "algorithm" in vals and self.env.context.get("helpdesk_dkim") is not _OURS:
            for key in self.filtered(lambda key: key.algorithm != algorithms[key]):
                if not vals.get("private_key"):
                    key._set_private_key(generate(ALGORITHMS[key.algorithm]))
        if {"domain", "selector", "algorithm", "private_key", "public_key"} & vals.keys():
            self._update_records()
        self.env.registry.clear_cache()
        return result

    def _check_fixed(self, vals):
        fixed = _FIXED & vals.keys()
        for key in self:
            changed = [
                name
                for name in fixed
                if (vals[name] if name == "private_key" else key[name] != vals[name])
            ]
            if changed and key.state != "draft":
                raise UserError(
                    self.env._(
                        "%(name)s is in DNS already and cannot change. Use New key instead: it "
                        "gets a selector of its own.",
                        name=key.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_signing(self):
        for key in self:
            if key.state == "active":
                raise UserError(
                    self.env._(
                        "Mail of %(domain)s is signed with this key. Retire it first.",
                        domain=key.domain,
                    )
                )

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def copy_data(self, default=None):
        """A copy gets a selector and a key of its own."""
        return [
            {**vals, "selector": key._free_selector()}
            for key, vals in zip(self, super().copy_data(default), strict=True)
        ]

    def _free_selector(self):
        """A selector for a new key of the same domain."""
        self.ensure_one()
        base = self._new_selector() + ("e" if self.algorithm == "ed25519" else "")
        # sudo: selectors of other companies are taken as well
        taken = set(self.sudo().search([("domain", "=", self.domain)]).mapped("selector"))
        names = [base, *(f"{base}-{number}" for number in range(2, 1000))]
        return next(name for name in names if name not in taken)

    # ------------------------------------------------------------------
    # signing
    # ------------------------------------------------------------------

    @api.model
    @ormcache("domain")
    def _signing_keys(self, domain):
        """The SigningKeys for mail from *domain* (ASCII): of each algorithm the newest that is
        active. They are kept in memory for as long as no key changes.
        """
        if not domain:
            return ()
        # sudo: whoever sends, the mail of a domain is signed with its keys
        active = self.sudo().search(
            [("domain", "=", domain), ("state", "=", "active"), ("retire_on", "=", False)],
            order="activated_at desc, id desc",
        )
        found = {}
        for key in active:
            if key.algorithm in found:
                continue
            try:
                pem = secret_key.decrypt(key.private_key_encrypted, self.env)
                found[key.algorithm] = SigningKey(
                    key.domain, key.selector, private_key.load_trusted(pem)
                )
            except (UserError, KeyUnusable, AttributeError) as error:
                _logger.error("The DKIM key %s cannot be used: %s", key.name, type(error).__name__)
        # RSA on top: some receivers look at the first signature only
        return tuple(found[name] for name in ALGORITHMS if name in found)

    # ------------------------------------------------------------------
    # steps
    # ------------------------------------------------------------------

    def _step(self, **vals):
        """Set what only these steps set."""
        # sudo: whoever may take the step has been asked; the values are ours
        self.sudo().with_context(helpdesk_dkim=_OURS).write(vals)

    def action_activate(self):
        """Sign with this key, if DNS has its record."""
        self.check_access("write")
        for key in self:
            # SPF, DMARC and where bounces go are shown as well; the key alone decides
            finding = key._check_dns()["dkim"]
            if finding.state != "ok":
                raise UserError(
                    self.env._(
                        "Receivers would not find the key, so mail would be worse off than without "
                        "a signature. %(why)s",
                        why=key._explain(finding),
                    )
                )
            key._activate()
        return True

    def action_activate_unchecked(self):
        """Sign with this key although our own DNS does not show its record."""
        self.check_access("write")
        if not self.env.user.has_group("base.group_system"):
            raise UserError(
                self.env._("Only administrators of the system activate a key without the check.")
            )
        for key in self:
            key._activate()
            key.sudo().message_post(body=self.env._("Activated without a look at DNS."))
        return True

    def _activate(self):
        self.ensure_one()
        if self.state == "retired":
            raise UserError(self.env._("A retired key is not used again. Make a new one."))
        now = fields.Datetime.now()
        older = self.sudo().search(
            [
                ("domain", "=", self.domain),
                ("algorithm", "=", self.algorithm),
                ("state", "=", "active"),
                ("retire_on", "=", False),
                ("id", "!=", self.id),
            ]
        )
        for key in older:
            key._step(retire_on=now.date() + datetime.timedelta(days=key.retire_days))
            key.message_post(
                body=self.env._(
                    "Replaced by %(name)s. Leave the record in DNS until %(day)s.",
                    name=self.name,
                    day=key.retire_on,
                )
            )
        self._step(state="active", activated_at=now, retire_on=False)

    def action_new_key(self):
        """Make the key that is to replace this one, and show it."""
        self.check_access("write")
        self.ensure_one()
        successor = self.search([("replaces_id", "=", self.id)], limit=1)
        if not successor:
            successor = self.copy()
            successor._step(replaces_id=self.id)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": successor.id,
            "view_mode": "form",
        }

    def action_retire(self):
        """Sign no more with these keys."""
        self.check_access("write")
        self._step(state="retired", retire_on=False)
        return True

    # ------------------------------------------------------------------
    # by itself
    # ------------------------------------------------------------------

    @api.model
    def _cron_watch(self):
        """Once a day: what was replaced long enough ago retires; a new key that DNS shows takes
        over from the one that it replaces; an active key that has vanished from DNS is reported.
        """
        today = fields.Date.today()
        for key in self.search([("state", "=", "active"), ("retire_on", "<=", today)]):
            key._step(state="retired", retire_on=False)
            key.message_post(
                body=self.env._(
                    "Retired. The record %(name)s may be removed from DNS.", name=key.name
                )
            )
        waiting = [("state", "in", ("draft", "published")), ("replaces_id.state", "=", "active")]
        for key in self.search(waiting):
            if key._check_own_record().state == "ok":
                key._activate()
        for key in self.search([("state", "=", "active"), ("retire_on", "=", False)]):
            finding = key._check_own_record()
            if finding.state == "ok":
                key.reported_at = False
            elif finding.state == "change" and not key.reported_at:
                key._report(finding)
