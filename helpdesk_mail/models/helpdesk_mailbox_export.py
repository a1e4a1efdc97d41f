# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""All mail of a mailbox as a zip of ``.eml`` files, written as it is read: memory stays small."""

import base64
import re
import zipfile
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import pytz
from odoo import models
from odoo.exceptions import AccessError
from odoo.tools import html2plaintext

from . import seal

URL = "/helpdesk_mail/mailbox/export"
# messages of one archive: it is made while somebody waits, and no worker may work for ever
PART = 5000
_BATCH = 50
_CHUNK = 1 << 20
_IMAGE = re.compile(r"/web/(?:image|content)/(\d+)[^\"'\s>]*")
_BAD = re.compile(r"[^\w .,()@+-]+|\.{2,}")
_FOLDERS = {"in": "Inbox", "out": "Sent"}
_NOBODY = "unknown sender:;"
# what no line of a header may hold
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


class HelpdeskMailbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox"  # pylint: disable=consider-merging-classes-inherited

    def _check_may_export(self):
        """Raise unless the mailbox is the user's, or open to them for a reason (break glass): a
        colleague with access reads, and takes nothing along as a whole.
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: whose it is, and what the user has opened
        if self.sudo().user_id == self.env.user:
            return
        glass = self.env["helpdesk.mailbox.glass"].sudo()
        openings = glass.search([("mailbox_id", "=", self.id), ("user_id", "=", self.env.uid)])
        if not any(openings.mapped("is_open")):
            raise AccessError(self.env._("Only the owner of a mailbox exports it."))

    def action_export(self):
        """Download all messages."""
        self._check_may_export()
        parts = self._export_parts()
        action = {
            "type": "ir.actions.act_url",
            "url": f"{URL}?mailbox={self.id}",
            "target": "download" if parts == 1 else "new",
        }
        if parts > 1:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "title": self.env._("The export has begun"),
                "message": self.env._(
                    "%(count)s messages come as one zip file. Your browser shows how far it is.",
                    count=self._export_count(),
                ),
                "next": action,
            },
        }

    def _export_count(self):
        return self.env["helpdesk.mailbox.message"].search_count([("mailbox_id", "=", self.id)])

    def _export_parts(self):
        """How many archives hold all messages."""
        self._check_may_export()
        return max(-(-self._export_count() // PART), 1)

    def _export(self, part=1):
        """The octets of an archive, piece by piece (an iterator of bytes).

        :param part: which of :meth:`_export_parts`, from 1
        """
        self._check_may_export()
        mailbox = self.with_context(prefetch_fields=False, bin_size=False)
        stream = _Pieces()
        Message = mailbox.env["helpdesk.mailbox.message"]
        found = Message.search(
            [("mailbox_id", "=", mailbox.id)], order="id", offset=(part - 1) * PART, limit=PART
        )
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for start in range(0, len(found), _BATCH):
                # deleted while the archive is made
                for message in found[start : start + _BATCH].exists():
                    archive.writestr(message._eml_name(), message._eml())
                    if len(stream.held) >= _CHUNK:
                        yield stream.taken()
                        # the files of these messages, which may be large
                        mailbox.env.invalidate_all(flush=False)
                mailbox.env.invalidate_all(flush=False)
            yield stream.taken()
        yield stream.taken()


class HelpdeskMailboxMessage(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox.message"  # pylint: disable=consider-merging-classes-inherited

    def _eml_name(self):
        """The name of this message in an archive: its folder, day and subject."""
        self.ensure_one()
        folder = "Drafts" if self.state in ("draft", "failed") else _FOLDERS[self.direction]
        day = f"{self.date:%Y-%m-%d %H%M}" if self.date else "undated"
        words = " ".join(_BAD.sub(" ", self.subject or "").split())[:60].strip(". ")
        return f"{folder}/{day} {words or '-'} {self.id}.eml"

    def _eml(self):
        """This message as a mail (bytes): as it came where no server keeps it (POP3), else made of
        what stands here; the server's own copy has the original octets.
        """
        self.ensure_one()
        # the original of this message, whose reader was asked
        opened = seal.opened(self).with_context(bin_size=False).with_prefetch()
        original = opened.source
        if original and not self.is_truncated:
            return base64.b64decode(original)
        mail = EmailMessage(policy=SMTP.clone(max_line_length=998))
        references = (self.references or "").split()
        fields_ = {
            "From": self.email_from,
            "To": self.email_to,
            "Cc": self.email_cc,
            "Bcc": self.email_bcc,
            "Subject": self.subject,
            "Date": format_datetime(pytz.utc.localize(self.date or self.create_date)),
            "Message-ID": self.message_id and f"<{self.message_id}>",
            "In-Reply-To": references and f"<{references[-1]}>",
            "References": references and " ".join(f"<{name}>" for name in references),
        }
        for name, value in fields_.items():
            value = _CONTROLS.sub(" ", value or "").strip()
            if value and not _set_header(mail, name, value):
                # what a stranger wrote there is no such header
                mail[f"X-Original-{name}"] = ascii(value)
        if "From" not in mail:
            # RFC 5322, 3.6: every mail has one; RFC 6854: it may name nobody
            mail["From"] = _NOBODY
        files = opened.attachment_ids
        shown = {int(found) for found in _IMAGE.findall(self.body or "")}
        html = _IMAGE.sub(lambda found: f"cid:{found[1]}@attached", self.body or "")
        mail.set_content(html2plaintext(self.body or ""), charset="utf-8")
        if html:
            mail.add_alternative(html, subtype="html", charset="utf-8")
        for file in files:
            main, _slash, sub = (file.mimetype or "application/octet-stream").partition("/")
            if main in ("message", "multipart") or not sub:
                main, sub = "application", "octet-stream"
            inline = file.id in shown
            mail.add_attachment(
                # alone: the ORM would read those of other messages along
                file.with_prefetch().raw or b"",
                maintype=main,
                subtype=sub,
                filename=_CONTROLS.sub(" ", file.name or "file"),
                disposition="inline" if inline else "attachment",
                cid=f"<{file.id}@attached>" if inline else None,
            )
        return mail.as_bytes()


def _set_header(mail, name, value):
    """Whether *value* is one for the header *name*, which *mail* then has."""
    try:
        mail[name] = value
        good = not mail[name].defects
    except (ValueError, IndexError, AttributeError):
        good = False
    if not good:
        del mail[name]
    return good


class _Pieces:
    """A file that is written and taken away in pieces; it cannot be read or sought."""

    def __init__(self):
        self.held, self._place = bytearray(), 0

    def write(self, octets):  # pylint: disable=method-required-super
        # a file's, no record's
        self.held += octets
        self._place += len(octets)
        return len(octets)

    def tell(self):
        return self._place

    def flush(self):
        """Nothing waits anywhere."""

    def seekable(self):
        return False

    def taken(self):
        octets = bytes(self.held)
        self.held.clear()
        return octets
