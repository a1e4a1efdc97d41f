# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One sign-in for both ways: mail comes by IMAP and leaves by SMTP (*As for incoming mail*) with
tokens of the same grant, over TLS; and *watch* waits with them.
"""

import json
import logging
import os
import re
import subprocess
import time

import pytest
from road_mails import conversation, mail
from road_secure import WorldWith, load
from road_world import PASSWORD, Inbox

from dev import odoo, paths
from dev.dovecot import Dovecot, find_dovecot

token_endpoint = load("helpdesk_mail/tests/unit/token_endpoint.py")
smtp_server = load("helpdesk_mail/tests/smtp_server.py")
oauth_config = load("tests/transport/dovecot_oauth.py")
MECHANISMS = ("xoauth2", "oauthbearer")
CUSTOMER = "anna@kunde.example"


class TokenPost(smtp_server.SmtpServer):
    """Takes mail from whoever shows a token that *provider* gave; ``tokens`` are those shown."""

    def __init__(self, encryption, provider, mechanism):
        others = {"PLAIN", "LOGIN", *(name.upper() for name in MECHANISMS)} - {mechanism.upper()}
        super().__init__(encryption, users={}, exclude=sorted(others))
        self.provider = provider
        self.tokens = []

    async def _token(self, server, pattern):
        message = (await server.challenge_auth("")).decode()
        found = re.fullmatch(pattern, message, re.S)
        user, token = found["user"], found["token"]
        self.tokens.append(token)
        good = self.provider.access_tokens.get(token) == user
        if good:
            self.logins.append(user)
        else:
            await server.challenge_auth(json.dumps({"status": "401"}).encode())
        return smtp_server.AuthResult(success=good, handled=False, auth_data=user)

    async def auth_XOAUTH2(self, server, _args):  # noqa: N802 (aiosmtpd's name)
        return await self._token(
            server, r"user=(?P<user>[^\x01]*)\x01auth=Bearer (?P<token>[^\x01]*)\x01\x01"
        )

    async def auth_OAUTHBEARER(self, server, _args):  # noqa: N802
        return await self._token(
            server, r"n,a=(?P<user>[^,]*),\x01.*?auth=Bearer (?P<token>[^\x01]*)\x01\x01"
        )


@pytest.fixture(scope="module")
def provider():
    with token_endpoint.TokenEndpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def worlds(world, provider, tmp_path_factory):
    """mechanism -> the world with a server that speaks TLS and takes tokens by it alone."""
    world.odoo.warm("option", name="helpdesk_mail_oauth_loopback_http", value=True)
    found = {}
    try:
        for mechanism in MECHANISMS:
            folder = tmp_path_factory.mktemp(mechanism)
            config = oauth_config.make(folder, provider.url, mechanism, find_dovecot()[1])
            # the system may have few inotify instances: then the server looks by itself
            config += "\nmailbox_idle_check_interval = 1 secs\n"
            server = Dovecot(folder / "mail", extra_config=config)
            server.start()
            found[mechanism] = WorldWith(world, server)
        yield found
    finally:
        for one in found.values():
            one.dovecot.remove()


def _inbox(world, provider, encryption="ssl", user="", **values):
    """An active inbox whose user has signed in, or whose application signs in as *user*."""
    port = world.dovecot.imaps_port if encryption == "ssl" else world.dovecot.imap_port
    found, values = world._values(
        "imap",
        port,
        {
            "host": "localhost",
            "encryption": encryption,
            "ca_certificate": world.dovecot.ca_file.read_text(),
            "password": False,
            "auth_method": "oauth2",
            "oauth_provider": "generic",
            "oauth_client_id": token_endpoint.CLIENT_ID,
            "oauth_client_secret": token_endpoint.CLIENT_SECRET,
            "oauth_token_url": provider.token_url,
            "oauth_authorize_url": provider.authorize_url,
            **values,
        },
    )
    if user:
        values |= {"email": user, "username": user}
    else:
        user = found
        values["oauth_refresh_token"] = provider.new_refresh_token(user)
    world.dovecot.add_user(user, PASSWORD)
    return Inbox(world, user, "imap", "INBOX", world.odoo.value("make_inbox", values=values))


def _send(inbox):
    """An answer leaves now: its state and what is said of it."""
    world = inbox.world
    (server,) = world.rows("SELECT own_server_id FROM helpdesk_inbox WHERE id = %s", inbox.id)
    values = {
        "email_from": inbox.user,
        "email_to": CUSTOMER,
        "subject": "We come at once",
        "body_html": "<p>We come at once</p>",
        "mail_server_id": server["own_server_id"],
    }
    (one,) = world.odoo.value("call", model="mail.mail", method="create", args=[[values]])
    world.odoo.value("send")
    rows = world.rows("SELECT state, failure_reason FROM mail_mail WHERE id = %s", one)
    return (rows[0]["state"], rows[0]["failure_reason"]) if rows else ("sent", None)


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("encryption", ["ssl", "starttls"])
def test_one_sign_in_for_both_ways(worlds, provider, mechanism, encryption):
    """Mail comes and goes; one token does for both, and is renewed for both when it ends."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    with TokenPost(encryption, provider, mechanism) as post:
        inbox = _inbox(worlds[mechanism], provider, encryption)
        authorities = inbox.world.dovecot.ca_file.read_text() + post.ca_file.read_text()
        inbox.write(
            ca_certificate=authorities,
            outgoing="own",
            smtp_host="localhost",
            smtp_port=post.port,
            smtp_encryption=encryption,
            smtp_login="same",
        )
        before = len(provider.requests)
        for one in conversation(3):
            inbox.deliver(one)
        assert sum(inbox.fetch().values()) == 3
        assert _send(inbox) == ("sent", None)
        assert _send(inbox) == ("sent", None)
        assert set(post.logins) == {inbox.user}
        assert [to for _from, to, _source in post.mails].count((CUSTOMER,)) == 2
        assert all(sender == inbox.user for sender, _to, _source in post.mails)
        assert len(provider.requests) - before <= 1, "one token for IMAP and SMTP"

        # the token ends: the server for outgoing mail notices first
        provider.access_tokens.clear()
        before = len(provider.requests)
        assert _send(inbox) == ("sent", None)
        assert len(provider.requests) - before == 1
        for one in conversation(3):
            inbox.deliver(one)
        assert sum(inbox.fetch().values()) == 3
        assert len(provider.requests) - before == 1, "the renewed one opens the mailbox as well"
        assert sorted(row["message_id"] for row in inbox.journal()) == sorted(inbox.delivered)
        lines = _test_mail(inbox)
        assert {line["state"] for line in lines if line["step"] != "note"} == {"ok"}, lines
        assert any("encrypted (TLS" in line["text"] for line in lines)


def test_the_application_itself_signs_in(worlds, provider):
    """Client credentials: nobody signs in, the application's own secret opens the mailbox."""
    inbox = _inbox(
        worlds["xoauth2"],
        provider,
        user="desk@example.com",
        oauth_flow="client_credentials",
        oauth_scope="https://mail.example/.default",
    )
    for one in conversation(3):
        inbox.deliver(one)
    provider.access_tokens.clear()
    assert sum(inbox.fetch().values()) == 3
    inbox.check_exactly_once()
    asked = provider.requests[-1]
    assert asked["grant_type"] == "client_credentials" and "refresh_token" not in asked
    assert asked["scope"] == "https://mail.example/.default"


def _test_mail(inbox):
    """The lines of *Test and send a test mail*."""
    world = inbox.world
    model = "helpdesk.inbox.test.mail"
    (dialog,) = world.odoo.value(
        "call",
        model=model,
        method="create",
        args=[[{"inbox_id": inbox.id, "email_to": CUSTOMER}]],
    )
    world.odoo.value("call", model=model, method="action_send", args=[[dialog]])
    return world.rows(
        "SELECT step, state, text FROM helpdesk_inbox_test_mail_line"
        " WHERE test_id = %s ORDER BY id",
        dialog,
    )


class Watching:
    """The command *watch*, as an operator starts it."""

    def __init__(self, world, folder):
        self.world = world
        conf = folder / "odoo.conf"
        conf.write_text(
            paths.ODOO_CONF.read_text() + "\nhelpdesk_mail_oauth_loopback_http = True\n"
        )
        conf.chmod(0o600)
        argv = odoo.odoo_command(None, "helpdesk_mail")[:-2]
        argv += ["watch", "-c", str(conf), "-d", world.odoo.database]
        self.log = folder / "watch.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                argv, stdout=output, stderr=output, env=odoo.odoo_environment(), cwd=paths.ROOT
            )

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.process.terminate()
        assert self.process.wait(20) == 0, self.log.read_text()

    def wait_for_call(self, inbox, seconds=90):
        """Until the scheduled action of the inbox is called; forgets the call."""
        query = (
            "DELETE FROM ir_cron_trigger WHERE cron_id ="
            " (SELECT cron_id FROM helpdesk_inbox WHERE id = %s) RETURNING id"
        )
        self.wait(lambda: self.world.rows(query, inbox.id), "not called", seconds)

    def wait(self, condition, otherwise, seconds=90):
        """Until the condition holds; *otherwise* is said where it never does."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, (
                f"{otherwise}:\n{self.log.read_text()[-3000:]}{self.world.dovecot.log()[-3000:]}"
            )
            time.sleep(0.05)


def test_watch_with_tokens(worlds, provider, tmp_path):
    """*watch* signs in with a token; after the server was away and the token has ended, it comes
    back with a new one, whose rotated refresh token Odoo knows too.
    """
    world = worlds["xoauth2"]
    inbox = _inbox(world, provider)
    inbox.fetch()
    # those of other tests have providers that are gone
    world.rows("UPDATE helpdesk_inbox SET state = 'paused' WHERE id != %s", inbox.id)
    with Watching(world, tmp_path) as watching:
        # what came while nobody watched counts: it calls once after it has connected
        world.rows("DELETE FROM ir_cron_trigger")
        watching.wait_for_call(inbox)
        first = mail(f"watched.{os.getpid()}@customer.example")
        inbox.deliver(first)
        watching.wait_for_call(inbox)
        assert inbox.fetch() == {"created": 1}

        before = len(provider.requests)
        world.dovecot.stop()
        provider.access_tokens.clear()
        world.dovecot.start()
        watching.wait(lambda: len(provider.requests) > before, "no new token")
        world.rows("DELETE FROM ir_cron_trigger")
        second = mail(f"again.{os.getpid()}@customer.example")
        inbox.deliver(second)
        watching.wait_for_call(inbox)
        assert len(provider.requests) - before == 1, "one renewal"
        assert inbox.fetch() == {"created": 1}
        assert len(provider.requests) - before == 1, "it was saved: Odoo goes on with it"
        text = watching.log.read_text()
        assert "s3cret" not in text, "no token in the log"
    inbox.check_exactly_once()
