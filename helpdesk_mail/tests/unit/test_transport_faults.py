# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How the transport takes servers that misbehave: a scripted IMAP or POP3 server on loopback."""

import base64
import contextlib
import re
import socket
import threading
import tracemalloc

import pytest

from helpdesk_mail.transport import (
    AccountSettings,
    ConfigurationWrong,
    CredentialsRefused,
    FolderGone,
    TransportError,
    TryAgain,
    open_store,
)

CUT = object()  # a reply that closes the connection
SILENCE = object()  # a reply that never comes
PATIENCE = 60.0  # seconds: more than a busy machine needs for any answer


def impatient(store):
    """From now on this store waits for no answer any longer."""
    store._wire.channel.sock.settimeout(0.2)


class Server:
    """Answers lines by rules: (pattern, reply) pairs; the first pattern that matches counts.

    A reply is bytes in which ``%t`` stands for the IMAP tag, CUT, SILENCE, or a list of these.
    ``lines`` is what clients have sent.
    """

    def __init__(self, greeting, rules):
        self.greeting = greeting
        self.rules = [(re.compile(pattern, re.I), reply) for pattern, reply in rules]
        self.lines = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._connections = []
        self._threads = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                self._connections.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection.makefile("rb") as reader:
            if not self._say(connection, self.greeting, b""):
                return
            for line in reader:
                line = line.rstrip(b"\r\n")
                self.lines.append(line.decode("utf-8", "replace"))
                tag = line.split(b" ", 1)[0]
                matching = (r for pattern, r in self.rules if pattern.search(self.lines[-1]))
                if not self._say(connection, next(matching, b"%t BAD unscripted\r\n"), tag):
                    return

    def _say(self, connection, reply, tag):
        for part in reply if isinstance(reply, list) else [reply]:
            if part is CUT:
                connection.shutdown(socket.SHUT_RDWR)
                connection.close()
                return False
            if part is not SILENCE:
                connection.sendall(part.replace(b"%t", tag) if b"%t" in part else part)
        return True

    def stop(self):
        # shutdown() wakes accept(); close() alone does not.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(5)
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(5)


IMAP_GREETING = b"* OK IMAP4rev1 ready\r\n"
IMAP_RULES = [
    (r"^\S+ CAPABILITY", b"* CAPABILITY IMAP4rev1\r\n%t OK done\r\n"),
    (r"^\S+ LOGIN", b"%t OK logged in\r\n"),
    (
        r"^\S+ SELECT",
        b"* 3 EXISTS\r\n* OK [UIDVALIDITY 77] ok\r\n* OK [UIDNEXT 10] ok\r\n"
        b"* FLAGS (\\Seen)\r\n%t OK [READ-WRITE] selected\r\n",
    ),
    (r"^\S+ NOOP", b"%t OK\r\n"),
    (r"^\S+ LOGOUT", [b"* BYE bye\r\n%t OK\r\n", CUT]),
]
POP_GREETING = b"+OK POP3 ready\r\n"
POP_RULES = [
    (r"^CAPA", b"+OK\r\nUSER\r\nUIDL\r\nTOP\r\n.\r\n"),
    (r"^USER", b"+OK\r\n"),
    (r"^PASS", b"+OK\r\n"),
    (r"^STAT", b"+OK 2 200\r\n"),
    (r"^UIDL", b"+OK\r\n1 aaa\r\n2 bbb\r\n.\r\n"),
    (r"^LIST", b"+OK\r\n1 100\r\n2 100\r\n.\r\n"),
    (r"^DELE", b"+OK\r\n"),
    (r"^QUIT", [b"+OK\r\n", CUT]),
]


@pytest.fixture
def serve():
    """serve(rules, greeting=...) -> Server; ``rules`` go before the ordinary ones."""
    servers = []

    def start(rules=(), *, greeting=None, protocol="imap"):
        usual = IMAP_RULES if protocol == "imap" else POP_RULES
        greeting = greeting or (IMAP_GREETING if protocol == "imap" else POP_GREETING)
        servers.append(Server(greeting, [*rules, *usual]))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def settings(server, **changes):
    values = {
        "protocol": "imap",
        "host": "127.0.0.1",
        "port": server if isinstance(server, int) else server.port,
        "encryption": "none",
        "username": "desk",
        "secret": "s3cret",
        "timeout": PATIENCE,
    }
    return AccountSettings(**{**values, **changes})


def refused(server, kind, reason, **changes):
    """Opening a store raises exactly this; returns the error."""
    with pytest.raises(TransportError) as caught:
        open_store(settings(server, **changes))
    assert (type(caught.value), caught.value.reason) == (kind, reason)
    assert "127.0.0.1" in str(caught.value) or changes.get("host")
    assert "s3cret" not in str(caught.value)
    return caught.value


def fetch_reply(uid, body, extra=b""):
    head = b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (uid, uid, len(body))
    return head + body + b")\r\n" + extra


def meta_reply(*uids, size=100):
    row = b'* %d FETCH (UID %d RFC822.SIZE %d INTERNALDATE "01-Feb-2026 03:04:05 +0100" FLAGS ())'
    return b"".join(row % (uid, uid, size) + b"\r\n" for uid in uids)


# -- connecting


def test_nothing_listens():
    # bound, so that nobody else gets the port
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        refused(port, TryAgain, "refused")
        refused(port, TryAgain, "refused", protocol="pop3")


@pytest.mark.parametrize(
    "number, kind, reason",
    [
        (socket.EAI_NONAME, ConfigurationWrong, "unknown_host"),
        (socket.EAI_AGAIN, TryAgain, "dns_busy"),
    ],
)
def test_unknown_host(monkeypatch, number, kind, reason):
    def lookup(*args, **kwargs):
        raise socket.gaierror(number, "lookup failed")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    error = refused(143, kind, reason, host="mail.example.invalid")
    assert "mail.example.invalid" in str(error)
    assert isinstance(error.__cause__, socket.gaierror)


def test_a_host_name_that_is_none():
    refused(143, ConfigurationWrong, "unknown_host", host="a" * 64 + ".example")


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_silent_server_is_not_waited_for_for_ever(serve, protocol):
    server = serve(greeting=SILENCE)
    refused(server, TryAgain, "timeout", protocol=protocol, timeout=0.1)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
@pytest.mark.parametrize(
    "greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail ESMTP\r\n", b"\x00\xff\x15\n"]
)
def test_another_protocol_answers(serve, protocol, greeting):
    server = serve(greeting=[greeting, CUT])
    refused(server, ConfigurationWrong, "wrong_protocol", protocol=protocol)


def test_imap_and_pop3_are_not_mixed_up(serve):
    refused(serve(protocol="pop3"), ConfigurationWrong, "wrong_protocol")
    refused(serve(), ConfigurationWrong, "wrong_protocol", protocol="pop3")


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_tls_to_a_port_without_it(serve, protocol):
    server = serve(protocol=protocol)
    refused(server, ConfigurationWrong, "not_tls", protocol=protocol, encryption="ssl")


def test_a_greeting_that_sends_us_away(serve):
    error = refused(serve(greeting=[b"* BYE Overloaded\r\n", CUT]), TryAgain, "server_busy")
    assert "Overloaded" in str(error)
    server = serve(greeting=[b"-ERR [SYS/TEMP] come back\r\n", CUT])
    refused(server, TryAgain, "server_busy", protocol="pop3")


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_cut_before_the_greeting(serve, protocol):
    refused(serve(greeting=CUT), TryAgain, "connection_closed", protocol=protocol)


# -- STARTTLS


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_starttls_stripped_sends_no_password(serve, protocol):
    server = serve(protocol=protocol)
    error = refused(
        server, ConfigurationWrong, "starttls_missing", protocol=protocol, encryption="starttls"
    )
    assert "no password was sent" in str(error)
    assert not [line for line in server.lines if "s3cret" in line or "desk" in line]
    assert not [line for line in server.lines if "STLS" in line or "STARTTLS" in line]


OFFERED = (r"^\S+ CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n%t OK\r\n")
OFFERED_POP = (r"^CAPA", b"+OK\r\nSTLS\r\nUSER\r\n.\r\n")


@pytest.mark.parametrize(
    "protocol, rules",
    [
        ("imap", [OFFERED, (r"STARTTLS", b"%t NO not now\r\n")]),
        ("imap", [OFFERED, (r"STARTTLS", b"%t BAD what\r\n")]),
        ("pop3", [OFFERED_POP, (r"STLS", b"-ERR not now\r\n")]),
        ("pop3", [(r"^CAPA", b"-ERR what\r\n"), (r"STLS", b"-ERR what\r\n")]),
    ],
)
def test_starttls_refused_sends_no_password(serve, protocol, rules):
    server = serve(rules, protocol=protocol)
    refused(
        server, ConfigurationWrong, "starttls_missing", protocol=protocol, encryption="starttls"
    )
    assert not [line for line in server.lines if "s3cret" in line]


def test_clear_text_after_starttls_is_not_taken_for_the_servers_word(serve):
    injected = b"%t OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA2 OK injected\r\n"
    server = serve([OFFERED, (r"STARTTLS", injected)])
    refused(server, ConfigurationWrong, "starttls_injection", encryption="starttls")
    server = serve([OFFERED_POP, (r"STLS", b"+OK begin\r\n+OK injected\r\n")], protocol="pop3")
    refused(
        server, ConfigurationWrong, "starttls_injection", protocol="pop3", encryption="starttls"
    )


def test_a_preauth_greeting_does_not_get_around_starttls(serve):
    server = serve([OFFERED], greeting=b"* PREAUTH welcome\r\n")
    refused(server, ConfigurationWrong, "starttls_missing", encryption="starttls")


def test_a_preauth_greeting_needs_no_login(serve):
    server = serve(greeting=b"* PREAUTH IMAP4rev1 welcome\r\n")
    with opened(server) as store:
        store.noop()
    assert not [line for line in server.lines if "LOGIN" in line]


def test_handshake_cut(serve):
    server = serve([OFFERED, (r"STARTTLS", [b"%t OK begin\r\n", CUT])])
    with pytest.raises(TransportError):
        open_store(settings(server, encryption="starttls"))


# -- signing in


@pytest.mark.parametrize(
    "answer, kind, reason",
    [
        (b"%t NO [AUTHENTICATIONFAILED] Invalid\r\n", CredentialsRefused, "credentials"),
        (b"%t NO LOGIN failed.\r\n", CredentialsRefused, "credentials"),
        (b"%t NO [UNAVAILABLE] later\r\n", TryAgain, "server_busy"),
        (b"%t NO [ALERT] Too many simultaneous connections\r\n", TryAgain, "server_busy"),
        (b"%t NO [ALERT] Please use your browser\r\n", CredentialsRefused, "credentials"),
        (b"%t NO [PRIVACYREQUIRED] TLS please\r\n", ConfigurationWrong, "login_disabled"),
        (b"%t BAD User is authenticated but not connected.\r\n", TryAgain, "server_busy"),
        ([b"* BYE Too many connections\r\n", CUT], TryAgain, "server_busy"),
        (CUT, TryAgain, "connection_closed"),
    ],
)
def test_imap_login_refused(serve, answer, kind, reason):
    refused(serve([(r" LOGIN ", answer)]), kind, reason)


@pytest.mark.parametrize(
    "answer, kind, reason",
    [
        (b"-ERR [AUTH] Authentication failed.\r\n", CredentialsRefused, "credentials"),
        (b"-ERR wrong\r\n", CredentialsRefused, "credentials"),
        (b"-ERR [IN-USE] locked\r\n", TryAgain, "in_use"),
        (b"-ERR [LOGIN-DELAY] wait\r\n", TryAgain, "server_busy"),
        (b"-ERR [SYS/TEMP] wait\r\n", TryAgain, "server_busy"),
        (CUT, TryAgain, "connection_closed"),
    ],
)
def test_pop3_login_refused(serve, answer, kind, reason):
    refused(serve([(r"^PASS", answer)], protocol="pop3"), kind, reason, protocol="pop3")


def test_a_server_that_echoes_the_password(serve):
    server = serve([(r" LOGIN ", b"%t BAD what is LOGIN desk s3cret?\r\n")])
    error = refused(server, CredentialsRefused, "credentials")
    assert "***" in str(error)
    assert "s3cret" not in repr(error.__cause__)


def test_login_disabled_in_clear_text(serve):
    rule = (r"CAPABILITY", b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n%t OK\r\n")
    server = serve([rule])
    refused(server, ConfigurationWrong, "login_disabled")
    assert not [line for line in server.lines if "s3cret" in line]


PLAIN = (r"CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n%t OK\r\n")


@pytest.mark.parametrize("secret", ["pässwörd", "日本"])
def test_imap_password_beyond_ascii(serve, secret):
    encoded = base64.b64encode(f"\0desk\0{secret}".encode()).decode()
    server = serve([PLAIN, (r"AUTHENTICATE PLAIN", b"+ \r\n"), ("^" + re.escape(encoded), b"")])
    server.rules.insert(0, (re.compile("^" + re.escape(encoded)), [b"A OK\r\n", CUT]))
    with pytest.raises(TransportError):  # the scripted tag is wrong; what was sent counts
        open_store(settings(server, secret=secret))
    assert encoded in server.lines
    server = serve()
    open_store(settings(server, secret=secret)).close()
    assert any(f'LOGIN "desk" "{secret}"' in line for line in server.lines)


def test_pop3_password_beyond_ascii(serve):
    encoded = base64.b64encode("\0desk\0pä".encode()).decode()
    rules = [
        (r"^CAPA", b"+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n"),
        (r"^AUTH PLAIN", b"+ \r\n"),
        ("^" + re.escape(encoded), b"+OK\r\n"),
    ]
    server = serve(rules, protocol="pop3")
    open_store(settings(server, protocol="pop3", secret="pä")).close()
    assert encoded in server.lines


XOAUTH2 = (r"CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n%t OK\r\n")
TOKEN_ERROR = base64.b64encode(b'{"status":"401","schemes":"Bearer"}')
TOKEN = base64.b64encode(b"user=desk\1auth=Bearer s3cret\1\1").decode()


def test_imap_token_refused_is_answered_with_an_empty_line(serve):
    class Tagged(Server):
        def _say(self, connection, reply, tag):
            if reply == b"END":  # the empty line has no tag: use that of AUTHENTICATE
                reply = b"%t NO AUTHENTICATE failed.\r\n"
                tag = next(x for x in self.lines if "AUTHENTICATE" in x).split()[0].encode()
            return super()._say(connection, reply, tag)

    rules = [
        XOAUTH2,
        (r"AUTHENTICATE XOAUTH2", b"+ \r\n"),
        ("^" + re.escape(TOKEN), b"+ " + TOKEN_ERROR + b"\r\n"),
        (r"^$", b"END"),
    ]
    server = Tagged(IMAP_GREETING, [*rules, *IMAP_RULES])
    try:
        refused(server, CredentialsRefused, "token_refused", auth_method="oauth2")
        assert server.lines[-2:] == [TOKEN, ""]
    finally:
        server.stop()


def test_pop3_token(serve):
    offer = (r"^CAPA", b"+OK\r\nSASL XOAUTH2\r\n.\r\n")
    start = (r"^AUTH XOAUTH2", b"+ \r\n")
    account = {"protocol": "pop3", "auth_method": "oauth2"}
    server = serve([offer, start, (r"^dX", b"+OK\r\n")], protocol="pop3")
    open_store(settings(server, **account)).close()
    assert TOKEN in server.lines
    rules = [offer, start, (r"^dX", b"+ " + TOKEN_ERROR + b"\r\n"), (r"^$", b"-ERR no\r\n")]
    server = serve(rules, protocol="pop3")
    refused(server, CredentialsRefused, "token_refused", **account)
    assert server.lines[-1] == ""
    rules = [offer, start, (r"^dX", b"-ERR Authentication failure: bad token\r\n")]
    refused(serve(rules, protocol="pop3"), CredentialsRefused, "token_refused", **account)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_oauth_not_offered(serve, protocol):
    server = serve(protocol=protocol)
    refused(server, ConfigurationWrong, "auth_unsupported", protocol=protocol, auth_method="oauth2")


# -- IMAP folders


@pytest.mark.parametrize(
    "answer, listed, kind, reason",
    [
        (b"%t NO [NONEXISTENT] Mailbox doesn't exist\r\n", b"", FolderGone, "folder"),
        (b"%t NO Mailbox doesn't exist\r\n", b"", FolderGone, "folder"),
        (b"%t NO no\r\n", b'* LIST () "/" Desk\r\n', TryAgain, "server_busy"),
        (b"%t NO no\r\n", b'* LIST (\\Noselect) "/" Desk\r\n', FolderGone, "folder"),
        (b"%t NO [NOPERM] no\r\n", b"", ConfigurationWrong, "no_permission"),
        (b"%t NO [UNAVAILABLE] no\r\n", b"", TryAgain, "server_busy"),
        ([b"* BYE gone\r\n", CUT], b"", TryAgain, "connection_closed"),
        (b"@@@@\r\n", b"", TryAgain, "protocol"),
    ],
)
def test_a_folder_that_cannot_be_opened(serve, answer, listed, kind, reason):
    server = serve([(r" SELECT ", answer), (r" LIST ", listed + b"%t OK\r\n")])
    with open_store(settings(server)) as store:
        with pytest.raises(TransportError) as caught:
            store.select("Desk")
        assert (type(caught.value), caught.value.reason) == (kind, reason)


def test_a_read_only_folder_can_be_read(serve):
    opened = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n%t OK [READ-ONLY] opened\r\n"
    server = serve([(r" (SELECT|EXAMINE) ", opened)])
    with open_store(settings(server)) as store:
        state = store.select("Shared")
        assert (state.messages, state.uidvalidity, state.writable) == (1, "7", False)


def test_folder_names_and_uses(serve):
    rows = (
        b'* LIST (\\HasNoChildren \\Sent) "/" "Gesendete Objekte"\r\n'
        b'* LIST () "/" "Entw&APw-rfe"\r\n'
        b'* LIST (\\NoSelect) "/" {3}\r\nA&B\r\n'
        b"* LIST (\\NonExistent \\HasChildren) NIL 123\r\n"
    )
    server = serve([(r" LIST ", rows + b"%t OK\r\n")])
    with open_store(settings(server)) as store:
        found = [(f.name, f.special_use, f.selectable) for f in store.folders()]
    assert found == [
        ("Gesendete Objekte", "sent", True),
        ("Entwürfe", "", True),
        ("A&B", "", False),
        ("123", "", False),
    ]


# -- IMAP listing and fetching


@contextlib.contextmanager
def opened(server, **changes):
    with open_store(settings(server, **changes)) as store:
        store.select("INBOX")
        yield store


def test_the_last_message_is_not_new_again(serve):
    # "UID 10:*" names the last message even when its UID is 9.
    server = serve([(r"SEARCH UID 10:\*", b"* SEARCH 9\r\n%t OK\r\n")])
    with opened(server) as store:
        assert store.list_uids(after=9) == []


@pytest.mark.parametrize(
    "answer, found",
    [
        (b"* SEARCH 5 3 4\r\n", ["3", "4", "5"]),
        (b"* SEARCH\r\n", []),
        (b"", []),
        (b"* SEARCH 1 2\r\n* 4 EXISTS\r\n* 1 EXPUNGE\r\n* SEARCH 3\r\n", ["1", "2", "3"]),
        (b"* SEARCH 2 5 (MODSEQ 917162500)\r\n", ["2", "5"]),
    ],
)
def test_search_answers(serve, answer, found):
    server = serve([(r" SEARCH ", answer + b"%t OK\r\n")])
    with opened(server) as store:
        assert store.list_uids() == found


@pytest.mark.parametrize(
    "answer, found",
    [
        (b'* ESEARCH (TAG "%t") UID ALL 1:3,7\r\n', ["1", "2", "3", "7"]),
        (b'* ESEARCH (TAG "%t") UID\r\n', []),
        (b"* SEARCH 4\r\n", ["4"]),  # offered, but not done
    ],
)
def test_esearch_answers(serve, answer, found):
    offer = (r"CAPABILITY", b"* CAPABILITY IMAP4rev1 ESEARCH\r\n%t OK\r\n")
    server = serve([offer, (r" SEARCH RETURN \(ALL\) ", answer + b"%t OK\r\n")])
    with opened(server) as store:
        assert store.all_uids() == found


@pytest.mark.parametrize(
    "answer",
    [b"* SEARCH 1 x\r\n%t OK\r\n", b"\x00\x01garbage\r\n", b"Z999 OK other\r\n", b"* SEARCH 1\n"],
)
def test_a_garbled_listing_is_no_listing(serve, answer):
    with opened(serve([(r" SEARCH ", answer)])) as store:
        with pytest.raises(TryAgain) as caught:
            store.list_uids()
        assert caught.value.reason == "protocol"
        with pytest.raises(TryAgain):  # and the connection is not used again
            store.noop()


def test_an_endless_listing_does_not_fill_the_memory(serve):
    offer = (r"CAPABILITY", b"* CAPABILITY IMAP4rev1 ESEARCH\r\n%t OK\r\n")
    answer = b'* ESEARCH (TAG "%t") UID ALL 1:4294967295\r\n%t OK\r\n'
    with opened(serve([offer, (r" SEARCH ", answer)])) as store:
        with pytest.raises(TryAgain):
            store.list_uids()


def test_search_criteria(serve):
    import datetime

    server = serve([(r" SEARCH ", b"* SEARCH\r\n%t OK\r\n")])
    with opened(server) as store:
        store.list_uids(after=41, since=datetime.date(2026, 3, 9), unread_only=True)
    assert server.lines[-2].endswith("UID SEARCH UID 42:* SINCE 9-Mar-2026 UNSEEN")


def test_fetch_among_other_news(serve):
    noise = b"* 9 EXISTS\r\n* 1 EXPUNGE\r\n* 3 FETCH (FLAGS (\\Seen) UID 3)\r\n* OK [ALERT] x\r\n"
    rules = [
        (r"FETCH \S+ \(UID RFC822", noise + meta_reply(4, 5) + noise + b"%t OK\r\n"),
        (r"FETCH 4:5 \(UID BODY", noise + fetch_reply(4, b"A: 1\r\n\r\n", noise)
         + fetch_reply(5, b"")
         + b"%t OK\r\n"),
    ]  # fmt: skip
    with opened(serve(rules)) as store:
        mails = list(store.fetch(["5", "4", "5"], max_size=1000))
    assert [(m.uid, m.source, m.seen) for m in mails] == [
        ("4", b"A: 1\r\n\r\n", False),
        ("5", b"", False),
    ]
    assert mails[0].uidvalidity == "77"
    assert mails[0].received_at.isoformat() == "2026-02-01T03:04:05+01:00"


def test_a_quoted_body_and_one_that_vanished(serve):
    rules = [
        (r"FETCH \S+ \(UID RFC822", meta_reply(1, 2, 3) + b"%t OK\r\n"),
        (r"FETCH", b'* 1 FETCH (BODY[] "A: \\"1\\"" UID 1)\r\n* 2 FETCH (UID 2 BODY[] NIL)\r\n'
         b"%t OK\r\n"),
    ]  # fmt: skip
    with opened(serve(rules)) as store:
        assert [m.source for m in store.fetch(["1", "2", "3"], max_size=1000)] == [b'A: "1"']


def test_messages_that_vanish_do_not_stop_the_others(serve):
    rules = [
        (r"FETCH \S+ \(UID RFC822", meta_reply(1, 2, 3) + b"%t OK\r\n"),
        (r"FETCH 1:3 ", fetch_reply(1, b"one") + fetch_reply(3, b"three")
         + b"%t NO [EXPUNGEISSUED] Some are gone\r\n"),
    ]  # fmt: skip
    with opened(serve(rules)) as store:
        assert [m.uid for m in store.fetch(["1", "2", "3"], max_size=1000)] == ["1", "3"]
        store.noop()


def test_a_message_that_the_server_cannot_read_does_not_stop_the_others(serve):
    rules = [
        (r"FETCH \S+ \(UID RFC822", meta_reply(1, 2, 3) + b"%t OK\r\n"),
        (r"FETCH (1:3|2) ", b"%t NO cannot read\r\n"),
        (r"FETCH 1 ", fetch_reply(1, b"one") + b"%t OK\r\n"),
        (r"FETCH 3 ", fetch_reply(3, b"three") + b"%t OK\r\n"),
    ]
    with opened(serve(rules)) as store:
        assert [m.uid for m in store.fetch(["1", "2", "3"], max_size=1000)] == ["1", "3"]


@pytest.mark.parametrize(
    "answer, reason",
    [
        ([b"* 1 FETCH (UID 1 BODY[] {5000}\r\nSubject: cut here", CUT], "connection_closed"),
        ([b"* BYE Shutting down\r\n", CUT], "connection_closed"),
        (b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n", "protocol"),
        (b"* 1 FETCH (UID 1 BODY[] {3}\r\nabcdef\r\n%t OK\r\n", "protocol"),
        (b"* 1 FETCH UID\r\n%t OK\r\n", "protocol"),
        (b"%t NO [UNAVAILABLE] storage is away\r\n", "server_busy"),
        (SILENCE, "timeout"),
    ],
)
def test_a_fetch_that_breaks_off(serve, answer, reason):
    rules = [(r"FETCH \S+ \(UID RFC822", meta_reply(1) + b"%t OK\r\n"), (r"FETCH", answer)]
    server = serve(rules)
    store = open_store(settings(server))
    store.select("INBOX")
    if answer is SILENCE:
        impatient(store)
    with pytest.raises(TryAgain) as caught:
        list(store.fetch(["1"], max_size=10_000))
    assert caught.value.reason == reason
    store.close()
    store.close()
    store.abort()


def test_bodies_are_asked_for_in_bounded_groups_and_the_large_only_in_part(serve):
    rules = [
        (r"FETCH 1:4 \(UID RFC822", meta_reply(1, 2, size=400) + meta_reply(3, size=9000)
         + meta_reply(4, size=400) + b"%t OK\r\n"),
        (r"FETCH 1 ", fetch_reply(1, b"one") + b"%t OK\r\n"),
        (r"FETCH 2 ", fetch_reply(2, b"two") + b"%t OK\r\n"),
        (r"FETCH 3 .*HEADER", b"* 3 FETCH (UID 3 BODY[HEADER]<0> {8}\r\nA: 1\r\n\r\n"
         b" BODY[TEXT]<0> {5}\r\nhello)\r\n%t OK\r\n"),
        (r"FETCH 4 ", fetch_reply(4, b"four") + b"%t OK\r\n"),
    ]  # fmt: skip
    server = serve(rules)
    with opened(server) as store:
        mails = list(store.fetch(["1", "2", "3", "4"], max_size=1000, head_size=5, batch_bytes=500))
    assert [m.uid for m in mails] == ["1", "2", "3", "4"]
    assert (mails[2].source, mails[2].size, mails[2].truncated) == (
        b"A: 1\r\n\r\nhello",
        9000,
        True,
    )
    bodies = [line for line in server.lines if "BODY" in line]
    assert len(bodies) == 4
    assert all("BODY.PEEK[" in line and "BODY[" not in line for line in bodies)


def test_many_messages_are_acknowledged_in_one_command(serve):
    server = serve([(r" STORE ", b"%t OK\r\n")])
    with opened(server) as store:
        store.acknowledge([str(n) for n in (5, 1, 2, 3, 9)], seen=True, delete=True)
        store.acknowledge(["4"])
    stored = [line.split(" ", 1)[1] for line in server.lines if "STORE" in line]
    assert stored == [r"UID STORE 1:3,5,9 +FLAGS.SILENT (\Seen)"]
    assert not [line for line in server.lines if "EXPUNGE" in line or "Deleted" in line]


def test_flags_that_may_not_be_set(serve):
    server = serve([(r" STORE ", b"%t NO [NOPERM] no\r\n")])
    with opened(server) as store:
        with pytest.raises(ConfigurationWrong) as caught:
            store.acknowledge(["1"], seen=True)
        assert caught.value.reason == "no_permission"
        store.noop()


IDLE = (r"CAPABILITY", b"* CAPABILITY IMAP4rev1 IDLE\r\n%t OK\r\n")


@pytest.mark.parametrize(
    "answer, kind",
    [
        (b"%t NO [UNAVAILABLE] not now\r\n", TryAgain),
        ([b"+ idling\r\n", CUT], TryAgain),
        ([b"+ idling\r\n* OK Still here\r\n* BYE Autologout\r\n", CUT], TryAgain),
        ([b"* 1 EXPUNGE\r\n+ idling\r\n* 4 EXISTS\r\n", CUT], TryAgain),
        (b"+ idling\r\n%t BAD what\r\n", TransportError),
    ],
)
def test_waiting_that_fails(serve, answer, kind):
    server = serve([IDLE, (r" IDLE", answer), (r"^DONE", b"")])
    with opened(server) as store:
        with pytest.raises(kind):
            store.wait_for_change(1)


def test_a_server_without_idle_is_asked(serve):
    server = serve([(r" NOOP", b"* 1 RECENT\r\n* 4 EXISTS\r\n%t OK\r\n")])
    with opened(server) as store:
        assert store.wait_for_change(PATIENCE, poll_seconds=0.01)
    assert not [line for line in server.lines if "IDLE" in line]
    server = serve()
    with opened(server) as store:
        assert not store.wait_for_change(0.05, poll_seconds=0.01)


def test_pop3_cannot_wait(serve):
    with open_store(settings(serve(protocol="pop3"), protocol="pop3")) as store:
        with pytest.raises(ConfigurationWrong):
            store.wait_for_change(1)


def test_the_test_button_tells_a_missing_folder_as_a_fact(serve):
    server = serve([(r" SELECT ", b"%t NO [NONEXISTENT] no\r\n")])
    with open_store(settings(server)) as store:
        report = store.test("Nowhere")
    assert (report.folder_exists, report.messages, report.encryption) == (False, None, "none")
    assert report.server == "IMAP4rev1 ready"
    assert report.duration_ms >= 0


# -- POP3


def pop3(server, **changes):
    return open_store(settings(server, protocol="pop3", **changes))


def test_long_lines_and_dots(serve):
    body = (
        b"Subject: x\r\n\r\n" + b"y" * 300_000 + b"\r\n..dot\r\n...\r\n" + b".z" * 70_000 + b"\r\n"
    )
    wire = body.replace(b"\r\n.", b"\r\n..")
    server = serve([(r"^RETR", b"+OK\r\n" + wire + b".\r\n")], protocol="pop3")
    with pop3(server) as store:
        mails = list(store.fetch(["aaa", "zzz"], max_size=10_000_000))
    assert [(m.uid, m.source, m.truncated) for m in mails] == [("aaa", body, False)]


def test_a_large_message_comes_by_top(serve):
    rules = [
        (r"^LIST", b"+OK\r\n1 100000\r\n2 50\r\n.\r\n"),
        (r"^TOP 1 ", b"+OK\r\nA: 1\r\n\r\n" + b"0123456789" * 100 + b"\r\n.\r\n"),
        (r"^RETR 2", b"+OK\r\nB: 1\r\n\r\nb\r\n.\r\n"),
    ]
    with pop3(serve(rules, protocol="pop3")) as store:
        first, second = store.fetch(["aaa", "bbb"], max_size=1000, head_size=25)
    assert (first.source, first.truncated) == (b"A: 1\r\n\r\n" + b"0123456789" * 2 + b"01234", True)
    assert first.size == 100000
    assert (second.source, second.truncated) == (b"B: 1\r\n\r\nb\r\n", False)


@pytest.mark.parametrize("size", [100000, 50])  # told truly without TOP; a lie
def test_a_large_message_is_read_to_its_end_but_not_kept(serve, size):
    body = b"A: 1\r\n\r\n" + b"0123456789\r\n" * 5000
    rules = [
        (r"^LIST", b"+OK\r\n1 %d\r\n.\r\n" % size),
        (r"^TOP", b"-ERR what\r\n"),
        (r"^RETR", b"+OK\r\n" + body + b".\r\n"),
        (r"^NOOP", b"+OK\r\n"),
    ]
    with pop3(serve(rules, protocol="pop3")) as store:
        (mail,) = store.fetch(["aaa"], max_size=1000, head_size=30)
        store.noop()
    assert mail.truncated
    assert mail.source == body[: len(b"A: 1\r\n\r\n") + 30]


def test_a_large_message_that_is_not_kept_takes_little_memory(serve):
    reply = b"+OK\r\nA: 1\r\n\r\n" + b"0123456789" * 1_000_000 + b"\r\n.\r\n"
    rules = [(r"^LIST", b"+OK\r\n1 50\r\n.\r\n"), (r"^RETR", [reply])]
    server = serve(rules, protocol="pop3")
    with pop3(server) as store:
        store.list_uids()
        tracemalloc.start()
        try:
            (mail,) = store.fetch(["aaa"], max_size=1000, head_size=30)
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()
    assert mail.truncated


def test_a_message_that_vanished_does_not_stop_the_others(serve):
    rules = [(r"^RETR 1", b"-ERR no such message\r\n"), (r"^RETR 2", b"+OK\r\nB: 1\r\n\r\n.\r\n")]
    with pop3(serve(rules, protocol="pop3")) as store:
        assert [m.uid for m in store.fetch(["aaa", "bbb"], max_size=1000)] == ["bbb"]


def test_nothing_is_deleted_without_acknowledge_and_close(serve):
    rules = [(r"^RETR", b"+OK\r\nA: 1\r\n\r\n.\r\n")]
    server = serve(rules, protocol="pop3")
    with pop3(server) as store:
        list(store.fetch(store.list_uids(), max_size=1000))
        store.acknowledge(["aaa"], seen=True)
    assert not [line for line in server.lines if "DELE" in line]
    with pop3(server) as store:
        store.acknowledge(["bbb", "bbb", "unknown"], delete=True)
    assert server.lines[-2:] == ["DELE 2", "QUIT"]


def test_after_an_exception_no_quit_commits_a_deletion(serve):
    server = serve(protocol="pop3")
    with pytest.raises(ZeroDivisionError):
        with pop3(server) as store:
            store.acknowledge(["aaa"], delete=True)
            raise ZeroDivisionError
    server.stop()
    assert server.lines[-1] == "DELE 1"


@pytest.mark.parametrize(
    "answer, reason",
    [
        ([b"+OK\r\nSubject: cut", CUT], "connection_closed"),
        (SILENCE, "timeout"),
        (CUT, "connection_closed"),
    ],
)
def test_a_retr_that_breaks_off_deletes_nothing(serve, answer, reason):
    server = serve([(r"^RETR", answer)], protocol="pop3")
    store = pop3(server)
    store.acknowledge(["bbb"], delete=True)
    if answer is SILENCE:
        impatient(store)
    with pytest.raises(TryAgain) as caught:
        list(store.fetch(["aaa"], max_size=1000))
    assert caught.value.reason == reason
    store.close()
    server.stop()
    assert "QUIT" not in server.lines


@pytest.mark.parametrize("answer", [b"+OK\r\nxyz\r\n.\r\n", b"+OK\r\n1 \r\n.\r\n", b"garbage\r\n"])
def test_a_garbled_uidl(serve, answer):
    rules = [(r"^UIDL", answer), (r"^TOP", b"garbage\r\n")]
    with pop3(serve(rules, protocol="pop3")) as store:
        with pytest.raises(TransportError):
            store.list_uids()


def test_without_uidl_the_header_names_the_message(serve):
    rules = [
        (r"^UIDL", b"-ERR what\r\n"),
        (r"^TOP 1 0", b"+OK\r\nMessage-ID: <1@x>\r\n\r\n.\r\n"),
        (r"^TOP 2 0", b"+OK\r\nMessage-ID: <2@x>\r\n\r\n.\r\n"),
        (r"^RETR 2", b"+OK\r\nMessage-ID: <2@x>\r\n\r\nbody\r\n.\r\n"),
    ]
    server = serve(rules, protocol="pop3")
    with pop3(server) as store:
        first = store.list_uids()
        (mail,) = store.fetch(first[1:], max_size=1000)
    with pop3(server) as store:
        assert store.all_uids() == first
    assert len(set(first)) == 2 and all(uid.startswith("top-") for uid in first)
    assert mail.uid == first[1] and mail.source.endswith(b"body\r\n")


def test_without_uidl_and_top_the_administrator_is_told(serve):
    rules = [(r"^(UIDL|TOP)", b"-ERR what\r\n")]
    with pop3(serve(rules, protocol="pop3")) as store:
        with pytest.raises(ConfigurationWrong) as caught:
            store.list_uids()
    assert caught.value.reason == "no_uidl"


def test_a_unique_id_that_is_not_unique(serve):
    rules = [(r"^UIDL", b"+OK\r\n1 same\r\n2 same\r\n.\r\n"), (r"^RETR 1", b"+OK\r\nA: 1\r\n.\r\n")]
    with pop3(serve(rules, protocol="pop3")) as store:
        assert store.list_uids() == ["same"]
        assert len(list(store.fetch(["same"], max_size=1000))) == 1


def test_pop3_has_one_folder(serve):
    with pop3(serve(protocol="pop3")) as store:
        state = store.select("Archive")
        assert (state.folder, state.uidvalidity, state.uidnext, state.messages) == (
            "INBOX", "", None, 2,
        )  # fmt: skip
        assert [f.name for f in store.folders()] == ["INBOX"]
        assert store.test().messages == 2
