# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Make, upgrade, set up and read the demo database.

What is finished is written in the database itself (system parameters), last: a run that was
killed is taken up where it stopped, and a database that goes takes its marks with it.
"""

from __future__ import annotations

import json
from typing import Any

from .. import odoo, odoo_package, paths, postgres, state
from ..console import run_logged, step
from .place import Place

MODULES = ("contacts", *odoo.OCA, "helpdesk_mail")
MADE, PLATFORM, ADDON, SETTINGS, SAMPLES, ASSETS = (
    f"helpdesk_mail_demo.{name}"
    for name in ("made", "platform", "addon", "settings", "samples", "assets")
)
JOURNAL = """
SELECT coalesce(jsonb_agg(row), '[]') FROM (
    SELECT m.id, m.outcome, m.subject, m.email_from, m.explanation, m.message_id,
           t.number, t.partner_name, p.complete_name AS partner, l.name AS lead
    FROM helpdesk_incoming_mail m
    LEFT JOIN helpdesk_ticket t ON t.id = m.ticket_id
    LEFT JOIN res_partner p ON p.id = t.partner_id
    LEFT JOIN crm_lead l ON l.id = t.lead_id
    -- private mail is nobody's business
    WHERE m.id > {after} AND m.outcome IS NOT NULL AND m.mailbox_id IS NULL
    ORDER BY m.id
) row
"""


def exists(place: Place) -> bool:
    """Whether the demo database is there, whole."""
    if place.name not in postgres.main_cluster().databases():
        return False
    return "ir_config_parameter" in _tables(place) and parameter(place, MADE) is not None


def make(place: Place) -> None:
    """Make it anew, as a copy of a template with Odoo's demo data."""
    template = odoo.template_database(MODULES, demo=True)
    odoo.drop_database(place.name)
    with step("making the demo database"):
        odoo.create_database(place.name, template)
        remember(place, MADE, "1")
        remember(place, PLATFORM, _platform())
        remember(place, ADDON, _addon())


def upgrade(place: Place) -> bool:
    """Bring it up to what is installed and written now; whether there was anything to do."""
    if parameter(place, PLATFORM) != _platform():
        what, module = "Odoo has changed: upgrading the demo database", "base"
    elif parameter(place, ADDON) != _addon():
        what, module = "the add-on has changed: upgrading the demo database", "helpdesk_mail"
    else:
        return False
    platform, addon = _platform(), _addon()
    with step(what):
        run_logged(
            odoo.odoo_command(
                place.name,
                *("-u", module, "--stop-after-init", "--no-http"),
                *("--max-cron-threads=0", "--log-level=warn"),
            ),
            paths.LOG / "demo-upgrade.log",
            what=f"The upgrade (`{place.command('run', '--fresh')}` makes a new database)",
            environment=odoo.odoo_environment(),
        )
    remember(place, PLATFORM, platform)
    remember(place, ADDON, addon)
    return True


def run_inside(place: Place, **words: Any) -> None:
    """Run ``inside.run`` within Odoo on this database, with ``words`` (JSON-able)."""
    run_logged(
        [
            *(paths.VENV_PYTHON, "-m", "dev.demo.inside"),
            *(paths.ODOO_CONF, place.name, json.dumps(words)),
        ],
        paths.LOG / "demo-inside.log",
        what="Setting up the demo database",
        environment={**odoo.odoo_environment(), "PYTHONPATH": str(paths.ROOT)},
    )


def journal(place: Place, after: int = 0) -> list[dict[str, Any]]:
    """The mails that were met since the row ``after``, the oldest first."""
    rows = postgres.main_cluster().sql(JOURNAL.format(after=int(after)), place.name)
    found = json.loads("|".join(rows[0]))
    assert isinstance(found, list)
    return found


def parameter(place: Place, key: str) -> str | None:
    """A system parameter."""
    rows = postgres.main_cluster().sql(
        f"SELECT value FROM ir_config_parameter WHERE key = '{key}'", place.name
    )
    return rows[0][0] if rows else None


def remember(place: Place, key: str, value: str) -> None:
    """Set a system parameter of ours (Odoo itself never reads it)."""
    postgres.main_cluster().sql(
        "INSERT INTO ir_config_parameter (key, value, create_uid, write_uid, create_date, "
        f"write_date) VALUES ('{key}', '{value}', 1, 1, now(), now()) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        place.name,
    )


def drop(place: Place) -> None:
    """Drop it, where there is one."""
    odoo.drop_database(place.name)


def _tables(place: Place) -> set[str]:
    rows = postgres.main_cluster().sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'", place.name
    )
    return {row[0] for row in rows}


def _platform() -> str:
    return state.digest(odoo_package.identity(), state.pypi_pins())


def _addon() -> str:
    return state.digest_of_files(odoo.addon_files())
