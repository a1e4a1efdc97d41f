# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An OAuth 2.0 provider for tests: issues, rotates, introspects and revokes tokens on loopback.

It knows RFC 6749 (codes, refresh tokens, client credentials), checks PKCE (RFC 7636) as a strict
provider does, and answers RFC 7662 introspection for a mail server. Standard library only.
"""

import base64
import hashlib
import itertools
import json
import ssl
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLIENT_ID = "helpdesk-client"
CLIENT_SECRET = "client-s3cret/+ü"


class TokenEndpoint:
    """``with TokenEndpoint() as provider``: listens on 127.0.0.1 until the end of the block.

    ``requests`` are the forms that came to /token; ``fail`` (status, answer) is given to each
    request while it is set; ``hold`` is called within each request before it is answered.
    """

    def __init__(self, certificate=None, rotate=True, expires_in=3600):
        self.rotate = rotate
        self.expires_in = expires_in
        self.scope = None
        self.requests = []
        self.fail = None
        self.hold = None
        self.headers = {}
        self.codes = {}  # code -> (challenge, redirect_uri)
        self.refresh_tokens = {}  # token -> user name
        self.access_tokens = {}  # token -> user name
        self.give_refresh_token = True
        self._serial = itertools.count(1)
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        self.token_url = f"{self.url}/token"
        self.authorize_url = f"{self.url}/authorize"

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_exc):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # -- what a person or an administrator does at the provider

    def consent(self, authorize_url, user="desk@example.com"):
        """A person opens the address, signs in and agrees: the parameters that come back."""
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(authorize_url).query))
        assert query["response_type"] == "code" and query["client_id"] == CLIENT_ID, query
        assert query["code_challenge_method"] == "S256", query
        code = f"code-{next(self._serial)}"
        self.codes[code] = (query["code_challenge"], query["redirect_uri"], user)
        return {"code": code, "state": query["state"]}

    def new_refresh_token(self, user="desk@example.com"):
        token = f"refresh-{next(self._serial)}-s3cret"
        self.refresh_tokens[token] = user
        return token

    def new_access_token(self, user="desk@example.com"):
        token = f"access-{next(self._serial)}-s3cret"
        self.access_tokens[token] = user
        return token

    def revoke_all(self):
        """The grant is withdrawn: nothing that was given is good any more."""
        self.refresh_tokens.clear()
        self.access_tokens.clear()

    # -- answers

    def grant(self, form, authorization):
        """(status, answer) for a request to /token."""
        with self._lock:
            self.requests.append({**form, "authorization": authorization})
        if self.hold:
            self.hold()
        if self.fail:
            return self.fail
        if not self._is_client(form, authorization):
            return 401, {"error": "invalid_client", "error_description": "unknown client"}
        with self._lock:
            user = self._user_of(form)
            if not user:
                description = f"no such grant: {form.get('refresh_token') or form.get('code')}"
                return 400, {"error": "invalid_grant", "error_description": description}
            answer = {"access_token": self.new_access_token(user), "token_type": "Bearer"}
            if self.expires_in is not None:
                answer["expires_in"] = self.expires_in
            kind = form["grant_type"]
            first = kind == "authorization_code"
            if self.give_refresh_token and (first or kind == "refresh_token" and self.rotate):
                answer["refresh_token"] = self.new_refresh_token(user)
            return 200, answer

    def _is_client(self, form, authorization):
        if authorization.startswith("Basic "):
            text = base64.b64decode(authorization[6:]).decode("latin-1")
            return text == f"{CLIENT_ID}:{CLIENT_SECRET}"
        return form.get("client_id") == CLIENT_ID and form.get("client_secret") == CLIENT_SECRET

    def _user_of(self, form):
        kind = form.get("grant_type")
        if kind == "client_credentials":
            return "desk@example.com"
        if kind == "refresh_token":
            old = form.get("refresh_token")
            # one that was rotated is dead: whoever uses it twice is taken for a thief
            return self.refresh_tokens.pop(old, None) if self.rotate else self._kept(old)
        if kind == "authorization_code":
            challenge, redirect, user = self.codes.pop(form.get("code"), (None, None, None))
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            return user if proof == challenge and form.get("redirect_uri") == redirect else None
        return None

    def _kept(self, token):
        return self.refresh_tokens.get(token)

    def introspect(self, token):
        """RFC 7662, section 2.2."""
        user = self.access_tokens.get(token)
        if not user:
            return {"active": False}
        return {"active": True, "email": user, "username": user, "exp": 4102444800}


class _Server(ThreadingHTTPServer):
    def handle_error(self, _request, _client_address):
        """Clients that go away are no news."""


def _handler(provider):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # longer than clients keep a line that is idle: else one may be cut as it is used again
        timeout = 120

        def do_GET(self):  # noqa: N802 (http.server's name)
            # tokeninfo, as Dovecot asks: /introspect?token=… with the token at the end
            token = self.path.partition("?token=")[2] or self._bearer()
            self._answer(200, provider.introspect(urllib.parse.unquote(token)))

        def do_POST(self):  # noqa: N802
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = dict(urllib.parse.parse_qsl(body))
            if self.path.startswith("/introspect"):
                self._answer(200, provider.introspect(form.get("token") or self._bearer()))
                return
            self._answer(*provider.grant(form, self.headers.get("Authorization", "")))

        def _bearer(self):
            return self.headers.get("Authorization", "").partition(" ")[2]

        def _answer(self, status, answer):
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in provider.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    return Handler
