# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Add-ons of Odoo that need not be installed stay outside of the seal as well.

They cannot be inherited from, so their methods are wrapped once the registry is there.
"""

from odoo import models

from . import seal


class HelpdeskMailBeside(models.AbstractModel):
    _name = "helpdesk.mail.beside"
    _description = "Add-ons beside Private Mail"

    def _register_hook(self):
        super()._register_hook()
        for name, wrap in (
            ("privacy.lookup.wizard", _wrap_privacy_lookup),
            ("base.automation", _wrap_automation),
        ):
            model = self.env.registry.get(name)
            if model is not None:
                wrap(model)


def _wrap_privacy_lookup(wizard):
    """*Privacy lookup* finds by SQL what names somebody, and deletes it as superuser."""
    stock_models, stock_query = wizard._get_query_models_blacklist, wizard._get_query

    def _get_query_models_blacklist(self):
        return [*stock_models(self), *filter(seal.seals, self.env)]

    def _get_query(self):
        # sudo: it names columns that are nobody's to read as they are
        return stock_query(self.sudo())

    wizard._get_query_models_blacklist = _get_query_models_blacklist
    wizard._get_query = _get_query


def _wrap_automation(automation):
    """*Automation rules* look at what is written with the rights of whoever writes it: the owner,
    or our own code, with its key. Their conditions are code, as are the getters of webhooks. What
    they do then is an action of the server.
    """
    stock_pre, stock_post = automation._filter_pre, automation._filter_post_export_domain
    stock_webhook = automation._execute_webhook

    def _filter_pre(self, records, feedback=False):
        with seal.shut(self.env):
            return stock_pre(seal.closed(self), _unsealed(records), feedback=feedback)

    def _filter_post_export_domain(self, records, feedback=False):
        with seal.shut(self.env):
            return stock_post(seal.closed(self), _unsealed(records), feedback=feedback)

    def _execute_webhook(self, payload):
        with seal.shut(self.env):
            return stock_webhook(seal.closed(self), payload)

    automation._filter_pre = _filter_pre
    automation._filter_post_export_domain = _filter_post_export_domain
    automation._execute_webhook = _execute_webhook


def _unsealed(records):
    """Those of *records* that are nobody's private mail, without the key; inside of
    :func:`seal.shut`.
    """
    records = seal.closed(records)
    if seal.seals(records._name):
        return records.browse()
    ids = [id_ for id_ in records._ids if id_]
    if not ids or not seal.covers(records._name):
        return records
    # sudo: which of them there are for everybody, whoever writes them
    seen = records.sudo().with_context(active_test=False).search([("id", "in", ids)])
    return records.browse(id_ for id_ in records._ids if not id_ or id_ in seen._ids)
