# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reading a mail tells its sender nothing: pictures from the internet wait for a click."""

from odoo.tests import tagged

from .common import HelpdeskMailCase, write_mail
from .tour_case import TourCase


class TestRemoteImages(HelpdeskMailCase):
    def test_description_shows_them_once_asked(self):
        html = '<p>Look:</p><img src="https://tracker.example/logo.png" alt="our logo" width="90">'
        ticket = self.new_ticket(write_mail(html=html))
        self.assertNotIn(' src="http', ticket.description)
        self.assertIn("our logo", ticket.description)
        self.assertTrue(ticket.has_remote_images)
        ticket.with_user(self.agent).action_show_remote_images()
        self.assertIn(' src="https://tracker.example/logo.png"', ticket.description)
        self.assertFalse(ticket.has_remote_images)

    def test_only_the_internet_is_asked_for(self):
        html = '<p>Look:</p><img data-original-src="javascript:alert(1)" src="/web/session/logout">'
        ticket = self.new_ticket(write_mail(html=html))
        self.assertFalse(ticket.has_remote_images)
        ticket.action_show_remote_images()
        self.assertNotIn("javascript", ticket.description)
        self.assertNotIn("logout", ticket.description)


@tagged("post_install", "-at_install")
class TestRemoteImagesTour(HelpdeskMailCase, TourCase):
    def test_in_the_browser(self):
        icon = f"{self.base_url()}/helpdesk_mail/static/description/icon.png"
        html = f'<p>Hi</p><img src="{icon}" alt="our logo">'
        ticket = self.new_ticket(write_mail(html=html))
        url = f"/odoo/action-helpdesk_mgmt.helpdesk_ticket_action/{ticket.id}"
        self.start_tour(url, "helpdesk_mail_remote_images", login=self.agent.login)
