# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a forked Odoo does for a test: set up an inbox, fetch as a person or as the "
"scheduler, retry."""

import dataclasses
import email
import logging
import traceback
import types

import odoo
import road_faults
from odoo import SUPERUSER_ID, api, fields
from odoo.service.model import call_kw, retrying


class _Record(logging.Handler):
    """Keeps what is logged, as a person would read it in the log file."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self.lines.append([record.levelname, record.name, record.getMessage(), trace])


def run(request, line, registry):
    """Run the job that ``request`` names; faults are armed once everything is loaded."""
    database = request.get("database")
    if database:
        _move(registry, database)
    registry = registry.check_signaling()
    record = _Record()
    logging.getLogger().addHandler(record)
    arguments = request.get("arguments", {})
    road_faults.arm(request, line)
    try:
        value = globals()[f"job_{request['job']}"](registry, **arguments)
    except Exception as error:
        value = None
        failure = {"type": type(error).__name__, "words": str(error)}
    else:
        failure = None
    finally:
        logging.getLogger().removeHandler(record)
    registry.signal_changes()
    return {
        "value": value,
        "error": failure,
        "log": record.lines,
        "reached": road_faults.reached,
        "growth": _peak() - road_faults.start_memory,
    }


def _move(registry, database):
    """Use the loaded registry for an equal database on another server."""
    odoo.tools.config["db_host"] = database["host"]
    odoo.tools.config["db_port"] = database["port"]
    registry._db = odoo.sql_db.db_connect(registry.db_name)


def _peak():
    return road_faults.memory("VmHWM")


def _in_transaction(registry, work, user=SUPERUSER_ID):
    """Run ``work(env)`` as a request of a web client runs it: retried where it collides, "
    "then committed."""
    with registry.cursor() as cr:
        env = api.Environment(cr, user, {})
        return retrying(lambda: work(env), env)


def job_option(registry, name, value):
    """Set an option of the configuration file; in the parent, for all that follow."""
    odoo.tools.config.options[name] = value


def job_with_options(registry, options, what, **arguments):
    """A job in an Odoo whose configuration file has these options."""
    odoo.tools.config.options.update(options)
    return globals()[f"job_{what}"](registry, **arguments)


def job_make_inbox(registry, values):
    """Create and activate an inbox as an administrator does."""

    def work(env):
        team = env["helpdesk.ticket.team"].search([("name", "=", "Road")], limit=1)
        team = team or env["helpdesk.ticket.team"].create({"name": "Road"})
        inbox = env["helpdesk.inbox"].create({"team_id": team.id, **values})
        inbox.action_activate()
        return inbox.id

    return _in_transaction(registry, work)


def job_make_inboxes(registry, values_list):
    """Create many inboxes that are active already, in one transaction."""

    def work(env):
        team = env["helpdesk.ticket.team"].search([("name", "=", "Road")], limit=1)
        team = team or env["helpdesk.ticket.team"].create({"name": "Road"})
        inboxes = env["helpdesk.inbox"].create([{"team_id": team.id, **v} for v in values_list])
        inboxes.write({"state": "active", "active_since": fields.Datetime.now()})
        return inboxes.ids

    return _in_transaction(registry, work)


def job_make_mailboxes(registry, values_list):
    """Create many users with personal mailboxes that are active already: pairs of their ids."""

    def work(env):
        from odoo.addons.helpdesk_mail.models import seal

        users = env["res.users"].create(
            [{"name": v["email"], "login": v["email"], "email": v["email"]} for v in values_list]
        )
        pairs = zip(users.ids, values_list, strict=True)
        mailboxes = seal.opened(env["helpdesk.mailbox"]).create(
            [{"user_id": user, **values} for user, values in pairs]
        )
        mailboxes.write({"state": "active", "active_since": fields.Datetime.now()})
        return [users.ids, mailboxes.ids]

    return _in_transaction(registry, work)


def job_write(registry, model, ids, values):
    """Change records."""
    return _in_transaction(registry, lambda env: env[model].browse(ids).write(values))


def job_activate(registry, inbox):
    """The button *Activate*."""
    return _in_transaction(
        registry, lambda env: env["helpdesk.inbox"].browse(inbox).action_activate()
    )


def job_fetch(registry, inbox, model="helpdesk.inbox", user=SUPERUSER_ID):
    """*Fetch now* through the API: the counts by outcome."""
    return _in_transaction(registry, lambda env: env[model].browse(inbox).fetch(), user)


def job_fetch_now(registry, inbox, user=SUPERUSER_ID):
    """The button *Fetch now*: the words of the notification."""

    def work(env):
        return env["helpdesk.inbox"].browse(inbox).action_fetch_now()["params"]

    return _in_transaction(registry, work, user)


def job_settle(registry, inbox, most=10):
    """Fetch again until nothing is left: the counts of each run."""
    runs = []
    for _run in range(most):
        counts = job_fetch(registry, inbox)
        runs.append(counts)
        if not counts:
            break
    return runs


def job_cron(registry, inbox, model="helpdesk.inbox"):
    """What a cron worker does with the inbox's scheduled action. False where another has it."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        cron = env[model].browse(inbox)._helpdesk_mail_unsealed__().cron_id
        job = cron._acquire_one_job(cr, cron.id, include_not_ready=True)
        if not job:
            return False
        registry["ir.cron"]._process_job(cr, job)
        return True


def job_retry(registry, mails, user):
    """The button *Retry* of the mail log, pressed by ``user``: the notification."""

    def work(env):
        return env["helpdesk.incoming.mail"].browse(mails).action_retry()["params"]

    return _in_transaction(registry, work, user)


def job_raw(registry, mail):
    """The stored original of a mail, base64."""

    def work(env):
        record = env["helpdesk.incoming.mail"].with_context(bin_size=False).browse(mail)
        return (record.raw or b"").decode()

    return _in_transaction(registry, work)


def job_make_administrator(registry):
    """A user who is mail administrator and nothing more."""

    def work(env):
        group = env.ref("helpdesk_mail.group_mail_administrator")
        values = {"name": "Mail admin", "login": "mail-admin", "group_ids": [(4, group.id)]}
        # several modules of tests ask for one
        known = env["res.users"].search([("login", "=", values["login"])])
        return (known or env["res.users"].create(values)).id

    return _in_transaction(registry, work)


def job_call(registry, model, method, args, kwargs=None, user=SUPERUSER_ID):
    """Call a public method of a model as ``user`` does through the web client: its result."""

    def work(env):
        return call_kw(env[model], method, args, kwargs or {})

    return _in_transaction(registry, work, user)


def job_find_settings(registry, mailbox, user, dns):
    """The button *Find the settings*, in an internet that consists of these DNS records."""
    from odoo.addons.helpdesk_mail.message.authentication.dns_table import TableResolver
    from odoo.addons.helpdesk_mail.transport import channel

    Mailbox = registry["helpdesk.mailbox"]
    options, addresses = Mailbox._setup_options, channel.addresses

    def known(host, *args, **kwargs):
        if host not in ("localhost", "127.0.0.1"):
            raise OSError(f"{host} is unknown")
        return addresses(host, *args, **kwargs)

    Mailbox._setup_resolver = lambda self: TableResolver(dns)
    Mailbox._setup_options = lambda self: dataclasses.replace(options(self), own_files=(), ispdb="")
    channel.addresses = known
    return job_call(registry, "helpdesk.mailbox", "action_find_settings", [[mailbox]], user=user)


def job_reconcile(registry, email):
    """The command *reconcile*: its exit code."""
    from odoo.addons.helpdesk_mail.cli.tasks import reconcile

    def work(env):
        return reconcile.run(env, types.SimpleNamespace(inbox=email, fix=False))

    return _in_transaction(registry, work)


def job_send(registry):
    """What Odoo's scheduled action does that sends the queue: how many mails wait no more."""

    def work(env):
        waiting = [("state", "=", "outgoing")]
        before = env["mail.mail"].search_count(waiting)
        env["mail.mail"].process_email_queue()
        return before - env["mail.mail"].search_count(waiting)

    return _in_transaction(registry, work)


def job_send_raw(registry, source):
    """Send a mail at once, by the server that Odoo chooses for it."""
    message = email.message_from_string(source)
    message["Message-Id"] = message["Message-Id"] or "<raw@road.example>"
    return _in_transaction(registry, lambda env: env["ir.mail_server"].send_email(message))


def job_scheduled(registry, xmlid):
    """What a cron worker does with a scheduled action that is due. False where another has it."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        cron = env.ref(xmlid)
        job = cron._acquire_one_job(cr, cron.id, include_not_ready=True)
        if not job:
            return False
        registry["ir.cron"]._process_job(cr, job)
        return True
