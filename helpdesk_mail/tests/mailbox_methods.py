# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every method that a client may call on the models of personal mailboxes, and who may.

What is called is always the owner's: mailbox, message, dialog. A new public method is a new door:
``test_mailbox_rights`` fails until it is named here.
"""

import dataclasses
from collections.abc import Callable

from odoo.exceptions import AccessError
from odoo.service.model import get_public_method

from .mailbox_world import ADDRESS, MESSAGE, READERS, ROLES, SECRET, WRITERS

OWNER = frozenset({"owner"})
GLASS = frozenset({"glass broken"})
SYSTEM = frozenset({"settings administrator"})
ALL = frozenset(ROLES)
COLLEAGUES = ALL - {"portal user", "public"}


@dataclasses.dataclass(frozen=True)
class Call:
    """One call, and what becomes of it by role. Whoever is not named is refused by the rights.

    :param arguments: of the remote call (a function of the test case), with the ids where it has
    :param context: of the call (a function of the test case)
    :param done: for whom it does what it says
    :param no: who is told that it cannot be done, for a reason that is none of rights
    :param nothing: for whom it answers without telling or changing anything
    """

    arguments: Callable
    done: frozenset = frozenset()
    no: frozenset = frozenset()
    nothing: frozenset = frozenset()
    context: Callable = lambda world: {}

    def expected(self, role):
        for outcome in ("done", "no", "nothing"):
            if role in getattr(self, outcome):
                return outcome
        return "refused"

    def options(self, world):
        return {"context": self.context(world)}


def _on(name, *more, **who):
    """A call on the record *name* of the world."""
    return Call(lambda world: [[getattr(world, name).id], *more], **who)


def _rights(name, read=frozenset()):
    """Of the method that tells who may do what."""
    return {"has_access": [_on(name, "read", done=read, nothing=ALL - read)]}


# the warnings before a mail leaves were read
_LOOKED_AT = {"helpdesk_mail_looked_at": True}
ELSEWHERE = None

METHODS = {
    "helpdesk.mailbox": {
        **_rights("mailbox", READERS),
        # nobody listens in this test
        "action_activate": [_on("mailbox", no=OWNER)],
        "action_choose_folder": [_on("mailbox", no=OWNER)],
        "action_draft": [_on("mailbox", done=OWNER)],
        "action_export": [_on("mailbox", done=OWNER | GLASS)],
        "action_fetch_now": [_on("mailbox", done=OWNER)],
        "action_find_settings": [_on("mailbox", done=OWNER)],
        "action_load_folders": [_on("mailbox", no=OWNER)],
        # it signs in by a password
        "action_oauth_connect": [_on("mailbox", no=OWNER)],
        "action_open_mine": [Call(lambda world: [], done=COLLEAGUES)],
        "action_pause": [_on("mailbox", done=OWNER)],
        # there is none
        "action_retry_quarantined": [_on("mailbox", no=OWNER)],
        "action_send_test_mail": [_on("mailbox", done=OWNER)],
        "action_test_connection": [_on("mailbox", no=OWNER)],
        "action_use_system_smtp": [_on("mailbox", done=OWNER)],
        "action_view_glass": [_on("mailbox", done=OWNER)],
        "action_view_messages": [_on("mailbox", done=READERS)],
        # everybody has one
        "copy_data": [_on("mailbox", no=ALL)],
        "create": [
            Call(
                lambda world: [{"user_id": world.users["owner"].id, "email": ADDRESS}],
                no=OWNER,
            ),
            # with the mail of the owner; who has a mailbox is told so first
            Call(
                lambda world: [{"message_ids": [(4, world.message.id)]}],
                no=frozenset({"owner", "delegate", "colleague", "settings administrator"}),
            ),
        ],
        "unlink": [_on("mailbox", done=OWNER)],
        "write": [
            _on("mailbox", {"host": "imap.evil.example"}, done=OWNER),
            _on("mailbox", {"deny_list": False}, done=OWNER),
            Call(
                lambda world: [
                    world.mailbox.ids,
                    {"delegate_ids": [(4, world.users["settings administrator"].id)]},
                ],
                done=OWNER,
            ),
            # not even the owner gives it away
            Call(
                lambda world: [
                    world.mailbox.ids,
                    {"user_id": world.users["settings administrator"].id},
                ],
            ),
        ],
    },
    MESSAGE: {
        **_rights("message", READERS),
        "action_add_customer": [_on("message", done=WRITERS)],
        "action_block": [_on("message", done=WRITERS)],
        "action_cancel_sending": [_on("queued", done=WRITERS)],
        "action_delete": [_on("message", done=WRITERS)],
        "action_discard": [_on("draft", done=WRITERS)],
        "action_forward": [_on("message", done=WRITERS)],
        "action_mark_read": [_on("message", done=WRITERS)],
        "action_mark_sent": [_on("uncertain", done=WRITERS)],
        "action_mark_unread": [_on("message", done=WRITERS)],
        "action_new": [Call(lambda world: [], done=OWNER, no=COLLEAGUES - OWNER)],
        # it was not published
        "action_open_ticket": [_on("message", no=READERS)],
        "action_pair": [_on("message", done=WRITERS)],
        # a colleague with access never does
        "action_publish": [_on("message", done=OWNER)],
        # it quotes nothing
        "action_quote_in_text": [_on("draft", no=WRITERS)],
        "action_reply": [_on("message", done=WRITERS)],
        "action_reply_all": [_on("message", done=WRITERS)],
        "action_send": [_on("draft", done=WRITERS, context=lambda world: _LOOKED_AT)],
        "action_star": [_on("message", done=WRITERS)],
        "action_unpair": [_on("message", done=WRITERS)],
        "action_unstar": [_on("message", done=WRITERS)],
        "create": [
            Call(
                lambda world: [{"mailbox_id": world.mailbox.id, "subject": "Planted"}],
                done=WRITERS,
            ),
            # mail that never came
            Call(lambda world: [{"direction": "in", "state": "received", "subject": "Planted"}]),
        ],
        # of others it tells the view of what was received, and no more
        "get_formview_id": [_on("draft", done=READERS, nothing=ALL - READERS)],
        "suggest_addresses": [
            Call(lambda world: [SECRET], done=READERS, nothing=COLLEAGUES - READERS)
        ],
        "unlink": [_on("message", done=WRITERS)],
        "write": [
            _on("draft", {"subject": "Changed"}, done=WRITERS),
            # what came is nobody's to change
            _on("message", {"subject": "Changed"}, no=WRITERS),
            _on("message", {"partner_id": False}),
        ],
    },
    "helpdesk.mailbox.pair": _rights("pair", READERS),
    "helpdesk.mailbox.glass": {
        "action_close": [_on("glass", done=OWNER | GLASS)],
        # the log is read by whom it concerns and by administrators, who get no further
        "action_export": [_on("glass", done=GLASS, no=OWNER | SYSTEM)],
        "action_view_messages": [_on("glass", done=GLASS, no=OWNER | SYSTEM)],
        "create": [
            Call(
                lambda world: [{"mailbox_id": world.mailbox.id, "reason": "I want to know."}],
                done=GLASS,
            )
        ],
        "write": [
            _on("glass", {"until": "2099-01-01 00:00:00"}),
            _on("glass", {"reason": "Nothing happened."}),
        ],
    },
    "helpdesk.mailbox.glass.break": {
        **_rights("glass_break", GLASS),
        "action_break": [_on("glass_break", done=GLASS)],
    },
    "helpdesk.mailbox.status": {
        "action_break_glass": [_on("mailbox", done=GLASS)],
        # the owner works here
        "action_remove": [_on("mailbox", no=SYSTEM)],
    },
    "helpdesk.mailbox.find": {
        **_rights("find", OWNER),
        "action_use": [_on("find", done=OWNER)],
    },
    "helpdesk.mailbox.find.server": {
        **_rights("find_server", OWNER),
        "action_choose": [_on("find_server", done=OWNER)],
    },
    "helpdesk.mailbox.find.answer": _rights("find_answer", OWNER),
    "helpdesk.mailbox.folders": _rights("folders", OWNER),
    "helpdesk.mailbox.folders.line": {
        **_rights("folders_line", OWNER),
        "action_use": [_on("folders_line", done=OWNER)],
    },
    "helpdesk.mailbox.test.mail": {
        **_rights("test_mail", OWNER),
        "action_send": [_on("test_mail", done=OWNER)],
    },
    "helpdesk.mailbox.test.mail.line": _rights("test_mail_line", OWNER),
    "helpdesk.mailbox.pairing": {
        **_rights("pairing", OWNER),
        "action_pair": [_on("pairing", done=OWNER)],
        "default_get": [
            Call(
                lambda world: [["partner_id", "mail_ids"]],
                done=READERS,
                context=lambda world: {"default_mail_ids": world.message.ids},
            )
        ],
    },
    "helpdesk.mailbox.newcomer": {
        **_rights("newcomer", OWNER),
        "action_add": [_on("newcomer", done=OWNER)],
        "action_pair_instead": [_on("newcomer", done=OWNER)],
        "default_get": [
            Call(
                lambda world: [["name", "mail_ids"]],
                done=READERS,
                context=lambda world: {"default_mail_ids": world.message.ids},
            )
        ],
    },
    # no inbox was chosen in it
    "helpdesk.mailbox.publish": {
        **_rights("publish", OWNER),
        "action_publish": [_on("publish", no=OWNER)],
    },
    "helpdesk.communication": {
        "open_message": [
            Call(lambda world: ["private", world.message.id], done=READERS),
        ],
        "timeline": [
            Call(
                lambda world: ["res.partner", world.customer.id],
                done=READERS,
                nothing=COLLEAGUES - READERS,
            )
        ],
    },
    "helpdesk.mail.application": {
        "write": [_on("application", {"client_id": "other"}, done=SYSTEM)],
    },
    "res.users": {
        "action_helpdesk_mailbox": [
            Call(lambda world: [world.users["owner"].ids], done=COLLEAGUES)
        ],
        # into somebody's mailbox by way of the user; the rest is stock Odoo's
        "create": [
            Call(
                lambda world: [
                    {
                        "name": "Spy",
                        "login": "mm-spy",
                        "helpdesk_mailbox_ids": [(4, world.mailbox.id)],
                    }
                ]
            )
        ],
        "write": [
            Call(
                lambda world: [
                    world.users["owner"].ids,
                    {"helpdesk_mailbox_ids": [(2, world.mailbox.id)]},
                ]
            ),
            Call(
                lambda world: [
                    world.users["owner"].ids,
                    {
                        "helpdesk_mailbox_ids": [
                            (1, world.mailbox.id, {"host": "imap.evil.example"})
                        ]
                    },
                ]
            ),
            Call(
                lambda world: [
                    world.users["settings administrator"].ids,
                    {"helpdesk_mailbox_ids": [(4, world.mailbox.id)]},
                ]
            ),
        ],
    },
    "res.partner": {
        # as oneself; to write on behalf of somebody is to answer
        "action_helpdesk_send_email": [_on("customer", done=OWNER, no=COLLEAGUES - OWNER)],
        # tested in test_recipients, test_scope and test_rights: nothing of private mail
        "action_view_helpdesk_recipients": ELSEWHERE,
        "create": ELSEWHERE,
        "message_process": ELSEWHERE,
        "write": ELSEWHERE,
    },
    "crm.lead": {
        "action_helpdesk_send_email": [_on("lead", done=OWNER, no=SYSTEM)],
        "action_view_helpdesk_recipients": ELSEWHERE,
        "message_process": ELSEWHERE,
        "write": ELSEWHERE,
    },
    "base.module.uninstall": {
        "action_helpdesk_mail_ask_export": [Call(lambda world: [[]], done=SYSTEM)],
    },
}


def calls():
    """(model, name of the method, Call) of all."""
    for model, methods in METHODS.items():
        for name, some in methods.items():
            for call in some or ():
                yield model, name, call


def public_methods(model):
    """The names that a client may call on *model* and that are not every model's: all of them on
    models of ours, what we added on those of others.
    """
    general = {name for klass in type(model.env["base"]).mro() for name in vars(klass)}
    is_ours = model._original_module == "helpdesk_mail"
    found = set()
    for klass in type(model).mro():
        module = getattr(klass, "_module", None)
        if module is None or (module != "helpdesk_mail" and not is_ours):
            continue
        for name, value in vars(klass).items():
            ours = module == "helpdesk_mail"
            if (
                not name.startswith("_")
                and callable(value)
                and not hasattr(value, "_sequence")
                and (ours or name not in general)
                and not is_private(model, name)
            ):
                found.add(name)
    return found


def is_private(model, name):
    """Whether Odoo refuses a remote call of the method to everybody."""
    try:
        get_public_method(model, name)
    except AccessError:
        return True
    return False
