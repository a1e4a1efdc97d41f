# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The tasks of ``odoo helpdesk_mail``, one module each.

A task module has ``NEEDS_DATABASE`` (bool), ``add_arguments(parser)`` and ``run(options)``, or
``run(env, options)`` where it needs a database; both return the exit status. With
``needs_database(options)`` it says of itself whether it does this time.
"""

import importlib
import sys
import threading

import psycopg2
from odoo import SUPERUSER_ID, api
from odoo.cli import server
from odoo.modules.registry import Registry
from odoo.tools import config

_MODULES = {"import": "import_mail", "rotate-keys": "rotate_keys"}


def load(name):
    """The module of task *name*."""
    return importlib.import_module(f"{__name__}.{_MODULES.get(name, name)}")


def run(options):
    """Run the task of the parsed *options*, with an environment where it needs one: the exit
    status.
    """
    module = options.module
    needs_database = getattr(module, "needs_database", lambda options: module.NEEDS_DATABASE)
    if not needs_database(options):
        return module.run(options)
    arguments = ["-d", options.database, *(["-c", options.config] if options.config else [])]
    config.parse_config(arguments, setup_logging=True)
    server.report_configuration()
    threading.current_thread().dbname = options.database
    try:
        registry = Registry(options.database)
    except psycopg2.OperationalError as error:
        print(f"The database {options.database} cannot be opened: {error}".strip(), file=sys.stderr)
        return 2
    if "helpdesk.inbox" not in registry:
        print(f"helpdesk_mail is not installed in {options.database}.", file=sys.stderr)
        return 2
    with registry.cursor() as cr:
        return module.run(api.Environment(cr, SUPERUSER_ID, {}), options)


def find_inbox(env, email):
    """The inbox with address *email*, or None after saying which there are."""
    wanted = (email or "").strip().lower()
    inboxes = env["helpdesk.inbox"].search([])
    for inbox in inboxes:
        if wanted in inbox._addresses():
            return inbox
    known = ", ".join(inboxes.mapped("email_normalized")) or "none"
    print(f"There is no inbox with the address {email}. Inboxes: {known}.", file=sys.stderr)
    return None
