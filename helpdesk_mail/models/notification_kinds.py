# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The notifications of an inbox: the one home of their names and of whom they go to."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """A notification.

    An inbox has the fields ``notify_<code>`` (its switch) and ``<code>_template_id`` for it, and
    ``mail_template_<code>`` is the template that comes with the add-on.

    :param audience: "sender" (the address that wrote), "customer" (that address and the
        customer's own) or "staff" (users, and plain addresses of administrators)
    :param auto_submitted: what the Auto-Submitted field says (RFC 3834, section 5); None for what
        a person writes
    """

    code: str
    audience: str
    auto_submitted: str | None = "auto-generated"

    @property
    def template(self):
        """The external id of the template that comes with the add-on."""
        return f"helpdesk_mail.mail_template_{self.code}"


KINDS = {
    kind.code: kind
    for kind in (
        Kind("request_received", "sender", "auto-replied"),
        Kind("new_message", "customer", None),
        Kind("resolved", "customer"),
        Kind("new_ticket", "staff"),
        Kind("assigned", "staff"),
        Kind("reopened", "staff"),
        Kind("sla_breached", "staff"),
    )
}
