# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tours that a busy machine does not break: see static/tests/tours/patient.js as well."""

from odoo.tests import HttpCase

SECONDS = 300


class TourCase(HttpCase):
    def start_tour(self, url_path, tour_name, **options):
        return super().start_tour(url_path, tour_name, **{"timeout": SECONDS, **options})
