# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``odoo helpdesk_mail …``: what administrators do with mail on the command line.

Odoo loads this file as ``odoo.cli.helpdesk_mail``; the add-on is therefore imported by its full
name, and only when a task runs.
"""

import sys

from odoo.cli.command import Command

TASKS = ("parse", "explain", "import", "reconcile", "watch", "rotate-keys")


class HelpdeskMail(Command):
    """Read, explain, import and reconcile mail; watch mailboxes; change keys"""

    name = "helpdesk_mail"

    def run(self, args):
        """Run one task; the exit status is 0, or 1 where the task found something wrong."""
        from odoo.addons.helpdesk_mail.cli import tasks  # noqa: PLC0415

        subparsers = self.parser.add_subparsers(dest="task", required=True, metavar="TASK")
        for name in TASKS:
            module = tasks.load(name)
            words = module.__doc__.strip().splitlines()[0]
            subparser = subparsers.add_parser(name, help=words, description=module.__doc__)
            if module.NEEDS_DATABASE:
                subparser.add_argument("-c", "--config", help="Odoo's configuration file")
                subparser.add_argument(
                    "-d", "--database", required=True, help="name of the database"
                )
            module.add_arguments(subparser)
            subparser.set_defaults(module=module)
        options = self.parser.parse_args(args)
        try:
            status = tasks.run(options)
        except KeyboardInterrupt:
            print(
                "\nStopped. Nothing is lost: run the same command again to go on.", file=sys.stderr
            )
            status = 130
        sys.exit(status or 0)
