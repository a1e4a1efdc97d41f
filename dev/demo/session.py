# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One ``make run`` from beginning to end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable
from typing import Any

from .. import paths, postgres, setup, state
from ..console import Problem, is_interactive, say, step, tail
from ..dovecot import Dovecot
from . import database, outcomes, processes, samples, servers
from .place import (
    HOST,
    INBOX,
    MAILBOX_PASSWORD,
    PERSONAL,
    PERSONAL_PASSWORD,
    SENT_FOLDER,
    Place,
)
from .processes import Child

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_SECONDS = 1.0  # between two looks at the journal while Odoo serves
WIDE = 160  # columns of a line where there is no terminal


class Session:
    """Everything that runs, and how it ends."""

    def __init__(self, place: Place, *, workers: int = 0, fresh: bool = False) -> None:
        self.place = place
        self.workers = workers
        self.fresh = fresh
        self.started = time.monotonic()
        self.cluster = postgres.main_cluster()
        self._ends: list[Callable[[], None]] = []
        self._children: list[Child] = []

    # -- the steps

    def prepare(self) -> Dovecot:
        """Have all that is needed, the demo database and a mailbox; returns its server."""
        state.make_dev()
        self.place.take()
        self._ends.append(self.place.release)
        ours = not (paths.POSTGRESQL.exists() and self.cluster.is_running())
        if ours:
            self._ends.append(self._stop_postgresql)
        setup.ensure()
        if count := processes.end_remains(self.place.working):
            say(f"-- ended {count} processes that an earlier run had left behind")
        if self.fresh or not database.exists(self.place):
            servers.forget_mail(self.place)
            database.make(self.place)
        else:
            database.upgrade(self.place)
        mail = servers.dovecot(self.place)
        self._ends.append(mail.stop)
        servers.start_dovecot(mail)
        smtp = servers.start_smtp(self.place, mail)
        self._add(smtp)
        return mail

    def take_in(self, mail: Dovecot) -> None:
        """Set up Odoo and let the samples take their road; where that is done, nothing changes."""
        place = self.place
        place.port("http", place.settings().get("http") or 8069)
        words: dict[str, Any] = {
            "url": place.url,
            "host": HOST,
            "smtp_port": place.settings()["smtp"],
            "imap_port": mail.imap_port,
            "inbox": INBOX,
            "password": MAILBOX_PASSWORD,
            "personal": PERSONAL,
            "personal_password": PERSONAL_PASSWORD,
            "sent_folder": SENT_FOLDER,
        }
        settings = state.digest(words, state.digest_of_files([servers.INSIDE_FILE]))
        first = database.parameter(place, database.SAMPLES) is None
        if first or database.parameter(place, database.SETTINGS) != settings:
            if first:
                count = samples.deliver(mail.imap_port)
                say(f"-- delivered {count} sample mails into {INBOX} over IMAP")
            with step("fetching the mails" if first else "setting Odoo up for its new ports"):
                database.run_inside(place, **words, fetch=first)
            database.remember(place, database.SETTINGS, settings)
            database.remember(place, database.SAMPLES, "fetched")
        self._report(new=first)

    def serve(self, seconds: float | None) -> None:
        """Serve until Ctrl-C, or for so many seconds."""
        if is_interactive() and not database.parameter(self.place, database.ASSETS):
            # A person's first click need not wait for them.
            with step("making Odoo's styles and scripts"):
                database.run_inside(self.place, assets=True)
            database.remember(self.place, database.ASSETS, "made")
        with step("starting Odoo"):
            self._add(servers.start_odoo(self.place, self.workers))
            self._add(servers.start_watch(self.place))
        self._greet()
        self._wait(seconds)

    def close(self) -> None:
        """Stop what this run has started, the last first; a second Ctrl-C does not interrupt."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        while self._ends:
            end = self._ends.pop()
            try:
                end()
            except Exception as error:
                say(f"   {error}")

    # -- details

    def _add(self, child: Child) -> None:
        self._children.append(child)
        self._ends.append(child.stop)

    def _stop_postgresql(self) -> None:
        rows = self.cluster.sql(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        if rows == [["0"]]:
            self.cluster.stop()
        else:
            say("   PostgreSQL goes on: somebody else uses it (`make stop` ends it).")

    def _report(self, new: bool) -> None:
        mails = database.journal(self.place)
        self.last = max((mail["id"] for mail in mails), default=0)
        if new:
            say()
            self._print(mails)
            say()
        say(outcomes.summary(mails) + ("" if new else " (from before)"))

    def _print(self, mails: list[dict[str, Any]]) -> None:
        width = shutil.get_terminal_size((WIDE, 24)).columns
        for mail in mails:
            say(outcomes.line(mail, width))

    def _greet(self) -> None:
        place = self.place
        example = place.command(
            "send", "--subject", "The printer is on fire", "--body", "Please come quickly."
        )
        say(f"""
Odoo runs: {place.url}/odoo  (ready after {time.monotonic() - self.started:.0f} s)

   admin / admin        settings administrator
   manager / manager    helpdesk manager, no settings
   agent / agent        agent of the team Helpdesk, with private mail under Messages

Write to the inbox, from another terminal:
   {example}
Look at what Odoo sends (it is only kept, in {_short(place.sent)}):
   {place.command("mails")}
Odoo's log: {_short(place.odoo_log)}
Ctrl-C stops everything.
""")

    def _wait(self, seconds: float | None) -> None:
        """Show what comes in until a signal, the time, or the end of a server."""
        deadline = None if seconds is None else time.monotonic() + seconds
        wanted = {*SIGNALS, signal.SIGCHLD}
        signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
        try:
            while deadline is None or time.monotonic() < deadline:
                caught = signal.sigtimedwait(wanted, LOOK_SECONDS)
                if caught and caught.si_signo in SIGNALS:
                    return
                self._check_children()
                # PostgreSQL may be restarting: the next look will tell.
                with contextlib.suppress(Problem):
                    self._show_news()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, wanted)

    def _check_children(self) -> None:
        for child in list(self._children):
            if not child.has_ended():
                continue
            if child.is_vital:
                raise Problem(f"{child.what} has ended; the end of {child.log}:\n{tail(child.log)}")
            self._children.remove(child)
            say(f"{child.what} has ended (see {_short(child.log)}): mail is fetched once a minute.")

    def _show_news(self) -> None:
        mails = database.journal(self.place, after=self.last)
        if mails:
            self.last = mails[-1]["id"]
            self._print(mails)


def run(
    place: Place,
    *,
    serve: bool = True,
    seconds: float | None = None,
    workers: int = 0,
    fresh: bool = False,
) -> int:
    """Run the demo; the exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    session = Session(place, workers=workers, fresh=fresh)
    code = 0
    try:
        session.take_in(session.prepare())
        if serve:
            session.serve(seconds)
    except KeyboardInterrupt:
        code = 130
    finally:
        if serve:
            say("\nStopping ...")
        session.close()
    if serve:
        say("Stopped. What is in the demo stays for the next `make run`.")
    return code


def _short(path: os.PathLike[str]) -> str:
    return os.path.relpath(path, paths.ROOT)
