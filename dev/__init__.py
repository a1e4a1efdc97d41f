# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What ``make`` runs: get Odoo, a database and mail servers; demo, tests, benchmark.

Standard library only, so that the system's Python runs it before anything is installed.
"""
