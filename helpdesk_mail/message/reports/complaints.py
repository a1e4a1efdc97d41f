# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Feedback reports: somebody called a mail of ours spam (ARF, RFC 5965).

Outlook.com's older service encloses the mail and nothing else. A report of abuse for people
(X-ARF, or a plain letter) is a message: somebody must act on it.
"""

from __future__ import annotations

import re

from . import original
from .signs import Mail

_TYPE = "message/feedback-report"
_SERVICES = re.compile(
    r"(?:staff|feedbackloop|fbl|jmrp)@(?:hotmail|outlook|live|msn)\.com\Z"
    r"|scomp@aol\.net\Z|(?:feedback|fbl)@arf\.mail\.yahoo\.com\Z",
    re.I,
)
_SUBJECT = re.compile(
    r"complaint about message from |e-?mail feedback report for |fw: complaint|abuse report|"
    r"feedback loop",
    re.I,
)


def is_complaint(mail: Mail) -> bool:
    """Whether *mail* is a feedback report."""
    root = mail.root
    if root.content_type == "multipart/report":
        kind = root.parameters.get("report-type", "").strip().lower()
        if kind == "feedback-report":
            return True
    if root.is_multipart and not mail.is_answer_or_forward:
        if any(part.content_type == _TYPE for part in root.children):
            return True
    if root.content_type == _TYPE:
        return True
    if _SERVICES.match(mail.sender) and _SUBJECT.match(mail.subject):
        return True
    if "complaint" not in mail.folded_subject and mail.text.strip():
        return False
    part = original.enclosed(root) if root.is_multipart else None
    if part is None or part.content_type != "message/rfc822":
        return False
    return "x-hmxmroriginalrecipient" in original.fields_of(part, mail.limits)
