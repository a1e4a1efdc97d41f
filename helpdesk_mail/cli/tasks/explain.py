# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Walk the road of a mail without writing anything, and print each decision."""

import sys

from odoo.addons.helpdesk_mail import intake
from odoo.addons.helpdesk_mail.intake import reasons
from odoo.addons.helpdesk_mail.transport import RawMail

from . import find_inbox

NEEDS_DATABASE = True


def add_arguments(parser):
    parser.add_argument(
        "--inbox", required=True, metavar="EMAIL", help="the inbox that would get the mail"
    )
    parser.add_argument("file", metavar="FILE", help="a mail (.eml), or - for standard input")


def run(env, options):
    inbox = find_inbox(env, options.inbox)
    if not inbox:
        return 1
    try:
        if options.file == "-":
            source = sys.stdin.buffer.read()
        else:
            with open(options.file, "rb") as stream:
                source = stream.read()
    except OSError as error:
        print(f"{options.file}: {error.strerror}", file=sys.stderr)
        return 1
    door = intake.Door(inbox, env["helpdesk.mail.folder"], "import")
    item = intake.rehearse(env, door, RawMail(source=source, size=len(source)))
    print(f"From:    {item.sender_name} <{item.sender_email}>")
    print(f"Subject: {item.parsed.subject}")
    for step in item.trace:
        words = (
            reasons.sentence(env, step.code, step.values)
            if step.code in reasons.REASONS
            else step.code
        )
        print(f"{step.stage:>9}: {words}")
    ticket = env["helpdesk.ticket"].browse(item.resolved_ticket_id() or [])
    print(f"Outcome: {item.outcome}{f' ({ticket.number})' if ticket.exists() else ''}")
    for field, value in item.ticket_values.items():
        if field != "description" and value:
            print(f"  {field} = {value}")
    for row in env["helpdesk.incoming.mail"].search([("digest", "=", item.digest)], order="id"):
        ticket = f" ({row.ticket_id.number})" if row.ticket_id else ""
        print(f"Met before, on {row.create_date}: {row.outcome}{ticket}. {row.explanation}")
    env.cr.rollback()
    return 0
