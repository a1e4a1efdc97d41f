# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mail of web forms: the form's address sends it, who wrote stands in Reply-To or in the text.

Only for senders that the inbox names. Whoever fills in a form can write anybody's address into it,
so that the address says less than the From of a mail: it makes nobody an agent and finds no ticket
by its number (``item.web_form`` tells the later stages).
"""

import functools
import re

from . import deny, safe_regex
from .addresses import normalize
from .safe_regex.ambiguity import LONGEST_TEXT

# what forms call the field; tried in this order
DEFAULT_LABELS = (
    "E-mail, Email, Mail, E-mail address, Email address, Your email, E-Mail-Adresse, Mailadresse, "
    "Adresse e-mail, Courriel, Correo electrónico, Correo, Indirizzo email, E-mailadres"
)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'|=]{1,64}@[^\s<>()\[\],;:\"'|=]{1,253}")
_BULLETS = " \t*|>-•·#_"
_AFTER_LABEL = " \t*|_"
_MOST_LINES = 300
_LONGEST_LINE = 500


class WebForms:
    """The web forms of an inbox.

    :param senders: patterns of their addresses, one a line (as in a pasted deny list)
    :param labels: what stands before the address in the text, separated by commas
    :param regex: an expression with one group that finds the address, instead of labels
    """

    def __init__(self, senders, labels="", regex=""):
        lines = [line for line in deny.read_lines(senders) if not line.problem]
        self._senders = deny.Rules(
            [deny.Rule(line.number, "sender", line.match, line.pattern) for line in lines]
        )
        self._any = bool(lines)
        self._labels = labels_of(labels or DEFAULT_LABELS)
        self._regex = safe_regex.capturing(regex) if regex else None

    def apply(self, item, own_addresses):
        """Name as sender of *item* who filled in the form, where the mail is one of a form."""
        parsed = item.parsed
        form = normalize(parsed.from_.email) if self._any and parsed.from_ else ""
        if not form or not self._senders.of_sender(form):
            return
        if form in own_addresses and _is_ours(parsed):
            return
        item.web_form = form
        for address in parsed.reply_to:
            email = normalize(address.email)
            if email and email != form and email not in own_addresses:
                item.sender_email, item.sender_name = email, address.name
                item.step("filter", "web_form_reply_to", form=form, sender=email)
                return
        email = self._in_text(parsed.text, {form, *own_addresses})
        if email:
            item.sender_email, item.sender_name = email, ""
            item.step("filter", "web_form_text", form=form, sender=email)
        else:
            item.step("filter", "web_form_unknown", form=form)

    def _in_text(self, text, excluded):
        """The address that stands in the text behind a label, or in the group; or ""."""
        lines = [
            " ".join(line[:_LONGEST_LINE].split())
            for line in text[: 10 * LONGEST_TEXT].split("\n", _MOST_LINES)[:_MOST_LINES]
        ]
        if self._regex is not None:
            match = self._regex.search("\n".join(lines)[:LONGEST_TEXT])
            return _address(match[1] or "", excluded) if match else ""
        for number, line in enumerate(lines):
            rest = self._behind_label(line)
            if rest is None:
                continue
            if not rest:
                # the value stands below its label
                rest = next(filter(None, lines[number + 1 :]), "")
            if email := _address(rest, excluded):
                return email
        return ""

    def _behind_label(self, line):
        line = line.lstrip(_BULLETS)
        folded = line.casefold()
        for label in self._labels:
            if folded.startswith(label):
                rest = folded[len(label) :].lstrip(_AFTER_LABEL)
                # of the line as it was written; casefold may have changed its length
                value = line[len(line) - len(rest) :] if len(folded) == len(line) else rest
                if rest[:1] in (":", "="):
                    return value[1:].strip(_AFTER_LABEL)
                if not rest or "@" in rest.split(" ")[0]:
                    return value
        return None


def _is_ours(parsed):
    """Whether a mail from an address of ours is one that we sent, and no form's: forms begin
    conversations, and a notice of ours that comes back must not open a ticket.
    """
    return bool(parsed.in_reply_to or parsed.references or parsed.auto_submitted)


def labels_of(text):
    """The labels of a list separated by commas, the longest first."""
    labels = {" ".join(label.split()).rstrip(":= ").casefold() for label in text.split(",")}
    return sorted(labels - {""}, key=len, reverse=True)


def _address(text, excluded):
    for match in _ADDRESS.finditer(text[:_LONGEST_LINE]):
        email = normalize(match[0].rstrip(".!?*_"))
        if email and email not in excluded:
            return email
    return ""


@functools.lru_cache(maxsize=128)
def web_forms(senders, labels, regex):
    """The :class:`WebForms` with these settings; kept, since every batch asks."""
    return WebForms(senders, labels, regex)


def of_inbox(inbox):
    """The web forms of *inbox*."""
    return web_forms(
        inbox.web_form_senders or "", inbox.web_form_labels or "", inbox.web_form_regex or ""
    )
