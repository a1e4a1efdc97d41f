# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a provider has granted to one account: the tokens, encrypted."""

import datetime
import json

from odoo import api, fields, models
from odoo.tools import SQL, consteq

from . import secret_key

# seconds before its end in which a token is not used any more
_MARGIN = 60
_WRITTEN = "helpdesk_mail_grants_written"


class HelpdeskMailGrant(models.Model):
    """A row of its own for each account: a fetch holds the lock on the account's row while it asks
    for a token. Nobody has rights to it; the methods of the account work with it.
    """

    _name = "helpdesk.mail.grant"
    _description = "OAuth Sign-in of a Mail Account"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Integer(required=True, readonly=True)
    refresh_token_encrypted = fields.Char(groups=fields.NO_ACCESS)
    access_token_encrypted = fields.Char(groups=fields.NO_ACCESS)
    expires_at = fields.Datetime(readonly=True)
    # a sign-in that has begun: nonce, user and code verifier
    pending_encrypted = fields.Char(groups=fields.NO_ACCESS)
    granted_at = fields.Datetime(readonly=True)
    granted_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    refreshed_at = fields.Datetime(readonly=True)
    # since when the provider does not accept the refresh token
    refused_at = fields.Datetime(readonly=True)

    _unique_account = models.UniqueIndex("(res_model, res_id)")

    @api.model_create_multi
    def create(self, vals_list):
        grants = super().create(vals_list)
        grants._remember_written()
        return grants

    def write(self, vals):
        self._remember_written()
        return super().write(vals)

    def _remember_written(self):
        """Remember, until the end of this transaction, that these rows are locked by it."""
        written = self.env.cr.postcommit.data.setdefault(_WRITTEN, set())
        written.update((grant.res_model, grant.res_id) for grant in self)

    @api.model
    def _written_here(self, res_model, res_id):
        """Whether this very transaction has written the grant of that account."""
        return (res_model, res_id) in self.env.cr.postcommit.data.get(_WRITTEN, ())

    # ------------------------------------------------------------------
    # find
    # ------------------------------------------------------------------

    @api.model
    def _of(self, res_model, *res_ids):
        """The grants of accounts of one model."""
        # sudo: whoever calls has checked the account
        return self.sudo().search([("res_model", "=", res_model), ("res_id", "in", res_ids)])

    @api.model
    def _locked(self, res_model, res_id, make=False):
        """The grant of an account, locked until the end of the transaction; empty where there is
        none, unless it is to be made.
        """
        table = SQL.identifier(self._table)
        if make:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO %s (res_model, res_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    table,
                    res_model,
                    res_id,
                )
            )
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE res_model = %s AND res_id = %s FOR UPDATE",
                table,
                res_model,
                res_id,
            )
        )
        grant = self.sudo().browse(row[0] for row in rows)
        grant.invalidate_recordset()
        return grant

    # ------------------------------------------------------------------
    # tokens
    # ------------------------------------------------------------------

    def _good_token__(self, refused=""):
        """The access token (str) unless it is *refused* or about to end, else ""."""
        token = self._opened__("access_token_encrypted")
        limit = fields.Datetime.now() + datetime.timedelta(seconds=_MARGIN)
        if not token or token == refused or self.expires_at and self.expires_at <= limit:
            return ""
        return token

    def _refresh_token__(self):
        return self._opened__("refresh_token_encrypted")

    def _opened__(self, field):
        stored = self[field] if self else False
        return secret_key.decrypt(stored, self.env) if stored else ""

    def _keep(self, token, **values):
        """Store a Token of transport; without a new refresh token the old one stays."""
        now = fields.Datetime.now()
        ends = token.expires_in is not None
        values |= {
            "access_token_encrypted": secret_key.encrypt(token.access_token, self.env),
            "expires_at": ends and now + datetime.timedelta(seconds=token.expires_in),
            "refreshed_at": now,
            "refused_at": False,
        }
        if token.refresh_token:
            values["refresh_token_encrypted"] = secret_key.encrypt(token.refresh_token, self.env)
        self.write(values)
        self.flush_recordset()

    # ------------------------------------------------------------------
    # signing in
    # ------------------------------------------------------------------

    def _begin(self, **pending):
        """Remember a sign-in that begins; one that began before is void."""
        self.pending_encrypted = secret_key.encrypt(json.dumps(pending), self.env)

    def _take_pending__(self, nonce):
        """What *_begin* remembered with *nonce*, for once: a dict, or None."""
        stored = self._opened__("pending_encrypted")
        pending = json.loads(stored) if stored else None
        if not pending or not consteq(pending["nonce"], nonce):
            return None
        self.pending_encrypted = False
        self.flush_recordset()
        return pending

    def _forget(self, refresh_token=True):
        """Drop the tokens and what has begun; the refresh token only if asked."""
        values = {
            "access_token_encrypted": False,
            "expires_at": False,
            "pending_encrypted": False,
        }
        if refresh_token:
            values |= {
                "refresh_token_encrypted": False,
                "granted_at": False,
                "granted_by_id": False,
                "refused_at": False,
            }
        if self:
            self.write(values)
