# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``$variables`` in mail templates and macros of tickets.

Before Odoo renders a text, each variable in it becomes a token that nobody can guess; afterwards
the tokens become values. So a value is never looked at again: what a customer wrote stays as it
is, whether it looks like a variable or like one of Odoo's own placeholders.
"""

import difflib
import re
import secrets

from markupsafe import Markup, escape
from odoo.addons.mail.models.mail_render_mixin import format_datetime
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..message import html_to_text

_lt = LazyTranslate(__name__)

# "$$" is a dollar; "$5" and a "$" alone are what they are
_VARIABLE = re.compile(r"\$(\$|[A-Za-z][A-Za-z0-9_]*)")
_NONCE = f"hm{secrets.token_hex(12)}"
_TOKEN = re.compile(rf"{_NONCE}([a-z_]+)Z")
_DOLLAR = "dollar"
_TAG = re.compile(r"<[^<>]*>")
_LONGEST_MESSAGE = 100_000


# name -> (what it is, the value for a ticket)
VARIABLES = {
    "ticket_number": (_lt("Number of the ticket"), lambda ticket, _info: ticket.number),
    "ticket_subject": (_lt("Title of the ticket"), lambda ticket, _info: ticket.name),
    "ticket_link": (
        _lt("Link to the ticket in the portal, for whoever may log in there"),
        lambda ticket, _info: f"{ticket.get_base_url()}{ticket.access_url}",
    ),
    "customer_name": (
        _lt("Name of whoever wrote"),
        lambda ticket, _info: ticket.partner_name or ticket.partner_id.name or ticket.partner_email,
    ),
    "customer_email": (
        _lt("Address of whoever wrote"),
        lambda ticket, _info: ticket.partner_email or ticket.partner_id.email,
    ),
    "customer_company": (
        _lt("Name of the customer"),
        lambda ticket, _info: ticket.commercial_partner_id.name,
    ),
    "agent_name": (
        _lt("Name of the agent; without one, of whoever writes"),
        lambda ticket, info: info.agent(ticket).name,
    ),
    "agent_email": (
        _lt("Address of the agent; without one, of whoever writes"),
        lambda ticket, info: info.agent(ticket).email,
    ),
    "user_name": (_lt("Name of whoever writes"), lambda _ticket, info: info.writer.name),
    "signature": (
        _lt("Signature of whoever writes, else of the agent"),
        lambda ticket, info: (info.writer or ticket.sudo().user_id).signature,
    ),
    "company_name": (_lt("Name of our company"), lambda ticket, _info: ticket.company_id.name),
    "company_email": (
        _lt("Address of our company"),
        lambda ticket, _info: ticket.company_id.email,
    ),
    "company_phone": (
        _lt("Phone number of our company"),
        lambda ticket, _info: ticket.company_id.phone,
    ),
    "inbox_name": (_lt("Name of the inbox"), lambda ticket, _info: ticket.inbox_id.name),
    "inbox_email": (_lt("Address of the inbox"), lambda ticket, _info: ticket.inbox_id.email),
    "team_name": (_lt("Name of the team"), lambda ticket, _info: ticket.team_id.name),
    "stage": (_lt("Stage"), lambda ticket, _info: ticket.stage_id.name),
    "priority": (_lt("Priority"), lambda ticket, info: info.label(ticket, "priority")),
    "category": (_lt("Category"), lambda ticket, _info: ticket.category_id.name),
    "tags": (_lt("Tags"), lambda ticket, _info: ", ".join(ticket.tag_ids.mapped("name"))),
    "created": (_lt("When it was created"), lambda ticket, info: info.time(ticket.create_date)),
    "updated": (
        _lt("When its stage changed last"),
        lambda ticket, info: info.time(ticket.last_stage_update),
    ),
    "closed": (_lt("When it was closed"), lambda ticket, info: info.time(ticket.closed_date)),
    "request": (
        _lt("What the customer asked for, as plain text"),
        lambda ticket, _info: html_to_text(ticket.description or ""),
    ),
    "message": (
        _lt("The last message of the ticket that the customer can read"),
        lambda ticket, info: info.message(ticket),
    ),
}
# their values are HTML that Odoo has sanitised
_MARKUP = {"signature", "message"}


def has_any(source):
    """Whether *source* holds a variable or an escaped dollar."""
    return bool(source) and "$" in source and bool(_VARIABLE.search(source))


def check(env, source):
    """Refuse a text with a variable that there is not.

    :raise ValidationError: names it, and the nearest one that there is
    """
    for name in _VARIABLE.findall(source or ""):
        if name == "$" or name in VARIABLES:
            continue
        near = difflib.get_close_matches(name.lower(), VARIABLES, n=1, cutoff=0.4)
        if near:
            raise ValidationError(
                env._(
                    "There is no variable $%(name)s. Do you mean $%(near)s? A dollar sign before a "
                    "word is written $$.",
                    name=name,
                    near=near[0],
                )
            )
        raise ValidationError(
            env._(
                "There is no variable $%(name)s. A dollar sign before a word is written $$.",
                name=name,
            )
        )


def guard(source):
    """*source* with a token in the place of each variable."""
    if not has_any(source):
        return source

    def token(match):
        name = _DOLLAR if match[1] == "$" else match[1]
        return f"{_NONCE}{name}Z" if name == _DOLLAR or name in VARIABLES else match[0]

    guarded = _VARIABLE.sub(token, source)
    return Markup(guarded) if isinstance(source, Markup) else guarded


def fill(env, rendered, is_html):
    """Put values in the place of the tokens in *rendered* ({ticket id: text}), as env's language
    writes them.
    """
    used = {name for text in rendered.values() for name in _TOKEN.findall(text or "")}
    if not used:
        return rendered
    # the rights of the template's reader hold for the tickets as well
    info = _Info(env["helpdesk.ticket"].browse(list(rendered)), "message" in used)
    return {
        ticket.id: _filled(rendered[ticket.id], _values(ticket, info, used), is_html)
        for ticket in info.tickets
    }


def render(env, source, tickets, is_html=True):
    """*source* with its variables filled in for each of *tickets*: {id: text}."""
    return fill(env, dict.fromkeys(tickets.ids, guard(source or "")), is_html)


def _values(ticket, info, used):
    values = {_DOLLAR: "$"}
    for name in used - {_DOLLAR}:
        try:
            values[name] = VARIABLES[name][1](ticket, info) or ""
        except AccessError:
            # a field that whoever writes may not see
            values[name] = ""
    return values


def _filled(text, values, is_html):
    if not text:
        return text
    if not is_html:
        return _TOKEN.sub(lambda match: _line(match[1], values[match[1]]), text)

    def inside_tag(match):
        # an attribute takes no markup
        return _TOKEN.sub(lambda token: str(escape(_line(token[1], values[token[1]]))), match[0])

    def outside(match):
        name, value = match[1], values[match[1]]
        if name in _MARKUP:
            return str(Markup(value))
        return str(escape(value)).replace("\n", "<br>")

    return Markup(_TOKEN.sub(outside, _TAG.sub(inside_tag, str(text))))


def _line(name, value):
    """*value* in one line of text."""
    return " ".join((html_to_text(value) if name in _MARKUP else str(value)).split())


def table(env):
    """The variables and what they are, as HTML: help for whoever writes a text."""
    rows = Markup().join(
        Markup("<tr><td><code>$%s</code></td><td>%s</td></tr>") % (name, env._(label))
        for name, (label, _value) in VARIABLES.items()
    )
    dollar = Markup("<tr><td><code>$$</code></td><td>%s</td></tr>") % env._("A dollar sign")
    return Markup('<table class="table table-sm"><tbody>%s%s</tbody></table>') % (rows, dollar)


class _Info:
    """What the variables of many tickets share."""

    def __init__(self, tickets, needs_messages):
        self.tickets = tickets
        self.env = tickets.env
        user = self.env.user
        # the system itself writes nothing
        self.writer = user if user._is_internal() and not user._is_superuser() else user.browse()
        self._messages = self._last_messages() if needs_messages else {}

    def agent(self, ticket):
        """The partner of the ticket's agent, else of whoever writes."""
        # sudo: the name and address under which they write to customers
        return (ticket.user_id.sudo() or self.writer.sudo()).partner_id

    def label(self, ticket, field):
        """The label of a selection."""
        options = ticket._fields[field]._description_selection(self.env)
        return dict(options).get(ticket[field]) or ""

    def time(self, value):
        """A moment in the time zone of the user or the company, as the language writes it."""
        if not value:
            return ""
        # sudo: the time zone of our own company
        tz = self.writer.tz or self.env.company.sudo().partner_id.tz or "UTC"
        return format_datetime(self.env, value, tz=tz, dt_format="short")

    def message(self, ticket):
        """The body of the message that is being sent, else of the last one; HTML."""
        if body := self.env.context.get("message_body"):
            return body
        return self._messages.get(ticket.id) or ""

    def _last_messages(self):
        """Ticket id -> body of its last public message. One query."""
        if self.env.context.get("message_body"):
            return {}
        self.tickets.check_access("read")
        self.env["mail.message"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT ON (message.res_id) message.res_id, message.body"
                " FROM mail_message message"
                " LEFT JOIN mail_message_subtype subtype ON subtype.id = message.subtype_id"
                " WHERE message.model = 'helpdesk.ticket' AND message.res_id = ANY(%s)"
                " AND message.message_type IN ('email', 'comment')"
                " AND message.is_internal IS NOT TRUE AND subtype.internal IS NOT TRUE"
                " ORDER BY message.res_id, message.id DESC",
                self.tickets.ids,
            )
        )
        return {ticket_id: body[:_LONGEST_MESSAGE] for ticket_id, body in rows if body}
