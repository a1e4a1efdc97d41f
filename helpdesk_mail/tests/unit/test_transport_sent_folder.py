# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which folder is for sent mail."""

import pytest

from helpdesk_mail.transport import FolderInfo, find_sent_folder


def folders(*names, **special):
    return [FolderInfo(name, special.get(name, "")) for name in names]


def test_what_the_server_marks_comes_first():
    found = folders("Sent", "Post/Ausgang")
    found[1] = FolderInfo("Post/Ausgang", "sent")
    assert find_sent_folder(found) == "Post/Ausgang"


@pytest.mark.parametrize(
    "name",
    ["Sent", "SENT ITEMS", "INBOX.Sent", "[Gmail]/Sent Mail", "Gesendete Elemente",
     "INBOX/Éléments envoyés", "送信済み"],
)  # fmt: skip
def test_by_name(name):
    assert find_sent_folder(folders("INBOX", "Drafts", name)) == name


def test_the_nearest_of_several():
    assert find_sent_folder(folders("Archive/2019/Sent", "INBOX.Sent")) == "INBOX.Sent"


def test_none():
    assert find_sent_folder(folders("INBOX", "Presents", "Sentences")) == ""
    assert find_sent_folder([FolderInfo("Sent", selectable=False)]) == ""
