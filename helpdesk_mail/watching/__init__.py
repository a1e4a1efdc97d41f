# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The process that waits for mail: small, because it is no Odoo.

``odoo helpdesk_mail watch`` becomes this program at once (:mod:`.program`). It holds one IMAP
connection for each mailbox and two to PostgreSQL. What only Odoo can tell (settings, secrets,
tokens) it asks a helper for: an Odoo that is started when something has changed, answers through a
pipe and ends.
"""
