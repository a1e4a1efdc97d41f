# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Bounces: which addresses failed for good, and which for now."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .case import Case

FOLDER = "flufl.bounce"
_FIELD = "failed addresses"


def cases(folder: Path) -> Iterator[Case]:
    """Every mail whose addresses are known, those of ordinary mails (none) among them."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    for name, answer in sorted(expected.items()):
        path = folder / name
        yield Case(name, _FIELD, path.read_bytes(), _sorted(answer), path)


def _sorted(answer: dict[str, Any]) -> dict[str, list[str]]:
    """Addresses without case: no server is known that tells them apart by it."""
    return {key: sorted(address.lower() for address in answer[key]) for key in answer}


def _ours(case: Case) -> dict[str, list[str]]:
    from helpdesk_mail.message import parse

    bounce = parse(case.source).bounce
    recipients = bounce.recipients if bounce else ()
    unfinished = [found for found in recipients if found.action in ("failed", "delayed")]
    return _sorted(
        {
            "permanent": [found.email for found in unfinished if found.permanent],
            "temporary": [found.email for found in unfinished if not found.permanent],
        }
    )


def _flufl_bounce(case: Case) -> dict[str, list[str]]:
    from flufl.bounce import all_failures

    temporary, permanent = all_failures(email.message_from_bytes(case.source))
    return _sorted({"permanent": _texts(permanent), "temporary": _texts(temporary)})


def _texts(found: Any) -> list[str]:
    return [each.decode() if isinstance(each, bytes) else each for each in found]


TOOLS = {"helpdesk_mail": _ours, "flufl.bounce": _flufl_bounce}
