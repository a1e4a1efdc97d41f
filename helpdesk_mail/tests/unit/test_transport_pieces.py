# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The parts of the transport that need no connection."""

import base64
import copy
import pickle

import pytest

from helpdesk_mail.transport import (
    AccountSettings,
    ConfigurationWrong,
    CredentialsRefused,
    FolderGone,
    TransportError,
    TryAgain,
    errors,
    open_store,
    sasl,
    uids,
)


def settings(**changes):
    values = {
        "protocol": "imap",
        "host": "mail.example.com",
        "port": 993,
        "encryption": "ssl",
        "username": "desk",
        "secret": "s3cret",
    }
    return AccountSettings(**{**values, **changes})


@pytest.mark.parametrize(
    "numbers, sets",
    [
        ([], []),
        ([7], ["7"]),
        ([1, 2, 3], ["1:3"]),
        ([1, 2, 3, 5, 8, 9], ["1:3,5,8:9"]),
        (range(1, 100_001), ["1:100000"]),
    ],
)
def test_uids_become_compact_sets(numbers, sets):
    assert [text for text, _members in uids.to_sets(numbers)] == sets


def test_sets_are_cut_by_length_and_by_count_and_lose_nothing():
    odd = list(range(1, 20_000, 2))
    pieces = list(uids.to_sets(odd))
    assert len(pieces) > 1
    assert all(len(text) <= uids.SET_LENGTH for text, _members in pieces)
    assert [uid for _text, members in pieces for uid in members] == odd
    pieces = list(uids.to_sets(range(1, 2501), max_count=1000))
    assert [text for text, _members in pieces] == ["1:1000", "1001:2000", "2001:2500"]


def test_sets_are_read_back():
    assert uids.from_set("7,1:3,2", limit=10) == [1, 2, 3, 7]
    assert uids.from_set("9:7", limit=10) == [7, 8, 9]


@pytest.mark.parametrize("text", ["", "x", "0", "1:*", "1:4294967295", "1,,2"])
def test_nonsense_or_endless_sets_are_refused(text):
    with pytest.raises(ValueError):
        uids.from_set(text, limit=1000)


@pytest.mark.parametrize(
    "text, encrypted, reason",
    [
        ("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", True, "credentials"),
        ("[ALERT] Please log in via your web browser", True, "credentials"),
        ("LOGIN failed.", True, "credentials"),
        ("[UNAVAILABLE] Temporary authentication failure", True, "server_busy"),
        ("[ALERT] Too many simultaneous connections. (Failure)", True, "server_busy"),
        ("[LIMIT] Slow down", True, "server_busy"),
        ("BAD User is authenticated but not connected.", True, "server_busy"),
        ("[PRIVACYREQUIRED] Plaintext authentication disallowed", False, "login_disabled"),
        ("[AUTH] Plaintext authentication disallowed on non-secure", False, "login_disabled"),
        ("[AUTH] Authentication failed.", False, "credentials"),
        ("[IN-USE] Do you have another POP session running?", True, "in_use"),
        ("Unable to lock maildrop", True, "in_use"),
        ("[SYS/TEMP] Internal error", True, "server_busy"),
        ("[SYS/PERM] Mailbox is broken", True, "credentials"),
    ],
)
def test_a_refused_login_is_read_by_its_code_then_by_its_words(text, encrypted, reason):
    assert sasl.refusal_reason(text, encrypted=encrypted) == reason


@pytest.mark.parametrize(
    "challenge, reason",
    [
        (b'{"status":"401","schemes":"bearer","scope":"https://mail"}', "token_refused"),
        (b'{"status":"503"}', "server_busy"),
        (b"", "token_refused"),
        (b"[]", "token_refused"),
        (b"\xff", "token_refused"),
    ],
)
def test_a_refused_token_is_read_by_its_status(challenge, reason):
    assert sasl.challenge_reason(challenge) == reason


def test_sasl_messages():
    assert sasl.plain(settings(secret="pä")) == b"\0desk\0p\xc3\xa4"
    assert sasl.xoauth2(settings(secret="tok")) == b"user=desk\1auth=Bearer tok\1\1"


@pytest.mark.parametrize(
    "username, secret, needed",
    [
        ("desk@example.com", 'simple "pass" \\ word', False),
        ("desk", "pä", True),
        ("désk", "p", True),
        ("my desk", "p", True),
        ('a"b', "p", True),
    ],
)
def test_plain_is_used_for_what_login_cannot_carry(username, secret, needed):
    assert sasl.needs_plain(settings(username=username, secret=secret)) is needed


def test_every_reason_names_the_server_and_no_sentence_is_left_unfilled():
    peer = errors.Peer("mail.example.com", 993, "imap")
    for reason, (kind, _sentence) in errors.REASONS.items():
        error = peer.error(reason)
        assert type(error) is kind
        assert error.reason == reason
        assert "mail.example.com" in str(error)
        assert "{" not in str(error)


def test_secrets_are_struck_out_of_messages_and_causes():
    account = settings(secret="s3cret")
    encoded = base64.b64encode(sasl.plain(account)).decode()
    peer = errors.Peer("mail.example.com", 993, "imap", sasl.secrets_of(account))
    cause = ValueError(f"BAD what is LOGIN desk s3cret or {encoded}?")
    error = peer.error("protocol", cause, cause)
    assert "s3cret" not in str(error) and encoded not in str(error)
    assert "***" in str(error)
    assert "s3cret" not in repr(cause) and encoded not in repr(cause)
    assert "s3cret" not in repr(account)


def test_server_text_is_kept_short_and_printable():
    text = str(errors.Peer("h", 1, "imap").error("protocol", b"a\r\n\x00b\xff" + b"x" * 5000))
    assert text.isprintable() and len(text) < 500


def test_errors_survive_copy_and_pickle():
    error = errors.Peer("h", 1, "imap").error("folder", "Archiv")
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (type(twin), str(twin), twin.reason) == (FolderGone, str(error), "folder")


def test_the_classes_say_what_to_do():
    assert issubclass(FolderGone, ConfigurationWrong)
    for kind in (TryAgain, CredentialsRefused, ConfigurationWrong):
        assert issubclass(kind, TransportError)
    assert not issubclass(TryAgain, ConfigurationWrong)


@pytest.mark.parametrize(
    "changes",
    [
        {"protocol": "smtp"},
        {"encryption": "tls"},
        {"auth_method": "ntlm"},
        {"host": ""},
        {"port": 0},
        {"port": 70000},
        {"timeout": 0},
        {"username": "desk\r\nA1 LOGOUT"},
        {"secret": "a\nb"},
    ],
)
def test_settings_that_cannot_work_are_refused_before_connecting(changes):
    with pytest.raises(ConfigurationWrong) as caught:
        open_store(settings(**changes))
    assert caught.value.reason == "settings"


def test_a_missing_ca_file_is_named():
    with pytest.raises(ConfigurationWrong) as caught:
        open_store(settings(host="127.0.0.1", ca_file="/no/such/file.pem"))
    assert caught.value.reason == "ca_file"
    assert "/no/such/file.pem" in str(caught.value)
