# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``odoo helpdesk_mail parse``: what its options do, without Odoo."""

import json
import pathlib
import subprocess
import sys

import pytest
from message_signing import MAIL, record, rsa_key, sign

ADDON = pathlib.Path(__file__).resolve().parents[2]
CODE = """
import argparse, importlib.util, socket, sys, types

def refuse(*arguments, **more):
    raise AssertionError("the network was asked")

for method in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, method, refuse)
names = {"odoo": "", "odoo.addons": "", "odoo.addons.helpdesk_mail": sys.argv[1]}
for name, path in names.items():
    package = types.ModuleType(name)
    package.__path__ = [path] if path else []
    sys.modules[name] = package
spec = importlib.util.spec_from_file_location("task", sys.argv[1] + "/cli/tasks/parse.py")
task = importlib.util.module_from_spec(spec)
spec.loader.exec_module(task)
parser = argparse.ArgumentParser()
task.add_arguments(parser)
sys.exit(task.run(parser.parse_args(sys.argv[2:])))
"""


@pytest.fixture
def run(tmp_path):
    """A function that runs the command with a signed mail and a table for DNS."""
    table = {
        "key._domainkey.firm.example. TXT": [record(rsa_key())],
        "_dmarc.firm.example. TXT": ["v=DMARC1; p=reject"],
    }
    (tmp_path / "dns.json").write_text(json.dumps(table))
    (tmp_path / "mail.eml").write_bytes(sign(MAIL))

    def command(*words):
        done = subprocess.run(
            [sys.executable, "-c", CODE, str(ADDON), *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    command.folder = tmp_path
    return command


def test_without_an_option_nothing_is_checked(run):
    status, out, _ = run("mail.eml")
    assert (status, json.loads(out)["authentication"]) == (0, None)


def test_with_a_table_the_sender_is_checked(run):
    for words in (("--dns", "dns.json"), ("--authenticate", "--dns", "dns.json")):
        status, out, error = run(*words, "mail.eml", "mail.eml")
        assert (status, error) == (0, "")
        first, second = map(json.loads, out.splitlines())
        assert first == second
        assert first["authentication"] == {
            "dkim": [{"result": "pass", "domain": "firm.example", "selector": "key"}],
            "spf": "none",
            "dmarc": "pass",
            "arc": "none",
            "verdict": "pass",
        }


def test_named_hosts_are_believed(run):
    stamp = b"; Sun, 15 Jun 2025 15:06:40 +0000\r\n"
    told = b"Authentication-Results: mx.desk.example; spf=pass smtp.mailfrom=firm.example\r\n"
    received = b"Received: from x (x [192.0.2.1]) by mx.desk.example" + stamp
    (run.folder / "mail.eml").write_bytes(told + received + MAIL)
    for words, verdict in (((), "fail"), (("--trust", "mx.desk.example"), "pass")):
        _, out, _ = run("--dns", "dns.json", *words, "mail.eml")
        assert json.loads(out)["authentication"]["verdict"] == verdict


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "null", '{"a": 1}', '{"a A": [1]}', "\xff", "[" * 99999]
)
def test_a_table_that_cannot_be_read_is_named(run, text):
    (run.folder / "dns.json").write_bytes(text.encode("latin-1"))
    status, out, error = run("--dns", "dns.json", "mail.eml")
    assert (status, out) == (1, "")
    assert error.startswith("dns.json: ")
    assert "Traceback" not in error


def test_a_table_that_is_not_there_is_named(run):
    assert run("--dns", "none.json", "mail.eml") == (
        1,
        "",
        "none.json: No such file or directory\n",
    )
