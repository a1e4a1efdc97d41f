# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Attachments of a batch: created at once; inline images shown where the mail shows them."""

import re
import urllib.parse

_CID = re.compile(r"""(\bsrc\s*=\s*)(["'])cid:([^"'<>]+)\2""", re.IGNORECASE)


def shown_images(html):
    """The content ids of the images that *html* shows."""
    return {urllib.parse.unquote(match[3]) for match in _CID.finditer(html)}


def create_attachments(batch, items):
    """Create the attachments of all *items* in one go.

    :return: dict of Item -> (attachment ids, {content id: URL of the image})
    """
    # as the gateway does: markup that could act in a browser is stored as plain text
    Attachment = batch.env["ir.attachment"].with_context(attachments_mime_plainxml=True)
    values_list, owners = [], []
    for item in items:
        shown = shown_images(item.parsed.html)
        for attachment in item.kept_attachments:
            values = {
                "name": attachment.filename,
                "raw": attachment.content,
                "mimetype": attachment.content_type,
                "type": "binary",
                "res_model": "helpdesk.ticket",
                "res_id": item.ticket_id,
            }
            if attachment.content_id and attachment.content_id in shown:
                values["access_token"] = Attachment._generate_access_token()
            values_list.append(values)
            owners.append((item, attachment.content_id))
    result = {}
    created = Attachment.create(values_list) if values_list else []
    for (item, content_id), attachment, values in zip(owners, created, values_list, strict=True):
        ids, urls = result.setdefault(item, ([], {}))
        ids.append(attachment.id)
        if token := values.get("access_token"):
            urls.setdefault(content_id, f"/web/image/{attachment.id}?access_token={token}")
    return result


def embed_images(html, urls):
    """Replace ``cid:`` URLs (RFC 2392) of images by the *urls* of their attachments."""

    def replace(match):
        url = urls.get(urllib.parse.unquote(match[3]))
        return f"{match[1]}{match[2]}{url}{match[2]}" if url else match[0]

    return _CID.sub(replace, str(html))


def hold(batch):
    """Keep what is held back with the journal rows of its mails, where administrators see it."""
    values_list = [
        {
            "name": attachment.filename,
            "raw": attachment.content,
            # nothing that a browser would show or run
            "mimetype": "application/octet-stream",
            "type": "binary",
            "res_model": "helpdesk.incoming.mail",
            "res_id": item.journal_id,
        }
        for item in batch.items
        for attachment in item.held
        if item.journal_id and item.mail_message_id
    ]
    if values_list:
        batch.env["ir.attachment"].create(values_list)
