# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The door from Odoo's mail gateway: mail to a hosted or forwarded inbox goes down our road."""

import email
import email.policy
import logging
import xmlrpc.client

from odoo import SUPERUSER_ID, api, models

from .. import intake
from ..transport import RawMail

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        """Take in mail for our inboxes; leave all other mail to Odoo."""
        ticket_id = False
        inboxes = self.env["helpdesk.inbox"]
        # Odoo's gateway stops portal users where it looks for aliases: so must ours
        may_deliver = self.env.su or self.env.user._is_internal()
        if not thread_id and may_deliver and inboxes._has_gateway_inbox():
            source = message.data if isinstance(message, xmlrpc.client.Binary) else message
            source = source.encode() if isinstance(source, str) else bytes(source)
            header = intake.read_header(source)
            inboxes = inboxes._for_recipients(header.recipients)
            ticket_id = inboxes._take_in_from_gateway(source)
        if inboxes:
            try:
                with self.env.cr.savepoint():
                    self._helpdesk_mail_process_others(
                        source, header, save_original, strip_attachments
                    )
            except Exception as error:
                if intake.is_no_fault_of_the_mail(self.env, error):
                    raise
                # our tickets stay, whatever others make of the mail
                _logger.warning("A mail to an inbox and others failed there", exc_info=True)
            return ticket_id
        return super().message_process(
            model,
            message,
            custom_values=custom_values,
            save_original=save_original,
            strip_attachments=strip_attachments,
            thread_id=thread_id,
        )

    @api.model
    def _helpdesk_mail_process_others(self, source, header, save_original, strip_attachments):
        """Let Odoo deliver a mail that our road took in to whom else it concerns.

        That is the aliases among its other recipients, and the record of another model whose
        message it answers. What ``message_process`` does after its look for duplicates: the mail
        is known by now.
        """
        ours = self.env["helpdesk.inbox"]._address_map()
        others = [recipient for recipient in header.recipients if recipient not in ours]
        if not self._helpdesk_mail_has_alias(others) and not self._helpdesk_mail_answers_other(
            header
        ):
            return
        message = email.message_from_bytes(source, policy=email.policy.SMTP)
        values = self.message_parse(message, save_original=save_original)
        if strip_attachments:
            values.pop("attachments", None)
        if self._detect_loop_headers(values):
            return
        values["recipients"] = ",".join(others)
        routes = [
            route
            for route in self.message_route(message, values)
            # a reply to a ticket has found it on our road
            if route[0] != "helpdesk.ticket" or not route[1]
        ]
        if routes and not self._detect_loop_sender(message, values, routes):
            values.update(self._message_parse_post_process(message, values, routes))
            self._message_route_process(message, values, routes)

    @api.model
    def _helpdesk_mail_has_alias(self, addresses):
        """Whether an alias of Odoo's is among *addresses*."""
        # sudo: only whether such an alias exists, as the gateway itself asks
        return bool(addresses) and bool(
            self.env["mail.alias"]
            .sudo()
            .search_count([("alias_full_name", "in", addresses)], limit=1)
        )

    @api.model
    def _helpdesk_mail_answers_other(self, header):
        """Whether a mail answers a message of a record that is no ticket."""
        references = [f"<{name}>" for name in (*header.in_reply_to, *header.references[-32:])]
        # sudo: only whether there is such a message, as the gateway itself asks
        return bool(references) and bool(
            self.env["mail.message"]
            .sudo()
            .search_count(
                [
                    ("message_id", "in", references),
                    ("model", "not in", [False, "helpdesk.ticket"]),
                    ("res_id", "!=", 0),
                ],
                limit=1,
            )
        )

    @api.model
    def _skip_ticket_stage_update_from_autoreply(self, message, message_dict, routes):
        """Tell helpdesk_ticket_partner_response that an automatic reply is no response."""
        if self.env.context.get("helpdesk_mail_automatic"):
            return True
        # that add-on need not be installed
        skip = getattr(super(), "_skip_ticket_stage_update_from_autoreply", None)
        return bool(skip) and skip(message, message_dict, routes)


class HelpdeskInbox(models.Model):
    _inherit = "helpdesk.inbox"

    def _take_in_from_gateway(self, source):
        """Take *source* (bytes) into each of these inboxes: the id of the last ticket, or False."""
        ticket_id = False
        for item in self._take_in(source, "gateway"):
            ticket_id = item.resolved_ticket_id() or ticket_id
        return ticket_id

    def _take_in(self, source, door_name):
        """Take one mail into each of these inboxes: the list of intake Items."""
        raw = RawMail(source=source, size=len(source))
        items = []
        # the road writes as the system, whoever brought the mail
        for inbox in self.with_user(SUPERUSER_ID):
            door = intake.Door(inbox, inbox.env["helpdesk.mail.folder"], door_name, keep_raw=True)
            if inbox.state == "paused":
                # nobody else would keep it: it waits in quarantine
                items.append(intake.put_aside(inbox.env, door, raw, "paused"))
            else:
                items += intake.take_in(inbox.env, door, [raw])
        return items
