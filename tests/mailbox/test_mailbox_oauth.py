# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A user presses *Connect* and needs no password any more: with a real web server, a real Dovecot
and a real SMTP server that take the tokens of a real provider.
"""

import logging
import os

import pytest
from mailbox_oauth_world import CUSTOMER, Owner
from mailbox_web import PASSWORD, Browser, Refused, Web
from mailbox_world import MODEL, mail
from road_oauth import TokenPost, Watching, alone, configuration, oauth_config, token_endpoint
from road_secure import WorldWith

from dev import paths
from dev.dovecot import Dovecot, find_dovecot

APPLICATION = "helpdesk.mail.application"
# what only the owner may read of a failure
_PRIVATE = ("firm.example", "127.0.0.1", "localhost", "token", "revoked")


@pytest.fixture(scope="module")
def provider():
    with token_endpoint.TokenEndpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def oauth_world(world, provider, tmp_path_factory):
    """The world with a mail server that takes tokens over TLS, and the application that an
    administrator has registered for all users.
    """
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    world.odoo.warm("option", name="helpdesk_mail_oauth_loopback_http", value=True)
    folder = tmp_path_factory.mktemp("oauth")
    config = oauth_config.make(folder, provider.url, "xoauth2", find_dovecot()[1])
    config += "\nmailbox_idle_check_interval = 1 secs\n"
    server = Dovecot(folder / "mail", extra_config=config)
    try:
        server.start()
        found = WorldWith(world, server)
        values = {
            "provider": "generic",
            "client_id": token_endpoint.CLIENT_ID,
            "client_secret": token_endpoint.CLIENT_SECRET,
            "scope": "mail offline_access",
            "authorize_url": provider.authorize_url,
            "token_url": provider.token_url,
        }
        administrator = world.call(
            "res.users",
            "create",
            [
                {
                    "name": "Administrator of settings",
                    "login": "settings",
                    "email": "settings@firm.example",
                    "password": PASSWORD,
                    "group_ids": [(4, group) for group in _groups(world, "base.group_system")],
                }
            ],
        )
        world.call(APPLICATION, "create", [values], user=administrator)
        yield found
    finally:
        server.remove()


def _groups(world, *names):
    return [
        world.rows(
            "SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s", *name.split(".")
        )[0]["res_id"]
        for name in names
    ]


@pytest.fixture(scope="module")
def web(oauth_world, tmp_path_factory):
    """The web server that people's browsers talk to."""
    conf = configuration(tmp_path_factory.mktemp("web"))
    log = paths.LOG / "mailbox-oauth-web.log"
    options = ("-c", str(conf), "--max-cron-threads=0")
    with Web(oauth_world.odoo.database, log, *options) as server:
        server.wait_until_it_serves()
        yield server


@pytest.fixture(scope="module")
def post(provider):
    with TokenPost("ssl", provider, "xoauth2") as server:
        yield server


@pytest.fixture
def anna(oauth_world, web, provider, post):
    """A user who has entered the servers, and nothing of OAuth but the provider."""
    return Owner(oauth_world, web, provider, post)


@pytest.fixture
def connected(anna):
    """The same, connected and active."""
    anna.connect()
    anna.press("action_activate")
    return anna


def test_connect_read_and_send(anna, provider, post):
    """The user registers no application, has no right to look at it, and needs no password."""
    with pytest.raises(Refused) as refused:
        anna.browser.call(APPLICATION, "search_read", [], ["client_id"])
    assert refused.value.kind == "odoo.exceptions.AccessError"
    assert not anna.is_connected()
    before = len(provider.requests)
    anna.connect()
    assert anna.is_connected()
    [asked] = provider.requests[before:]
    assert asked["grant_type"] == "authorization_code"
    assert "s3cret" not in str(anna.browser.call(MODEL, "read", [anna.id], []))
    anna.press("action_activate")

    anna.deliver(mail("hello@customer.example", to=anna.email))
    assert anna.fetch() == {"private": 1}
    assert anna.ids() == ["hello@customer.example"]
    message = anna.send("By token")
    assert anna.sent(message)["state"] == "queued"
    anna.work()
    assert anna.sent(message)["state"] == "sent"
    assert anna.left() == ["By token"]
    assert post.logins[-1] == anna.email
    assert [to for sender, to, _source in post.mails if sender == anna.email] == [(CUSTOMER,)]
    assert len(provider.requests) - before == 1, "one token for IMAP and SMTP"
    assert anna.world.odoo.value("scheduled", xmlid="helpdesk_mail.ir_cron_sent_copies")
    assert len(anna.on_server("Sent")) == 1, "filed with the token as well"


def test_a_link_is_good_for_its_owner_alone(anna, oauth_world, web, provider):
    """Whoever gets hold of the address with state and code gets nothing of it."""
    colleague = Owner(oauth_world, web, provider, anna.post)
    answer = anna.begin()
    before = len(provider.requests)
    for browser in (colleague.browser, Browser(web, "settings")):
        refused = browser.come_back(answer)
        assert refused.status_code == 400
        assert "somebody else began it" in refused.text
        assert anna.email not in refused.text
    nobody = Browser(web).come_back(answer)
    assert nobody.status_code == 303
    assert "/web/login" in nobody.headers["Location"]
    # the code of one in the state of the other: whose mail would that be?
    mixed = {**colleague.begin(), "code": answer["code"]}
    refused = colleague.browser.come_back(mixed)
    assert refused.status_code == 400
    assert not colleague.is_connected()
    assert [request["grant_type"] for request in provider.requests[before:]] == [
        "authorization_code"
    ], "the one that the provider refused"
    assert not anna.is_connected()

    # the provider burns a code that was tried: a new one
    again = anna.begin()
    assert anna.browser.come_back(again).status_code == 303
    assert anna.is_connected()
    before = len(provider.requests)
    replayed = anna.browser.come_back(again)
    assert replayed.status_code == 400
    assert "used already" in replayed.text
    assert len(provider.requests) == before
    assert anna.is_connected()


def test_a_delegate_does_not_connect(anna, oauth_world, web, provider):
    """Reading somebody's mail is not signing in for them."""
    bert = Owner(oauth_world, web, provider, anna.post)
    bert.connect()
    bert.press("action_activate")
    anna.browser.call(MODEL, "write", [anna.id], {"delegate_ids": [(4, bert.uid)]})
    assert bert.browser.call(MODEL, "search", [["id", "=", anna.id]]) == [anna.id]
    with pytest.raises(Refused) as refused:
        bert.browser.call(MODEL, "action_oauth_connect", [anna.id])
    assert refused.value.kind == "odoo.exceptions.AccessError"
    assert bert.browser.come_back(anna.begin()).status_code == 400
    assert not anna.is_connected()


def test_renewed_when_it_ends(connected, provider):
    anna = connected
    for number in range(2):
        provider.access_tokens.clear()
        before = len(provider.requests)
        message = anna.send(f"Renewed {number}")
        anna.work()
        assert anna.sent(message)["state"] == "sent"
        anna.deliver(mail(f"{number}.{anna.uid}@customer.example", to=anna.email))
        assert anna.fetch() == {"private": 1}
        [asked] = provider.requests[before:]
        assert asked["grant_type"] == "refresh_token"
        assert anna.browser.call(MODEL, "read", [anna.id], ["state"])[0]["state"] == "active"


def test_provider_away_for_a_moment(connected, provider):
    """Nothing is given up, and nobody has to sign in."""
    anna = connected
    provider.access_tokens.clear()
    provider.fail = 503, b""
    try:
        message = anna.send("Later")
        anna.work()
    finally:
        provider.fail = None
    row = anna.sent(message, "state", "problem", "waits_for_sign_in")
    assert row["state"] == "queued"
    assert not row["waits_for_sign_in"]
    assert anna.is_connected()
    anna.world.rows(
        "UPDATE helpdesk_mailbox_message SET retry_at = now() AT TIME ZONE 'UTC'"
        " - interval '1 second' WHERE id = %s",
        message,
    )
    anna.work()
    assert anna.sent(message)["state"] == "sent"


def test_sign_in_withdrawn(connected, provider):
    """The owner alone is told, what is to be sent waits, and leaves after the next *Connect*."""
    anna = connected
    provider.revoke_all()
    messages = [anna.send(f"Waits {number}") for number in range(2)]
    before = len(provider.requests)
    log = anna.work().log
    rows = [anna.sent(one, "state", "problem", "retry_at", "is_uncertain") for one in messages]
    assert [row["state"] for row in rows] == ["queued", "queued"]
    assert all("Press Reconnect" in row["problem"] for row in rows)
    assert all("leaves by itself" in row["problem"] for row in rows)
    assert len(provider.requests) - before == 1, "one try for all that waits"
    assert anna.left() == []
    assert not anna.is_connected()

    anna.deliver(mail(f"meanwhile.{anna.uid}@customer.example", to=anna.email))
    answer = anna.start().finish()
    assert anna.row()["state"] == "failed"
    assert "Press Reconnect" in anna.read("last_error")["last_error"]
    [notice] = anna.notices()
    assert notice["who"] == anna.email
    assert notice["subject"] == "Your mailbox cannot be read"
    said = notice["subject"] + notice["body"].replace(f"/my-mailbox/{anna.id}", "")
    # the address of the web server itself stands in the link
    said = said.replace("http://localhost", "").replace("http://127.0.0.1", "")
    assert not [word for word in _PRIVATE if word in said], said
    words = "\n".join(line.words for line in [*log, *answer.log])
    assert anna.email not in words
    assert "s3cret" not in words
    # the preflight of the next mail says so before it is sent
    draft = anna.browser.call("helpdesk.mailbox.message", "create", [{"email_to": CUSTOMER}])[0]
    assert "presses Connect" in anna.sent(draft, "preflight")["preflight"]

    anna.connect()
    anna.work()
    rows = [anna.sent(one, "state", "problem") for one in messages]
    assert [row["state"] for row in rows] == ["sent", "sent"]
    assert [row["problem"] for row in rows] == [False, False]
    assert anna.left() == ["Waits 0", "Waits 1"]
    anna.fetch()
    assert anna.message(f"meanwhile.{anna.uid}@customer.example")
    assert anna.row()["state"] == "active"
    assert "Connect" not in (anna.sent(draft, "preflight")["preflight"] or "")


def test_connect_wakes_the_sender(connected, provider):
    """What waits does not wait for the next hour."""
    anna = connected
    provider.revoke_all()
    anna.send()
    anna.work()
    query = (
        "DELETE FROM ir_cron_trigger WHERE cron_id ="
        " (SELECT send_cron_id FROM helpdesk_mailbox WHERE id = %s) RETURNING call_at <= now() AT"
        " TIME ZONE 'UTC' AS due"
    )
    assert not [row for row in anna.world.rows(query, anna.id) if row["due"]]
    anna.connect()
    assert [row for row in anna.world.rows(query, anna.id) if row["due"]]
    anna.work()
    assert anna.left() == ["Offer"]


def test_mailbox_that_only_sends(oauth_world, web, provider, post):
    """No fetch would notice: sending tells, each time."""
    anna = Owner(oauth_world, web, provider, post, fetch_enabled=False)
    anna.connect()
    for turn in (1, 2):
        provider.revoke_all()
        anna.send(f"Turn {turn}")
        anna.work()
        notices = anna.notices()
        assert [notice["who"] for notice in notices] == [anna.email] * turn
        assert notices[-1]["subject"] == "Your mailbox cannot send"
        anna.connect()
        assert not anna.read("last_error")["last_error"]
        anna.work()
        assert len(anna.left()) == turn


def test_watch(connected, provider, tmp_path):
    """*watch* waits with the owner's token; new mail is fetched as it comes."""
    anna, world = connected, connected.world
    anna.fetch()
    table = "helpdesk_mailbox"
    with alone(world, anna, table), Watching(world, tmp_path) as watching:
        watching.wait_for_call(anna, table=table)
        anna.deliver(mail(f"watched.{os.getpid()}@customer.example", to=anna.email))
        watching.wait_for_call(anna, table=table)
        assert anna.fetch() == {"private": 1}
        text = watching.log.read_text()
    assert "s3cret" not in text, "no token in the log"
    assert anna.email not in text, "and nobody's address"
