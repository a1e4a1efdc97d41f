# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The development mail servers themselves."""

import smtplib
import subprocess
import sys

import pytest

from dev import dovecot as dovecot_module
from dev import maildir as maildir_module
from dev.dovecot import Dovecot, DovecotError
from dev.maildir import mailbox_name_to_utf7
from dev.smtp_store import SmtpStore
from helpdesk_mail.transport import AccountSettings, open_store


def test_start_stop_and_start_again_keep_mail_and_ports(tmp_path):
    server = Dovecot(tmp_path / "mail", tls=False)
    try:
        server.add_user("desk", "secret")
        server.start()
        server.deliver("desk", b"Subject: kept\r\n\r\n")
        port = server.imap_port
        assert server.imaps_port == 0
        twin = Dovecot(tmp_path / "mail", tls=False)  # as another process sees it
        assert twin.is_running() and twin.imap_port == port
        twin.stop()
        assert not server.is_running()
        server.start()
        server.start()
        account = AccountSettings("imap", "127.0.0.1", server.imap_port, "none", "desk", "secret")
        with open_store(account) as store:
            assert store.select().messages == 1
    finally:
        server.remove()
    assert not server.is_running()
    assert not (tmp_path / "mail").exists()


@pytest.mark.parametrize("gap", [0, 1, 10**6, 10**9, 3 * 10**9, 10**10])
def test_mails_are_numbered_as_they_were_delivered(mailbox, monkeypatch, gap):
    """However long a busy machine takes between two of them."""
    begin = maildir_module.time.time_ns()
    for number in range(4):
        moment = begin + number * gap
        monkeypatch.setattr(maildir_module.time, "time_ns", lambda moment=moment: moment)
        mailbox.deliver(b"Subject: %d\r\n\r\n" % number)
    with mailbox.open() as store:
        store.select()
        found = [one.source[9:10] for one in store.fetch(store.list_uids(), max_size=100)]
    assert found == [b"0", b"1", b"2", b"3"]


def test_a_long_path_and_two_servers_at_once(tmp_path, dovecot):
    with_long_path = tmp_path / ("x" * 120) / ("y" * 120)
    server = Dovecot(with_long_path, tls=False)
    try:
        server.start()
        assert server.is_running() and dovecot.is_running()
        assert server.imap_port != dovecot.imap_port
    finally:
        server.remove()


def test_a_taken_port_is_told(tmp_path, dovecot):
    server = Dovecot(tmp_path / "mail", tls=False, imap_port=dovecot.imap_port)
    try:
        with pytest.raises(DovecotError):
            server.start()
        assert not server.is_running()
    finally:
        server.remove()


def test_a_missing_dovecot_names_the_packages(tmp_path, monkeypatch):
    monkeypatch.setattr(dovecot_module.shutil, "which", lambda *args, **kwargs: None)
    server = Dovecot(tmp_path / "mail")
    try:
        with pytest.raises(DovecotError, match="dovecot-imapd dovecot-pop3d"):
            server.start()
    finally:
        server.remove()


def test_mailbox_names():
    assert mailbox_name_to_utf7("Entwürfe & Co/日本") == "Entw&APw-rfe &- Co/&ZeVnLA-"


def test_smtp_stores_and_delivers(tmp_path, mailbox):
    maildir = mailbox.server.maildir(mailbox.user)
    with SmtpStore(
        tmp_path,
        deliver={"Demo@example.com": maildir},
        refuse={"gone@example.com": "550 5.1.1 No such user"},
    ) as store:
        with smtplib.SMTP("127.0.0.1", store.port, timeout=120) as client:
            client.login("any", "password")
            refused = client.sendmail(
                "a@example.com",
                ["demo@example.com", "other@example.com", "gone@example.com"],
                b"Subject: Hello\r\n\r\n.\r\nBody\r\n",
            )
        assert refused == {"gone@example.com": (550, b"5.1.1 No such user")}
        (stored,) = store.wait_for(1)
        with pytest.raises(TimeoutError):
            store.wait_for(2, timeout=0.01)
    assert stored.envelope_from == "a@example.com"
    assert stored.envelope_to == ("demo@example.com", "other@example.com")
    assert stored.source == b"Subject: Hello\r\n\r\n.\r\nBody\r\n"
    assert stored.path.parent == tmp_path / "sent" / "new"
    assert stored.path.read_bytes() == (
        b"X-Envelope-From: a@example.com\r\n"
        b"X-Envelope-To: demo@example.com, other@example.com\r\n" + stored.source
    )
    with mailbox.open() as imap:
        imap.select()
        (received,) = imap.fetch(imap.list_uids(), max_size=10_000)
    assert received.source == (
        b"Return-Path: <a@example.com>\r\nDelivered-To: demo@example.com\r\n" + stored.source
    )


def test_smtp_as_a_program(tmp_path):
    command = [sys.executable, "-m", "dev.smtp_store", "--store", str(tmp_path)]
    root = dovecot_module.Path(dovecot_module.__file__).resolve().parents[1]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline().split("smtp=")[1].split()[0])
        with smtplib.SMTP("127.0.0.1", port, timeout=120) as client:
            client.sendmail("a@example.com", ["b@example.com"], b"Subject: x\r\n\r\n")
        process.terminate()
        assert process.wait(timeout=120) == 0
    assert len(list((tmp_path / "sent" / "new").iterdir())) == 1
