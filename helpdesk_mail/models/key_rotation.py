# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Changing the key that passwords and tokens are encrypted with, while Odoo runs.

Every stored field whose name ends with ``_encrypted`` and that nobody may read holds one token of
:mod:`.secret_key`: a new field of that kind takes part by its name alone.
"""

import logging

import psycopg2
from odoo import fields, sql_db
from odoo.service import db as db_service
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from . import secret_key

_logger = logging.getLogger(__name__)
_BATCH = 200
_TRIES = 5
_SUFFIX = "_encrypted"


def encrypted_fields(env):
    """Pairs of table and column that hold encrypted values, in order."""
    found = set()
    for model in env.registry.values():
        if model._abstract or not model._auto:
            continue
        for name, field in model._fields.items():
            if name.endswith(_SUFFIX) and field.store and field.groups == fields.NO_ACCESS:
                found.add((model._table, name))
    return sorted(found)


def rotate(env):
    """Encrypt everything with the first key, in transactions of a batch each.

    What is written meanwhile stays: a value is replaced only if it is still the one that was read.

    :return: numbers (changed, unreadable): none of our keys opens the latter, they stay
    """
    changed = unreadable = 0
    for table, column in encrypted_fields(env):
        last = 0
        while True:
            rows, replaced, bad = _retried(env, table, column, last)
            changed += replaced
            unreadable += bad
            if not rows:
                break
            last = rows[-1][0]
    return changed, unreadable


def _retried(env, table, column, last):
    for tries_left in reversed(range(_TRIES)):
        try:
            result = _rotate_batch(env, table, column, last)
            env.cr.commit()  # pylint: disable=invalid-commit
            return result
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            env.cr.rollback()
            if not tries_left:
                raise


def _rotate_batch(env, table, column, last):
    names = {"table": SQL.identifier(table), "column": SQL.identifier(column)}
    rows = env.execute_query(
        SQL(
            "SELECT id, %(column)s FROM %(table)s WHERE id > %(last)s AND %(column)s IS NOT NULL"
            " AND %(column)s != '' ORDER BY id LIMIT %(batch)s",
            last=last,
            batch=_BATCH,
            **names,
        )
    )
    replaced = unreadable = 0
    for row_id, old in rows:
        try:
            new = secret_key.renewed(old, env)
        except secret_key.Unreadable:
            unreadable += 1
            _logger.warning("%s.%s of record %s cannot be read", table, column, row_id)
            continue
        if new == old:
            continue
        # in the database alone: nothing that a person would see has changed
        replaced += len(
            env.execute_query(
                SQL(
                    "UPDATE %(table)s SET %(column)s = %(new)s"
                    " WHERE id = %(id)s AND %(column)s = %(old)s RETURNING id",
                    new=new,
                    old=old,
                    id=row_id,
                    **names,
                )
            )
        )
    env.invalidate_all()
    return rows, replaced, unreadable


def databases_in_need(env):
    """The databases of this server in which something is not encrypted with the first key, or that
    cannot be looked into. They share the key file.
    """
    names = db_service.list_dbs(force=True)
    return [name for name in dict.fromkeys([env.cr.dbname, *names]) if _is_in_need(name, env)]


def _is_in_need(name, env):
    try:
        # a cursor without a registry: another database may have other add-ons
        with sql_db.db_connect(name).cursor() as cr:
            cr.execute(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = current_schema() AND table_name LIKE 'helpdesk\\_%%'"
                " AND column_name LIKE '%%\\_encrypted'"
            )
            for table, column in cr.fetchall():
                cr.execute(
                    SQL(
                        "SELECT %(column)s FROM %(table)s WHERE coalesce(%(column)s, '') != ''",
                        table=SQL.identifier(table),
                        column=SQL.identifier(column),
                    )
                )
                if not all(secret_key.is_current(row[0], env) for row in cr.fetchall()):
                    return True
    except psycopg2.Error:
        return True
    return False
