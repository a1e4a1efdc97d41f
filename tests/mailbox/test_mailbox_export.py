# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""All mail of a mailbox, downloaded by a browser from a real web server: every mail is one that
other programs read, and the server holds no more than a few of them at a time.
"""

import email
import email.policy
import hashlib
import random
import zipfile
from pathlib import Path

import pytest
from mailbox_web import PASSWORD, Browser, Web
from mailbox_world import MESSAGE, MODEL, mail

from dev import paths

ALPHABET = "Grüße aus Łódź, 日本語 😀 "
BIG = 2 * 2**20
NUMBER = 30


@pytest.fixture(scope="module")
def web(world):
    log = paths.LOG / "mailbox-export-web.log"
    with Web(world.odoo.database, log, "--max-cron-threads=0") as server:
        server.wait_until_it_serves()
        yield server


def browser_of(web, mailbox):
    mailbox.world.call("res.users", "write", [[mailbox.uid], {"password": PASSWORD}])
    return Browser(web, mailbox.email)


def with_file(name, subject, content, **values):
    """A mail with a file, as mail programs write it."""
    made = email.message.EmailMessage(policy=email.policy.SMTP)
    made["Message-ID"] = f"<{name}>"
    made["From"] = '"Müller, Carla" <carla@customer.example>'
    made["To"] = values.get("to", "anna@firm.example")
    made["Subject"] = subject
    made["Date"] = "Mon, 16 Nov 2026 10:00:00 +0000"
    made.set_content(f"{ALPHABET * 20}\n")
    made.add_alternative(f"<p>{ALPHABET * 20}</p>", subtype="html")
    made.add_attachment(content, maintype="application", subtype="pdf", filename=f"{subject}.pdf")
    return made.as_bytes()


def memory(web, name="VmHWM"):
    """KiB of the web server."""
    status = Path(f"/proc/{web.process.pid}/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0])


def download(browser, mailbox, target):
    """What the button *Export* gives, followed: the archive."""
    action = browser.call(MODEL, "action_export", [mailbox.id])
    assert "messages come as one zip file" in action["params"]["message"]
    url = action["params"]["next"]["url"]
    with browser.session.get(browser.web.url + url, stream=True, timeout=300) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/zip"
        with target.open("wb") as file:
            for piece in answer.iter_content(1 << 20):
                file.write(piece)
    archive = zipfile.ZipFile(target)
    assert archive.testzip() is None
    return archive


def parsed(archive):
    """Message-ID -> mail, each without a defect."""
    found = {}
    for name in archive.namelist():
        source = archive.read(name)
        made = email.message_from_bytes(source, policy=email.policy.default)
        assert [part.defects for part in made.walk() if part.defects] == [], name
        assert [key for key in made if made[key].defects] == [], name
        assert max(map(len, source.split(b"\r\n"))) <= 998, "RFC 5322, 2.1.1"
        assert b"\n" not in source.replace(b"\r\n", b""), "RFC 5322, 2.3"
        assert made["From"] and made["Date"], "RFC 5322, 3.6"
        found[(made["Message-ID"] or name).strip("<>")] = made
    return found


def test_every_mail_is_a_mail(world, web, tmp_path):
    anna = world.mailbox()
    subjects = [f"{ALPHABET * length}{length}".strip() for length in (0, 1, 4)]
    files = {}
    for number, subject in enumerate(subjects):
        name = f"{number}@customer.example"
        files[name] = random.Random(number).randbytes(5000)
        anna.deliver(with_file(name, subject, files[name]))
    many = ", ".join(f'"{ALPHABET.strip()} {n}" <p{n}@customer.example>' for n in range(150))
    anna.deliver(with_file("many@customer.example", "To many", b"x", to=f"a@firm.example, {many}"))
    anna.deliver(mail("bare@customer.example", sender="undisclosed", subject="", body=""))
    anna.deliver(mail("odd@customer.example", subject="a\r\n b\tc", body="x" * 3000))
    anna.fetch()
    draft = {"mailbox_id": anna.id, "email_to": "no address at all <", "subject": ALPHABET}
    world.call(MESSAGE, "create", [draft], user=anna.uid)
    archive = download(browser_of(web, anna), anna, tmp_path / "anna.zip")
    mails = parsed(archive)
    [draft] = [name for name in archive.namelist() if name.startswith("Drafts/")]
    assert len(archive.namelist()) == len(mails) == 7
    assert mails.pop(draft)["Subject"] == ALPHABET.strip()
    others = {"many@customer.example", "bare@customer.example", "odd@customer.example"}
    assert mails.keys() == {*files, *others}
    for (name, content), subject in zip(files.items(), subjects, strict=True):
        made = mails[name]
        assert made["Subject"] == subject
        [sender] = made["From"].addresses
        assert (sender.display_name, sender.addr_spec) == (
            "Müller, Carla",
            "carla@customer.example",
        )
        [part] = made.iter_attachments()
        assert part.get_filename() == f"{subject}.pdf"
        assert part.get_content() == content
        assert ALPHABET.strip() in made.get_body(("plain",)).get_content()
    assert len(mails["many@customer.example"]["To"].addresses) == 151


def test_originals_of_pop3(world, web, tmp_path):
    """What no server has any more comes as it came, octet for octet."""
    anna = world.mailbox("pop3")
    sources = [with_file(f"{n}@customer.example", f"No {n}", b"%PDF") for n in range(3)]
    for source in sources:
        anna.deliver(source)
    anna.fetch()
    assert anna.on_server() == set()
    archive = download(browser_of(web, anna), anna, tmp_path / "anna.zip")
    assert sorted(archive.read(name) for name in archive.namelist()) == sorted(sources)
    assert parsed(archive).keys() == {f"{n}@customer.example" for n in range(3)}


def test_memory_does_not_grow_with_the_mailbox(world, web, tmp_path):
    """60 MiB of files: one mail at a time is in memory."""
    anna = world.mailbox()
    for number in range(NUMBER):
        content = random.Random(number).randbytes(BIG)
        anna.deliver(with_file(f"{number}@customer.example", f"No {number}", content))
    while anna.fetch():
        pass
    browser = browser_of(web, anna)
    small = world.mailbox()
    small.deliver(with_file("small@customer.example", "Small", random.Random(0).randbytes(BIG)))
    small.fetch()
    download(browser_of(web, small), small, tmp_path / "small.zip")
    before = memory(web)
    archive = download(browser, anna, tmp_path / "anna.zip")
    grown = memory(web) - before
    size = (tmp_path / "anna.zip").stat().st_size
    print(f"{NUMBER} mails, {size >> 20} MiB: the server grew by {grown >> 10} MiB")
    assert size > NUMBER * BIG
    assert grown < 30 << 10
    sums = {
        hashlib.sha256(next(made.iter_attachments()).get_content()).hexdigest()
        for made in parsed(archive).values()
    }
    assert len(sums) == NUMBER
