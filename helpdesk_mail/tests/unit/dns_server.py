# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A name server on loopback for tests: real packets over UDP and TCP, answers from a table, and
faults as told.

The table is that of ``TableResolver``: {"name. TYPE": ["value as in a zone file", ...]}. An answer
that is too large for the asker's UDP comes truncated, so that TCP is asked. What the table does not
hold does not exist: NXDOMAIN, or no data where the name has other records.
"""

import contextlib
import socket
import struct
import threading

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

# what a fault does to a question
DROP = "drop"  # no answer
SERVFAIL = "servfail"
REFUSED = "refused"
TRUNCATE = "truncate"  # by UDP only the advice to ask by TCP
CUT = "cut"  # the same, and TCP ends in the middle of the answer
SPOOF = "spoof"  # forged packets arrive before the answer
GARBAGE = "garbage"  # octets that are no message
HOLD = "hold"  # the answer waits for ``release``
_LONGEST_ALIAS_CHAIN = 8
_STRING = 255
_FORGED = "192.0.2.66"


class DnsServer:
    """``with DnsServer(table) as server``: listens on ``127.0.0.1:server.port``.

    ``faults``: "name. TYPE", "name." or "*" -> a fault, or a list of which each question takes the
    next until the last, None for none. ``asked``: (name, type, "udp" or "tcp") of each question.
    """

    def __init__(self, table=None):
        self.table = table if table is not None else {}
        self.faults = {}
        self.asked = []
        self.release = threading.Event()
        self.ttl = 300
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._threads = []
        self._udp, self._tcp = _sockets()
        self.port = self._udp.getsockname()[1]

    @property
    def address(self):
        """As the option helpdesk_mail_nameservers has it."""
        return f"127.0.0.1:{self.port}"

    @property
    def servers(self):
        """As NetworkResolver has it."""
        return (("127.0.0.1", self.port),)

    def __enter__(self):
        for work in (self._serve_udp, self._serve_tcp):
            self._start(work)
        return self

    def __exit__(self, *_exc):
        self._stopped.set()
        self.release.set()
        # a packet to ourselves wakes recvfrom(); shutdown() wakes accept()
        with contextlib.suppress(OSError):
            self._udp.sendto(b"", self._udp.getsockname())
        with contextlib.suppress(OSError):
            self._tcp.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._udp.close()
        self._tcp.close()

    def clear(self):
        """Forget table, faults and questions."""
        self.table.clear()
        self.faults.clear()
        self.asked.clear()
        self.release.clear()

    def _start(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    # -- the two ways to ask

    def _serve_udp(self):
        while True:
            try:
                packet, client = self._udp.recvfrom(65535)
            except OSError:
                return
            if self._stopped.is_set():
                return
            # one thread for each: an answer that waits holds up no other
            self._start(self._answer_udp, packet, client)

    def _answer_udp(self, packet, client):
        query = _query(packet)
        if query is None:
            return
        fault = self._note(query, "udp")
        if fault == DROP or fault == HOLD and self._wait():
            return
        if fault == GARBAGE:
            replies = [packet[:2] + b"\xff" * 20, b"\0"]
        else:
            replies = [self._reply(query, fault, "udp")]
        if fault == SPOOF:
            replies = [*_forgeries(query), *replies]
        for reply in replies:
            with contextlib.suppress(OSError):
                self._udp.sendto(reply, client)

    def _serve_tcp(self):
        while True:
            try:
                connection, _client = self._tcp.accept()
            except OSError:
                return
            self._start(self._answer_tcp, connection)

    def _answer_tcp(self, connection):
        with connection, contextlib.suppress(OSError, struct.error):
            connection.settimeout(5)
            (size,) = struct.unpack("!H", _read(connection, 2))
            query = _query(_read(connection, size))
            if query is None:
                return
            fault = self._note(query, "tcp")
            if fault == DROP:
                self._wait()
                return
            if fault == HOLD and self._wait():
                return
            reply = self._reply(query, fault, "tcp")
            framed = struct.pack("!H", len(reply)) + reply
            connection.sendall(framed[: len(framed) // 2] if fault == CUT else framed)

    def _wait(self):
        """Wait to be released; whether the server has ended meanwhile."""
        self.release.wait(30)
        return self._stopped.is_set()

    # -- answers

    def _note(self, query, way):
        """Remember the question; its fault."""
        name, kind = _asked(query)
        with self._lock:
            self.asked.append((name, kind, way))
            for key in (f"{name}. {kind}", f"{name}.", "*"):
                fault = self.faults.get(key)
                if isinstance(fault, list):
                    fault = fault.pop(0) if len(fault) > 1 else fault[0]
                if fault:
                    return fault
        return None

    def _reply(self, query, fault, way):
        reply = dns.message.make_response(query, recursion_available=True)
        if fault in (SERVFAIL, REFUSED):
            reply.set_rcode(getattr(dns.rcode, fault.upper()))
            return reply.to_wire()
        if fault in (TRUNCATE, CUT) and way == "udp":
            reply.flags |= dns.flags.TC
            return reply.to_wire()
        self._fill(reply, *_asked(query))
        if way == "tcp":
            return reply.to_wire(max_size=65535)
        try:
            return reply.to_wire(max_size=max(512, query.payload if query.edns >= 0 else 512))
        except dns.exception.TooBig:
            reply = dns.message.make_response(query, recursion_available=True)
            reply.flags |= dns.flags.TC
            return reply.to_wire()

    def _fill(self, reply, name, kind):
        records = {}
        for key, values in self.table.items():
            owner, _, its_kind = key.partition(" ")
            place = owner.rstrip(".").lower(), its_kind.strip().upper()
            records.setdefault(place, []).extend([values] if isinstance(values, str) else values)
        for _ in range(_LONGEST_ALIAS_CHAIN):
            values = records.get((name, kind))
            alias = records.get((name, "CNAME"))
            if values:
                reply.answer.append(self._rrset(name, kind, values))
            elif alias:
                reply.answer.append(self._rrset(name, "CNAME", alias[:1]))
                name = alias[0].rstrip(".").lower()
                continue
            elif not any(owner == name or owner.endswith(f".{name}") for owner, _ in records):
                reply.set_rcode(dns.rcode.NXDOMAIN)
            return

    def _rrset(self, name, kind, values):
        if kind == "TXT":
            values = [text if text.startswith('"') else _strings(text) for text in values]
        return dns.rrset.from_text(f"{name}.", self.ttl, "IN", kind, *values)


def _strings(text):
    """A TXT record as a zone file has it: in strings of at most 255 octets."""
    octets = text.encode()
    parts = [octets[start : start + _STRING] for start in range(0, len(octets), _STRING)] or [b""]
    return " ".join(f'"{"".join(map(_character, one))}"' for one in parts)


def _character(octet):
    return chr(octet) if 32 <= octet < 127 and octet not in b'"\\' else f"\\{octet:03}"


def _forgeries(query):
    """What somebody sends who sees no questions but guesses: wrong number, wrong question."""
    name, kind = _asked(query)
    other = dns.message.make_query(f"not-{name}.", kind)
    other.id = query.id
    wrong = dns.message.make_query(f"{name}.", kind)
    wrong.id = query.id ^ 0x5555
    forged = {"A": _FORGED, "TXT": '"v=spf1 +all"', "MX": "1 evil.example."}.get(kind)
    for one in (wrong, other):
        reply = dns.message.make_response(one)
        if forged:
            owner = one.question[0].name
            reply.answer.append(dns.rrset.from_text(owner, 300, "IN", kind, forged))
        yield reply.to_wire()


def _query(packet):
    with contextlib.suppress(dns.exception.DNSException):
        query = dns.message.from_wire(packet)
        if query.question:
            return query
    return None


def _asked(query):
    question = query.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    return name, dns.rdatatype.to_text(question.rdtype)


def _read(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            break
        data += piece
    return data


def _sockets():
    """A UDP socket and a listening TCP socket at one port."""
    for _ in range(50):
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
            return udp, tcp
        except OSError:
            udp.close()
            tcp.close()
    raise OSError("no port is free for both UDP and TCP")
