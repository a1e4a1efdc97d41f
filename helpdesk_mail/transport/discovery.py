# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Find the settings: where a mail address has its mailbox, asked of those who should know.

    what the domain says (SRV records, autoconfig) -.
    who receives its mail (MX)                      +-> servers -> each one greeted -> best first
    Thunderbird's database, usual names            -'

Every question is bounded, and all of them together; each is kept, with its answer, to be shown. The
servers are only proposed: DNS is not signed (RFC 6186, section 6), so a person chooses.
"""

from __future__ import annotations

import dataclasses
import time
import urllib.parse
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Protocol, TypeVar

from . import autoconfig
from .endpoints import PORTS, SOURCES, Endpoint, plain_host
from .errors import TransportError
from .greeting import greet
from .networks import Networks
from .providers import Provider, by_mx

# RFC 6186 and RFC 8314, section 5.1: service -> protocol and encryption
SERVICES = {
    "_imaps._tcp": ("imap", "ssl"),
    "_imap._tcp": ("imap", "starttls"),
    "_pop3s._tcp": ("pop3", "ssl"),
    "_pop3._tcp": ("pop3", "starttls"),
    "_submissions._tcp": ("smtp", "ssl"),
    "_submission._tcp": ("smtp", "starttls"),
}
# the domain's own file, with the address as Mozilla sends it; then the database of Thunderbird
OWN_FILES = (
    "https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={email}",
    "https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
)
ISPDB = "https://autoconfig.thunderbird.net/v1.1/{domain}"
_GUESSES = {
    "imap": ("imap", "mail"),
    "pop3": ("pop", "pop3", "mail"),
    "smtp": ("smtp", "mail"),
}
_PROTOCOLS = ("imap", "pop3", "smtp")
_ENCRYPTIONS = ("ssl", "starttls")
_MOST_SERVERS = 24
_THREADS = 16
_LATE = "It did not answer in time."
_NO_DNS = "DNS did not answer."
_T = TypeVar("_T")
# what is called, and what is told where it does not end in time
Call = tuple[Callable[[], _T], _T]


class Resolver(Protocol):
    """What answers DNS questions, as message.authentication.resolver has it."""

    def lookup(self, name: str, kind: str) -> Sequence[str]: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """What bounds a search (in seconds), and what tests put in place of the internet."""

    seconds: float = 20.0
    each: float = 5.0
    networks: Networks | None = None
    ca_data: str = ""
    own_files: tuple[str, ...] = OWN_FILES
    ispdb: str = ISPDB
    loopback_http: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """Something that was asked. ``source`` is one of ``SOURCES``, "mx" or "probe".

    ``found`` says whether it helped; ``answer`` is a short text, technical where it did not.
    """

    source: str
    asked: str
    found: bool
    answer: str
    milliseconds: int


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """A server that was named: ``works`` once it greeted over verified TLS, else ``problem``."""

    endpoint: Endpoint
    works: bool
    problem: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Discovery:
    """What a search found: servers, best first, and all that was asked on the way."""

    servers: tuple[Server, ...]
    questions: tuple[Question, ...]
    provider: Provider | None


def discover(email: str, resolver: Resolver, options: Options | None = None) -> Discovery:
    """Look for the servers of ``email`` (normalised). Never raises for what others do."""
    return _Search(email, resolver, options or Options()).run()


Answer = tuple[Question, list[Endpoint], list[str]]


class _Search:
    def __init__(self, email: str, resolver: Resolver, options: Options) -> None:
        self._email = email
        self._domain = plain_host(email.rpartition("@")[2])
        self._resolver = resolver
        self._options = options
        self._deadline = time.monotonic() + options.seconds
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="discovery")

    def run(self) -> Discovery:
        if not self._domain:
            return Discovery((), (), None)
        try:
            return self._run()
        finally:
            # what still waits is bounded by itself
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> Discovery:
        questions: list[Question] = []
        hosts: list[str] = []
        named: list[Endpoint] = []
        calls: list[Call[Answer]] = [
            self._asking("mx", f"MX {self._domain}", self._mx),
            *(self._srv_call(service) for service in SERVICES),
            *(self._file_call(url, "autoconfig") for url in self._options.own_files),
        ]
        if self._options.ispdb:
            calls.append(self._file_call(self._options.ispdb, "ispdb"))
        # half of the time for asking, the rest for trying what was named
        for question, endpoints, mx in self._all(calls, self._options.seconds / 2):
            questions.append(question)
            named += endpoints
            hosts = mx or hosts
        provider = by_mx(hosts)
        if provider:
            named += provider.endpoints(self._email)
        servers = self._greet(named, questions)
        working = {server.endpoint.protocol for server in servers if server.works}
        wanted = [
            protocol
            for protocol in ("imap", "smtp", *(() if "imap" in working else ("pop3",)))
            if protocol not in working
        ]
        if wanted and not (provider and not provider.servers):
            servers += self._greet(self._guesses(wanted, hosts), questions)
        servers.sort(key=_order)
        return Discovery(tuple(servers[:_MOST_SERVERS]), tuple(questions), provider)

    # --------------------------------------------------------------
    # asking
    # --------------------------------------------------------------

    def _asking(
        self, source: str, asked: str, ask: Callable[[], tuple[str, list[Endpoint], list[str]]]
    ) -> Call[Answer]:
        """The call that asks and notes the answer: text, servers, MX."""

        def call() -> Answer:
            begin = time.monotonic()
            try:
                answer, endpoints, hosts = ask()
            except (autoconfig.NotThere, TransportError) as error:
                return self._question(source, asked, False, str(error), begin), [], []
            except Exception:  # noqa: BLE001 - a resolver is a stranger's code
                return self._question(source, asked, False, _NO_DNS, begin), [], []
            found = bool(endpoints or hosts)
            return self._question(source, asked, found, answer, begin), endpoints, hosts

        return call, (self._question(source, asked, False, _LATE, time.monotonic()), [], [])

    def _mx(self) -> tuple[str, list[Endpoint], list[str]]:
        hosts = [str(host) for host in self._resolver.lookup(self._domain, "MX")]
        provider = by_mx(hosts)
        return ", ".join(hosts[:3]) + (f" ({provider.name})" if provider else ""), [], hosts

    def _srv_call(self, service: str) -> Call[Answer]:
        name = f"{service}.{self._domain}"
        protocol, encryption = SERVICES[service]

        def ask() -> tuple[str, list[Endpoint], list[str]]:
            rows = sorted(_srv_rows(self._resolver.lookup(name, "SRV")))
            endpoints = [
                Endpoint(
                    protocol=protocol,
                    host=host,
                    port=port,
                    # some publish the port of TLS for the service of STARTTLS
                    encryption="ssl" if port == PORTS[protocol, "ssl"] else encryption,
                    source="srv",
                    rank=rank,
                )
                for rank, (_priority, _weight, host, port) in enumerate(rows[:4])
            ]
            return _places(endpoints), endpoints, []

        return self._asking("srv", f"SRV {name}", ask)

    def _file_call(self, template: str, source: str) -> Call[Answer]:
        email = urllib.parse.quote(self._email, safe="@")
        url = template.format(domain=self._domain, email=email)

        def ask() -> tuple[str, list[Endpoint], list[str]]:
            line = autoconfig.Line(
                seconds=max(0.1, min(self._options.each, self._left())),
                networks=self._options.networks,
                ca_data=self._options.ca_data,
                loopback_http=self._options.loopback_http,
            )
            endpoints = autoconfig.read(autoconfig.fetch(url, line), self._email, source)
            return _places(endpoints), endpoints, []

        return self._asking(source, url.partition("?")[0], ask)

    def _guesses(self, protocols: Iterable[str], mx: list[str]) -> list[Endpoint]:
        found = []
        for protocol in protocols:
            names = [f"{name}.{self._domain}" for name in _GUESSES[protocol]]
            # small offices have one machine for all
            names += [host for host in mx[:1] if plain_host(host) and host not in names]
            for rank, host in enumerate(names):
                found += [
                    Endpoint(
                        protocol=protocol,
                        host=host,
                        port=PORTS[protocol, encryption],
                        encryption=encryption,
                        username=self._email,
                        source="guess",
                        rank=rank,
                    )
                    for encryption in _ENCRYPTIONS
                ]
        return found

    # --------------------------------------------------------------
    # trying
    # --------------------------------------------------------------

    def _greet(self, endpoints: list[Endpoint], questions: list[Question]) -> list[Server]:
        first: dict[tuple[str, str, int, str], Endpoint] = {}
        for endpoint in sorted(endpoints, key=lambda one: (SOURCES.index(one.source), one.rank)):
            known = first.setdefault(endpoint.key, endpoint)
            if known is not endpoint and endpoint.oauth and not known.oauth:
                first[endpoint.key] = dataclasses.replace(known, oauth=True)
        chosen = list(first.values())[:_MOST_SERVERS]
        answers = self._all([self._greeting(one) for one in chosen], self._left())
        questions += [question for question, _server in answers]
        # a guess that fails is none
        return [
            server
            for _question, server in answers
            if server.works or server.endpoint.source != "guess"
        ]

    def _greeting(self, endpoint: Endpoint) -> Call[tuple[Question, Server]]:
        asked = f"{endpoint.protocol.upper()} {endpoint.host}:{endpoint.port}"

        def call() -> tuple[Question, Server]:
            begin = time.monotonic()
            try:
                encryption = greet(
                    endpoint,
                    seconds=max(0.1, min(self._options.each, self._left())),
                    networks=self._options.networks,
                    ca_data=self._options.ca_data,
                )
            except TransportError as error:
                question = self._question("probe", asked, False, str(error), begin)
                return question, Server(endpoint, False, str(error))
            question = self._question("probe", asked, True, encryption, begin)
            return question, Server(endpoint, True)

        late = self._question("probe", asked, False, _LATE, time.monotonic())
        return call, (late, Server(endpoint, False, _LATE))

    def _all(self, calls: Sequence[Call[_T]], seconds: float) -> list[_T]:
        """What ``calls`` return, in their order."""
        futures: list[Future[_T]] = [self._pool.submit(call) for call, _late in calls]
        wait(futures, timeout=max(0.1, min(seconds, self._left())))
        return [
            future.result() if future.done() and not future.exception() else late
            for future, (_call, late) in zip(futures, calls, strict=True)
        ]

    def _left(self) -> float:
        return self._deadline - time.monotonic()

    @staticmethod
    def _question(source: str, asked: str, found: bool, answer: str, begin: float) -> Question:
        return Question(
            source, asked, found, answer[:300], round(1000 * (time.monotonic() - begin))
        )


def _srv_rows(records: Iterable[str]) -> Iterable[tuple[int, int, str, int]]:
    """(priority, minus the weight, host, port) of SRV records as text (RFC 2782)."""
    for record in records:
        words = str(record).split()
        if len(words) != 4 or not all(word.isascii() and word.isdigit() for word in words[:3]):
            continue
        priority, weight, port = (int(word[:6]) for word in words[:3])
        # "." says that the service is not offered
        host = plain_host(words[3])
        if host and 0 < port < 65536:
            yield priority, -weight, host, port


def _places(endpoints: Iterable[Endpoint]) -> str:
    return ", ".join(f"{one.protocol.upper()} {one.host}:{one.port}" for one in endpoints)


def _order(server: Server) -> tuple[bool, int, int, int, int]:
    """Those that work first; IMAP before POP3, TLS from the start before STARTTLS (RFC 8314)."""
    one = server.endpoint
    return (
        not server.works,
        _PROTOCOLS.index(one.protocol),
        SOURCES.index(one.source),
        _ENCRYPTIONS.index(one.encryption),
        one.rank,
    )
