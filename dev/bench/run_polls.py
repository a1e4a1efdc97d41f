# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One whole round of polling of many mailboxes without new mail, by Odoo's own scheduler.

``task["stock"]`` says whether ``fetchmail.server`` or ``helpdesk.inbox`` does it. The mail server
is ``task["round_trip"]`` seconds away.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import Any

from dev.bench import measure

_BATCH = 100


class _Proxy:
    """The distant mail server (:mod:`.delay_proxy`)."""

    def __init__(self, port: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dev.bench.delay_proxy", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._read())

    def _read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def round_trip(self, seconds: float) -> None:
        """From now on, the server is that far away."""
        assert self._process.stdin
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        self._read()

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def run(env: Any, task: dict[str, Any]) -> dict[str, Any]:
    """Set up the accounts, visit each until it is known, then measure one round."""
    proxy = _Proxy(task["port"])
    try:
        make = _servers if task["stock"] else _inboxes
        crons = make(env, task, proxy.port)
        env["ir.cron"].search([("id", "not in", crons.ids)]).active = False
        env.cr.commit()

        def go() -> None:
            if task["stock"]:
                # One action, which one worker runs. Called here, since the scheduler would run it
                # again and again for ten seconds, as it does with what reports no progress.
                env["fetchmail.server"].search([])._fetch_mail()
                env.cr.commit()
            else:
                _round(env, crons, task["workers"])

        for _number in range(3):
            go()
        proxy.round_trip(task["round_trip"])
        return measure.measure(task, go)
    finally:
        proxy.stop()


def _servers(env: Any, task: dict[str, Any], port: int) -> Any:
    env["fetchmail.server"].create(
        [
            {
                "name": user,
                "server_type": "imap",
                "server": "127.0.0.1",
                "port": port,
                "is_ssl": False,
                "user": user,
                "password": task["password"],
                "object_id": env["ir.model"]._get_id("helpdesk.ticket"),
                "state": "done",
            }
            for user in task["users"]
        ]
    )
    cron = env.ref("mail.ir_cron_mail_gateway_action")
    cron.active = True
    return cron


def _inboxes(env: Any, task: dict[str, Any], port: int) -> Any:
    inboxes = env["helpdesk.inbox"].create(
        [
            {
                "name": user,
                "email": f"{user}@desk.example.com",
                "kind": "mailbox",
                "protocol": "imap",
                "host": "127.0.0.1",
                "port": port,
                "encryption": "none",
                "username": user,
                "password": task["password"],
                "sync_start": "2000-01-01",
            }
            for user in task["users"]
        ]
    )
    inboxes.write({"state": "active", "active_since": "2000-01-01"})
    return inboxes.cron_id


def _round(env: Any, crons: Any, workers: int) -> None:
    """Let the scheduler do what is due, with that many workers, until nothing is."""
    env.cr.execute(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' - interval '1 second',"
        " lastcall = NULL WHERE id = ANY(%s)",
        [crons.ids],
    )
    env.cr.execute("DELETE FROM ir_cron_trigger")
    env.cr.commit()
    process = type(env["ir.cron"])._process_jobs

    def work() -> None:
        threading.current_thread().dbname = env.cr.dbname  # type: ignore[attr-defined]
        process(env.cr.dbname)

    while True:
        threads = [threading.Thread(target=work) for _number in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        env.cr.rollback()
        env.cr.execute(
            "SELECT count(*) FROM ir_cron WHERE id = ANY(%s)"
            " AND nextcall <= now() AT TIME ZONE 'UTC'",
            [crons.ids],
        )
        if not env.cr.fetchone()[0]:
            return
        time.sleep(0.05)


if __name__ == "__main__":
    measure.main(run)
