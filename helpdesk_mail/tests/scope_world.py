# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two partners, their customers, and agents who work for the customers of one of them."""

import json
from unittest.mock import patch

from odoo.api import Environment
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tools import mute_logger

from .common import HelpdeskMailCase, write_mail

QUIET = ("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule", "odoo.models")
SECRET = "Secret plan"
RIVAL = "ruth@rival.example"
STRANGER = "new@nobody.example"


class ScopeCase(HelpdeskMailCase):
    """Kunde Inc belongs to Main, Rival Inc to Other; *mine* and *hidden* are a ticket of each, and
    *nobodys* has no customer.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.main, cls.other = Partner.create(
            [{"name": "Main", "is_company": True}, {"name": "Other", "is_company": True}]
        )
        cls.kunde.helpdesk_managing_partner_id = cls.main
        cls.rival = Partner.create(
            {
                "name": "Rival Inc",
                "is_company": True,
                "helpdesk_managing_partner_id": cls.other.id,
            }
        )
        cls.ruth = Partner.create({"name": "Ruth", "email": RIVAL, "parent_id": cls.rival.id})
        cls.scoped = cls.new_scoped("scoped", cls.main)
        cls.colleague = cls.new_scoped("colleague", cls.other)
        cls.admin = cls.new_scoped(
            "scopedadmin", cls.main, "helpdesk_mail.group_mail_administrator"
        )
        cls.manager = cls.new_scoped("manager", cls.main, "helpdesk_mgmt.group_helpdesk_manager")
        cls.team.user_ids += cls.scoped + cls.colleague + cls.admin + cls.manager
        cls.tickets = cls.tickets_of_all(
            write_mail(subject="My printer"),
            write_mail(
                sender=f"Ruth <{RIVAL}>",
                subject=SECRET,
                text=SECRET,
                files=[("secret.txt", SECRET.encode())],
                message_id="<secret@rival.example>",
            ),
            write_mail(sender=f"New Man <{STRANGER}>", subject=f"{SECRET} of a stranger"),
        )
        # each alone: records of one iteration would be read together
        cls.mine, cls.hidden, cls.nobodys = map(cls.tickets.browse, cls.tickets.ids)

    @classmethod
    def new_scoped(cls, name, partners, *groups, **values):
        """A user of the helpdesk who works for the customers of *partners*."""
        groups = groups or ("helpdesk_mgmt.group_helpdesk_user",)
        return cls.new_user(
            name,
            *groups,
            "base.group_allow_export",
            "base.group_partner_manager",
            "sales_team.group_sale_salesman_all_leads",
            helpdesk_partner_ids=[Command.set(partners.ids)],
            **values,
        )

    def as_(self, user, record):
        """*record* as *user* has it: nothing that somebody else read is in the cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        return record.with_env(Environment(self.env.cr, user.id, {}))

    def call(self, user, model, method, *args, **kwargs):
        """What a remote caller gets."""
        caller = self.as_(user, self.env[model])
        # the ORM runs some commands as who began the transaction, in an RPC the caller
        with patch.object(caller.env.transaction, "default_env", caller.env):
            return call_kw(caller, method, list(args), kwargs)

    def refused(self, operation, *args, **kwargs):
        """Fail unless *operation* is refused, whatever Odoo calls the refusal: its words."""
        try:
            with mute_logger(*QUIET), self.env.cr.savepoint():
                result = operation(*args, **kwargs)
        except (AccessError, UserError, MissingError, ValueError, KeyError) as error:
            return str(error)
        return self.fail(f"not refused: {result}")

    def refused_call(self, user, model, method, *args, **kwargs):
        """Fail unless a remote call is refused, without a word of what is secret."""
        words = self.refused(self.call, user, model, method, *args, **kwargs)
        self.assertNotIn(SECRET, words)
        return words

    def sees(self, user):
        """Those of the three tickets that *user* finds."""
        return self.env["helpdesk.ticket"].browse(
            self.as_(user, self.env["helpdesk.ticket"]).search([("id", "in", self.tickets.ids)]).ids
        )

    def recipient(self, email):
        return self.env["helpdesk.recipient"].search([("email_key", "=", email)])


class BypassCase(ScopeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # who was once trusted with the ticket: author, follower, mentioned, notified, assigned
        cls.scoped.helpdesk_partner_ids = False
        cls.scoped.notification_type = "inbox"
        cls.hidden.message_subscribe(cls.scoped.partner_id.ids)
        cls.hidden.user_id = cls.scoped
        cls.own_message = cls.hidden.with_user(cls.scoped).message_post(
            body=f"{SECRET} noted by themselves", message_type="comment"
        )
        cls.told = cls.hidden.with_user(cls.agent).message_post(
            body=f"{SECRET} said to them",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=cls.scoped.partner_id.ids,
            attachments=[("told.txt", SECRET)],
        )
        cls.activity = cls.hidden.activity_schedule(
            "mail.mail_activity_data_todo", summary=SECRET, user_id=cls.scoped.id
        )
        cls.scoped.helpdesk_partner_ids = cls.main
        # the worst case: what the change of the scope has put in order comes back by SQL
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE helpdesk_ticket SET user_id = %s WHERE id = %s",
            [cls.scoped.id, cls.hidden.id],
        )
        cls.env.cr.execute(
            "UPDATE mail_activity SET user_id = %s WHERE id = %s",
            [cls.scoped.id, cls.activity.id],
        )
        cls.env.cr.execute(
            "INSERT INTO mail_followers (res_model, res_id, partner_id)"
            " VALUES ('helpdesk.ticket', %s, %s) RETURNING id",
            [cls.hidden.id, cls.scoped.partner_id.id],
        )
        cls.follower = cls.env["mail.followers"].browse(cls.env.cr.fetchone()[0])
        cls.env.cr.execute(
            "INSERT INTO mail_followers_mail_message_subtype_rel (mail_followers_id,"
            " mail_message_subtype_id) VALUES (%s, %s)",
            [cls.follower.id, cls.env.ref("mail.mt_comment").id],
        )
        cls.env.invalidate_all()
        cls.attachments = cls.env["ir.attachment"].search(
            [("res_model", "=", "helpdesk.ticket"), ("res_id", "=", cls.hidden.id)]
        )

    def assertSilent(self, answer):
        """Fail if *answer* tells a word of the secret."""
        self.assertNotIn(SECRET, json.dumps(answer, default=str))
        self.assertNotIn(RIVAL, json.dumps(answer, default=str))
        self.assertNotIn(STRANGER, json.dumps(answer, default=str))
