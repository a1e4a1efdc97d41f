# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One word for people and rules: is the sender in From who sent this?

==================  ============================================  =======
DMARC               what else is known                            verdict
==================  ============================================  =======
pass                                                              pass
fail                                                              fail
none (no record)    DKIM or SPF passed for From's organisation    pass
none (no record)    DNS failed for what might have been aligned   error
none (no record)    anything else, or From names several domains  none
permerror           DKIM or SPF passed for From's organisation    pass
permerror           anything else                                 error
temperror                                                         error
==================  ============================================  =======

"fail" is said only where the domain's owner has said that its mail can be told apart: a broken
signature without a DMARC record proves nothing. ARC does not appear: it says what others claim to
have seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from .dmarc import Evidence


def verdict(dmarc: str, domains: Sequence[str], evidence: Evidence) -> str:
    """ "pass", "fail", "none" or "error" for a mail whose From names *domains*."""
    if dmarc in ("pass", "fail"):
        return dmarc
    if dmarc == "temperror":
        return "error"
    only = domains[0] if len(domains) == 1 else ""
    if only and evidence.aligned(only, None):
        return "pass"
    if dmarc == "permerror" or (only and evidence.may_be_aligned(only)):
        return "error"
    return "none"
