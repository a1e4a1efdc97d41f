# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Quoted history in the message view: folded, or shown where the inbox wants it so."""

from odoo.tools import SQL

from ..message import folded, text_to_html

# what Odoo's sanitiser writes: "<" is a tag's, always
_MARKS = r"""(<[a-z][a-z0-9]*(?: [a-z-]+="[^"<>]*")*?) data-o-mail-quote(?:-node)?="1\""""


def body(inbox, parsed, is_reply):
    """The HTML (str, safe) of a mail; the first mail of a ticket shows its signature."""
    if not inbox.fold_quotes:
        return parsed.html or text_to_html(parsed.text)
    return folded(parsed, signature=is_reply and inbox.detect_signatures)


def unfold(inbox, messages):
    """Take the marks away that Odoo sets by itself, if *inbox* wants none. One query."""
    if inbox.fold_quotes or not messages:
        return
    messages.flush_recordset(["body"])
    messages.env.execute_query(
        SQL(
            "UPDATE mail_message SET body = regexp_replace(regexp_replace(body, %(marks)s, '\\1',"
            " 'g'), %(marks)s, '\\1', 'g') WHERE id = ANY(%(ids)s) AND body LIKE"
            " '%%data-o-mail-quote%%' RETURNING id",
            marks=_MARKS,
            ids=messages.ids,
        )
    )
    messages.invalidate_recordset(["body"], flush=False)
