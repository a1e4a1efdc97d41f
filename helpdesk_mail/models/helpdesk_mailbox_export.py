# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""All mail of a mailbox as a zip of ``.eml`` files, written as it is read: memory stays small."""

import re
import secrets
import zipfile
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import pytz
from odoo import models
from odoo.exceptions import AccessError
from odoo.tools import SQL, html2plaintext

from . import seal

URL = "/helpdesk_mail/mailbox/export"
# messages and octets of one archive: it is made while somebody waits, and a worker is ended that
# works for more than a minute or two
PART, PART_SIZE = 5000, 250 * 2**20
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
        return max(len(self._export_limits()), 1)

    def _export_limits(self):
        """The lowest and the highest id of the messages in each archive, in their order."""
        self._check_may_export()
        self.env["helpdesk.mailbox.message"].flush_model(["mailbox_id", "body"])
        self.env["ir.attachment"].flush_model(["res_model", "res_id", "file_size"])
        rows = self.env.execute_query(
            SQL(
                "SELECT message.id, coalesce(octet_length(message.body), 0) + coalesce(("
                "SELECT sum(file.file_size) FROM ir_attachment file WHERE file.res_model ="
                " 'helpdesk.mailbox.message' AND file.res_id = message.id), 0)"
                " FROM helpdesk_mailbox_message message WHERE message.mailbox_id = %s"
                " ORDER BY message.id",
                self.id,
            )
        )
        limits, count, held = [], 0, 0
        for message_id, size in rows:
            if not limits or count >= PART or held + size > PART_SIZE:
                limits.append([message_id, message_id])
                count = held = 0
            limits[-1][1] = message_id
            count, held = count + 1, held + int(size)
        return limits

    def _export(self, part=1):
        """The octets of an archive, piece by piece (an iterator of bytes).

        :param part: which of :meth:`_export_parts`, from 1
        """
        limits = self._export_limits()
        first, last = limits[part - 1] if limits else (0, 0)
        # whoever exports was asked for; the files are read by our own code
        Message = seal.opened(self).with_context(bin_size=False).env["helpdesk.mailbox.message"]
        ids = Message.search(
            [("mailbox_id", "=", self.id), ("id", ">=", first), ("id", "<=", last)], order="id"
        ).ids
        stream = _Pieces()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for start in range(0, len(ids), _BATCH):
                # deleted while the archive is made
                messages = Message.browse(ids[start : start + _BATCH]).exists()
                originals = messages._originals()
                for message in messages:
                    archive.writestr(message._eml_name(), message._eml(originals.get(message.id)))
                    if len(stream.held) >= _CHUNK:
                        yield stream.taken()
                self.env.invalidate_all(flush=False)
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

    def _originals(self):
        """The files with the octets of these messages as they came, where no server keeps them
        (POP3): by the message's id. The seal is open.
        """
        files = self.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_field", "=", "source"),
                # of mail that was too large, only the beginning
                ("res_id", "in", self.filtered(lambda one: not one.is_truncated).ids),
            ]
        )
        return {file.res_id: file for file in files}

    def _eml(self, original=None):
        """This message as a mail (bytes), made of what stands here: the server's own copy has the
        original octets. The seal is open.

        :param original: of :meth:`_originals`
        """
        self.ensure_one()
        if original:
            return _content(original)
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
        shown = {int(found) for found in _IMAGE.findall(self.body or "")}
        html = _IMAGE.sub(lambda found: f"cid:{found[1]}@attached", self.body or "")
        mail.set_content(html2plaintext(self.body or ""), charset="utf-8")
        if html:
            mail.add_alternative(html, subtype="html", charset="utf-8")
        for file in self.attachment_ids:
            main, _slash, sub = (file.mimetype or "application/octet-stream").partition("/")
            if main in ("message", "multipart") or not sub:
                main, sub = "application", "octet-stream"
            inline = file.id in shown
            mail.add_attachment(
                _content(file),
                maintype=main,
                subtype=sub,
                filename=_CONTROLS.sub(" ", file.name or "file"),
                disposition="inline" if inline else "attachment",
                cid=f"<{file.id}@attached>" if inline else None,
            )
        for part in mail.walk():
            if part.is_multipart():
                # a boundary that is known needs no search through all files for a free one
                part.set_boundary(f"={secrets.token_hex(16)}=")
        return mail.as_bytes()


def _content(file):
    """The octets of *file*, which are not kept in memory."""
    # alone: the ORM would read those of other messages along
    file = file.with_prefetch()
    content = file.raw or b""
    file.invalidate_recordset(["raw", "db_datas"], flush=False)
    return content


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
