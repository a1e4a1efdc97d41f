# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether a mail is from whom it names: what the inbox wants checked, and what follows from it.

An ``Authentication-Results`` field is believed only of the hosts that the inbox names as its own
(RFC 8601, section 5). Without such hosts the connecting address is unknown, so a mail whose
domain relies on SPF alone cannot be told from a forged one: it counts as not checked.
"""

import functools
import logging
import time

from .. import name_servers
from ..message.authentication import Authenticator, NetworkResolver, TemporaryFailure
from ..message.authentication.dns_network import parse_servers

_logger = logging.getLogger(__name__)

# seconds for the DNS of one mail, and of one batch: mail must not wait for a stranger's DNS
_SECONDS = 5.0
_BATCH_SECONDS = 30.0

VERDICTS = ("pass", "fail", "none", "error")


def network():
    """The resolver of this process, with its cache."""
    return _network(name_servers.configured())


@functools.lru_cache(maxsize=4)
def _network(servers):
    try:
        return NetworkResolver(servers=parse_servers(servers))
    except ValueError as error:
        # mail comes in all the same; whom to believe is not asked of other name servers
        _logger.error("%s: %s is no name server", name_servers.OPTION, error)
        return NetworkResolver(ask=_unanswered)


def _unanswered(name, _kind):
    raise TemporaryFailure(name)


class _Budget:
    """A resolver that stops answering once a batch has waited for it long enough; what was not
    answered once is not waited for again.
    """

    def __init__(self, resolver, seconds):
        self._resolver = resolver
        self._left = seconds
        self._unanswered = set()

    def lookup(self, name, kind):
        """As the resolver does; TemporaryFailure once the time is used up."""
        if self._left <= 0 or (name, kind) in self._unanswered:
            raise TemporaryFailure(name)
        started = time.monotonic()
        try:
            return self._resolver.lookup(name, kind)
        except TemporaryFailure:
            self._unanswered.add((name, kind))
            raise
        finally:
            self._left -= time.monotonic() - started


def authenticator(inbox):
    """What checks the senders of a batch of *inbox*, or None where there is nothing to check."""
    hosts = inbox._own_mail_hosts()
    if inbox.verify_senders == "dns":
        return Authenticator(_Budget(network(), _BATCH_SECONDS), hosts, seconds=_SECONDS)
    if inbox.verify_senders == "headers" and hosts:
        return Authenticator(None, hosts)
    return None


def run(batch):
    """Give each open message its verdict: "pass", "fail" (forged), "none" or "error"; or ""."""
    certain = bool(batch.inbox._own_mail_hosts())
    for item in batch.open_items():
        found = item.parsed.authentication
        # a web form writes from its own address for somebody else
        if found is None or item.web_form:
            continue
        item.verification = found.verdict if found.verdict in VERDICTS else "none"
        if item.verification == "fail" and not certain:
            item.verification = "none"
        item.step(
            "filter",
            "forged" if item.verification == "fail" else f"sender_{item.verification}",
            told=item.verification == "fail",
            sender=item.sender_email,
        )
