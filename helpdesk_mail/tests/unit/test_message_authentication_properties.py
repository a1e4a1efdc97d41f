# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whatever was done to a mail, its sender's check ends in a result, and the same one again."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from message_signing import MAIL, NOW, ed25519_key, record, rsa_key, sign

from helpdesk_mail.message import parse
from helpdesk_mail.message.authentication import Authenticator, TableResolver

TOP = (
    b"Return-Path: <anna@firm.example>\r\n"
    b"Authentication-Results: mx.desk.example; spf=pass smtp.mailfrom=x@other.example\r\n"
    b"Received: from x (x [192.0.2.1]) by mx.desk.example; Sun, 15 Jun 2025 15:06:40 +0000\r\n"
    b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=firm.example; s=key; b=AAAA\r\n"
    b"ARC-Message-Signature: i=1; a=rsa-sha256; d=firm.example; s=key; h=from; bh=AA==; b=AAAA\r\n"
    b"ARC-Authentication-Results: i=1; mx.desk.example; none\r\n"
)
MAILS = [sign(MAIL), sign(MAIL, ed25519_key()), TOP + sign(MAIL)]
PIECES = [
    b";",
    b"=",
    b"\r\n",
    b"\n",
    b"\r\n ",
    b" ",
    b"\x00",
    b"\xff",
    b'"',
    b"(",
    b")",
    b"<",
    b"@",
    b"%",
]
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 5000), st.integers(0, 30), st.sampled_from(PIECES) | st.binary(max_size=9)
    ),
    max_size=8,
)


@settings(
    max_examples=int(os.environ.get("HELPDESK_MAIL_EXAMPLES", "150")),
    deadline=None,
    derandomize="HELPDESK_MAIL_EXAMPLES" not in os.environ,
    # a machine that is slow to make examples has no fault to show
    suppress_health_check=list(HealthCheck),
)
@given(st.sampled_from(MAILS), CHANGES, st.text(max_size=60))
def test_ends_in_a_result(mail, changes, text):
    for place, removed, added in changes:
        place %= len(mail) + 1
        mail = mail[:place] + added + mail[place + removed :]
    table = {
        "key._domainkey.firm.example TXT": [record(rsa_key()), text],
        "firm.example TXT": ["v=spf1 " + text],
        "_dmarc.firm.example TXT": ["v=DMARC1; " + text],
    }
    authenticator = Authenticator(
        # patient: of two results that must be equal, none may be cut short by a pause
        TableResolver(table),
        ["mx.desk.example"],
        clock=lambda: NOW,
        seconds=600,
    )
    first = parse(mail, authenticator=authenticator)
    assert first == parse(mail, authenticator=authenticator)
    assert first.authentication.verdict in ("pass", "fail", "none", "error")
    assert not [defect for defect in first.defects if "could not be checked" in defect]
