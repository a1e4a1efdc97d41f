# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Encrypt all stored passwords and tokens with the first key; with --new, with a new one.

Odoo goes on working meanwhile. Keys that nothing uses any more stay until --drop-old.
"""

import sys

from odoo.addons.helpdesk_mail.models import key_rotation, secret_key
from odoo.exceptions import UserError

NEEDS_DATABASE = True


def add_arguments(parser):
    parser.add_argument(
        "--new", action="store_true", help="first put a new key into the key file of this server"
    )
    parser.add_argument(
        "--drop-old",
        action="store_true",
        help="remove the other keys from the key file once nothing in any database of this server "
        "uses them",
    )


def run(env, options):
    try:
        if options.new:
            secret_key.new_key(env)
            print("A new key is in use.")
        changed, unreadable = key_rotation.rotate(env)
        print(f"{changed} stored secrets encrypted anew.")
        if unreadable:
            print(
                f"{unreadable} stored secrets cannot be read with any key; the log names them. "
                "Enter these passwords again.",
                file=sys.stderr,
            )
            return 1
        return _drop_old(env) if options.drop_old else 0
    except UserError as error:
        print(error, file=sys.stderr)
        return 1


def _drop_old(env):
    needy = key_rotation.databases_in_need(env)
    if needy:
        print(
            f"The old keys stay: {', '.join(needy)} still uses them, or cannot be opened. "
            "Run this command for each database first.",
            file=sys.stderr,
        )
        return 1
    dropped = secret_key.drop_old_keys(env)
    print(f"{dropped} old keys removed. Backups made before still need them.")
    return 0
