# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A web server of Odoo's, and people's sessions in it."""

import sys
import urllib.parse
from pathlib import Path

import requests

LIFE = Path(__file__).resolve().parents[1] / "life"
if str(LIFE) not in sys.path:
    sys.path.insert(0, str(LIFE))

import life_world  # noqa: E402

PASSWORD = "web pa55word"
CALLBACK = "/helpdesk_mail/oauth/callback"


class Web(life_world.Server):
    """An Odoo that only answers browsers."""

    def wait_until_it_serves(self):
        def answers():
            try:
                return requests.get(f"{self.url}/web/health", timeout=5).status_code == 200
            except requests.RequestException:
                return False

        life_world.wait_for("an answer", answers, alive=self.alive)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


class Browser:
    """A person's session; ``uid`` once they have logged in."""

    def __init__(self, web, login=None):
        self.web = web
        self.session = requests.Session()
        self.session.trust_env = False
        self.uid = None
        if login:
            found = self._post(
                "/web/session/authenticate", db=web.database, login=login, password=PASSWORD
            )
            self.uid = found["uid"]

    def _post(self, path, **params):
        answer = self.session.post(
            self.web.url + path,
            json={"jsonrpc": "2.0", "method": "call", "params": params},
            timeout=60,
        ).json()
        if "error" in answer:
            raise Refused(answer["error"]["data"]["name"], answer["error"]["data"]["message"])
        return answer["result"]

    def call(self, model, method, *args, **kwargs):
        """Call a public method as the web client does."""
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=list(args),
            kwargs=kwargs,
        )

    def come_back(self, parameters):
        """Arrive from the provider's page: the answer, not followed."""
        return self.session.get(
            f"{self.web.url}{CALLBACK}?{urllib.parse.urlencode(parameters)}",
            allow_redirects=False,
            timeout=60,
        )


class Refused(Exception):
    """What the server says instead of a result."""

    def __init__(self, kind, words):
        super().__init__(words)
        self.kind = kind
