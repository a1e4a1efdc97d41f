# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What sort of mail this is (RFC 3834, RFC 3464, RFC 8098, RFC 5965).

A false alarm on an ordinary mail is worse than a miss: a person's question would not become a
ticket. So a subject alone decides only where it can hardly be a person's, and X- fields count
only with the values that answering machines write.
"""

from __future__ import annotations

import re

from .parsed import Bounce, Kind
from .structure import Part

_REPORTS = {
    "delivery-status": Kind.BOUNCE,
    "disposition-notification": Kind.READ_RECEIPT,
    "feedback-report": Kind.FEEDBACK_REPORT,
}
# The absence notes that mail programs name so; anywhere in a subject they prove nothing.
_ABSENCE = r"""(?:
      out[ ]of[ ](?:the[ ])?office(?:[ ](?:auto-?reply|reply|notification|message|notice))?
    | auto-?reply[ ]out[ ]of[ ](?:the[ ])?office | vacation[ ](?:auto-?reply|message|reply|notice)
    | (?:automatische[ ])?abwesenheits(?:notiz|nachricht|meldung|benachrichtigung)
    | (?:message|notification|avis)[ ]d['\u2019 ][ ]?absence | absence[ ]du[ ]bureau
    | fuera[ ]de[ ](?:la[ ])?oficina | fuori[ ](?:sede|ufficio)
    | afwezig(?:heids)?(?:bericht|melding)
    | frånvaro(?:meddelande|besked) | fraværs?(?:melding|besked)
    | ausente[ ]do[ ]escritório | poza[ ]biurem | nieobecność[ ]w[ ]biurze
    )"""
_IS_ABSENCE = re.compile(rf"^\W*{_ABSENCE}\s*(?:$|[:\-\u2013(\[])", re.I | re.X)
_NAMES_ABSENCE = re.compile(rf"\b{_ABSENCE}\b", re.I | re.X)
_TELLS_ABSENCE = re.compile(
    r"""\b(?:
      out[ ]of[ ](?:the[ ]|my[ ])?office | (?:am|is|be|currently|i'm|i\u2019m)[ ](?:away|on[ ]leave)
    | on[ ](?:annual[ ]leave|vacation|holidays?|parental[ ]leave|maternity[ ]leave|sick[ ]leave)
    | (?:nicht|derzeit|zurzeit|momentan)[ ](?:im[ ](?:büro|haus)|abwesend)
    | (?:bin|sind|ist)[ ].{0,40}(?:abwesend|im[ ]urlaub|nicht[ ](?:im[ ]büro|erreichbar))
    | im[ ]urlaub | absent(?:e)?[ ](?:du|jusqu|de) | (?:suis|serai)[ ].{0,30}(?:absent|en[ ]cong)
    | en[ ]congés? | fuera[ ]de[ ](?:la[ ])?oficina | de[ ]vacaciones | estaré[ ]ausente
    | fuori[ ]ufficio | in[ ]ferie | afwezig | met[ ]vakantie | på[ ](?:semester|ferie)
    | fora[ ]do[ ]escritório | de[ ]férias | nieobecn[ya] | na[ ]urlopie
    )\b""",
    re.I | re.X,
)
_AUTO_SUBJECT = re.compile(
    r"^\W*(?:automatic reply|automatische antwort|r[ée]ponse automatique|"
    r"respuesta autom[áa]tica|risposta automatica|automatisch antwoord|resposta automática|"
    r"autosvar|automatiskt svar|automatisk svar|automaattinen vastaus|odpowiedź automatyczna|"
    r"autoreply|auto[- ]reply|auto[- ]response|autoantwort)\s*[:\-\u2013]",
    re.I,
)
_BOUNCE_SENDER = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|mdaemon)(?:[+@]|$)", re.I)
_BOUNCE_SUBJECT = re.compile(
    r"^\W*(?:undeliver(?:ed|able)|mail delivery (?:failed|failure|system)|delivery (?:status "
    r"notification|failure|has failed)|returned mail|failure notice|mail system error|"
    r"unzustellbar|nicht zustellbar|message not delivered|warning: (?:message|could not)|"
    r"delivery delayed|non recapitabile|non remis|no se puede entregar)",
    re.I,
)
_DELAY_SUBJECT = re.compile(r"delay|warning: (?:message|could not)|verzöger", re.I)
_RECEIPT_SUBJECT = re.compile(r"^(?:read|gelesen|lu|leído|letto|lido|gelezen)\s*:", re.I)
_LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "mailing-list")
_AUTO_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponse",
    "x-auto-reply",
    "x-autoresponder",
)


def classify(root: Part, subject: str, sender: str, text: str, bounce: Bounce | None) -> Kind:
    """The kind of the message with tree *root*.

    *sender* is its From address ("" if none) and *text* its letter.
    """
    report = _report(root, bounce)
    if report is not None:
        return report
    fields = root.headers
    empty_path = fields.raw("return-path").replace(" ", "") == "<>"
    if _is_old_bounce(root, subject, sender, empty_path):
        return Kind.DELAY if _DELAY_SUBJECT.search(subject) else Kind.BOUNCE
    if is_auto_submitted(root) or (empty_path and _is_reply_shaped(root)):
        return _answer(root, subject, text) or _automatic(root)
    if any(name in fields for name in _LIST_HEADERS):
        return Kind.MESSAGE
    if _AUTO_SUBJECT.search(subject):
        return _answer(root, subject, text) or Kind.AUTO_REPLY
    if _IS_ABSENCE.search(subject) and not subject.endswith("?"):
        return Kind.OUT_OF_OFFICE
    if _is_hinted(root) and _NAMES_ABSENCE.search(subject):
        return Kind.OUT_OF_OFFICE
    return Kind.MESSAGE


def _answer(root: Part, subject: str, text: str) -> Kind | None:
    """What sort of answer an automatic mail is, or None if nothing says that it is one."""
    if _is_absence_note(root, subject, text):
        return Kind.OUT_OF_OFFICE
    return Kind.AUTO_REPLY if _AUTO_SUBJECT.search(subject) else None


def _is_hinted(root: Part) -> bool:
    """Whether fields that people's programs write as well hint at an automatic mail."""
    fields = root.headers
    if "x-auto-response-suppress" in fields:
        return True
    return fields.raw("precedence").strip().lower() in ("bulk", "junk")


def _is_absence_note(root: Part, subject: str, text: str) -> bool:
    """Whether a mail that is known to be automatic says that its author is away."""
    fields = root.headers
    if "x-vacation" in fields or "vacation" in fields.raw("auto-submitted").lower():
        return True
    if _NAMES_ABSENCE.search(subject) or _TELLS_ABSENCE.search(text[:3000]):
        return True
    # Exchange calls its absence notes "Automatic reply" and marks them so.
    suppressed = fields.raw("x-auto-response-suppress").strip().lower()
    return bool(_AUTO_SUBJECT.search(subject)) and suppressed == "all"


def is_auto_submitted(root: Part) -> bool:
    """Whether a program sent this mail without a person asking for it (RFC 3834, section 5)."""
    fields = root.headers
    submitted = fields.raw("auto-submitted").partition(";")[0].partition("(")[0].strip().lower()
    if submitted:
        return submitted != "no"
    if fields.raw("precedence").strip().lower() in ("auto_reply", "auto-reply"):
        return True
    return any(
        fields.raw(name).strip().lower() not in ("", "no", "false") for name in _AUTO_HEADERS
    )


def is_mailing_list(root: Part) -> bool:
    """Whether the mail went through a mailing list or a mass sender (RFC 2369, RFC 2919)."""
    fields = root.headers
    if any(name in fields for name in _LIST_HEADERS):
        return True
    return fields.raw("precedence").strip().lower() in ("list", "bulk", "junk")


def importance(root: Part) -> str:
    """ "high", "normal" or "low", of the fields that mail programs write for it (RFC 2156)."""
    fields = root.headers
    for name in ("importance", "x-priority", "priority", "x-msmail-priority"):
        value = fields.raw(name).strip().lower()
        if value[:1] in ("1", "2") or value.startswith(("high", "urgent")):
            return "high"
        if value[:1] in ("4", "5") or value.startswith(("low", "non-urgent")):
            return "low"
    return "normal"


def _report(root: Part, bounce: Bounce | None) -> Kind | None:
    """The kind of a multipart/report, also where a gateway has lost the report-type."""
    kind = None
    if root.content_type == "multipart/report":
        kind = _REPORTS.get(root.parameters.get("report-type", "").lower())
    if kind is None and root.is_multipart:
        types = {child.content_type for child in root.children}
        if "message/delivery-status" in types or "message/global-delivery-status" in types:
            kind = Kind.BOUNCE
        elif root.content_type == "multipart/report":
            if "message/disposition-notification" in types:
                kind = Kind.READ_RECEIPT
            elif "message/feedback-report" in types:
                kind = Kind.FEEDBACK_REPORT
    if kind is Kind.BOUNCE and bounce is not None and bounce.recipients:
        actions = {recipient.action for recipient in bounce.recipients}
        if actions <= {"delayed"}:
            return Kind.DELAY
        if actions <= {"delivered", "relayed", "expanded"}:
            return Kind.AUTO_REPLY
    return kind


def _is_old_bounce(root: Part, subject: str, sender: str, empty_path: bool) -> bool:
    """A delivery failure from before RFC 3464, or from a server that does not follow it."""
    if "x-failed-recipients" in root.headers:
        return True
    local = sender.partition("@")[0]
    from_daemon = bool(_BOUNCE_SENDER.match(local))
    return bool(_BOUNCE_SUBJECT.search(subject)) and (
        from_daemon or (empty_path and not root.headers.raw("in-reply-to") and not sender)
    )


def _automatic(root: Part) -> Kind:
    """An automatic mail that is no absence note: a reply, or a machine's own message."""
    submitted = root.headers.raw("auto-submitted").strip().lower()
    if submitted.startswith(("auto-generated", "auto-notified")) and not _is_reply_shaped(root):
        return Kind.MESSAGE
    return Kind.AUTO_REPLY


def _is_reply_shaped(root: Part) -> bool:
    return "in-reply-to" in root.headers or "references" in root.headers
