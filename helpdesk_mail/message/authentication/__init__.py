# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who really sent this? DKIM, SPF, DMARC and ARC, and the verdict drawn from them.

Read in this order: ``resolver`` (the one door to DNS; ``dns_table``, ``dns_network``),
``signed_mail``, ``tags``, ``keys``, ``signature``, then ``dkim``, ``arc``; ``spf_record``,
``spf_macros``, ``spf``; ``trace`` and ``authentication_results`` (what our own hosts wrote into
the header); ``public_suffix``, ``dmarc``, ``verdict``; ``authenticator`` brings them together.
``spoofing`` needs none of them: it looks at every mail.

The modules of this package load what they need of dkimpy, dnspython and publicsuffixlist when they
first need it: reading mail without authentication costs nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .authenticator import Authenticator
    from .dns_network import NetworkResolver
    from .dns_table import TableResolver
    from .resolver import Resolver, TemporaryFailure

__all__ = [
    "Authenticator",
    "NetworkResolver",
    "Resolver",
    "TableResolver",
    "TemporaryFailure",
]
_HOMES = {
    "Authenticator": "authenticator",
    "NetworkResolver": "dns_network",
    "Resolver": "resolver",
    "TableResolver": "dns_table",
    "TemporaryFailure": "resolver",
}


def __getattr__(name: str) -> Any:
    import importlib

    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(name)
