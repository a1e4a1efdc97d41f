# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""ARC: the status of a chain (RFC 8617). We seal nothing, so the tests of sealing are left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .case import Case

FOLDER = "arc_test_suite"
DEVIATIONS: dict[str, str] = {}


def cases(folder: Path) -> Iterator[Case]:
    """Every mail whose chain is to be validated."""
    import yaml

    path = folder / "arc-draft-validation-tests.yml"
    for scenario in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        records = {
            f"{name}. TXT": [text] for name, text in (scenario.get("txt-records") or {}).items()
        }
        for name, test in scenario["tests"].items():
            source = (test["message"] or "").encode("utf-8")
            yield Case(name, "chain", source, (test["cv"] or "").lower(), extra=records)


def judge(case: Case, answer: Any) -> bool:
    """Where a host sealed "fail", the suite, older than the RFC, gives no status: anything but
    "pass" is right (RFC 8617, section 5.2, says "fail").
    """
    return bool(answer == case.expected) if case.expected else answer in ("fail", "none")


def _ours(case: Case) -> str:
    from helpdesk_mail.message.authentication import arc, signed_mail
    from helpdesk_mail.message.authentication.dns_table import TableResolver
    from helpdesk_mail.message.authentication.resolver import Lookups
    from helpdesk_mail.message.defects import Defects

    lookups = Lookups(TableResolver(case.extra), Defects())
    return arc.validate(signed_mail.read(case.source), lookups, Defects())


def _key(case: Case) -> Any:
    records = {
        name.removesuffix(" TXT").encode("ascii"): texts[0] for name, texts in case.extra.items()
    }

    def ask(name: bytes, timeout: Any = None) -> bytes | None:
        text = records.get(name)
        return None if text is None else text.encode("ascii")

    return ask


def _dkimpy(case: Case) -> str:
    import dkim

    status, _results, _reason = dkim.arc_verify(case.source, dnsfunc=_key(case))
    return "fail" if status is None else status.decode("ascii")


def _authheaders(case: Case) -> str:
    import authheaders

    result = authheaders.check_arc(case.source, dnsfunc=_key(case))
    return str(result.result)


TOOLS = {"helpdesk_mail": _ours, "dkimpy": _dkimpy, "authheaders": _authheaders}
