# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What other people's programs make of the mail that we sign: OpenDKIM, and Postfix on the way.

Both are tested where they are installed (Debian: opendkim, postfix); nothing needs root but
Postfix.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
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

from dev import paths  # noqa: E402
from dev.dovecot import Dovecot  # noqa: E402
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
            road_world.database(f"{road_world.database_name()}_outgoing") as name,
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
    """The path of a program, which may be none of a user's."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if not found:
        pytest.skip(f"{name} is not installed")
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
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
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


@pytest.fixture(scope="session")
def postfix(tmp_path_factory, smtp):
    """The port of a Postfix of our own that passes all mail on to *smtp*."""
    import socket
    import tempfile

    binary = program("postfix")
    if os.geteuid():
        pytest.skip("Postfix needs root")
    # Postfix's own user walks into it, which pytest's folders do not allow
    base = pathlib.Path(tempfile.mkdtemp(prefix="postfix-"))
    base.chmod(0o755)
    daemons = next(
        (path for path in ("/usr/lib/postfix/sbin", "/usr/libexec/postfix") if os.path.isdir(path)),
        None,
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for name in ("conf", "queue", "data", "log"):
        (base / name).mkdir()
    shutil.chown(base / "data", "postfix")
    values = {"base": base, "port": port, "next_port": smtp.port, "daemons": daemons}
    (base / "conf/main.cf").write_text(_MAIN.format(**values))
    (base / "conf/master.cf").write_text(_MASTER.format(**values))
    command = [binary, "-c", str(base / "conf")]
    subprocess.run([*command, "start"], check=True, capture_output=True, timeout=60)
    try:
        yield port
    finally:
        subprocess.run([*command, "stop"], capture_output=True, timeout=60)
        shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def opendkim(tmp_path):
    """A function (source, {name: TXT record}) -> {selector: what OpenDKIM says of it}."""
    binary = program("opendkim")

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
            [binary, "-x", str(config), "-vv", "-t", str(path)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        said = re.findall(r"dkim=(\w+)[^;]*header\.s=(\w+)", done.stdout)
        assert said, done.stdout + done.stderr
        return {selector: result for result, selector in said}

    return judge
