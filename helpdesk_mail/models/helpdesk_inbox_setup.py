# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The guided set-up of an inbox, step by step. The draft inbox itself remembers the step.

The first two steps (kind, address) are those of the wizard ``helpdesk.inbox.setup``, which makes
the draft; nothing of what follows is lost when somebody closes the screen.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .. import name_servers
from ..transport import TransportError, open_store
from ..transport.discovery import Options, discover
from . import private_networks

_MANAGER = "helpdesk_mail.group_mail_administrator"
STEPS = [
    ("kind", "Kind"),
    ("address", "Address"),
    ("server", "Servers"),
    ("login", "Sign in"),
    ("folder", "Folder"),
    ("reading", "What to read"),
    ("arrival", "Arrival"),
    ("agents", "Agents"),
    ("rehearsal", "Rehearsal"),
    ("activate", "Activate"),
]
_ROADS = {
    "mailbox": (
        "kind", "address", "server", "login", "folder", "reading", "agents", "rehearsal",
        "activate",
    ),
    "forwarded": ("kind", "address", "arrival", "agents", "activate"),
    "hosted": ("kind", "address", "arrival", "agents", "activate"),
}  # fmt: skip
# hosts of providers that need a word of advice, however they were found
_ADVICE_BY_HOST = {
    "gmail.com": "google",
    "googlemail.com": "google",
    "office365.com": "microsoft",
    "outlook.com": "microsoft",
}


def advice_for(host):
    """The provider (of ``_ADVICE_BY_HOST``) whose mail server *host* is, or False."""
    host = (host or "").lower()
    return next((code for end, code in _ADVICE_BY_HOST.items() if host.endswith(end)), False)


def found_servers(found, email):
    """The servers of a Discovery as values of rows that show them."""
    return [
        {
            "protocol": server.endpoint.protocol,
            "host": server.endpoint.host,
            "port": server.endpoint.port,
            "encryption": server.endpoint.encryption,
            "username": server.endpoint.username or email,
            "oauth": server.endpoint.oauth,
            "source": server.endpoint.source,
            "works": server.works,
            "problem": server.problem,
            "sequence": number,
        }
        for number, server in enumerate(found.servers)
    ]


def found_answers(env, found):
    """What a Discovery asked, as values of rows that show it."""
    return [
        {
            "source": question.source,
            "asked": question.asked,
            "found": question.found,
            "answer": question.answer
            or (env._("Yes") if question.found else env._("There is nothing.")),
            "milliseconds": question.milliseconds,
            "sequence": number,
        }
        for number, question in enumerate(found.questions)
    ]


def provider_of(found):
    """The code of the provider (of ``setup_advice``) that a Discovery met, or False."""
    provider = found.provider
    if not provider:
        return False
    if provider.code in ("google", "microsoft"):
        return provider.code
    if not provider.servers:
        return "no_imap"
    return "app_password" if provider.app_password else False


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    setup_step = fields.Selection(STEPS, string="Step of the set-up", copy=False)
    setup_provider = fields.Char(copy=False, groups=_MANAGER)
    setup_advice = fields.Selection(
        [
            ("google", "Google"),
            ("microsoft", "Microsoft 365"),
            ("app_password", "App password"),
            ("no_imap", "No IMAP"),
        ],
        compute="_compute_setup_advice",
        groups=_MANAGER,
    )
    setup_server_ids = fields.One2many(
        "helpdesk.inbox.setup.server", "inbox_id", string="Servers found", groups=_MANAGER
    )
    setup_question_ids = fields.One2many(
        "helpdesk.inbox.setup.question", "inbox_id", string="What was asked", groups=_MANAGER
    )
    setup_folder_ids = fields.One2many(
        "helpdesk.inbox.setup.folder", "inbox_id", string="Folders on the server", groups=_MANAGER
    )

    # ------------------------------------------------------------------
    # fields
    # ------------------------------------------------------------------

    @api.depends("setup_provider", "host")
    def _compute_setup_advice(self):
        known = dict(self._fields["setup_advice"].selection)
        for inbox in self:
            kind = inbox.setup_provider if inbox.setup_provider in known else False
            inbox.setup_advice = advice_for(inbox.host) or kind

    def write(self, vals):
        if vals.get("state") == "active":
            # by whatever button: there is nothing left to set up
            vals = {**vals, "setup_step": False}
        return super().write(vals)

    def _helpdesk_mail_form_url(self):
        # whoever signs in with the provider on the way comes back to where they were
        if self.setup_step:
            return f"/odoo/helpdesk-inbox-setup/{self.id}"
        return super()._helpdesk_mail_form_url()

    # ------------------------------------------------------------------
    # steps
    # ------------------------------------------------------------------

    def _setup_road(self):
        """The steps that this inbox goes through."""
        self.ensure_one()
        road = _ROADS[self.kind]
        if self.kind == "mailbox" and self.protocol != "imap":
            # POP3 knows no folders
            road = tuple(step for step in road if step != "folder")
        return road

    def _setup_check_open(self):
        if self.state == "active":
            raise UserError(self.env._("This inbox is active: there is nothing left to set up."))

    def _setup_go(self, distance):
        """Move on the road: the action of the screen to show, or True for this one."""
        self.ensure_one()
        self._setup_check_open()
        road = self._setup_road()
        place = road.index(self.setup_step) if self.setup_step in road else 1
        step = road[min(max(place + distance, 0), len(road) - 1)]
        self.setup_step = step
        if step in ("kind", "address"):
            return self.env["helpdesk.inbox.setup"]._open_for(self, step)
        self._setup_enter(step)
        return True

    def _setup_enter(self, step):
        """Get ready what a step shows."""
        if step == "server" and not self.host:
            self._setup_find()
        elif step == "folder":
            self._setup_read_folders()
        elif step == "arrival" and self.kind == "forwarded":
            self._setup_forward_address()

    def action_setup_next(self):
        """Check what this step asked for, and go to the next one.

        :raise UserError: the server or the sign-in does not work
        """
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        if self.setup_step == "server" and not (self.host and self.port):
            raise UserError(
                self.env._("Choose a server that was found, or enter its name and port.")
            )
        if self.setup_step == "login":
            self._helpdesk_mail_test()
        return self._setup_go(1)

    def action_setup_back(self):
        """Go to the step before."""
        self._helpdesk_mail_check_manage()
        return self._setup_go(-1)

    def action_setup_continue(self):
        """Open the set-up of a draft where it was left."""
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        self._setup_check_open()
        road = self._setup_road()
        if self.setup_step not in road:
            self.setup_step = road[2]
        if self.setup_step in ("kind", "address"):
            return self.env["helpdesk.inbox.setup"]._open_for(self, self.setup_step)
        return self._setup_action()

    def _setup_action(self):
        """The screen of the steps that follow the address."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_inbox_setup_steps_action"
        )
        return {**action, "res_id": self.id}

    def action_setup_leave(self):
        """Leave the set-up; the draft keeps everything. From a finished one to the inbox itself."""
        self._helpdesk_mail_check_manage()
        done = self if len(self) == 1 and not self.setup_step else self.browse()
        return self._setup_form("helpdesk_mail.helpdesk_inbox_action", done.id)

    def action_setup_activate(self):
        """Activate the inbox and show it.

        :raise UserError: the connection does not work
        """
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        self.action_activate()
        return self._setup_form("helpdesk_mail.helpdesk_inbox_action", self.id)

    def _setup_form(self, xmlid, res_id):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["target"] = "main"
        if res_id:
            action.update({"res_id": res_id, "view_mode": "form", "views": [(False, "form")]})
        return action

    # ------------------------------------------------------------------
    # find the settings
    # ------------------------------------------------------------------

    def action_setup_find(self):
        """Look for the mail servers of the address."""
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        self._setup_find()
        return True

    def _setup_resolver(self):
        """What answers DNS questions (hook)."""
        return name_servers.resolver(self.env)

    def _setup_options(self):
        """The bounds of a search (hook)."""
        return Options(
            networks=private_networks.allowed(self.env),
            ca_data=(self.ca_certificate or "").strip(),
        )

    def _setup_find(self):
        found = discover(self.email_normalized, self._setup_resolver(), self._setup_options())
        self.setup_provider = provider_of(found)
        servers = found_servers(found, self.email_normalized)
        questions = found_answers(self.env, found)
        self.write(
            {
                "setup_server_ids": [Command.clear(), *map(Command.create, servers)],
                "setup_question_ids": [Command.clear(), *map(Command.create, questions)],
            }
        )
        if not self.host:
            # the best of them stands in the form, to be looked at and changed
            working = self.setup_server_ids.filtered("works")
            (
                working.filtered(lambda server: server.protocol != "smtp")[:1]
                + working.filtered(lambda server: server.protocol == "smtp")[:1]
            )._use()

    # ------------------------------------------------------------------
    # folders
    # ------------------------------------------------------------------

    def action_setup_folders(self):
        """Read the list of folders from the server once more."""
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        self._setup_read_folders()
        return True

    def _setup_read_folders(self):
        try:
            # sudo: the password goes to the server that it is for, and nowhere else
            with open_store(self.sudo()._helpdesk_mail_settings()) as store:
                folders = [folder for folder in store.folders() if folder.selectable]
        except TransportError as error:
            raise UserError(str(error)) from error
        uses = dict(self.env["helpdesk.inbox.setup.folder"]._fields["special_use"].selection)
        folders.sort(key=lambda folder: (folder.name.upper() != "INBOX", folder.name.lower()))
        self.setup_folder_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "name": folder.name,
                        "special_use": folder.special_use if folder.special_use in uses else False,
                    }
                )
                for folder in folders[:500]
            ),
        ]
