# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Part of stage *map*: which attachments a message keeps.

Pictures that a mail shows in its text belong to the text: they stay whatever the inbox says of
attachments, unless they are programs in disguise.
"""

import dataclasses
import fnmatch

from markupsafe import Markup

from ..message import Attachment, parse
from ..message.executables import extension, is_executable
from .attachments import shown_images
from .reasons import sentence

_MOST_NAMED = 20
_LONGEST_NAME = 100
_DEEPEST_MAIL = 3


def run(batch):
    """Decide on the attachments of all open messages, and add the original mail where wanted."""
    inbox = batch.inbox
    blocked = inbox._blocked_attachments()
    limit = (inbox.attachment_max_mb or 0) * 2**20
    for item in batch.open_items():
        left_out = _decide(item, inbox, blocked, limit)
        if inbox.attach_source:
            _attach_source(item, left_out)


def _decide(item, inbox, blocked, limit):
    """Set what *item* keeps and what is held back; whether something must not be seen at all."""
    attachments = item.parsed.attachments
    # an agent who forwards a mail may add files, and encloses the mail as one
    forwarded = item.forward.files if item.forward else ()
    if not attachments and not forwarded:
        return False
    sorted_out = {"held": [], "blocked": [], "dropped": [], "too_large": []}
    shown = shown_images(item.parsed.html) if attachments else ()
    kept = _sort(attachments, shown, inbox, blocked, limit, sorted_out)
    files = _sort(forwarded, (), inbox, blocked, limit, sorted_out)
    if len(kept) + len(files) == len(attachments) + len(forwarded):
        return False
    hidden = bool(sorted_out["held"] or sorted_out["blocked"])
    if hidden:
        # an enclosed mail holds what was just taken out of it
        files = [file for file in files if file.content_type != "message/rfc822"]
    if item.forward:
        item.forward = dataclasses.replace(item.forward, files=tuple(files))
    item.attachments = tuple(kept)
    item.held = tuple(sorted_out["held"])
    for what, left_out in sorted_out.items():
        if left_out:
            values = {"limit": inbox.attachment_max_mb} if what == "too_large" else {}
            item.step("map", f"attachments_{what}", files=_names(left_out), **values)
    return hidden


def _sort(attachments, shown, inbox, blocked, limit, sorted_out):
    """Those of *attachments* that are kept; the others are added to the lists of *sorted_out*."""
    kept = []
    for attachment in attachments:
        if inbox.quarantine_executables and _is_program(attachment, inbox.quarantine_macros):
            sorted_out["held"].append(attachment)
        elif attachment.content_id and attachment.content_id in shown:
            kept.append(attachment)
        elif inbox.attachment_policy == "drop":
            sorted_out["dropped"].append(attachment)
        elif blocked and _is_blocked(attachment, blocked):
            sorted_out["blocked"].append(attachment)
        elif limit and attachment.size > limit:
            sorted_out["too_large"].append(attachment)
        else:
            kept.append(attachment)
    return kept


def _is_program(attachment, macros, depth=0):
    """Whether *attachment* is a program, or a mail that encloses one."""
    name, content = attachment.filename, attachment.content
    if is_executable(name, content, macros=macros):
        return True
    if attachment.content_type != "message/rfc822" and extension(name) != "eml":
        return False
    # nobody encloses mail deeper than that to be read
    return depth >= _DEEPEST_MAIL or any(
        _is_program(inner, macros, depth + 1) for inner in parse(content).attachments
    )


def _is_blocked(attachment, blocked):
    ending = extension(attachment.filename)
    kind = attachment.content_type.casefold()
    return any(
        fnmatch.fnmatchcase(kind if "/" in pattern else ending, pattern) for pattern in blocked
    )


def _names(attachments):
    names = [attachment.filename[:_LONGEST_NAME] for attachment in attachments]
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" (+{more})" if more > 0 else "")


def _attach_source(item, left_out):
    """Put the mail itself among the attachments, unless it would bring back what was left out."""
    if left_out:
        item.step("map", "source_not_attached")
        return
    if item.raw.truncated:
        return
    words = "".join(c if c.isalnum() or c in " -_." else " " for c in item.parsed.subject)
    source = Attachment(
        filename=f"{' '.join(words.split())[:60].strip() or 'mail'}.eml",
        content_type="message/rfc822",
        content=item.raw.source,
    )
    item.attachments = (*item.kept_attachments, source)
    item.step("map", "source_attached", told=False)


def notice(batch, item):
    """The words below a mail that name what was left out or held back; empty where nothing was."""
    codes = {f"attachments_{what}" for what in ("held", "blocked", "dropped", "too_large")}
    lines = Markup()
    for step in item.trace:
        if step.stage == "map" and step.code in codes:
            text = sentence(batch.env, step.code, step.values)
            lines += Markup("<p><em>%s</em></p>") % text
    return lines
