# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One sign-in for both ways: mail comes by IMAP and leaves by SMTP (*As for incoming mail*) with
tokens of the same grant, over TLS; and *watch* waits with them.
"""

import logging
import os

import pytest
from road_mails import conversation, mail
from road_oauth import MECHANISMS, TokenPost, Watching, alone, oauth_config, token_endpoint
from road_secure import WorldWith
from road_world import PASSWORD, Inbox

from dev.dovecot import Dovecot, find_dovecot

CUSTOMER = "anna@kunde.example"


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
    # what other tests have left in the queue would be sent as well, at their servers' pace
    world.rows("UPDATE mail_mail SET state = 'cancel' WHERE state = 'outgoing'")
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


def test_watch_with_tokens(worlds, provider, tmp_path):
    """*watch* signs in with a token; after the server was away and the token has ended, it comes
    back with a new one, whose rotated refresh token Odoo knows too.
    """
    world = worlds["xoauth2"]
    inbox = _inbox(world, provider)
    inbox.fetch()
    with alone(world, inbox), Watching(world, tmp_path) as watching:
        # what came while nobody watched counts: it calls once after it has connected
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
