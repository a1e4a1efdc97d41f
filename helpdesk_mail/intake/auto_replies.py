# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Stage *filter*, third part: what the inbox itself calls an automatic reply.

Most automatic replies say what they are in their header (:mod:`..message.kind`). Some only have
words, or a sender, by which a person knows them: those the administrator names. They are marked
here; whether they are refused depends on the ticket that *route* finds.

No query where nothing matches, two for the batch otherwise.
"""

import functools

from ..message import Kind
from . import deny, sender_lists, senders

# of the new text; further down stands what people tell each other
_FIRST_LINES = 10
_LONGEST_HEAD = 2_000


class Exclusions:
    """The words and senders that an inbox takes for those of automatic replies."""

    def __init__(self, words, addresses):
        self._senders = sender_lists.rules_of(addresses)
        phrases = phrases_of(words)
        self._words = (
            deny.Rules(
                [
                    deny.Rule(number, location, "contains", phrase)
                    for location in ("subject", "body")
                    for number, phrase in enumerate(phrases, 1)
                ]
            )
            if phrases
            else None
        )

    def of_item(self, item):
        """(reason code, values of its sentence), or None."""
        if self._senders and (rule := self._senders.of_sender(item.sender_email)):
            return "auto_reply_sender", {"sender": item.sender_email, "words": rule.pattern}
        if self._words is None:
            return None
        parsed = item.parsed
        lines = parsed.reply_text[:_LONGEST_HEAD].split("\n", _FIRST_LINES)[:_FIRST_LINES]
        rule = self._words.of_text("subject", " ".join(parsed.subject[:_LONGEST_HEAD].split()))
        rule = rule or self._words.of_text("body", " ".join(" ".join(lines).split()))
        return ("auto_reply_words", {"words": rule.pattern}) if rule else None


def phrases_of(text):
    """The phrases of a setting, one a line."""
    lines = (" ".join(line.split()) for line in (text or "").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


@functools.lru_cache(maxsize=128)
def exclusions(words, addresses):
    """The :class:`Exclusions` with these settings; kept, since every batch asks."""
    return Exclusions(words, addresses)


def run(batch):
    """Mark what the inbox takes for an automatic reply; never what an accepted sender writes, nor,
    for its words alone, what a colleague does.
    """
    inbox = batch.inbox
    if not inbox.auto_reply_words and not inbox.auto_reply_senders:
        return
    excluded = exclusions(inbox.auto_reply_words or "", inbox.auto_reply_senders or "")
    matched = {}
    for item in batch.open_items():
        if item.parsed.kind in (Kind.BOUNCE, Kind.DELAY):
            continue
        if found := excluded.of_item(item):
            matched[item] = found
    if not matched:
        return
    emails = {item.sender_email for item in matched}
    recipients = senders.recipients(batch, emails)
    contacts = senders.contacts(batch, emails - {""})
    for item, (code, values) in matched.items():
        certain = item.verification != "fail"
        if certain and recipients[item.sender_email].is_accepted:
            continue
        known = contacts.get(item.sender_email)
        if certain and code == "auto_reply_words" and known and known[0].is_internal:
            continue
        item.automatic = True
        item.exclusion = code, values
        item.step("filter", "counts_as_automatic", told=False, words=values["words"])
