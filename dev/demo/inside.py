# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is set up within Odoo. Runs in Odoo's Python, with Odoo's configuration:

python -m dev.demo.inside odoo.conf DATABASE '{"url": ..., "imap_port": ..., ...}'

Whatever a person may have changed in the demo is left alone: records are made where they are
missing, and only ports and addresses that changed with this run are written again.
"""

from __future__ import annotations

import datetime
import json
import sys
from typing import Any

# login (and password), name, group
USERS = (
    ("agent", "Abigail Peterson", "helpdesk_mgmt.group_helpdesk_user_team"),
    ("manager", "Doris Cole", "helpdesk_mgmt.group_helpdesk_manager"),
)
ASSETS = ("web.assets_frontend_minimal", "web.assets_frontend", "web.assets_web")
DOMAIN = "example.com"
SERVICES = (
    "iap.endpoint",
    "iap.partner_autocomplete.endpoint",
    "enrich.endpoint",
    "reveal.endpoint",
    "sms.endpoint",
    "snailmail.endpoint",
)
NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens
SERVER = "Demo: keeps all mail, sends none on"


def run(env: Any, words: dict[str, Any]) -> None:
    """Bring settings, users, servers and the inbox in order; fetch where ``fetch`` is set.

    With ``assets`` alone it only prepares the web client.
    """
    if words.get("assets"):
        _make_assets(env)
        return
    _set_addresses(env, words["url"])
    _stay_here(env)
    server = _outgoing_server(env, words)
    _users(env)
    inbox = _inbox(env, server, words)
    mailbox = _mailbox(env, words)
    env.cr.commit()
    if inbox.state in ("draft", "failed"):
        inbox.action_activate()
        env.cr.commit()
    if mailbox and mailbox.state in ("draft", "failed"):
        mailbox.action_activate()
        env.cr.commit()
    if words.get("fetch"):
        _fetch(env, inbox)
        if mailbox:
            mailbox.fetch()
            env.cr.commit()


def _fetch(env: Any, inbox: Any) -> None:
    mails = env["mail.mail"]
    # Odoo's demo data has queued mails of its own: they would bury ours.
    mails.search([("state", "=", "outgoing")]).write({"state": "cancel"})
    env.cr.commit()
    inbox.fetch()
    if inbox.last_error:
        raise SystemExit(inbox.last_error)
    # The fetch has committed in a transaction of its own, which only a new one sees.
    env.cr.commit()
    # What it has queued leaves now, so that it can be looked at.
    mails.process_email_queue()
    env.cr.commit()


def _make_assets(env: Any) -> None:
    """Make the login page's and the web client's files, so that the first visit is quick."""
    for name in ASSETS:
        bundle = env["ir.qweb"]._get_asset_bundle(name, css=True, js=True, assets_params={})
        bundle.css()
        bundle.js()
        env.cr.commit()


def _set_addresses(env: Any, url: str) -> None:
    parameters = env["ir.config_parameter"].sudo()
    parameters.set_param("web.base.url", url)
    parameters.set_param("web.base.url.freeze", "True")
    company = env.ref("base.main_company")
    if not company.alias_domain_id:
        domains = env["mail.alias.domain"]
        company.alias_domain_id = domains.search([("name", "=", DOMAIN)]) or domains.create(
            {"name": DOMAIN, "company_ids": [(4, company.id)]}
        )


def _stay_here(env: Any) -> None:
    """Call no service of Odoo's maker: a demo needs no network."""
    parameters = env["ir.config_parameter"].sudo()
    for key in SERVICES:
        parameters.set_param(key, NOWHERE)
    company = env.ref("base.main_company")
    if "iap_enrich_auto_done" in company._fields:
        company.iap_enrich_auto_done = True
    cron = env.ref("mail.ir_cron_module_update_notification", raise_if_not_found=False)
    if cron:
        cron.active = False


def _outgoing_server(env: Any, words: dict[str, Any]) -> Any:
    """The storing SMTP server, for all that this database sends."""
    servers = env["ir.mail_server"].with_context(active_test=False)
    server = servers.search([("name", "=", SERVER)], limit=1)
    values = {
        "smtp_host": words["host"],
        "smtp_port": words["smtp_port"],
        "smtp_encryption": "none",
        "smtp_authentication": "login",
    }
    if server:
        server.write(values)
        return server
    return servers.create({"name": SERVER, "sequence": 1, "from_filter": DOMAIN, **values})


def _users(env: Any) -> None:
    users = env["res.users"].with_context(no_reset_password=True, active_test=False)
    team = env.ref("helpdesk_mgmt.helpdesk_team_2")
    for login, name, group in USERS:
        if users.search_count([("login", "=", login)]):
            continue
        user = users.create(
            {
                "login": login,
                "password": login,
                "name": name,
                "email": f"{login}@{DOMAIN}",
                "tz": "Europe/Brussels",
                "notification_type": "inbox",
                "group_ids": [(6, 0, [env.ref("base.group_user").id, env.ref(group).id])],
            }
        )
        team.user_ids = [(4, user.id)]


def _inbox(env: Any, server: Any, words: dict[str, Any]) -> Any:
    inbox = env.ref("helpdesk_mail.helpdesk_inbox_demo", raise_if_not_found=False)
    if not inbox:
        inbox = env["helpdesk.inbox"].search([("email", "=", words["inbox"])], limit=1)
    if not inbox:
        inbox = env["helpdesk.inbox"].create({"name": "Customer support", "email": words["inbox"]})
    connection = {"host": words["host"], "port": words["imap_port"], "encryption": "none"}
    if inbox.state == "draft":
        connection.update(
            protocol="imap",
            username=words["inbox"],
            password=words["password"],
            sync_start=datetime.date.today() - datetime.timedelta(days=7),
            mail_server_id=server.id,
        )
    # Writing the host makes the inbox look at the whole folder again: only where it changed.
    now = inbox.read(list(connection), load="")[0]
    changed = {name: value for name, value in connection.items() if now[name] != value}
    if changed or not inbox.has_password:
        # a password is for one server: with another port it is asked for again
        inbox.write({**changed, "password": words["password"]})
    return inbox


def _mailbox(env: Any, words: dict[str, Any]) -> Any:
    """The agent's own mailbox, as the agent sees it; None where there is no agent any more.

    Nobody else may touch it, the superuser neither.
    """
    agent = env["res.users"].search([("login", "=", words["personal"].partition("@")[0])])
    if not agent:
        return None
    mailboxes = env(user=agent.id, su=False)["helpdesk.mailbox"]
    connection = {"host": words["host"], "port": words["imap_port"], "encryption": "none"}
    mailbox = mailboxes.search([("user_id", "=", agent.id)])
    if not mailbox:
        return mailboxes.create(
            {
                **connection,
                "email": words["personal"],
                "username": words["personal"],
                "password": words["personal_password"],
                "sent_folder": words["sent_folder"],
                "sync_start": datetime.date.today() - datetime.timedelta(days=7),
                "send_enabled": True,
                "outgoing": "system",
            }
        )
    now = mailbox.read(list(connection), load="")[0]
    changed = {name: value for name, value in connection.items() if now[name] != value}
    if changed:
        mailbox.write({**changed, "password": words["personal_password"]})
    return mailbox


def main(arguments: list[str]) -> None:
    """Open the database and run."""
    # Here and not above: the rest of this module can be read without Odoo.
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    configuration, database, words = arguments
    config.parse_config(
        ["-c", configuration, "-d", database, "--no-http", "--log-level=warn"], setup_logging=True
    )
    with Registry(database).cursor() as cr:
        run(api.Environment(cr, SUPERUSER_ID, {}), json.loads(words))


if __name__ == "__main__":
    main(sys.argv[1:])
