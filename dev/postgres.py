# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A PostgreSQL server of our own, for development and tests only: quick, not crash-safe.

It listens on a Unix socket in a private folder and on no network port. PostgreSQL refuses to run
as root, so for root it runs as the account ``postgres`` of the package.

    cluster = Cluster(paths.POSTGRESQL)
    cluster.start()
    cluster.create_database("demo", template="template_x")
    psycopg2.connect(cluster.dsn("demo"))
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from . import paths
from .console import Problem, say, step, tail
from .state import lock, make_dev, remove_tree

SUPERUSER = "postgres"
ROLE = "odoo"  # Odoo refuses to work as "postgres"
PORT = 5432  # only a part of the socket's name: the folder is private
ACCOUNT = "postgres"  # runs the server where we are root
MINIMUM = 13
START_SECONDS = 180  # after a crash it repeats what was not saved yet
STOP_SECONDS = 10
REJECTS = 1  # what pg_isready returns for a server that starts, recovers or ends

SETTINGS = """\
# Written by dev/postgres.py at every start.
listen_addresses = ''
unix_socket_directories = '{socket}'
port = {port}
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
# A power cut may destroy this cluster; nothing in it is worth waiting for a disk.
fsync = off
synchronous_commit = off
full_page_writes = off
"""


def programs() -> Path:
    """The folder of the newest installed PostgreSQL's programs; raises Problem without one."""
    found = [
        (int(path.parent.name), path)
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if path.parent.name.isdigit() and (path / "initdb").exists() and (path / "psql").exists()
    ]
    if not found or max(found)[0] < MINIMUM:
        raise Problem(f"PostgreSQL {MINIMUM} or newer is missing: install Debian's `postgresql`.")
    return max(found)[1]


class Cluster:
    """One server with its data below ``base_dir``."""

    def __init__(self, base_dir: Path) -> None:
        self.base_dir = base_dir
        self.log = paths.LOG / f"postgresql-{paths.key(base_dir)}.log"
        # Another user's process must be able to reach it, and a socket's path is short.
        name = f"helpdesk-mail-{os.getuid()}-{paths.key(base_dir)}"
        self.socket = paths.SHORT_TMP / name
        self._elsewhere = Path("/var/tmp") / name
        self._as_root = os.geteuid() == 0

    # -- the server --------------------------------------------------------------------------

    @property
    def data(self) -> Path:
        """The data directory (a link where the server's account cannot reach this clone)."""
        return self.base_dir / "data"

    def is_running(self) -> bool:
        """Whether the server takes connections; one that is slow to say so is waited for.

        Others use the same server: who takes a busy one for a dead one and starts it again ends
        their connections.
        """
        if not self.socket.is_dir():
            return False
        place = ["-h", str(self.socket), "-p", str(PORT)]
        ready = [str(programs() / "pg_isready"), "-q", *place, "-t", str(START_SECONDS)]
        deadline = time.monotonic() + START_SECONDS
        while True:
            code = subprocess.run(ready, capture_output=True, check=False).returncode
            if code != REJECTS or time.monotonic() > deadline:
                return code == 0
            time.sleep(0.1)

    def start(self) -> None:
        """Make the cluster where there is none, and start it where it does not run."""
        make_dev()
        with lock(f"PostgreSQL {self.base_dir}"):
            if self.is_running():
                return
            if not (self.data / "PG_VERSION").exists():
                self._make()
            self._start()
            self._make_role()

    def stop(self, mode: str = "fast") -> None:
        """Stop the server if it runs; ``mode`` is smart, fast or immediate."""
        if self.data.exists() and self._pid() is not None:
            self._run("pg_ctl", "-D", self.data.resolve(), "-m", mode, "-w", "stop")

    def kill(self) -> None:
        """End the server and its connections as a crash would (SIGKILL)."""
        pid = self._pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def remove(self) -> None:
        """Stop the server and delete all it has."""
        with contextlib.suppress(Problem):
            self.stop("immediate")
        for path in (self.base_dir, self._elsewhere, self.socket):
            remove_tree(path)

    def _pid(self) -> int | None:
        """The main process of the running server."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if pid in self._processes() else None

    def _account(self) -> pwd.struct_passwd | None:
        if not self._as_root:
            return None
        try:
            return pwd.getpwnam(ACCOUNT)
        except KeyError:
            raise Problem(f"There is no user {ACCOUNT}: install Debian's `postgresql`.") from None

    def _own(self, folder: Path) -> None:
        """Make the private ``folder`` of the server's account."""
        foreign = Problem(f"{folder} belongs to another user; delete it.")
        account = self._account()
        owner = account.pw_uid if account else os.getuid()
        if folder.is_symlink():
            raise foreign
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid not in (os.getuid(), owner):
            raise foreign
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        folder.chmod(0o700)

    def _run(self, program: str, *words: str | Path, check: bool = True) -> bool:
        """Run one of PostgreSQL's programs as the server's account; its output goes to the log."""
        argv = [str(programs() / program), *map(str, words)]
        account = self._account()
        if account:
            group = str(account.pw_gid)
            argv = ["setpriv", "--reuid", ACCOUNT, "--regid", group, "--init-groups", *argv]
        with self.log.open("ab") as output:
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/tmp"},
                cwd="/",
                check=False,
            )
        if check and done.returncode:
            raise Problem(f"{program} failed; the end of {self.log}:\n{tail(self.log, 15)}")
        return done.returncode == 0

    def _make(self) -> None:
        with step("making a PostgreSQL cluster"):
            remove_tree(self.data)
            self._own(self.base_dir)
            home = self.base_dir
            if not self._reaches(home):
                home = self._elsewhere
                self._own(home)
                say(f"   the database is in {home}: user {ACCOUNT} cannot reach {self.base_dir}")
            new = home / "new"
            remove_tree(new)
            self._run(
                "initdb",
                *("-D", new, "-U", SUPERUSER, "-A", "trust"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
            )
            target = home / "data"
            remove_tree(target)
            new.rename(target)
            if home != self.base_dir:
                self.data.symlink_to(target)

    def _reaches(self, folder: Path) -> bool:
        """Whether the server's account can work in ``folder``."""
        if not self._as_root:
            return True
        test = ["setpriv", "--reuid", ACCOUNT, "--clear-groups", "test", "-w", f"{folder}/."]
        return subprocess.run(test, capture_output=True, check=False, cwd="/").returncode == 0

    def _start(self) -> None:
        data = self.data.resolve()
        self._own(self.socket)
        (data / "helpdesk_mail.conf").write_text(SETTINGS.format(socket=self.socket, port=PORT))
        configuration = data / "postgresql.conf"
        line = "include 'helpdesk_mail.conf'\n"
        if line not in configuration.read_text():
            with configuration.open("a") as file:
                file.write(line)
        self.log.unlink(missing_ok=True)
        self._end_remains()
        with step("starting PostgreSQL"):
            started = self._run(
                "pg_ctl", "-D", data, "-w", "-t", str(START_SECONDS), "start", check=False
            )
        if not started:
            raise Problem(
                f"PostgreSQL does not start (`make clean` begins anew); "
                f"the end of {self.log}:\n{tail(self.log, 20)}"
            )

    def _end_remains(self) -> None:
        """End what a killed server, or one that lost its socket, has left behind.

        Its lock files are deleted only when none of its processes lives: PostgreSQL itself takes a
        zombie, or a stranger to whom the process number was given again, for a running server.
        """
        if self._processes():
            with contextlib.suppress(Problem):
                self.stop("immediate")
        deadline = time.monotonic() + STOP_SECONDS
        while processes := self._processes():
            if time.monotonic() > deadline:
                for pid in processes:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        for remains in (self.data / "postmaster.pid", *self.socket.iterdir()):
            remains.unlink(missing_ok=True)

    def _processes(self) -> list[int]:
        """All living processes of this cluster's server: those at home in its data directory."""
        home = str(self.data.resolve())
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.readlink(process / "cwd") == home:
                    found.append(int(process.name))
        return found

    def _make_role(self) -> None:
        if not self.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"):
            self.sql(f"CREATE ROLE {ROLE} LOGIN CREATEDB")

    # -- databases ---------------------------------------------------------------------------

    def dsn(self, database: str, user: str = ROLE) -> str:
        """A libpq connection string."""
        return f"host={self.socket} port={PORT} user={user} dbname={database}"

    def environment(self, database: str = "postgres", user: str = ROLE) -> dict[str, str]:
        """The variables that lead psql, pg_dump and the like here."""
        return {
            "PGHOST": str(self.socket),
            "PGPORT": str(PORT),
            "PGUSER": user,
            "PGDATABASE": database,
        }

    def psql(self, database: str = "postgres", user: str = SUPERUSER) -> list[str]:
        """The words of a psql command for ``database``."""
        return [str(programs() / "psql"), "-X", "-d", self.dsn(database, user)]

    def sql(self, statement: str, database: str = "postgres") -> list[list[str]]:
        """Run one statement as superuser; the rows as text."""
        done = subprocess.run(
            [*self.psql(database), "-Atq", "-v", "ON_ERROR_STOP=1", "-c", statement],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Problem(f"PostgreSQL: {done.stderr.strip()}")
        return [line.split("|") for line in done.stdout.splitlines()]

    def databases(self) -> list[str]:
        """The names of all databases that are not PostgreSQL's own."""
        rows = self.sql(
            "SELECT datname FROM pg_database"
            " WHERE datname NOT IN ('postgres', 'template0', 'template1') ORDER BY 1"
        )
        return [row[0] for row in rows]

    def create_database(self, name: str, template: str = "template0") -> None:
        """Make a database that the role ``odoo`` owns; a copy of ``template`` with all it holds."""
        quick = "STRATEGY FILE_COPY" if int(programs().parent.name) >= 15 else ""
        encoding = "ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
        self.sql(
            f"CREATE DATABASE {_quoted(name)} OWNER {ROLE} TEMPLATE {_quoted(template)} {quick} "
            + (encoding if template == "template0" else "")
        )

    def drop_database(self, name: str) -> None:
        """Drop a database, ending its connections; nothing happens where there is none."""
        self.sql(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")

    def rename_database(self, old: str, new: str) -> None:
        """Give the database ``old`` another name."""
        self.sql(f"ALTER DATABASE {_quoted(old)} RENAME TO {_quoted(new)}")


def main_cluster() -> Cluster:
    """The cluster that Odoo, the demo and the tests use."""
    return Cluster(paths.POSTGRESQL)


@contextlib.contextmanager
def throw_away_cluster(base_dir: Path) -> Iterator[Cluster]:
    """A second, running cluster for a test that stops or kills its server."""
    cluster = Cluster(base_dir)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.remove()


def _quoted(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        raise Problem(f"{name!r} is no name for a database.")
    return f'"{name}"'
