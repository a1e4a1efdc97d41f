# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A parsed message as plain data: the JSON object of ``odoo helpdesk_mail parse``."""

from __future__ import annotations

import dataclasses
from typing import Any

from .parsed import Address, Authentication, Bounce, ParsedMessage


def to_dict(parsed: ParsedMessage, filename: str) -> dict[str, Any]:
    """*parsed* as data that :mod:`json` can write; *filename* becomes the key "file"."""
    return {
        "file": filename,
        "kind": parsed.kind.value,
        "subject": parsed.subject,
        "from": _address(parsed.from_) if parsed.from_ else None,
        "sender": _address(parsed.sender) if parsed.sender else None,
        "reply_to": [_address(address) for address in parsed.reply_to],
        "to": [_address(address) for address in parsed.to],
        "cc": [_address(address) for address in parsed.cc],
        "date": parsed.date.isoformat() if parsed.date else None,
        "message_id": parsed.message_id,
        "in_reply_to": list(parsed.in_reply_to),
        "references": list(parsed.references),
        "text": parsed.text,
        "html": parsed.html,
        "reply_text": parsed.reply_text,
        "attachments": [
            {
                "filename": attachment.filename,
                "content_type": attachment.content_type,
                "size": attachment.size,
                "sha256": attachment.sha256,
                "content_id": attachment.content_id,
                "inline": attachment.inline,
            }
            for attachment in parsed.attachments
        ],
        "importance": parsed.importance,
        "auto_submitted": parsed.auto_submitted,
        "mailing_list": parsed.mailing_list,
        "bounce": _plain(parsed.bounce),
        "authentication": _plain(parsed.authentication),
        "defects": list(parsed.defects),
    }


def _plain(part: Bounce | Authentication | None) -> dict[str, Any] | None:
    """A part as a dictionary whose sequences are lists, as JSON has them."""
    if part is None:
        return None
    plain = dataclasses.asdict(part)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}


def _address(address: Address) -> dict[str, str]:
    return {"name": address.name, "email": address.email}
