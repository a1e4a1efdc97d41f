# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What OAuth tests need: an SMTP server that takes tokens, and the command *watch*."""

import contextlib
import json
import re
import subprocess
import time

from road_secure import load

from dev import odoo, paths

token_endpoint = load("helpdesk_mail/tests/unit/token_endpoint.py")
smtp_server = load("helpdesk_mail/tests/smtp_server.py")
oauth_config = load("tests/transport/dovecot_oauth.py")
MECHANISMS = ("xoauth2", "oauthbearer")


def configuration(folder):
    """A configuration file of Odoo's for a provider on loopback (its Path)."""
    conf = folder / "odoo.conf"
    conf.write_text(paths.ODOO_CONF.read_text() + "\nhelpdesk_mail_oauth_loopback_http = True\n")
    conf.chmod(0o600)
    return conf


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


@contextlib.contextmanager
def alone(world, account, table="helpdesk_inbox"):
    """Of all accounts only this one is active, and nobody has called its scheduled action: those of
    other tests have servers and providers that are gone.
    """
    active = [
        (name, [row["id"] for row in world.rows(f"SELECT id FROM {name} WHERE state = 'active'")])
        for name in ("helpdesk_inbox", "helpdesk_mailbox")
    ]

    def write(state):
        for name, ids in active:
            others = [one for one in ids if (name, one) != (table, account.id)]
            world.rows(f"UPDATE {name} SET state = %s WHERE id = ANY(%s)", state, others)

    write("paused")
    world.rows("DELETE FROM ir_cron_trigger")
    try:
        yield
    finally:
        write("active")


class Watching:
    """The command *watch*, as an operator starts it."""

    def __init__(self, world, folder):
        self.world = world
        conf = configuration(folder)
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
        assert self.process.wait(120) == 0, self.log.read_text()

    def wait_for_call(self, account, seconds=300, table="helpdesk_inbox"):
        """Until the scheduled action of the account is called; forgets the call."""
        query = (
            "DELETE FROM ir_cron_trigger WHERE cron_id ="
            f" (SELECT cron_id FROM {table} WHERE id = %s) RETURNING id"
        )
        self.wait(lambda: self.world.rows(query, account.id), "not called", seconds)

    def wait(self, condition, otherwise, seconds=300):
        """Until the condition holds; *otherwise* is said where it never does."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, (
                f"{otherwise}:\n{self.log.read_text()[-3000:]}{self.world.dovecot.log()[-3000:]}"
            )
            time.sleep(0.05)
