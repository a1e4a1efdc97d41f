# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which hosts may be connected to."""

import socket

import pytest

from helpdesk_mail.transport import AccountSettings, ConfigurationWrong, open_store
from helpdesk_mail.transport.networks import Networks

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",  # where clouds keep credentials
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "no address",
    "",
]
PUBLIC = ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address):
    assert not Networks().allows(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address):
    assert Networks().allows(address)


def test_the_networks_that_are_named_are_allowed_and_no_others():
    networks = Networks("10.0.0.0/8, ::1 192.168.7.7")
    assert networks.allows("10.200.0.1")
    assert networks.allows("::ffff:10.200.0.1")
    assert networks.allows("::1")
    assert networks.allows("192.168.7.7")
    assert not networks.allows("192.168.7.8")
    assert not networks.allows("127.0.0.1")
    assert Networks("all").allows("127.0.0.1")


def test_what_is_no_network_is_named():
    with pytest.raises(ValueError, match="mail.internal"):
        Networks("10.0.0.0/8, mail.internal")


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_private_host_is_not_even_connected_to(protocol):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        settings = AccountSettings(
            protocol=protocol,
            host="localhost",
            port=server.getsockname()[1],
            encryption="none",
            username="u",
            secret="p",
            networks=Networks(),
        )
        with pytest.raises(ConfigurationWrong) as caught:
            open_store(settings)
        assert caught.value.reason == "private_network"
        assert "helpdesk_mail_private_networks" in str(caught.value)
        with pytest.raises(BlockingIOError):
            server.accept()
