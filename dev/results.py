# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How many tests ran, told by pytest's JUnit file or by Odoo's log."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

# "0 failed, 0 error(s) of 57 tests when loading database 'x'", "Tests passed: 0 failed, ..."
TOTAL = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
# "odoo.addons.x.tests.test_y: skipped Class.test : reason"
SKIPPED = re.compile(r" INFO \S+ odoo\.\S+: skipped (.+?) : (.*)$", re.M)
# "odoo.addons.x.tests.test_y: FAIL: Class.test"
BAD = re.compile(r" ERROR \S+ (odoo\.\S+): (?:FAIL|ERROR): (.+)$", re.M)
# "odoo.tests.stats: helpdesk_mgmt: 57 tests 10.02s 9000 queries"
MODULE = re.compile(r" odoo\.tests\.stats: (\w+): (\d+) tests")

# "40 fields fine, 0 problems"
CORPORA = re.compile(r"^(\d+) fields fine, (\d+) problems$", re.M)


@dataclass
class Counts:
    """What a runner did; ``bad`` names the tests that failed, ``problem`` what else is wrong."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    bad: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    modules: dict[str, int] = field(default_factory=dict)
    problem: str = ""

    @property
    def total(self) -> int:
        """All tests that were found, run or skipped."""
        return self.passed + self.failed + self.skipped

    def __str__(self) -> str:
        text = f"{self.passed} passed, {self.failed} failed"
        return f"{text}, {self.skipped} skipped" if self.skipped else text


def from_junit(path: Path) -> Counts:
    """Read the file that ``pytest --junit-xml`` writes; a problem where there is none."""
    counts = Counts()
    try:
        suites = list(ElementTree.parse(path).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        counts.problem = "pytest ended without a report"
        return counts
    for case in (case for suite in suites for case in suite.iter("testcase")):
        name = f"{case.get('classname')}::{case.get('name')}"
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            counts.failed += 1
            counts.bad.append(name)
        elif "skipped" in kinds:
            counts.skipped += 1
            skip = case.find("skipped")
            counts.reasons.append(str(skip.get("message")) if skip is not None else "")
        else:
            counts.passed += 1
    return counts


def from_odoo_log(text: str) -> Counts:
    """Read what Odoo's runner logged; a problem where it never came to its last line."""
    counts = Counts(modules={name: int(number) for name, number in MODULE.findall(text)})
    totals = TOTAL.findall(text)
    if not totals:
        counts.problem = "Odoo ended without running tests"
        return counts
    failures, errors, run = (int(number) for number in totals[-1])
    skipped = SKIPPED.findall(text)
    counts.failed = failures + errors
    counts.skipped = len(skipped)
    counts.reasons = [reason for _, reason in skipped]
    counts.passed = max(0, run - counts.failed - counts.skipped)
    counts.bad = [
        f"{module.removeprefix('odoo.addons.')}: {name}" for module, name in BAD.findall(text)
    ]
    return counts


def from_corpora_log(text: str) -> Counts:
    """Read what ``make corpora`` printed."""
    found = CORPORA.search(text)
    if not found:
        return Counts(problem="the corpora ended without a result")
    counts = Counts(passed=int(found[1]), failed=int(found[2]))
    counts.bad = re.findall(r"^FAILED (.+)$", text, re.M)
    return counts
