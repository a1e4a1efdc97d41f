# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Print what mails say: one JSON object for each file, on a line of its own; no database needed."""

import json
import sys

from odoo.addons.helpdesk_mail.message import parse, to_dict
from odoo.addons.helpdesk_mail.message.authentication import (
    Authenticator,
    NetworkResolver,
    TableResolver,
)
from odoo.addons.helpdesk_mail.message.authentication.dns_network import parse_servers

NEEDS_DATABASE = False


def add_arguments(parser):
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a mail (.eml), or - for standard input"
    )
    parser.add_argument(
        "--dns",
        metavar="FILE",
        help="check the sender; answer DNS from this JSON file, not the network: "
        '{"name. TYPE": ["value", ...]}',
    )
    parser.add_argument(
        "--authenticate",
        action="store_true",
        help="check the sender; ask DNS in the network, unless --dns is given",
    )
    parser.add_argument(
        "--nameserver",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="with --authenticate, ask this name server (such as 127.0.0.1:5353) and not the "
        "system's; may stand several times",
    )
    parser.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="HOST",
        help="a mail server of yours (its name, *.domain or address), whose Received and "
        "Authentication-Results are believed; may stand several times; "
        "with --dns or --authenticate",
    )


def run(options):
    try:
        authenticator = _authenticator(options)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        print(f"{options.dns}: {reason}" if options.dns else reason, file=sys.stderr)
        return 1
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
        parsed = parse(source, authenticator=authenticator)
        print(json.dumps(to_dict(parsed, name), ensure_ascii=False))
    return status


def _authenticator(options):
    """What checks the senders, or None. Raises OSError or ValueError for a bad table."""
    if options.dns:
        with open(options.dns, "rb") as stream:
            try:
                table = json.loads(stream.read())
            except RecursionError as error:
                raise ValueError("the JSON is nested too deeply") from error
        return Authenticator(TableResolver(table), options.trust)
    if options.authenticate:
        try:
            servers = parse_servers(" ".join(options.nameserver))
        except ValueError as error:
            raise ValueError(f"--nameserver {error} is no address of a name server") from None
        return Authenticator(NetworkResolver(servers=servers), options.trust)
    return None
