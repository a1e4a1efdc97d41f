# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Private mail as it goes over the wire: addresses as people type them, images, the whole mail."""

import base64
import dataclasses
import email.utils
import re

from markupsafe import Markup

from ..intake.addresses import format_address, is_one_address, normalize, recipient_key
from ..message import DEFAULT_LIMITS, html_to_text, show_remote_images
from ..message.addresses import parse_addresses
from ..message.defects import Defects

_IMAGE = re.compile(
    r"(<img\b[^>]*?\bsrc\s*=\s*)([\"'])(/web/image/(\d+)(?:[-/?#][^\"'<>]*)?)\2", re.I
)
_DATA = re.compile(
    r"(<img\b[^>]*?\bsrc\s*=\s*)([\"'])data:image/(png|jpe?g|gif|webp);base64,([a-z0-9+/=\s]+)\2",
    re.I,
)
_LOCAL = re.compile(r"(\b(?:href|src)\s*=\s*[\"'])(/(?!/)[^\"'<>]*)", re.I)
# RFC 5322, 2.1.1: a line has 998 characters at the most, and these fields are not folded
_LONGEST_REFERENCES = 900
_NO_NAME = re.compile(r"[@<>\"\\\r\n]+")


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """One address as somebody wrote it. ``email``: as it goes over the wire (its domain in ASCII);
    ``key``: as addresses are compared; ``problem``: it is none.
    """

    name: str
    email: str
    key: str
    problem: bool = False

    @property
    def text(self):
        """As people read it and write it again."""
        return format_address(self.name, self.email)

    @property
    def shown(self):
        """As people read it and nobody writes it again."""
        return f"{self.name} <{self.email}>" if self.name else self.email


def addresses(text):
    """The addresses that a person wrote into a field, each once, in their order.

    What is no address is among them, with ``problem``.
    """
    found = {}
    for address in parse_addresses(" ".join((text or "").split()), DEFAULT_LIMITS, Defects()):
        # the domain as ASCII, the local part as it is written: its case may count
        domain = recipient_key(address.email).rpartition("@")[2]
        local = address.email.rpartition("@")[0]
        wire = f"{local}@{domain}" if local and domain else address.email
        bad = not is_one_address(wire) or not wire.isascii()
        # what stands within a name is no address: Odoo would send to it
        name = display_name(address.name) if address.email else ""
        written = Written(name, wire or address.name, normalize(wire), bad)
        found.setdefault(written.key or written.email, written)
    found.pop("", None)
    return list(found.values())


def written(name, address):
    """'"Name" <address>' of one contact, whose field may hold several addresses."""
    found = [one for one in addresses(address) if not one.problem]
    if len(found) == 1 and name:
        return format_address(name, found[0].email)
    return ", ".join(one.text for one in found)


def display_name(name):
    """*name* as it may stand before an address: one within it is what forgers write."""
    return " ".join(_NO_NAME.sub(" ", name or "").split())


# ----------------------------------------------------------------------
# images
# ----------------------------------------------------------------------


def image_ids(html):
    """The ids of the files that *html* shows as images."""
    return {int(match[4]) for match in _IMAGE.finditer(str(html or ""))}


def with_images(html, ids):
    """*html* with the files *ids* (dict of old id -> new id) in the places of others."""

    def replace(match):
        new = ids.get(int(match[4]))
        return f"{match[1]}{match[2]}/web/image/{new}{match[2]}" if new else match[0]

    return Markup(_IMAGE.sub(replace, str(html or "")))


def references(message_ids):
    """The field References of a space-separated chain: the first, and as many of the last as a
    line may have.
    """
    chain = [f"<{name}>" for name in dict.fromkeys((message_ids or "").split()) if name.isascii()]
    while len(chain) > 1 and len(" ".join(chain)) > _LONGEST_REFERENCES:
        del chain[1]
    return " ".join(chain)[:_LONGEST_REFERENCES] if len(chain) > 1 else "".join(chain)


# ----------------------------------------------------------------------
# the mail
# ----------------------------------------------------------------------


def build(message, base_url):
    """The mail of a queued message: an EmailMessage with Bcc, which does not leave with it.

    :param message: helpdesk.mailbox.message in an environment that opens the seal
    """
    mailbox = message.mailbox_id
    to, cc, bcc = (
        [one for one in addresses(text) if not one.problem]
        for text in (message.email_to, message.email_cc, message.email_bcc)
    )
    html, parts = _with_parts(message, _written_html(message), base_url)
    headers = {}
    chain = references(message.references)
    if chain and message.answer_kind != "forward":
        headers["In-Reply-To"] = chain.rpartition(" ")[2]
    if message._is_on_behalf():
        headers["Sender"] = message._sender_address()
    own_files = message.attachment_ids.filtered(
        lambda file: file.res_model == message._name and file.res_id == message.id
    )
    mail = message.env["ir.mail_server"]._build_email__(
        email_from=format_address(mailbox._sender_name(), mailbox._sender_email()),
        email_to=", ".join(one.text for one in to) or "undisclosed-recipients:;",
        email_cc=", ".join(one.text for one in cc),
        email_bcc=", ".join(one.text for one in bcc),
        subject=" ".join((message.subject or "").split()),
        body=html,
        subtype="html",
        body_alternative=_text(message),
        reply_to=mailbox.reply_to_email or False,
        attachments=[(file.name, file.raw or b"", file.mimetype) for file in own_files],
        message_id=f"<{message.message_id}>",
        references=chain or False,
        headers=headers,
    )
    if parts:
        body = mail.get_body(("html",))
        for cid, content, mimetype, name in parts:
            maintype, _slash, subtype = mimetype.partition("/")
            body.add_related(
                content, maintype, subtype, cid=f"<{cid}>", filename=name, disposition="inline"
            )
    return mail


def _written_html(message):
    """What leaves: the text, and the quote below it."""
    html = str(message.body or "")
    if message.quote and message.with_quote:
        html += str(Markup("<br>") + message.quote)
    return show_remote_images(html)


def _text(message):
    text = html_to_text(str(message.body or ""))
    if message.quote and message.with_quote:
        quoted = html_to_text(str(message.quote))
        text += "\n\n" + "\n".join(f"> {line}".rstrip() for line in quoted.splitlines())
    return text + "\n"


def _with_parts(message, html, base_url):
    """The HTML as it leaves and its images: (cid, octets, type, name). Only files of this very
    message are among them.
    """
    ids = image_ids(html)
    files = message.env["ir.attachment"].search(
        [("id", "in", sorted(ids)), ("res_model", "=", message._name), ("res_id", "=", message.id)]
    )
    parts, cids = [], {}
    domain = message.message_id.rpartition("@")[2]
    for file in files:
        if (file.mimetype or "").startswith("image/"):
            cids[file.id] = f"image{file.id}.{message.id}@{domain}"
            parts.append((cids[file.id], file.raw or b"", file.mimetype, file.name))

    def embedded(match):
        cid = cids.get(int(match[4]))
        source = f"cid:{cid}" if cid else ""
        return f"{match[1]}{match[2]}{source}{match[2]}"

    def pasted(match):
        cid = f"pasted{len(parts)}.{message.id}@{domain}"
        kind = match[3].lower().replace("jpg", "jpeg")
        try:
            content = base64.b64decode(match[4])
        except ValueError:
            return f"{match[1]}{match[2]}{match[2]}"
        parts.append((cid, content, f"image/{kind}", f"image{len(parts)}.{match[3].lower()}"))
        return f"{match[1]}{match[2]}cid:{cid}{match[2]}"

    html = _DATA.sub(pasted, _IMAGE.sub(embedded, html))
    html = _LOCAL.sub(lambda match: f"{match[1]}{base_url}{match[2]}", html)
    return f"<html><body>{html}</body></html>", parts


def new_message_id(address):
    """A Message-ID in the domain of *address*, without angle brackets."""
    domain = recipient_key(address).rpartition("@")[2]
    return email.utils.make_msgid(domain=domain or "localhost").strip("<>")
