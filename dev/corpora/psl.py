# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The organisational domain of a name, by the public suffix list's own checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .case import Case

FOLDER = "psl"
_CHECK = re.compile(r"checkPublicSuffix\((null|'[^']*'), (null|'[^']*')\);")


def cases(folder: Path) -> Iterator[Case]:
    """Every check; the same ones stand in two files and count once."""
    text = (folder / "tests" / "test_psl.txt").read_text(encoding="utf-8")
    for match in _CHECK.finditer(text):
        if match.string[match.string.rfind("\n", 0, match.start()) + 1 :].startswith("//"):
            continue
        name, expected = (value.strip("'").replace("null", "") for value in match.groups())
        yield Case(name or "null", "organisational domain", b"", expected, extra=name)


def _ours(case: Case) -> str:
    from helpdesk_mail.message.authentication.public_suffix import organisational_domain

    return organisational_domain(case.extra)


def _publicsuffix2(case: Case) -> str:
    import publicsuffix2

    # For a public suffix it returns that itself.
    found = publicsuffix2.get_sld(case.extra)
    return "" if found is None or found == publicsuffix2.get_tld(case.extra) else found


def _authheaders(case: Case) -> str:
    import authheaders.dmarc_lookup

    return authheaders.dmarc_lookup.get_org_domain(case.extra) or ""


TOOLS = {
    "helpdesk_mail": _ours,
    "publicsuffix2": _publicsuffix2,
    "authheaders": _authheaders,
}
