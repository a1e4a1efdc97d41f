# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What sort of mail this is (RFC 3834, RFC 3464, RFC 8098, RFC 5965, RFC 5546).

A false alarm on an ordinary mail is worse than a miss: a person's question would not become a
ticket. So a subject alone decides only where it can hardly be a person's, X- fields count only
with the values that answering machines write, and whoever answers or forwards a machine's mail
sends a message. The sorts are asked in the order in which they are certain.
"""

from __future__ import annotations

from . import bounce, mailing_list
from .defects import Defects
from .parsed import Bounce, Kind
from .reports import absence, automatic, calendar_answer, challenge, complaints, receipts
from .reports.signs import Mail


def classify(mail: Mail, defects: Defects) -> tuple[Kind, Bounce | None]:
    """The kind of *mail*, and what a delivery report among them says."""
    if complaints.is_complaint(mail):
        return Kind.FEEDBACK_REPORT, None
    if report := bounce.read(mail, defects):
        return report
    if receipts.is_receipt(mail):
        return Kind.READ_RECEIPT, None
    return _other(mail), None


def _other(mail: Mail) -> Kind:
    """The kind of a mail that is no report."""
    if calendar_answer.is_bare_answer(mail) or challenge.is_challenge(mail):
        return Kind.AUTO_REPLY
    if automatic.is_answer(mail):
        return Kind.OUT_OF_OFFICE if absence.is_stated(mail) else Kind.AUTO_REPLY
    if automatic.is_auto_submitted(mail):
        # a machine's own message; absence notes that Exchange marks so answer no field's mail
        named = absence.begins_automatic(mail) or absence.is_named(mail)
        if not named or mail.is_answer_or_forward:
            return Kind.MESSAGE
        return Kind.OUT_OF_OFFICE if absence.is_stated(mail) else Kind.AUTO_REPLY
    if mailing_list.is_distributed(mail.root):
        return Kind.MESSAGE
    if absence.is_unmarked_answer(mail):
        return Kind.OUT_OF_OFFICE if absence.is_stated(mail) else Kind.AUTO_REPLY
    if absence.is_unmarked_note(mail):
        return Kind.OUT_OF_OFFICE
    if automatic.is_hinted(mail) and absence.is_hinted_note(mail):
        return Kind.OUT_OF_OFFICE
    return Kind.MESSAGE
