# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The *Communication* tab in the browser: as the owner of private mail, and as a colleague."""

from odoo.tests import tagged

from .test_mailbox_communication import CommunicationCase
from .tour_case import TourCase


@tagged("post_install", "-at_install")
class TestCommunicationTour(CommunicationCase, TourCase):
    def setUp(self):
        super().setUp()
        self.url = f"/odoo/action-base.action_partner_form/{self.anna.id}"

    def take_private(self, **values):
        icon = f"{self.base_url()}/helpdesk_mail/static/description/icon.png"
        html = (
            f'<p>The word is heliotrope.</p><img src="{icon}" alt="our logo">'
            "<script>document.body.innerText = 'hacked'</script>"
        )
        return super().take_private(**{"html": html, **values})

    def test_owner(self):
        self.start_tour(self.url, "helpdesk_mail_communication", login=self.olga.login)
        message = self.as_(self.olga, self.private)
        self.assertTrue(message.is_read)
        self.assertEqual(message.published_ticket_id.partner_id.id, self.anna.id)

    def test_colleague(self):
        self.start_tour(self.url, "helpdesk_mail_communication_colleague", login=self.carl.login)
