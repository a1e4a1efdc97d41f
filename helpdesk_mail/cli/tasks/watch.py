# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Hold IMAP IDLE connections and trigger a fetch as soon as mail arrives.

It fetches nothing itself: it triggers the scheduled action of the inbox, which Odoo's cron
workers run. The process that waits is no Odoo and stays small (``helpdesk_mail.watching``).
"""

import argparse
import json
import os
import pathlib
import sys

from odoo import sql_db
from odoo.addons.helpdesk_mail import watching
from odoo.addons.helpdesk_mail.models import private_networks

NEEDS_DATABASE = True


def add_arguments(parser):
    parser.add_argument("--once", action="store_true", help="stop after the first mail (for tests)")
    # what the waiting process asks for what only Odoo knows
    parser.add_argument("--answer-to", type=int, help=argparse.SUPPRESS)


def needs_database(options):
    """Only the helper opens the database as Odoo does."""
    return options.answer_to is not None


def run(env_or_options, options=None):
    """Become the waiting process; or, as its helper, answer it."""
    if options is None:
        return _become(env_or_options)
    return _answer(env_or_options, options)


def _become(options):
    """Replace this process, which has imported half of Odoo by now; its number stays the same."""
    # as it was called, so that the helper finds the same configuration and add-ons
    command = [sys.executable, *sys.orig_argv[1:]]
    words = {
        "command": [word for word in command if word != "--once"],
        "level": "INFO",
        "once": options.once,
    }
    program = pathlib.Path(watching.__file__).with_name("program.py")
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, str(program), json.dumps(words)])


def _answer(env, options):
    question = json.loads(sys.stdin.buffer.read() or b"{}")
    answer = env["helpdesk.mail.watch"]._answer(question.get("refused") or {})
    info = sql_db.connection_info_for(options.database)[1]
    answer["database"] = info
    answer["networks"] = private_networks.text()
    # tokens that were renewed for this answer
    env.cr.commit()  # pylint: disable=invalid-commit
    with os.fdopen(options.answer_to, "w") as stream:
        json.dump(answer, stream)
    return 0
