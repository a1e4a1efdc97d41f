# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Encryption and signing in, against a real Dovecot."""

import contextlib
import selectors
import socket
import threading

import pytest

from helpdesk_mail.transport import ConfigurationWrong, CredentialsRefused, TransportError

PROTOCOLS = pytest.mark.parametrize("protocol", ["imap", "pop3"])


def refused(mailbox, kind, reason, protocol, encryption="ssl", **changes):
    with pytest.raises(TransportError) as caught:
        mailbox.open(protocol, encryption, **changes)
    assert (type(caught.value), caught.value.reason) == (kind, reason)
    assert mailbox.password not in str(caught.value)
    assert mailbox.password not in repr(caught.value.__cause__)


@PROTOCOLS
@pytest.mark.parametrize(
    "encryption, spoken", [("ssl", "TLSv1"), ("starttls", "TLSv1"), ("none", "none")]
)
def test_every_kind_of_encryption(mailbox, protocol, encryption, spoken):
    with mailbox.open(protocol, encryption) as store:
        assert store.test().encryption.startswith(spoken)


@PROTOCOLS
def test_by_address(mailbox, protocol):
    with mailbox.open(protocol, host="127.0.0.1") as store:
        store.noop()


@PROTOCOLS
@pytest.mark.parametrize("encryption", ["ssl", "starttls"])
def test_an_untrusted_certificate_is_refused(mailbox, protocol, encryption):
    refused(mailbox, ConfigurationWrong, "certificate", protocol, encryption, ca_file=None)


@PROTOCOLS
@pytest.mark.parametrize("encryption", ["ssl", "starttls"])
def test_a_certificate_for_another_name_is_refused(mailbox, protocol, encryption):
    # 127.0.0.2 is loopback as well, and not in the certificate; Dovecot listens on 127.0.0.1.
    listener = socket.create_server(("127.0.0.2", 0))
    name = protocol + ("s" if encryption == "ssl" else "")
    relay = Relay(listener, getattr(mailbox.server, f"{name}_port"))
    try:
        refused(
            mailbox,
            ConfigurationWrong,
            "certificate",
            protocol,
            encryption,
            host="127.0.0.2",
            port=listener.getsockname()[1],
        )
    finally:
        relay.stop()


class Relay:
    """Passes one connection on to a port of 127.0.0.1."""

    def __init__(self, listener, port):
        self.listener = listener
        self.port = port
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        client, _address = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.port))
        # A client that refuses the certificate resets the connection.
        quiet = contextlib.suppress(ConnectionError)
        with quiet, client, server, selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _events in selector.select():
                    data = key.fileobj.recv(65536)
                    if not data:
                        return
                    key.data.sendall(data)

    def stop(self):
        self.listener.close()
        self.thread.join(5)


@PROTOCOLS
@pytest.mark.parametrize("encryption", ["ssl", "starttls"])
def test_verification_can_be_switched_off(mailbox, protocol, encryption):
    with mailbox.open(protocol, encryption, ca_file=None, verify_certificate=False) as store:
        assert store.test().encryption.startswith("TLSv1")


@PROTOCOLS
@pytest.mark.parametrize("encryption", ["ssl", "none"])
def test_wrong_password(mailbox, protocol, encryption):
    secret = "wrong-" + protocol
    refused(mailbox, CredentialsRefused, "credentials", protocol, encryption, secret=secret)


@PROTOCOLS
def test_an_ascii_password_as_well(mailbox, protocol):
    secret = 'plain "pass" \\ word'
    mailbox.server.add_user(f"ascii-{mailbox.user}", secret)
    with mailbox.open(protocol, username=f"ascii-{mailbox.user}", secret=secret) as store:
        store.noop()


@PROTOCOLS
def test_tls_on_the_port_without_it(mailbox, protocol):
    port = getattr(mailbox.server, f"{protocol}_port")
    refused(mailbox, ConfigurationWrong, "not_tls", protocol, port=port)


def test_the_port_of_the_other_protocol(mailbox):
    server = mailbox.server
    wrong = (ConfigurationWrong, "wrong_protocol")
    refused(mailbox, *wrong, "imap", "none", port=server.pop3_port)
    refused(mailbox, *wrong, "pop3", "none", port=server.imap_port)
    refused(mailbox, *wrong, "imap", port=server.pop3s_port)
    refused(mailbox, *wrong, "pop3", port=server.imaps_port)


@PROTOCOLS
def test_oauth_where_the_server_has_none(mailbox, protocol):
    refused(mailbox, ConfigurationWrong, "auth_unsupported", protocol, auth_method="oauth2")
