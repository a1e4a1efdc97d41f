# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Servers that greet and no more, with TLS by an authority of the tests, and a web server."""

import contextlib
import datetime
import http.server
import ipaddress
import socket
import ssl
import tempfile
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

GREETINGS = {"imap": b"* OK ready\r\n", "pop3": b"+OK ready\r\n", "smtp": b"220 ready\r\n"}
YES = {
    "imap": b"* CAPABILITY IMAP4rev1\r\na OK go\r\n",
    "pop3": b"+OK go\r\n",
    "smtp": b"220 go\r\n",
}


class Authority:
    """A self-signed certificate for *names*: (``ca_data``, ``context`` of a server)."""

    def __init__(self, *names):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(
                x509.SubjectAlternativeName(
                    [
                        *(x509.DNSName(one) for one in names),
                        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                    ]
                ),
                critical=False,
            )
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        self.ca_data = pem.decode()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:
            file.write(pem)
            file.write(
                key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
            file.flush()
            self.context.load_cert_chain(file.name)


class Greeter:
    """A mail server at ``port`` that greets; with *silent* it says nothing, with *refuses* it has
    no STARTTLS. Use it as a context manager.
    """

    def __init__(self, protocol, encryption, context, silent=False, refuses=False, greeting=None):
        self.asked = []
        self._options = (protocol, encryption, context, silent, refuses)
        self._greeting = greeting or GREETINGS[protocol]
        self._open = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_error):
        # close() alone wakes nobody: who waits in accept() would take one more
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.close()

    def _serve(self):
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        protocol, encryption, context, silent, refuses = self._options
        with contextlib.suppress(OSError):
            if encryption == "ssl":
                connection = context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            if silent:
                connection.recv(1)
                return
            connection.sendall(self._greeting)
            while data := connection.recv(1000):
                self.asked.append(data)
                if data.startswith(b"EHLO"):
                    connection.sendall(b"250-here\r\n250 STARTTLS\r\n")
                elif b"TLS" in data:
                    connection.sendall(b"a NO no\r\n" if refuses else YES[protocol])
                    if not refuses:
                        connection = context.wrap_socket(connection, server_side=True)
                        self._open.append(connection)


class WebServer:
    """Serves ``pages``: path -> (status, headers, body). ``asked`` are the paths."""

    def __init__(self, context=None):
        self.pages, self.asked = {}, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                status, headers, body = outer.pages.get(self.path.partition("?")[0], (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_words):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()


def config_file(*servers):
    """An autoconfig file with *servers*: (tag, type, host, port, socketType, username)."""
    rows = "".join(
        f'<{tag} type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
        f"<socketType>{encryption}</socketType><username>{user}</username>"
        f"<authentication>password-cleartext</authentication></{tag}>"
        for tag, kind, host, port, encryption, user in servers
    )
    return (
        f'<clientConfig version="1.1"><emailProvider id="x">{rows}</emailProvider></clientConfig>'
    ).encode()
