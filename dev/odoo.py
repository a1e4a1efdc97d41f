# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Run Odoo, and keep template databases so that a new database takes a second.

name = template_database(["helpdesk_mail"])
create_database("demo", name)
subprocess.Popen(odoo_command("demo", "--http-port=8069"), env=odoo_environment())
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from . import odoo_package, paths, postgres, state
from .console import clean_environment, run_logged, step
from .ports import free_port as free_port

OCA = ("helpdesk_mgmt", "helpdesk_mgmt_crm", "helpdesk_mgmt_sla")
# The neighbours of helpdesk_mail that must go on working beside it.
NEIGHBOURS = (
    "helpdesk_ticket_partner_response",
    "helpdesk_mgmt_rating",
    "helpdesk_ticket_close_inactive",
    "helpdesk_type",
)
# Chromium as Odoo's browser tests find it first. As root it has no sandbox, and without the
# other flags it looks up its maker's hosts at every start.
BROWSER = "google-chrome"
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

CONFIGURATION = """\
[options]
{addons}data_dir = {data}
db_host = {host}
db_port = {port}
db_user = {user}
list_db = False
http_interface = 127.0.0.1
proxy_mode = False
with_demo = False
screenshots = {log}/screenshots
limit_time_real = 600
limit_time_cpu = 600
"""


def has_addon() -> bool:
    """Whether helpdesk_mail can be installed yet."""
    return (paths.ADDON / "__manifest__.py").is_file()


def configure() -> None:
    """Write Odoo's configuration and the browser that its tests start."""
    # Odoo refuses a folder without an add-on.
    addons = f"addons_path = {paths.ROOT}\n" if has_addon() else ""
    cluster = postgres.main_cluster()
    state.write(
        paths.ODOO_CONF,
        CONFIGURATION.format(
            addons=addons,
            data=paths.DATA,
            log=paths.LOG,
            host=cluster.socket,
            port=postgres.PORT,
            user=postgres.ROLE,
        ),
        mode=0o600,
    )
    browser = find_browser()
    wrapper = paths.BIN / BROWSER
    if browser is None:
        wrapper.unlink(missing_ok=True)
    else:
        state.write(
            wrapper, f'#!/bin/sh\nexec {browser} {" ".join(BROWSER_FLAGS)} "$@"\n', mode=0o755
        )


def find_browser() -> Path | None:
    """The machine's Chromium or Chrome."""
    elsewhere = os.pathsep.join(
        part
        for part in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if part != str(paths.BIN)
    )
    for name in ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser"):
        found = shutil.which(name, path=elsewhere)
        if found:
            return Path(found)
    return None


def odoo_command(database: str | None, *words: str) -> list[str]:
    """The words of ``odoo [command] -c .dev/odoo.conf [-d database] ...``.

    When the first of ``words`` is no option, it is a command such as "shell" or "helpdesk_mail".
    """
    argv = [str(paths.VENV_PYTHON), "-m", "odoo"]
    rest = list(words)
    if rest and not rest[0].startswith("-"):
        # Odoo finds the add-ons' own commands only where the path is named first.
        if has_addon():
            argv.append(f"--addons-path={paths.ROOT}")
        argv.append(rest.pop(0))
    argv += ["-c", str(paths.ODOO_CONF)]
    if database is not None:
        argv += ["-d", database]
    return argv + rest


def odoo_environment() -> dict[str, str]:
    """The environment to run it in: ours and nothing that leads Odoo elsewhere."""
    return clean_environment()


# -- databases -----------------------------------------------------------------------------------


def addon_files() -> list[Path]:
    """The files of helpdesk_mail that an installed database depends on."""
    return [
        path
        for path in paths.ADDON.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and "tests" not in path.relative_to(paths.ADDON).parts[:1]
        and "readme" not in path.relative_to(paths.ADDON).parts[:1]
    ]


def template_database(modules: Iterable[str], demo: bool = False) -> str:
    """The name of a database with ``modules`` installed, made once for what they contain now.

    Connections to it are not allowed: copy it with :func:`create_database`.
    """
    wanted = sorted(set(modules))
    family = f"template_{state.digest(wanted, demo)[:6]}_"
    content: list[object] = [
        odoo_package.identity(),
        state.pypi_pins(),
        postgres.programs().parent.name,
    ]
    if "helpdesk_mail" in wanted:
        content.append(state.digest_of_files(addon_files()))
    name = family + state.digest(*content)[:10]
    cluster = postgres.main_cluster()
    cluster.start()
    if name in cluster.databases():
        return name
    with state.lock(f"database {name}"):
        existing = cluster.databases()
        if name in existing:
            return name
        for old in existing:
            if old.startswith((family, f"making_{family}")):
                drop_database(old)
        new = f"making_{name}"
        drop_database(new)
        demo_text = " with demo data" if demo else ""
        base = _base_database(wanted, demo)
        with step(f"making a template database of {', '.join(wanted)}{demo_text}"):
            create_database(new, base)
            run_logged(
                odoo_command(
                    new,
                    *("-i", ",".join(wanted), "--stop-after-init", "--no-http"),
                    "--with-demo" if demo else "--without-demo",
                    *("--max-cron-threads=0", "--log-level=warn"),
                ),
                paths.LOG / f"{family}install.log",
                what=f"The installation of {', '.join(wanted)}",
                environment=odoo_environment(),
            )
            _rename(new, name)
            cluster.sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    return name


def _base_database(wanted: Sequence[str], demo: bool) -> str:
    """What to install ``wanted`` on: the OCA's helpdesk, which every test database has, and for
    our own add-on a template that changes seldom."""
    if "helpdesk_mail" in wanted:
        rest = [name for name in wanted if name != "helpdesk_mail"]
        return template_database({*rest, *OCA}, demo)
    if set(OCA) < set(wanted) and not demo:
        return template_database(OCA)
    return "template0"


def create_database(name: str, template: str = "template0") -> None:
    """Make the database ``name`` as a copy of ``template``, with its files."""
    postgres.main_cluster().create_database(name, template)
    source = _filestore(template)
    state.remove_tree(_filestore(name))
    if source.is_dir():
        # Odoo never changes a stored file, it only adds and deletes: hard links will do.
        shutil.copytree(source, _filestore(name), copy_function=os.link)


def drop_database(name: str) -> None:
    """Drop the database ``name`` and its files, where there are any."""
    postgres.main_cluster().drop_database(name)
    state.remove_tree(_filestore(name))


def _rename(old: str, new: str) -> None:
    source = _filestore(old)
    state.remove_tree(_filestore(new))
    if source.is_dir():
        source.rename(_filestore(new))
    postgres.main_cluster().rename_database(old, new)


def _filestore(name: str) -> Path:
    return paths.DATA / "filestore" / name
