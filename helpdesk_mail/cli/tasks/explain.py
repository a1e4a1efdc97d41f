# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Walk the road of a mail without writing anything, and print each decision."""

import sys

from odoo.addons.helpdesk_mail import intake
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
    door = intake.Door(
        inbox,
        env["helpdesk.mail.folder"],
        "imap" if inbox._helpdesk_mail_fetches() else "gateway",
    )
    found = intake.simulate(env, door, RawMail(source=source, size=len(source)))
    print(f"From:    {found.sender}")
    print(f"Subject: {found.parsed.subject}")
    for stage, code, sentence, _told in found.steps:
        print(f"{stage:>9}: {sentence or code}")
    number = f" ({found.ticket_number})" if found.ticket_number else ""
    print(f"Outcome: {found.outcome}{number}")
    for field in found.fields:
        change = f"{field.before} -> {field.after}" if field.before else field.after
        print(f"  {field.label} = {change}")
    for one in found.told:
        print(f"  {one.way} to {one.whom}: {one.subject}")
    for name in found.attachments:
        print(f"  attachment {name}")
    digest = intake.digest(found.parsed)
    for row in env["helpdesk.incoming.mail"].search([("digest", "=", digest)], order="id"):
        ticket = f" ({row.ticket_id.number})" if row.ticket_id else ""
        print(f"Met before, on {row.create_date}: {row.outcome}{ticket}. {row.explanation}")
    env.cr.rollback()
    return 0
