# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How the transport moves mail on servers that misbehave: nothing is removed before it is there."""

import pytest
import test_transport_faults as faults

from helpdesk_mail.transport import ConfigurationWrong, FolderGone, TransportError, TryAgain
from helpdesk_mail.transport import open_store as open_
from helpdesk_mail.transport.imap_wire import response_code

serve = faults.serve  # a fixture

MOVE = (r"^\S+ CAPABILITY", b"* CAPABILITY IMAP4rev1 MOVE UIDPLUS\r\n%t OK done\r\n")
UIDPLUS = (r"^\S+ CAPABILITY", b"* CAPABILITY IMAP4rev1 UIDPLUS\r\n%t OK done\r\n")
OK = b"%t OK done\r\n"


def moved(server, uids=("1", "2"), folder="Done"):
    """Move, and say which commands the server got."""
    with open_(faults.settings(server)) as store:
        store.select()
        before = len(server.lines)
        try:
            store.move(uids, folder)
        finally:
            commands = [line.split(" ", 1)[1] for line in server.lines[before:]]
    return [command for command in commands if command != "CAPABILITY"]


def test_by_move(serve):
    server = serve([MOVE, (r"UID MOVE", OK)])
    assert moved(server, ["1", "2", "3", "9"]) == ['UID MOVE 1:3,9 "Done"']


def test_by_copy_and_uid_expunge(serve):
    server = serve([UIDPLUS, (r"UID (COPY|STORE|EXPUNGE)", OK)])
    assert moved(server) == [
        'UID COPY 1:2 "Done"',
        r"UID STORE 1:2 +FLAGS.SILENT (\Deleted)",
        "UID EXPUNGE 1:2",
    ]


def test_a_server_that_has_neither_is_asked_for_nothing(serve):
    server = serve()
    with pytest.raises(ConfigurationWrong) as caught:
        moved(server)
    assert caught.value.reason == "no_move"
    assert not [line for line in server.lines if "COPY" in line or "MOVE" in line]


@pytest.mark.parametrize("code", ["TRYCREATE", "NONEXISTENT"])
def test_a_missing_folder_is_made_and_asked_again(serve, code):
    server = serve([UIDPLUS, (r"UID COPY", f"%t NO [{code}] no such folder\r\n".encode())])
    server.rules.insert(0, (faults.re.compile("CREATE|SUBSCRIBE"), OK))
    with pytest.raises(FolderGone):
        moved(server)
    names = [line.split(" ", 1)[1].split()[0] for line in server.lines]
    assert names.count("CREATE") == 1
    assert not [line for line in server.lines if "EXPUNGE" in line or "STORE" in line]


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (b"%t NO [CANNOT] never\r\n", ConfigurationWrong, "no_new_folder"),
        (b"%t NO [OVERQUOTA] full\r\n", ConfigurationWrong, "mailbox_full"),
        (b"%t NO [NOPERM] not yours\r\n", ConfigurationWrong, "no_permission"),
        (b"%t NO [UNAVAILABLE] later\r\n", TryAgain, "server_busy"),
        (b"%t NO\r\n", TryAgain, "server_refused"),
        (b"%t BAD what\r\n", TryAgain, "server_refused"),
        (faults.CUT, TryAgain, "connection_closed"),
    ],
)
def test_refusals(serve, answer, kind, reason):
    """Each asks for the right reaction, and nothing is marked as deleted or expunged."""
    for rules in ([MOVE, (r"UID MOVE", answer)], [UIDPLUS, (r"UID COPY", answer)]):
        server = serve(rules)
        with pytest.raises(TransportError) as caught:
            moved(server)
        assert (type(caught.value), caught.value.reason) == (kind, reason)
        assert not [line for line in server.lines if "EXPUNGE" in line or "STORE" in line]


def test_no_answer_to_the_expunge(serve):
    """The copy stands in both folders then: the next visit does it again."""
    server = serve([UIDPLUS, (r"UID (COPY|STORE)", OK), (r"UID EXPUNGE", faults.CUT)])
    with pytest.raises(TryAgain):
        moved(server)


def test_somebody_else_removes_them_meanwhile(serve):
    answers = iter([b"%t NO [EXPUNGEISSUED] some are gone\r\n", OK])
    server = serve([MOVE])

    class Once:
        def search(self, line):
            return "UID MOVE" in line

    class Reply(list):
        def __iter__(self):
            return iter([next(answers)])

    server.rules.insert(0, (Once(), Reply()))
    assert len(moved(server)) == 2


def test_response_code_of_a_failed_move():
    assert response_code([b"[TRYCREATE] Mailbox doesn't exist: Done"]) == "TRYCREATE"
