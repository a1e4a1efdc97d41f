# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A real Dovecot for the transport, shared by all tests; each test gets a user of its own."""

import itertools
import pathlib
import sys
import types

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
# The add-on's __init__ imports the Odoo models, that of its tests Odoo's tests; the transport knows
# no Odoo.
for name in ("helpdesk_mail", "helpdesk_mail.tests"):
    if name not in sys.modules:
        package = types.ModuleType(name)
        package.__path__ = [str(ROOT / name.replace(".", "/"))]
        sys.modules[name] = package

from dev.dovecot import Dovecot  # noqa: E402
from helpdesk_mail.transport import AccountSettings, open_store  # noqa: E402

_USERS = itertools.count(1)


@pytest.fixture(scope="session")
def dovecot(tmp_path_factory):
    """The server; its log is shown when a test that uses it cannot start."""
    server = Dovecot(tmp_path_factory.mktemp("dovecot"))
    try:
        server.start()
        yield server
    finally:
        server.remove()


class Mailbox:
    """One user's mailbox: deliver into it, and open it as the transport does."""

    def __init__(self, server):
        self.server = server
        self.user = f"desk{next(_USERS)}@example.com"
        self.password = 'pa"ss \\wörd:1'
        server.add_user(self.user, self.password)

    def deliver(self, source, folder="INBOX"):
        self.server.deliver(self.user, source, folder)

    def settings(self, protocol="imap", encryption="ssl", **changes):
        name = protocol + ("s" if encryption == "ssl" else "")
        values = {
            "protocol": protocol,
            "host": "localhost",
            "port": getattr(self.server, f"{name}_port"),
            "encryption": encryption,
            "username": self.user,
            "secret": self.password,
            "ca_file": str(self.server.ca_file),
            "timeout": 120.0,
        }
        return AccountSettings(**{**values, **changes})

    def open(self, protocol="imap", encryption="ssl", **changes):
        return open_store(self.settings(protocol, encryption, **changes))


@pytest.fixture
def mailbox(dovecot):
    """A new, empty mailbox."""
    return Mailbox(dovecot)


@pytest.fixture
def admin(mailbox):
    """A plain imaplib session in the same mailbox: what another mail program does."""
    import imaplib

    session = imaplib.IMAP4("127.0.0.1", mailbox.server.imap_port, timeout=120)
    session.authenticate(
        "PLAIN", lambda _challenge: f"\0{mailbox.user}\0{mailbox.password}".encode()
    )
    yield session
    session.logout()


@pytest.fixture
def make_mailbox():
    """make_mailbox(server): a new, empty mailbox on another server."""
    return Mailbox
