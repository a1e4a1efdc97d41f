# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""SPF: the result, and where a domain explains its "fail", the explanation (RFC 7208 suite).

Left out of the tests of pyspf itself are the two that ask for a mode of that library.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .case import NO_ANSWER, Case

FOLDER = "spf-rfc7208"
DEVIATIONS: dict[str, str] = {}

_RESULT = "result"
_OLD_RESULT = "result (RFC 4408)"
_OTHER_RESULT = "result (pyspf's tests)"
_EXPLANATION = "explanation"
_FILES = {
    "rfc7208-tests.yml": _RESULT,
    "rfc4408-tests.yml": _OLD_RESULT,
    "test.yml": _OTHER_RESULT,
}


def cases(folder: Path) -> Iterator[Case]:
    """Every test of the suite for RFC 7208, of the one for the older RFC, and of pyspf."""
    for file, field in _FILES.items():
        for test, zone in _tests(folder / file):
            if field == _OTHER_RESULT and "strict" in test:
                continue
            name = f"{file}/{test['name']}"
            yield Case(name, field, b"", test["result"], extra=(test, zone))
            if field == _RESULT and test.get("explanation") and test["result"] == "fail":
                yield Case(name, _EXPLANATION, b"", test["explanation"], extra=(test, zone))


def judge(case: Case, answer: Any) -> bool:
    """A test may allow several results."""
    expected = case.expected
    return answer in expected if isinstance(expected, list) else bool(answer == expected)


def _tests(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, list[Any]]]]:
    import yaml

    for scenario in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        zone = {name.lower(): entries for name, entries in scenario["zonedata"].items()}
        for name, test in scenario["tests"].items():
            yield {**test, "name": name}, zone


class _ZoneResolver:
    """The zone data of a scenario: an SPF record counts as TXT too unless TXT is given."""

    def __init__(self, zone: dict[str, list[Any]]) -> None:
        self.zone = zone

    def lookup(self, name: str, kind: str) -> list[str]:
        from helpdesk_mail.message.authentication.resolver import TemporaryFailure

        for _ in range(10):
            entries = self.zone.get(name.lower(), [])
            found: dict[str, list[Any]] = {}
            no_copy = False
            for entry in entries:
                if isinstance(entry, str):
                    # Questions for what stands before it are answered, all others time out.
                    if kind not in found and not (kind == "TXT" and "SPF" in found and not no_copy):
                        raise TemporaryFailure(name)
                    continue
                for one, value in entry.items():
                    if value == "NONE":
                        # Only says that the SPF record does not count as TXT.
                        no_copy = True
                        continue
                    found.setdefault(one, []).append(value)
            if kind == "TXT" and "TXT" not in found and "SPF" in found and not no_copy:
                found["TXT"] = found["SPF"]
            if kind in found:
                return _values(kind, found[kind])
            if "CNAME" not in found:
                return []
            name = found["CNAME"][0].removesuffix(".")
        return []


def _values(kind: str, values: list[Any]) -> list[str]:
    if kind == "TXT":
        texts = ["".join(value) if isinstance(value, list) else value for value in values]
        return [text.encode("utf-8").decode("latin-1") for text in texts]
    if kind == "MX":
        return [host for _, host in sorted((value[0], value[1]) for value in values)]
    return [str(value).removesuffix(".") for value in values]


def _ours(case: Case) -> str:
    from helpdesk_mail.message.authentication import spf
    from helpdesk_mail.message.authentication.resolver import Lookups
    from helpdesk_mail.message.defects import Defects

    test, zone = case.extra
    lookups = Lookups(_ZoneResolver(zone), Defects())
    found = spf.check_host(test["host"], test["mailfrom"], test["helo"], lookups)
    if case.field == _EXPLANATION:
        return found.explanation or "DEFAULT"
    return found.result


def _pyspf(case: Case) -> Any:
    import spf

    test, zone = case.extra

    def ask(name: str, kind: str, strict: Any = True, timeout: Any = None) -> list[Any]:
        from helpdesk_mail.message.authentication.resolver import TemporaryFailure

        try:
            return [((name, kind), value) for value in _for_pyspf(zone, name, kind)]
        except TemporaryFailure as failure:
            raise spf.TempError("DNS timeout") from failure

    spf.DNSLookup = ask
    query = spf.query(
        i=test["host"], s=test["mailfrom"], h=test["helo"], strict=test.get("strict", 1)
    )
    query.set_default_explanation("DEFAULT")
    result, _code, explanation = query.check()
    if case.field == _EXPLANATION:
        return explanation
    return NO_ANSWER if result is None else result.lower()


def _for_pyspf(zone: dict[str, list[Any]], name: str, kind: str) -> Iterator[Any]:
    import ipaddress

    if kind == "SPF":
        return
    if kind == "MX":
        for entry in zone.get(name.lower().removesuffix("."), []):
            if isinstance(entry, dict) and "MX" in entry:
                yield tuple(entry["MX"])
        return
    for value in _ZoneResolver(zone).lookup(name.removesuffix("."), kind):
        if kind == "TXT":
            yield (value.encode("latin-1"),)
        elif kind == "AAAA":
            yield ipaddress.IPv6Address(value).packed
        else:
            yield value


TOOLS = {"helpdesk_mail": _ours, "pyspf": _pyspf}
