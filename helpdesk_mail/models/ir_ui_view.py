# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Views of tickets without the fields that are restricted to others."""

import re

from odoo import models

_TICKET = "helpdesk.ticket"
# what names a field in so many words: without the field it has no sense
_NAMED = {"progressbar": "field", "label": "for", "field": "name"}


class IrUiView(models.Model):
    _inherit = "ir.ui.view"

    def _postprocess_access_rights(self, tree):
        """Take out of the tickets' views, wherever they stand, what the user does not see."""
        hidden = self.env[_TICKET]._helpdesk_mail_hidden_fields()
        hidden = {name for name in hidden if "." not in name}
        if hidden:
            roots = tree.xpath("//*[@model_access_rights=$model]", model=_TICKET)
            for root in roots:
                # on a field, it says what its records may be
                if root.tag != "field":
                    _prune(root, hidden)
        return super()._postprocess_access_rights(tree)


def _prune(root, hidden):
    names = "|".join(map(re.escape, sorted(hidden)))
    word = re.compile(rf"(?<![\w.])(?:parent\.)?(?:{names})\b")
    in_template = re.compile(rf"\brecord\.(?:{names})\b")
    quoted = re.compile(rf"""(["'])(?:{names})(?:[.:][^"']*)?\1""")
    _prune_attributes(root, word, quoted)
    for node in [*root.iterdescendants()]:
        if not isinstance(node.tag, str) or _other_model(node, root):
            continue
        if node.tag in _NAMED and node.get(_NAMED[node.tag]) in hidden:
            _remove(node)
        elif any(in_template.search(value) for value in node.attrib.values()):
            _remove(node)
        elif node.tag == "filter" and any(
            quoted.search(node.get(name) or "") for name in ("domain", "context")
        ):
            _remove(node)
        else:
            _prune_attributes(node, word, quoted)


def _other_model(node, root):
    """Whether *node* stands in a view of another model within *root*."""
    for above in [node, *node.iterancestors()]:
        if above is root:
            return False
        if above.get("model_access_rights") and above.tag != "field":
            return True
    return False


def _prune_attributes(node, word, quoted):
    for name, value in [*node.attrib.items()]:
        expression = name in ("invisible", "readonly", "required", "column_invisible") or (
            name.startswith("decoration-")
        )
        names_one = (
            name.startswith(("default_", "date_", "highlight_")) or name in ("color", "field")
        ) and word.match(value)
        if (
            (expression and word.search(value))
            or (name in ("domain", "context") and word.search(value))
            or (name == "options" and quoted.search(value))
            or names_one
        ):
            del node.attrib[name]


def _remove(node):
    """Remove a node and keep the text behind it."""
    above, before = node.getparent(), node.getprevious()
    if above is None:
        return
    if node.tail and node.tail.strip():
        if before is not None:
            before.tail = (before.tail or "") + node.tail
        else:
            above.text = (above.text or "") + node.tail
    above.remove(node)
