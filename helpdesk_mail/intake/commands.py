# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What agents ask for by mail: lines like ``#close`` above or below what they write.

Only where it is certain that the agent wrote the mail, and the line itself: not where it could
be part of a quotation that nothing marks. They are carried out with the agent's own rights. The
lines are taken out of what the customer sees; what is not understood stays, and the agent is told.

No query for mails without such lines.
"""

import html
import re
import unicodedata

import psycopg2
from markupsafe import Markup
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import clean_context

from ..message import html_to_text, without_lines
from . import reasons, values
from .addresses import normalize

_TAG = re.compile(r"<[^<>]*>")
_LINE = re.compile(r"#([^\W\d_]+)(?::?[ \t]+(.*))?$")
_PRIORITY = {"low": "0", "medium": "1", "normal": "1", "high": "2", "urgent": "3"}
_MOST_COMMANDS = 20
_MOST_MESSAGES = 200

# name -> whether it wants an argument (None: it may have one)
_WANTS = {
    "note": None,
    "close": False,
    "resolve": False,
    "reopen": False,
    "assign": True,
    "priority": True,
    "tag": True,
    "stage": True,
    "team": True,
    "spam": False,
}


def run(batch):
    """Find the commands in the open mails of agents."""
    if not batch.inbox.mail_commands:
        return
    for item in batch.open_items():
        if item.agent_user_id and not item.outsider and not (batch.door.history or item.old):
            # below a forward, or what may be one, somebody else's words stand
            is_own = item.has_ticket and item.parsed.forwarded is None
            lines = _candidates(item.parsed.reply_text, bottom=is_own)
            if lines:
                _read(batch, item, lines)


def _candidates(text, bottom):
    """The lines of *text* at its top that look like commands; with *bottom*, those there too."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    top = 0
    while top < len(lines) and _LINE.match(lines[top]):
        top += 1
    end = len(lines)
    while bottom and end > top and _LINE.match(lines[end - 1]):
        end -= 1
    return (lines[:top] + lines[end:])[:_MOST_COMMANDS]


def _read(batch, item, lines):
    if not _is_certain(batch, item):
        if any(_parse(line) for line in lines):
            user = batch.env["res.users"].browse(item.agent_user_id)
            item.step("commands", "command_unproven", user=user.name)
        return
    said = _said_by_others(batch, item)
    removed = []
    for line in lines:
        command = _parse(line)
        if command is None:
            _problem(item, "command_unknown", command=line)
        elif _is_said(said, line):
            _problem(item, "command_quoted", command=line)
        else:
            item.commands.append((*command, line))
            item.step("commands", "command", command=line)
            if command[0] != "note" or not command[1]:
                # "#note he called again" is the note
                removed.append(line)
    if removed:
        item.parsed = without_lines(item.parsed, removed)
    names = {command[0] for command in item.commands}
    if names & {"note", "spam"}:
        item.internal = True
    if names & {"note", "spam", "close"}:
        # nobody is told of a ticket that is open for a moment only
        item.reopen = False


def _is_certain(batch, item):
    """Whether nobody but the agent can have written the mail.

    Its sender is verified, or it answers what went to none but us: everybody else who takes part
    knows the ticket's other mail and could write an agent's address above an answer to it.
    """
    if item.verification == "fail" or item.web_form or item.automatic:
        return False
    if item.verification == "pass":
        return True
    if item.by_number or not item.parent_message_id:
        return False
    answered = batch.env["mail.message"].browse(item.parent_message_id)
    if answered.message_type == "user_notification":
        # our own notices to the staff; Odoo's may have invited a customer
        return bool(answered.outgoing_email_to)
    # the Message-ID of what came by mail was chosen by its sender
    return (
        answered.message_type == "comment"
        and answered.subtype_id.internal
        and not any(answered.notified_partner_ids.mapped("partner_share"))
    )


def _parse(line):
    """(name, argument) of the command *line*, or None if it is none."""
    match = _LINE.match(line)
    name, argument = match[1].casefold(), (match[2] or "").strip()
    if name not in _WANTS or _WANTS[name] not in (None, bool(argument)):
        return None
    if name == "priority" and argument.casefold() not in _PRIORITY:
        return None
    return ("close" if name == "resolve" else name), argument


def _problem(item, code, **problem_values):
    item.step("commands", code, **problem_values)
    item.command_problems.append((code, problem_values))


def _said_by_others(batch, item):
    """What those who are none of us wrote in the ticket: a list of texts, each in one line.

    A mail program that marks no quotation makes the customer's words the agent's. One query.
    """
    texts = []
    for other in (item.ticket_item, item.parent_item):
        if other is not None and not other.agent_user_id:
            texts += [other.parsed.text, *_texts(other.parsed.html)]
    if item.ticket_id:
        messages = batch.env["mail.message"].search_fetch(
            [
                ("model", "=", "helpdesk.ticket"),
                ("res_id", "=", item.ticket_id),
                ("message_type", "in", ["email", "comment"]),
                "|",
                ("author_id", "=", False),
                ("author_id.partner_share", "=", True),
            ],
            ["body"],
            order="id desc",
            limit=_MOST_MESSAGES,
        )
        for message in messages:
            texts += _texts(message.body)
    return [_plain(text) for text in texts]


def _texts(body):
    """What mail programs may make of HTML; some show what it hides."""
    body = str(body or "")
    if "#" not in body:
        return []
    return [html_to_text(body), *(html.unescape(_TAG.sub(gap, body)) for gap in ("", " "))]


def _is_said(said, line):
    """Whether *line* stands in one of the texts *said*, wherever a mail program broke its lines."""
    return any(_plain(line) in text for text in said)


def _plain(text):
    """*text* in one line of small letters, without what shows nothing: mail programs that quote
    change all of that.
    """
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    words = (word for word in visible.casefold().split() if word.strip(">|"))
    return " ".join(words)


# ---------------------------------------------------------------------
# carrying out
# ---------------------------------------------------------------------


def apply(batch, items):
    """Carry out the commands of *items*, whose tickets are written, each by itself."""
    for item in items:
        if not item.commands and not item.command_problems:
            continue
        ticket = batch.env["helpdesk.ticket"].browse(item.ticket_id)
        for name, argument, line in item.commands:
            try:
                with batch.env.cr.savepoint():
                    _carry_out(batch, item, ticket, name, argument)
            except (UserError, values.ValueProblem, psycopg2.IntegrityError) as error:
                batch.env.invalidate_all()
                words = str(error)
                if isinstance(error, values.ValueProblem):
                    words = reasons.sentence(batch.env, error.code, error.values)
                words = " ".join(words.replace("\0", "").split())[:300]
                _problem(item, "command_failed", command=line, error=words)
        if item.command_problems:
            _tell(batch, item, ticket)


def _carry_out(batch, item, ticket, name, argument):
    """Do one command with the rights of the agent.

    :raise UserError: it is not allowed, or nothing has that name
    """
    user = batch.env["res.users"].browse(item.agent_user_id)
    company = batch.inbox.company_id
    ticket = (
        ticket.with_user(user)
        .with_context(clean_context(batch.env.context), lang=user.lang)
        .with_company(company)
    )
    env = ticket.env
    ticket.check_access("read")
    if name == "close":
        ticket.write({"stage_id": _stage(ticket, lambda stage: stage.closed).id})
    elif name == "reopen":
        stage = _stage(ticket, lambda stage: not stage.closed)
        ticket.write({"stage_id": stage.id, "closed_date": False, "active": True})
    elif name == "stage":
        wanted = argument.casefold()
        stage = _stage(ticket, lambda stage: (stage.name or "").casefold() == wanted)
        ticket.write({"stage_id": stage.id})
    elif name == "assign":
        ticket.write({"user_id": _user(env, user, argument, company).id})
    elif name == "priority":
        ticket.write({"priority": _PRIORITY[argument.casefold()]})
    elif name == "team":
        team_id = values.convert(env, "team_id", argument, company)
        ticket.write({"team_id": team_id})
    elif name == "tag":
        tags = values.convert(env, "tag_ids", argument, company)
        ticket.write({"tag_ids": [Command.link(tag_id) for tag_id in tags[0][2]]})
    elif name == "spam":
        if not ticket.recipient_id or normalize(ticket.recipient_id.email) == item.sender_email:
            raise UserError(env._("Nobody but you has written this ticket."))
        ticket.recipient_id.action_ban()
        ticket._helpdesk_mail_stay_silent()
        ticket.write({"stage_id": _stage(ticket, lambda stage: stage.closed).id})


def _stage(ticket, is_it):
    """The first stage of the ticket's team for which *is_it* says so."""
    stage = ticket.team_id._get_applicable_stages().filtered(is_it)[:1]
    if not stage:
        raise UserError(ticket.env._("The team has no such stage."))
    return stage


def _user(env, agent, argument, company):
    """The one colleague whom *argument* names: "me", a login, an address or a name."""
    if argument.casefold() == "me":
        return agent.with_env(env)
    line = " ".join(argument.split())
    domain = [("share", "=", False), ("company_ids", "in", company.ids)]
    Users = env["res.users"]
    for field in ("login", "email", "name"):
        found = Users.search([*domain, (field, "=ilike", values._escaped(line))], limit=2)
        if len(found) == 1:
            return found
    found = Users.search([*domain, ("name", "ilike", values._escaped(line))], limit=2)
    if len(found) != 1:
        raise UserError(env._("No single user is called %(name)s.", name=line[:80]))
    return found


def _tell(batch, item, ticket):
    """Tell the agent once, in a note, what was not carried out."""
    user = batch.env["res.users"].browse(item.agent_user_id)
    env = batch.env(context={**batch.env.context, "lang": user.lang or batch.env.lang})
    lines = [reasons.sentence(env, code, known) for code, known in item.command_problems]
    ticket.with_env(env).message_post(
        body=Markup("<br>").join(lines),
        message_type="comment",
        subtype_xmlid="mail.mt_note",
        author_id=env["ir.model.data"]._xmlid_to_res_id("base.partner_root"),
        partner_ids=user.partner_id.ids,
    )
