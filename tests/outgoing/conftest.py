# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What other people's programs make of the mail that we sign: OpenDKIM, and Postfix on the way.

The set-up unpacks them where the machine lacks them (dev/programs.py). Postfix wants to be root:
where we are not, fakeroot makes it believe so.
"""

import contextlib
import grp
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import types

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

for folder in (HERE, HERE.parent / "notifications", HERE.parent / "road", ROOT):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
# The add-on's __init__ imports the Odoo models; signing knows no Odoo.
if "helpdesk_mail" not in sys.modules:
    package = types.ModuleType("helpdesk_mail")
    package.__path__ = [str(ROOT / "helpdesk_mail")]
    sys.modules["helpdesk_mail"] = package

import road_world  # noqa: E402
from post_office import DESK, PASSWORD, Office  # noqa: E402

from dev import paths, programs  # noqa: E402
from dev.dovecot import Dovecot  # noqa: E402
from dev.ports import free_port  # noqa: E402
from dev.smtp_store import SmtpStore  # noqa: E402


@pytest.fixture(scope="session")
def office_of_session(tmp_path_factory):
    """An Odoo whose desk reads a mailbox of a real Dovecot and sends by SMTP."""
    road_world.drop_left_behind()
    socket_path = tmp_path_factory.mktemp("odoo") / "socket"
    dovecot = Dovecot(tmp_path_factory.mktemp("dovecot"), tls=False)
    try:
        dovecot.start()
        dovecot.add_user(DESK, PASSWORD)
        deliver = {DESK: dovecot.maildir(DESK)}
        with (
            SmtpStore(tmp_path_factory.mktemp("office"), deliver=deliver) as store,
            # ends in our process: by that, others see that the database is in use
            road_world.database(f"test_road_outgoing_{os.getpid()}") as name,
        ):
            odoo = road_world.Odoo(name, socket_path, paths.LOG / "outgoing-odoo.log")
            try:
                office = Office(odoo, dovecot, store)
                office.dovecot = dovecot
                yield office
            finally:
                odoo.stop()
    finally:
        dovecot.remove()


def program(name):
    """A program of the set-up; a test fails without it, unless it was left out on purpose."""
    if name in programs.left_out():
        pytest.skip(f"{name} is left out by {programs.WITHOUT}")
    found = programs.find(name)
    if found is None:
        pytest.fail(
            f"{name} is not to be had. The set-up of `make test` says why; "
            f"{programs.WITHOUT}={name} leaves its tests out.",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def smtp(tmp_path_factory):
    """The server at the end of the way."""
    with SmtpStore(tmp_path_factory.mktemp("smtp")) as server:
        yield server


_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""
_MAIN = """\
compatibility_level = 3.6
queue_directory = {base}/queue
data_directory = {base}/data
command_directory = {commands}
daemon_directory = {daemons}
shlib_directory = {libraries}
meta_directory = {meta}
mail_owner = {owner}
setgid_group = {group}
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME
    LD_LIBRARY_PATH LD_PRELOAD FAKEROOTKEY FAKED_MODE
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
relayhost = [127.0.0.1]:{next_port}
maillog_file = {base}/log/mail.log
maillog_file_prefixes = {base}
smtpd_recipient_restrictions = permit_mynetworks, reject
alias_maps =
local_recipient_maps =
disable_dns_lookups = yes
smtp_dns_support_level = disabled
"""


# Runs until its input ends: fakeroot ends with what it has started.
_RUN = """
set -e
chown {owner} {base}/data
{postfix} -c {base}/conf start >&2
echo ready
cat >/dev/null
{postfix} -c {base}/conf stop >&2
"""


def someone(names, lookup, avoid=()):
    """The first of *names* that this machine has, and whose number is not one of *avoid*."""
    for name in names:
        with contextlib.suppress(KeyError):
            found = lookup(name)
            number = found.pw_uid if hasattr(found, "pw_uid") else found.gr_gid
            if number and number not in avoid:
                return name
    pytest.fail(f"this machine has none of {', '.join(names)}")


@pytest.fixture(scope="session")
def postfix(smtp):
    """The port of a Postfix of our own that passes all mail on to *smtp*."""
    found = program("postfix")
    root = None if os.geteuid() == 0 else program("fakeroot")
    # Postfix's own user walks into it, which pytest's folders do not allow
    base = pathlib.Path(tempfile.mkdtemp(prefix="postfix-", dir="/tmp"))
    base.chmod(0o755)
    port = free_port()
    for name in ("conf", "queue", "data", "log"):
        (base / name).mkdir()
    # where the package made none of its own, any that owns nothing will do
    owner = someone(("postfix", "games", "news", "mail"), pwd.getpwnam)
    taken = {pwd.getpwnam(owner).pw_gid, pwd.getpwnam("nobody").pw_gid}
    libraries = found.root / "usr/lib/postfix"
    daemons = [libraries / "sbin", found.root / "usr/libexec/postfix"]
    values = {
        "base": base,
        "port": port,
        "next_port": smtp.port,
        "postfix": found.path,
        "commands": found.path.parent,
        "daemons": next((path for path in daemons if path.is_dir()), daemons[0]),
        "libraries": libraries,
        "meta": found.root / "etc/postfix",
        "owner": owner,
        "group": someone(("postdrop", "uucp", "news", "games"), grp.getgrnam, taken),
    }
    (base / "conf/main.cf").write_text(_MAIN.format(**values))
    (base / "conf/master.cf").write_text(_MASTER.format(**values))
    command, environment = ["sh", "-c", _RUN.format(**values)], {**os.environ, **found.environment}
    if root:
        command, environment = as_root(root, command, environment)
    log = base / "log/start.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
        )
    try:
        said = process.stdout.readline()
        assert said == b"ready\n", log.read_text() + (base / "log/mail.log").read_text()
        yield port
    finally:
        process.stdin.close()
        process.wait(180)
        process.stdout.close()
        shutil.rmtree(base, ignore_errors=True)


def as_root(fakeroot, command, environment):
    """*command* and its environment, made to believe that it is root."""
    words = [str(fakeroot.path)]
    if fakeroot.root != pathlib.Path("/"):
        library = next(fakeroot.root.glob("usr/lib/*/libfakeroot/libfakeroot-sysv.so"))
        words += ["--lib", str(library), "--faked", str(fakeroot.root / "usr/bin/faked-sysv")]
    return [*words, "--", *command], {**environment, **fakeroot.environment}


@pytest.fixture
def opendkim(tmp_path):
    """A function (source, {name: TXT record}) -> {selector: what OpenDKIM says of it}."""
    found = program("opendkim")

    def judge(source, table):
        keys = tmp_path / "keys"
        keys.write_text("".join(f"{name} {value}\n" for name, value in table.items()))
        config = tmp_path / "opendkim.conf"
        config.write_text(
            f"Mode v\nTestPublicKeys {keys}\nMinimumKeyBits 1024\nAlwaysAddARHeader yes\n"
            "AuthservID judge.example\n"
        )
        path = tmp_path / "mail.eml"
        path.write_bytes(source)
        done = subprocess.run(
            [str(found.path), "-x", str(config), "-vv", "-t", str(path)],
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, **found.environment},
        )
        said = re.findall(r"dkim=(\w+)[^;]*header\.s=(\w+)", done.stdout)
        assert said, done.stdout + done.stderr
        return {selector: result for result, selector in said}

    return judge
