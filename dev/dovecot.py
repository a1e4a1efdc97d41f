# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A private Dovecot (IMAP and POP3) for development and tests.

Standard library only. It needs the Debian packages ``dovecot-imapd``, ``dovecot-pop3d`` and
``openssl``; the system's own Dovecot service is neither used nor touched. Everything runs as one
unprivileged user ("rootless installation" in Dovecot's manual): the caller, or, for root, the
account ``dovecot`` of the package, since Dovecot gives root no access to mail. Listens on
127.0.0.1 only.

    with Dovecot(Path("/tmp/mail")) as server:
        server.add_user("desk@example.com", "secret")
        server.deliver("desk@example.com", b"Subject: Hello\r\n\r\nHello.\r\n")
        imaplib.IMAP4("127.0.0.1", server.imap_port)

State (users, mail, ports, certificates) stays in ``base_dir`` from one start to the next, and any
process may stop what another has started. From a shell::

    python -m dev.dovecot start --dir DIR [--user NAME:PASSWORD]...
    python -m dev.dovecot status|stop --dir DIR
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import grp
import hashlib
import imaplib
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import dovecot_config
from .maildir import mailbox_name_to_utf7, make_maildir, read_maildir, write_to_maildir
from .ports import free_port

PACKAGES = "dovecot-imapd dovecot-pop3d"
HOST = "127.0.0.1"
MAIL_USERS = ("dovecot", "nobody")
PORT_NAMES = ("imap", "imaps", "pop3", "pop3s")
START_ATTEMPTS = 5
# seconds; a busy machine may need many times what it needs by itself
START_TIMEOUT = 120.0
STOP_TIMEOUT = 60.0
# A Unix socket's path has at most 107 bytes; Dovecot appends names like /login/ssl-params.
RUN_DIR_LIMIT = 60
USER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]*")


class DovecotError(RuntimeError):
    """Dovecot is missing, or does not do what it should; the message says what to do."""


class Dovecot:
    """One private Dovecot below ``base_dir``.

    A port of 0 means: the one used last time if it is free, else any free one. ``tls`` offers
    STARTTLS/STLS and the implicit TLS ports, with a certificate for localhost and 127.0.0.1 that
    the authority in ``ca_file`` signed. ``allow_clear_text`` lets users log in without TLS.
    ``extra_config`` is appended to Dovecot's configuration (in the syntax of its version), for
    instance for further authentication mechanisms.
    """

    def __init__(
        self,
        base_dir: Path,
        *,
        imap_port: int = 0,
        imaps_port: int = 0,
        pop3_port: int = 0,
        pop3s_port: int = 0,
        tls: bool = True,
        allow_clear_text: bool = True,
        extra_config: str = "",
    ) -> None:
        self.base_dir = Path(base_dir).absolute()
        self.tls = tls
        self.allow_clear_text = allow_clear_text
        self.extra_config = extra_config
        self._wanted = {
            "imap": imap_port,
            "imaps": imaps_port,
            "pop3": pop3_port,
            "pop3s": pop3s_port,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._state_file = self.base_dir / "state.json"
        self.base_dir.mkdir(parents=True, exist_ok=True)
        self._account = self._choose_account()
        self._state = self._load_state()
        self.data_dir = self._choose_data_dir()
        self.log_file = self.data_dir / "dovecot.log"
        self.ca_file = self.base_dir / "ca.pem"
        self._users_dir = self.data_dir / "users"
        self._config_file = self.data_dir / "dovecot.conf"
        self._maildirs: set[Path] = set()
        self._make_users_dir()

    def __enter__(self) -> Dovecot:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    # -- ports

    @property
    def imap_port(self) -> int:
        """Port of IMAP (with STARTTLS); 0 before the first start."""
        return self._port("imap")

    @property
    def imaps_port(self) -> int:
        """Port of IMAP over TLS; 0 before the first start or without TLS."""
        return self._port("imaps")

    @property
    def pop3_port(self) -> int:
        """Port of POP3 (with STLS); 0 before the first start."""
        return self._port("pop3")

    @property
    def pop3s_port(self) -> int:
        """Port of POP3 over TLS; 0 before the first start or without TLS."""
        return self._port("pop3s")

    def _port(self, name: str) -> int:
        ports = self._state.get("ports")
        return int(ports.get(name, 0)) if isinstance(ports, dict) else 0

    # -- life

    def start(self) -> None:
        """Start and wait until it answers; does nothing if it runs. Raises DovecotError."""
        if self.is_running():
            return
        binary, version = find_dovecot()
        if self.tls:
            self._make_certificates()
        for attempt in range(1, START_ATTEMPTS + 1):
            ports = self._choose_ports()
            run_dir = self._make_run_dir()
            self._state.update(ports=ports, run_dir=str(run_dir))
            self._save_state()
            config = dovecot_config.render(
                version,
                self._values(run_dir),
                tls=self.tls,
                allow_clear_text=self.allow_clear_text,
            )
            self._write(self._config_file, config + self.extra_config)
            self.log_file.unlink(missing_ok=True)
            self._write(self.log_file, "")
            if self._launch(binary):
                return
            if attempt == START_ATTEMPTS or "bind(" not in self.log():
                self._forget_run_dir()
                raise DovecotError(f"Dovecot does not start. Its log says:\n{self.log()}")

    def _launch(self, binary: str) -> bool:
        """Run Dovecot in the foreground; False when it ends at once."""
        user, uid, gid = self._account
        root = os.geteuid() == 0
        with open(self.log_file, "ab") as log:
            process = self._process = subprocess.Popen(
                [binary, "-F", "-c", str(self._config_file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data_dir,
                start_new_session=True,
                env={"PATH": os.defpath, "HOME": str(self.data_dir), "USER": user},
                user=uid if root else None,
                group=gid if root else None,
                extra_groups=[] if root else None,
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers():
            # Waiting for the process to end doubles as the pause between two attempts.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.02)
                self._process = None
                return False
            if time.monotonic() > deadline:
                self.stop()
                raise DovecotError(
                    f"Dovecot does not answer within {START_TIMEOUT:.0f} s. Its log says:\n"
                    f"{self.log()}"
                )
        self._state["pid"] = process.pid
        self._save_state()
        return True

    def _answers(self) -> bool:
        # Logged once the ports are ours; without it, another server might be answering.
        if "starting up for" not in self.log():
            return False
        try:
            with socket.create_connection((HOST, self.imap_port), timeout=5) as connection:
                greeting = connection.recv(4096)
                connection.sendall(b"a LOGOUT\r\n")
                return greeting.startswith(b"* OK")
        except OSError:
            return False

    def stop(self) -> None:
        """Stop it and wait until it has ended; does nothing if it does not run."""
        pid = self._pid()
        if pid:
            _end_process(pid, self._process)
        self._process = None
        self._state.pop("pid", None)
        self._forget_run_dir()
        if self.base_dir.is_dir():
            self._save_state()

    def is_running(self) -> bool:
        """Whether this instance runs, whoever started it."""
        return self._pid() is not None

    def remove(self) -> None:
        """Stop it and delete all that it keeps, mail included."""
        self.stop()
        if self.data_dir != self.base_dir:
            shutil.rmtree(self.data_dir, ignore_errors=True)
        shutil.rmtree(self.base_dir, ignore_errors=True)

    def _pid(self) -> int | None:
        """The process id of the running master, if it is ours for certain."""
        if self._process is not None:
            if self._process.poll() is None:
                return self._process.pid
            self._process = None
        pid = self._load_state().get("pid")
        if not isinstance(pid, int):
            return None
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return None
        if os.fsencode(self._config_file) not in command.split(b"\0"):
            return None
        self._state = self._load_state()
        return pid

    def log(self) -> str:
        """What Dovecot has logged since its start."""
        return self._read(self.log_file)

    # -- users and mail

    def add_user(self, name: str, password: str) -> None:
        """Add a mailbox owner, at once; of one who is there, :meth:`change_password`."""
        if not USER_NAME.fullmatch(name):
            raise ValueError(f"not a user name that this server takes: {name!r}")
        salt = secrets.token_bytes(8)
        digest = hashlib.sha256(password.encode() + salt).digest() + salt
        content = f"{name}:{{SSHA256}}{base64.b64encode(digest).decode()}\n"
        # Dovecot reads a file again, once a second at most, when its size or its time in whole
        # seconds has changed. One file for each user, so that a new user counts at once.
        path = self._users_dir / name
        if len(self._read(path)) == len(content):
            content += "\n"
        self._write(path, content)
        self.maildir(name)

    def change_password(self, name: str, password: str) -> None:
        """Change a mailbox owner's password, and wait until the server takes the new one (which
        is when it reads the file again); clear text must be allowed.
        """
        self.add_user(name, password)
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            with imaplib.IMAP4(HOST, self.imap_port, timeout=START_TIMEOUT) as client:
                try:
                    client.login(name, password)
                    return
                except imaplib.IMAP4.error:
                    if time.monotonic() > deadline:
                        raise
            time.sleep(0.05)

    def maildir(self, user: str, folder: str = "INBOX") -> Path:
        """The Maildir of a user's folder, made if missing. "/" separates folder levels."""
        path = self.data_dir / "mail" / user / "Maildir"
        if folder.upper() != "INBOX":
            path /= mailbox_name_to_utf7(folder)
        if path not in self._maildirs or not (path / "new").is_dir():
            _user, uid, gid = self._account
            make_maildir(path, (uid, gid))
            self._maildirs.add(path)
        return path

    def deliver(self, user: str, source: bytes, folder: str = "INBOX") -> Path:
        """Put ``source`` into a user's folder as a new, unread message; returns its file."""
        return write_to_maildir(self.maildir(user, folder), source)

    def stored(self, user: str, folder: str = "INBOX") -> list[tuple[str, bytes]]:
        """What a user's folder holds at one moment: see :func:`dev.maildir.read_maildir`."""
        return read_maildir(self.maildir(user, folder))

    # -- preparation

    def _choose_account(self) -> tuple[str, int, int]:
        """(name, uid, gid) to run as."""
        if os.geteuid() != 0:
            try:
                entry = pwd.getpwuid(os.geteuid())
            except KeyError:
                raise DovecotError(
                    f"The user id {os.geteuid()} has no name in the password database; Dovecot "
                    "needs one. Run as a user that has an entry there."
                ) from None
            return entry.pw_name, os.geteuid(), os.getegid()
        for name in MAIL_USERS:
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return entry.pw_name, entry.pw_uid, entry.pw_gid
        raise DovecotError(_missing("The user dovecot is missing"))

    def _choose_data_dir(self) -> Path:
        """``base_dir``, or a directory elsewhere where Dovecot's user cannot get at it."""
        if os.geteuid() != 0:
            return self.base_dir
        _user, uid, gid = self._account
        kept = self._state.get("data_dir")
        if isinstance(kept, str) and Path(kept).is_dir():
            return Path(kept)
        data_dir = self.base_dir / "data"
        data_dir.mkdir(mode=0o700, exist_ok=True)
        os.chown(data_dir, uid, gid)
        probe = subprocess.run(
            ["test", "-w", str(data_dir)],
            user=uid,
            group=gid,
            extra_groups=[],
            cwd="/",
            check=False,
        )
        if probe.returncode:
            data_dir = Path(tempfile.mkdtemp(prefix="dev-dovecot-", dir="/var/tmp"))
            os.chown(data_dir, uid, gid)
        self._state["data_dir"] = str(data_dir)
        self._save_state()
        return data_dir

    def _choose_ports(self) -> dict[str, int]:
        ports: dict[str, int] = {}
        with contextlib.ExitStack() as sockets:
            for name in PORT_NAMES if self.tls else ("imap", "pop3"):
                wanted = self._wanted[name]
                probe = sockets.enter_context(socket.socket())
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, wanted or self._port(name) or free_port()))
                except OSError as error:
                    if wanted:
                        raise DovecotError(f"Port {wanted} for {name}: {error.strerror}.") from None
                    probe.bind((HOST, free_port()))
                ports[name] = probe.getsockname()[1]
        return ports

    def _make_users_dir(self) -> None:
        if not self._users_dir.is_dir():
            self._users_dir.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(self._users_dir, self._account[1], self._account[2])

    def _make_run_dir(self) -> Path:
        """A directory for sockets with a short path, for Dovecot's user alone."""
        self._forget_run_dir()
        parent = tempfile.gettempdir()
        if len(os.fsencode(parent)) > RUN_DIR_LIMIT - 20 or os.geteuid() == 0:
            parent = "/tmp"
        run_dir = Path(tempfile.mkdtemp(prefix="dovecot-", dir=parent))
        run_dir.chmod(0o755)  # as Dovecot itself would, with a warning
        if os.geteuid() == 0:
            os.chown(run_dir, self._account[1], self._account[2])
        return run_dir

    def _forget_run_dir(self) -> None:
        run_dir = self._state.pop("run_dir", None)
        if isinstance(run_dir, str):
            shutil.rmtree(run_dir, ignore_errors=True)

    def _make_certificates(self) -> None:
        """Make a test authority and a certificate for localhost, unless a good one exists."""
        directory = self.data_dir / "tls"
        certificate = directory / "cert.pem"
        if certificate.exists() and self.ca_file.exists():
            check = ["openssl", "x509", "-in", str(certificate), "-noout", "-checkend", "86400"]
            if subprocess.run(check, capture_output=True, check=False).returncode == 0:
                return
        directory.mkdir(mode=0o700, exist_ok=True)
        config = directory / "openssl.cnf"
        config.write_text(OPENSSL_CONFIG)
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        common = ["-config", "openssl.cnf", *new_key]
        _openssl(
            directory, "req", "-x509", *common, "-days", "3650", "-extensions", "authority",
            "-subj", "/CN=Development mail authority", "-keyout", "ca.key", "-out", "ca.pem",
        )  # fmt: skip
        _openssl(
            directory, "req", *common, "-subj", "/CN=localhost", "-keyout", "key.pem",
            "-out", "cert.csr",
        )  # fmt: skip
        _openssl(
            directory, "x509", "-req", "-in", "cert.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-set_serial", str(secrets.randbits(63)), "-days", "825", "-extfile", "openssl.cnf",
            "-extensions", "server", "-out", "cert.pem",
        )  # fmt: skip
        if os.geteuid() == 0:
            for path in (directory, *directory.iterdir()):
                os.chown(path, self._account[1], self._account[2])
        shutil.copyfile(directory / "ca.pem", self.ca_file)

    # -- files

    def _values(self, run_dir: Path) -> dict[str, object]:
        """What the configuration's templates ask for."""
        user, uid, gid = self._account
        return {
            "run_dir": run_dir,
            "log_file": self.log_file,
            "users_dir": self._users_dir,
            "mail_dir": self.data_dir / "mail",
            "tls_dir": self.data_dir / "tls",
            "user": user,
            "group": grp.getgrgid(gid).gr_name,
            "uid": uid,
            "gid": gid,
            "ssl": "yes" if self.tls else "no",
            **{name: self._port(name) for name in PORT_NAMES},
        }

    def _load_state(self) -> dict[str, object]:
        try:
            state = json.loads(self._state_file.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def _save_state(self) -> None:
        temporary = self._state_file.with_suffix(".new")
        temporary.write_text(json.dumps(self._state, indent=2))
        temporary.replace(self._state_file)

    def _read(self, path: Path) -> str:
        try:
            return path.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def _write(self, path: Path, content: str) -> None:
        """Replace a file at one stroke; it belongs to Dovecot's user."""
        temporary = path.with_name(f".{path.name}.new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w") as file:
            if os.geteuid() == 0:
                os.fchown(descriptor, self._account[1], self._account[2])
            file.write(content)
        temporary.replace(path)


def find_dovecot() -> tuple[str, tuple[int, int]]:
    """The program and its version, like ("/usr/sbin/dovecot", (2, 3)). Raises DovecotError."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
    binary = shutil.which("dovecot", path=path)
    if not binary:
        raise DovecotError(_missing("Dovecot is missing"))
    # Without a configuration of its own, --version alone never reads the system's.
    answer = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    match = re.match(r"(\d+)\.(\d+)", answer.stdout)
    if not match:
        raise DovecotError(f"{binary} --version says: {answer.stdout or answer.stderr!r}")
    for protocol in ("imap", "pop3"):
        if not any((Path(d) / protocol).exists() for d in LIBEXEC_DIRS):
            raise DovecotError(_missing(f"Dovecot's {protocol} server is missing"))
    return binary, (int(match[1]), int(match[2]))


LIBEXEC_DIRS = ("/usr/lib/dovecot", "/usr/libexec/dovecot", "/usr/local/libexec/dovecot")


def _missing(what: str) -> str:
    return f"{what}. Install the Debian packages: apt-get install {PACKAGES}"


def _openssl(directory: Path, *arguments: str) -> None:
    try:
        done = subprocess.run(
            ["openssl", *arguments], cwd=directory, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise DovecotError("openssl is missing. Install the Debian package openssl.") from None
    if done.returncode:
        raise DovecotError(f"openssl {arguments[0]} failed: {done.stderr}")


def _end_process(pid: int, process: subprocess.Popen[bytes] | None) -> None:
    """SIGTERM, then SIGKILL for a process that does not heed it; returns when it is gone."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=STOP_TIMEOUT)
                return
            continue
        deadline = time.monotonic() + STOP_TIMEOUT
        while time.monotonic() < deadline:
            # Not our child, so there is nothing to wait on but its absence.
            try:
                if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                    return
            except OSError:
                return
            time.sleep(0.02)


OPENSSL_CONFIG = """\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:localhost, IP:127.0.0.1
"""


def main(arguments: list[str] | None = None) -> int:
    """Start, stop or look at a server from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m dev.dovecot", description="A private Dovecot for development and tests."
    )
    parser.add_argument("command", choices=("start", "stop", "status"))
    parser.add_argument("--dir", type=Path, required=True, help="where it keeps everything")
    parser.add_argument("--user", action="append", default=[], metavar="NAME:PASSWORD")
    for name in PORT_NAMES:
        parser.add_argument(f"--{name}-port", type=int, default=0)
    options = parser.parse_args(arguments)
    ports = {f"{name}_port": getattr(options, f"{name}_port") for name in PORT_NAMES}
    try:
        server = Dovecot(options.dir, **ports)
        for user in options.user:
            server.add_user(*user.split(":", 1))
        if options.command == "start":
            server.start()
        elif options.command == "stop":
            server.stop()
    except DovecotError as error:
        print(error, file=sys.stderr)
        return 1
    running = server.is_running()
    if running:
        print(*(f"{name}={server._port(name)}" for name in PORT_NAMES), f"ca={server.ca_file}")
    else:
        print("not running")
    return 0 if running or options.command == "stop" else 3


if __name__ == "__main__":
    sys.exit(main())
