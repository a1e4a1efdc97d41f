# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The folders of the app *Messages*: what they show, and what they say when they are empty."""

from markupsafe import Markup
from odoo import api, models
from odoo.fields import Domain

from . import seal

# the browser shows 99+
_MOST_COUNTED = 100
_FOLDERS = {
    "inbox": Domain("direction", "=", "in"),
    "sent": Domain("direction", "=", "out") & Domain("state", "in", ["queued", "sending", "sent"]),
    "drafts": Domain("state", "in", ["draft", "failed"]),
}
_LISTS = {"inbox": "", "sent": "_sent", "drafts": "_drafts"}
_VIEW = "helpdesk_mail.helpdesk_mailbox_message_view_%s"
# where people write; the reading view where it is not there
_WRITING = "form_compose"


class HelpdeskMailbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox"  # pylint: disable=consider-merging-classes-inherited

    def unlink(self):
        """Delete the mailbox with its mail, and with the files of its mail."""
        self.check_access("unlink")
        # the database deletes the messages by itself, and knows nothing of files
        mails = seal.opened(self.env[seal.MESSAGE]).search([("mailbox_id", "in", self.ids)])
        mails._files().unlink()
        return super().unlink()

    @api.model
    def _open_folder(self, folder):
        """The action that shows a folder: of one's own mailbox first, then of those of others.

        :param folder: "inbox", "sent" or "drafts"
        """
        # one's own, and those that one is let into: a handful
        seen = self.search([("user_id", "!=", False)])
        own = seen.filtered(lambda mailbox: mailbox.user_id == self.env.user)
        names = {
            "inbox": self.env._("Inbox"),
            "sent": self.env._("Sent"),
            "drafts": self.env._("Drafts"),
        }
        shared = bool(seen - own)
        context = {
            "helpdesk_mailbox_folder": folder,
            "helpdesk_mailbox_own": own.id,
            "helpdesk_mailbox_shared": shared,
        }
        if own:
            context["searchpanel_default_mailbox_id"] = own.id
        search_view = self.env.ref(_VIEW % ("search_shared" if shared else "search"))
        return {
            "type": "ir.actions.act_window",
            "name": names[folder],
            "res_model": seal.MESSAGE,
            "view_mode": "list,kanban,form",
            "mobile_view_mode": "kanban",
            "views": [
                (self.env.ref(_VIEW % f"list{_LISTS[folder]}").id, "list"),
                (self.env.ref(_VIEW % "kanban").id, "kanban"),
                (self._form_of(folder).id, "form"),
            ],
            "search_view_id": (search_view.id, False),
            "domain": [*_FOLDERS[folder]],
            "context": context,
            "help": self._empty_folder(folder, own, seen),
        }

    @api.model
    def _form_of(self, folder):
        """The view in which a message of a folder opens: people go on writing their drafts."""
        reading = self.env.ref(_VIEW % "form")
        if folder != "drafts":
            return reading
        return self.env.ref(_VIEW % _WRITING, raise_if_not_found=False) or reading

    @api.model
    def _empty_folder(self, folder, own, seen):
        """What an empty list says: why it is empty, and what to do next (safe HTML)."""
        if not own:
            title = self.env._("You have no mailbox yet")
            text = self.env._(
                "Set it up, and the mail between you and your customers stands here. Nobody "
                "else sees it, not even administrators, unless you name them. Colleagues who "
                "gave you access to their mail: you see it here once yours is set up."
            )
            link = self.env._("Set up my mailbox")
            if seen:
                # somebody else's, without one's own
                title = self.env._("No mail here")
        elif own.state == "draft":
            title = self.env._("Your mailbox is not active yet")
            text = self.env._("Finish its settings and activate it: new mail then shows here.")
            link = self.env._("Go on with the settings")
        elif own.state in ("paused", "failed"):
            title = self.env._("Nothing new comes in")
            text = (
                self.env._("Your mailbox is paused.")
                if own.state == "paused"
                else self.env._("Your mailbox cannot be read: its settings say why.")
            )
            link = self.env._("Look at the settings")
        else:
            title = {
                "inbox": self.env._("No mail here"),
                "sent": self.env._("Nothing sent yet"),
                "drafts": self.env._("No drafts"),
            }[folder]
            text = {
                "inbox": self.env._("New mail shows here a moment after it reached your mailbox."),
                "sent": self.env._(
                    "What you send from here stands here, and what you send elsewhere once the "
                    "folder of sent mail is read."
                ),
                "drafts": self.env._("What you write stands here until you send it."),
            }[folder]
            link = ""
        help_text = Markup("<p class='o_view_nocontent_smiling_face'>%s</p><p>%s</p>") % (
            title,
            text,
        )
        if link:
            help_text += Markup(
                "<p><a href='/odoo/mailbox-settings' class='btn btn-primary'>%s</a></p>"
            ) % (link)
        return help_text

    # ------------------------------------------------------------------
    # unread: a number, and nothing else, to the owner alone
    # ------------------------------------------------------------------

    def _count_unread(self):
        """How many messages of this mailbox are unread, up to the most that is shown. One query."""
        self.ensure_one()
        return self.env[seal.MESSAGE].search_count(
            [
                ("mailbox_id", "=", self.id),
                ("direction", "=", "in"),
                ("is_read", "=", False),
            ],
            limit=_MOST_COUNTED,
        )

    def _tell_unread(self, *, new=False):
        """Tell the browsers of the owners how many messages are unread.

        :param new: whether mail came in, so that open lists look again
        """
        # our own code counts for the owner, whoever caused it
        for mailbox in seal.opened(self.exists()):
            seal.closed(mailbox.user_id)._bus_send(
                "helpdesk_mail.mailbox/unread", {"unread": mailbox._count_unread(), "new": new}
            )
