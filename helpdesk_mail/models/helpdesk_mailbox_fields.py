# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The fields of a connection that the owner of a mailbox sets up, by their kind.

Inboxes leave them to administrators; who may touch which mailbox is for :mod:`.seal` to say.
"""

from odoo import fields

OWNERS_FIELDS = (
    (
        fields.Char,
        (
            "host", "username", "password", "folder", "skip_windows", "last_error",
            "oauth_tenant", "oauth_client_id", "oauth_client_secret", "oauth_scope",
            "oauth_authorize_url", "oauth_token_url", "oauth_redirect_url",
            "oauth_refresh_token", "smtp_host", "smtp_username", "smtp_password", "sent_folder",
        ),
    ),
    (fields.Text, ("ca_certificate",)),
    (
        fields.Integer,
        (
            "port", "timeout_ms", "connect_timeout_ms", "max_attempts", "cooloff_minutes",
            "max_size_mb", "interval_minutes", "credential_age_days", "smtp_port", "send_limit",
        ),
    ),
    (
        fields.Boolean,
        (
            "verify_certificate", "has_password", "mark_seen", "credential_is_old",
            "has_oauth_client_secret", "oauth_connected", "smtp_verify_certificate",
            "has_smtp_password",
        ),
    ),
    (
        fields.Selection,
        (
            "encryption", "auth_method", "which", "tz", "oauth_provider", "oauth_flow",
            "oauth_client_auth", "outgoing", "smtp_encryption", "smtp_login",
        ),
    ),
    (fields.Date, ("sync_start",)),
    (
        fields.Datetime,
        (
            "password_set_at", "smtp_password_set_at", "oauth_client_secret_set_at",
            "credential_reminded_at", "oauth_granted_at",
        ),
    ),
    (fields.Many2one, ("oauth_granted_by_id",)),
    (fields.One2many, ("event_ids",)),
)  # fmt: skip
