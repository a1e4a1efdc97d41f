# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""PostgreSQL is restarted, or crashes, while mail is being taken in."""

import subprocess

import pytest
import road_world
from road_mails import conversation

from dev import postgres
from dev.postgres import PORT, throw_away_cluster

PROTOCOLS = ("imap", "pop3")
# A commit must survive what these tests do to the server.
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
# where the run stands while the server restarts
MOMENTS = [
    ("connect", "after", 1),
    ("mark", "after", 2),
    ("take in", "before", 2),
    ("write journal", "after", 2),
    ("commit batch", "before", 2),
    ("commit batch", "after", 2),
    ("acknowledge", "after", 2),
    ("remember", "before", 1),
]


@pytest.fixture(scope="module")
def shaky(world, tmp_path_factory):
    """The same world on a second, durable PostgreSQL server that may be restarted."""
    with throw_away_cluster(tmp_path_factory.mktemp("postgresql")) as cluster:
        name = world.odoo.database
        cluster.create_database(name)
        _copy(postgres.main_cluster(), cluster, name)
        for setting in DURABLE:
            cluster.sql(f"ALTER SYSTEM SET {setting} = on")
        cluster.sql("SELECT pg_reload_conf()")
        more = {"database": {"host": str(cluster.socket), "port": PORT}}
        found = road_world.World(world.odoo, world.dovecot, cluster, more)
        found.cluster = cluster
        yield found
        found.close()


def _copy(source, target, name):
    programs = postgres.programs()
    dump = subprocess.Popen([programs / "pg_dump", "-d", source.dsn(name)], stdout=subprocess.PIPE)
    subprocess.run(
        [programs / "psql", "-Xq1", "-o", "/dev/null", "-d", target.dsn(name, postgres.SUPERUSER)],
        stdin=dump.stdout,
        check=True,
    )
    assert dump.wait() == 0


def _restart(world):
    world.close()
    world.cluster.stop("immediate")
    world.cluster.start()
    world.connect()


@pytest.fixture(scope="module")
def after_restart(shaky):
    """(step, when, nth, protocol) -> inbox and Answer of a run that stood there meanwhile."""
    workers = {}
    for protocol in PROTOCOLS:
        for step, when, nth in MOMENTS:
            inbox = shaky.inbox(protocol, conversation(7))
            fault = {"step": step, "when": when, "nth": nth, "action": "pause"}
            workers[step, when, nth, protocol] = inbox, inbox.start(faults=[fault])
    for _inbox, worker in workers.values():
        worker.wait_until_paused()
    _restart(shaky)
    for _inbox, worker in workers.values():
        worker.go()
    return {key: (inbox, worker.finish()) for key, (inbox, worker) in workers.items()}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("step, when, nth", MOMENTS, ids=[" ".join(m[:2]) for m in MOMENTS])
def test_restarted_in_the_middle(after_restart, protocol, step, when, nth):
    """The run fails and says why; the next one finishes the work. No mail is put aside for that."""
    inbox, answer = after_restart[step, when, nth, protocol]
    assert answer.error is not None
    ours = [row for row in answer.log if "helpdesk_mail" in row.name]
    assert not [row for row in ours if row.level in ("ERROR", "CRITICAL")]
    said = [row for row in answer.log if "the database failed" in row.words]
    assert len(said) == 1 or step == "remember", "one line in the log says what happened"
    assert not [row for row in ours if "quarantine" in row.words]
    inbox.check_consistent()
    inbox.settle()
    inbox.check_exactly_once()


def test_scheduler_survives(shaky):
    """A cron worker reports the failure and takes everything in at its next turn."""
    inbox = shaky.inbox("imap", conversation(7))
    fault = {"step": "take in", "when": "after", "nth": 2, "action": "pause"}
    worker = inbox.start("cron", faults=[fault]).wait_until_paused()
    _restart(shaky)
    worker.go()
    worker.finish()
    inbox.check_consistent()
    inbox.run("cron")
    inbox.check_exactly_once()


def test_server_killed(shaky):
    """The same after a crash of the database server with all its connections (SIGKILL)."""
    inbox = shaky.inbox("pop3", conversation(7))
    fault = {"step": "acknowledge", "when": "after", "nth": 2, "action": "pause"}
    worker = inbox.start(faults=[fault]).wait_until_paused()
    shaky.close()
    shaky.cluster.kill()
    shaky.cluster.start()
    shaky.connect()
    worker.go()
    assert worker.finish().error is not None
    inbox.check_consistent()
    inbox.settle()
    inbox.check_exactly_once()
