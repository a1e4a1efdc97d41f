# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The little that the watching process asks of PostgreSQL, without Odoo."""

import logging
import os

import psycopg2
import psycopg2.sql

_logger = logging.getLogger(__name__)


class Database:
    """The database (connection parameters *info*), and the one whose channel wakes the workers.

    Connections are opened when they are needed, and again when they were lost.
    """

    def __init__(self, info):
        self._info = info
        self._open = {}

    def _cursor(self, name=None):
        connection = self._open.get(name)
        if connection is None or connection.closed:
            changed = {"database": name} if name and "dsn" not in self._info else {}
            connection = psycopg2.connect(**{**self._info, **changed})
            # no transaction stays open while we wait
            connection.autocommit = True
            self._open[name] = connection
        return connection.cursor()

    def value(self, statement):
        """The one value that *statement* (str) gives."""
        with self._cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]

    def call(self, cron_ids):
        """Let Odoo's workers run these scheduled actions now: how many were called."""
        with self._cursor() as cursor:
            cursor.execute(
                "INSERT INTO ir_cron_trigger"
                " (cron_id, call_at, create_uid, write_uid, create_date, write_date)"
                " SELECT id, moment, 1, 1, moment, moment"
                " FROM ir_cron, (SELECT now() AT TIME ZONE 'UTC' AS moment) clock"
                " WHERE id = ANY(%s) AND active",
                [list(cron_ids)],
            )
            called = cursor.rowcount
        if called:
            self._wake()
        return called

    def _wake(self):
        """As ``ir.cron`` does: workers listen in the database postgres."""
        function = os.getenv("ODOO_NOTIFY_FUNCTION") or "pg_notify"
        schema, _dot, name = function.rpartition(".")
        quoted = psycopg2.sql.Identifier(*filter(None, (schema, name)))
        try:
            with self._cursor("postgres") as cursor:
                cursor.execute(
                    psycopg2.sql.SQL("SELECT {}('cron_trigger', %s)").format(quoted),
                    [self._name()],
                )
        except psycopg2.Error as error:
            # the workers look by themselves once a minute
            _logger.info("The workers were not woken: %s", error)

    def _name(self):
        return self.value("SELECT current_database()")

    def close(self):
        """Close what is open."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()
