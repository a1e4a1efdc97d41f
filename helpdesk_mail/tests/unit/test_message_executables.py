# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Files that act when somebody opens them, and those that only look like it."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk_mail.message import archives, executables


def archive(*names, comment=b""):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.comment = comment
        for name in names:
            file.writestr(name, b"content")
    return content.getvalue()


@pytest.mark.parametrize(
    "name, content",
    [
        ("setup.exe", b""),
        ("SETUP.EXE", b""),
        ("setup.exe.", b""),
        ("setup.exe  ", b""),
        ("setup.exe::$DATA", b""),
        ("invoice.pdf.exe", b""),
        ("invoice\u202efdp.exe", b""),
        ("invoice.e\u200bxe", b""),
        ("setup.ｅｘｅ", b""),
        ("a/b\\c.bat", b""),
        ("a.exe.gz", b"\x1f\x8b"),
        ("a.pdf", b"MZ"),
        ("a", b"\x7fELF\x02"),
        ("a", b"\xcf\xfa\xed\xfe"),
        ("a.txt", b"#!/usr/bin/perl"),
        ("a.zip", archive("x/y/run.ps1")),
        ("a.pdf", archive("run.js", comment=b"c" * 500)),
    ],
)
def test_program(name, content):
    assert executables.is_executable(name, content)


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.pdf", b"%PDF-1.7 MZ"),
        ("exe", b""),
        ("", b""),
        ("readme.txt", b"run setup.exe"),
        ("a.docx", archive("word/document.xml")),
        ("a.xlsx", archive("xl/printerSettings/printerSettings1.bin")),
        ("a.docm", archive("word/vbaProject.bin")),
        ("a.zip", archive("exe/readme.txt")),
        ("a.tar.gz", b"\x1f\x8b"),
    ],
)
def test_no_program(name, content):
    assert not executables.is_executable(name, content)


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.docm", b""),
        ("a.docx", archive("word/vbaProject.bin")),
        ("a.doc", executables._OLE + b"\0" * 600 + "_VBA_PROJECT".encode("utf-16-le")),
        ("a.zip", archive("b.xlsm")),
    ],
)
def test_macros_where_they_count(name, content):
    assert not executables.is_executable(name, content)
    assert executables.is_executable(name, content, macros=True)


@given(st.text(), st.binary())
def test_any_name_and_content(name, content):
    assert executables.is_executable(name, content) in (True, False)
    assert executables.is_executable(name, b"PK\x03\x04" + content, macros=True) in (True, False)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)))
def test_archive_lists_what_it_holds(names):
    names = list(dict.fromkeys(name for name in names if not name.startswith("/")))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        stored = []
        for name in names:
            info = zipfile.ZipInfo(name)
            file.writestr(info, b"")
            stored.append(info.filename)
    assert archives.entries(content.getvalue()) == stored


@given(st.binary())
def test_damaged_archive(content):
    whole = archive("a.txt", "b.txt")
    assert archives.entries(whole[:30] + content + whole[30:]) is not None
    assert archives.entries(whole[: len(content)]) is not None
