# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mail templates of tickets know ``$variables`` besides Odoo's own placeholders."""

from odoo import api, fields, models

from . import placeholders

_MODEL = "helpdesk.ticket"
_FIELDS = ("subject", "body_html", "body")
_CONTEXT = "helpdesk_mail_variables"


class MailRenderMixin(models.AbstractModel):
    _inherit = "mail.render.mixin"

    def _render_field(self, field, res_ids, *args, **kwargs):
        """Remember that what follows is a text for people, and not a list of addresses."""
        if field in _FIELDS and not self.env.context.get(_CONTEXT):
            if self._name in ("mail.template", "mail.compose.message"):
                if self.render_model == _MODEL:
                    self = self.with_context(**{_CONTEXT: True})
        return super()._render_field(field, res_ids, *args, **kwargs)

    @api.model
    def _render_template(
        self, template_src, model, res_ids, engine="inline_template", add_context=None, options=None
    ):
        """Fill in the variables once Odoo has rendered its own placeholders."""
        known = (
            model == _MODEL
            and self.env.context.get(_CONTEXT)
            and engine != "qweb_view"
            and placeholders.has_any(template_src)
        )
        if known:
            template_src = placeholders.guard(template_src)
        rendered = super()._render_template(
            template_src, model, res_ids, engine=engine, add_context=add_context, options=options
        )
        if not known:
            return rendered
        return placeholders.fill(self.env, rendered, is_html=engine == "qweb")


class MailTemplate(models.Model):
    _inherit = "mail.template"

    helpdesk_variables = fields.Html(
        string="Variables", compute="_compute_helpdesk_variables", sanitize=False
    )

    @api.depends_context("lang")
    def _compute_helpdesk_variables(self):
        self.helpdesk_variables = placeholders.table(self.env)

    @api.constrains("subject", "body_html", "model_id")
    def _check_helpdesk_variables(self):
        for template in self.filtered(lambda template: template.model == _MODEL):
            placeholders.check(self.env, template.subject)
            placeholders.check(self.env, template.body_html)
