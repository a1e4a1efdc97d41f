# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Print what mails say: one JSON object for each file, on a line of its own; no database needed."""

import json
import sys

from odoo.addons.helpdesk_mail.message import parse, to_dict

NEEDS_DATABASE = False


def add_arguments(parser):
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a mail (.eml), or - for standard input"
    )
    parser.add_argument(
        "--dns", metavar="FILE", help="answer DNS from this JSON file, not the network"
    )


def run(options):
    status = 0
    for name in options.files:
        try:
            if name == "-":
                source = sys.stdin.buffer.read()
            else:
                with open(name, "rb") as stream:
                    source = stream.read()
        except OSError as error:
            print(f"{name}: {error.strerror}", file=sys.stderr)
            status = 1
            continue
        print(json.dumps(to_dict(parse(source), name), ensure_ascii=False))
    return status
