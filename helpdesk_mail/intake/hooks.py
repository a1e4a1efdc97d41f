# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Do other add-ons change what happens to an incoming mail?

The batch road (:mod:`.write_batch`) does what Odoo's ``_message_route_process``,
``message_new``, ``message_update`` and ``message_post`` do for a ticket, for many mails at
once. Where an installed add-on overrides one of these, the batch road would leave it out;
intake sees that here and takes Odoo's ordinary road (:mod:`.write_ordinary`).

Hooks that the batch road itself calls (``create``, ``_message_post_after_hook``,
``_notify_thread``, ``_creation_subtype``, ``_message_auto_subscribe`` …) need no care:
overrides of those just work.
"""

# what the batch road stands in for: method -> add-ons whose version it reproduces
_REPRODUCED = {
    "_message_route_process": {"mail"},
    "_message_parse_post_process": {"mail"},
    "message_new": {"mail", "helpdesk_mgmt"},
    "message_update": {"mail", "helpdesk_mgmt"},
    # rating acts on a rating_id, sms on text messages, helpdesk_mail on what people write:
    # never on a mail
    "message_post": {"mail", "rating", "sms", "helpdesk_mail"},
    "message_subscribe": {"mail"},
    "_mail_find_partner_from_emails": {"mail"},
    "_partner_find_from_emails": {"mail"},
    "_message_compute_author": {"mail"},
    "_message_compute_parent_id": {"mail"},
    "_process_attachments_for_post": {"mail"},
    "_create_attachments_for_post": {"mail"},
}


def foreign_overrides(env):
    """The overrides that the batch road would skip: a sorted list of "add-on.method" strings."""
    model = type(env["helpdesk.ticket"])
    thread = type(env["mail.thread"])
    found = set()
    for method, known in _REPRODUCED.items():
        # the gateway calls these two on mail.thread itself
        registry_class = (
            thread if method.startswith(("_message_route", "_message_parse")) else model
        )
        for klass in registry_class.mro():
            if method not in vars(klass):
                continue
            # a function put on the registry class itself is a patch, as base_automation makes them
            addon = "patch" if klass is registry_class else getattr(klass, "_module", None)
            if addon is not None and addon not in known:
                found.add(f"{addon}.{method}")
    return sorted(found)


def is_overridden(env, model_name, method, known):
    """Whether an add-on other than those in *known* (set of names) defines *method* of a model."""
    registry_class = type(env[model_name])
    return any(
        method in vars(klass)
        and (klass is registry_class or getattr(klass, "_module", None) not in known)
        for klass in registry_class.mro()
        if klass is registry_class or getattr(klass, "_module", None)
    )
