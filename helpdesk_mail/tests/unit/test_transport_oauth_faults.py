# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The line to the token endpoint breaks, stalls or corrupts at each step of an answer."""

import time

import pytest

from helpdesk_mail.tests.unit.fault_proxy import CHANGE, CLOSE, CUT, HOLD, Fault, FaultProxy
from helpdesk_mail.tests.unit.token_endpoint import CLIENT_ID, CLIENT_SECRET, TokenEndpoint
from helpdesk_mail.transport import TryAgain, oauth

# step -> who speaks, what, and how many octets more pass
STEPS = {
    "request": ("client", rb"POST ", None),
    "half of the request": ("client", rb"grant_type", 3),
    "status": ("server", rb"HTTP/1", None),
    "half of the status": ("server", rb"HTTP/1\.1 2", 0),
    "headers": ("server", rb"Content-Le", 2),
    "end of the headers": ("server", rb"\r\n\r\n", 0),
    "half of the body": ("server", rb"access_token", 6),
    "before the new refresh token": ("server", rb'"refresh_token": "', 0),
    "half of the new refresh token": ("server", rb'"refresh_token": "refr', 2),
    "last octet": ("server", rb'(?s)"refresh_token".*(?=\})', 0),
}
# seconds that an answer is waited for: far more than a busy machine needs
PATIENCE = 60.0
# where waiting must come to an end: more and more, until the line came to its fault in that time
IMPATIENCE = (0.3, 3.0, 30.0)


@pytest.fixture
def provider():
    with TokenEndpoint() as endpoint:
        yield endpoint


def settings(port, seconds=PATIENCE):
    return oauth.OAuthSettings(
        token_url=f"http://127.0.0.1:{port}/token",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        timeout=seconds,
        loopback_http=True,
    )


def fails(provider, fault, *, waits, goes_on=None):
    """The reason why a token cannot be had over a line with this fault. ``waits``: only the end of
    our patience tells. ``goes_on(line, refresh token)`` is called afterwards.
    """
    for seconds in IMPATIENCE if waits else (PATIENCE,):
        with FaultProxy(provider.port, fault) as line:
            token = provider.new_refresh_token()
            begin = time.monotonic()
            with pytest.raises(TryAgain) as caught:
                oauth.refresh(settings(line.port, seconds), token)
            if waits and not line.happened:
                continue
            assert waits or time.monotonic() - begin < PATIENCE / 2, "it ends in time"
            assert line.happened == 1
            words = str(caught.value)
            assert f"127.0.0.1:{line.port}" in words and "tried again" in words
            assert token not in words and "access-" not in words
            if goes_on:
                goes_on(line, token)
            return caught.value.reason
    pytest.fail("the fault did not happen")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("action", [CUT, CLOSE, HOLD])
def test_broken(provider, step, action):
    """To be tried again: no half answer is taken for a whole one, or for a refusal."""
    sender, pattern, after = STEPS[step]
    provider.rotate = False
    provider.headers = {"X-Padding": "x"}
    provider.fail = (
        200,
        {
            "access_token": "access-1-s3cret",
            "token_type": "Bearer",
            "refresh_token": "refresh-new-s3cret",
        },
    )

    def goes_on(line, token):
        line.release.set()
        found = oauth.refresh(settings(line.port), token)
        assert found.refresh_token == "refresh-new-s3cret"

    fault = Fault(sender, pattern, after=after, action=action)
    reason = fails(provider, fault, waits=action == HOLD, goes_on=goes_on)
    assert (reason == "timeout") == (action == HOLD)


@pytest.mark.parametrize(
    ("pattern", "text", "reason"),
    [
        (rb"HTTP/1\.1 200 OK", b"\x80\xff garbage", "network"),
        (rb"HTTP/1\.1 200 OK", b"HTTP/1.1 502 Bad Gateway", "server_busy"),
        (rb"HTTP/1\.1 200 OK", b"HTTP/1.1 503 Later", "server_busy"),
        (rb"Content-Length: \d+", b"Content-Length: 999999", "timeout"),
        (rb"Content-Length: \d+", b"Content-Length: 7", "oauth_answer"),
        (rb"Content-Length: \d+", b"Content-Encoding: gzip\r\nX: y", "network"),
        (rb'"access_token"', b"'access_token'", "oauth_answer"),
        (rb'"access_token"', b'"access_tokex"', "oauth_answer"),
        (rb'": "access-', b'": "\x00\xffcess-', "oauth_answer"),
        (rb"Bearer", b"Bear\x80r", "oauth_answer"),
    ],
)
def test_corrupted(provider, pattern, text, reason):
    fault = Fault("server", pattern, action=CHANGE, text=text)
    assert fails(provider, fault, waits=reason == "timeout") == reason


@pytest.fixture
def line(provider):
    with FaultProxy(provider.port) as proxy:
        yield proxy


@pytest.mark.parametrize("action", [CUT, CLOSE, HOLD])
def test_a_whole_answer_counts_whatever_becomes_of_the_line(provider, line, action):
    """The rotated token is the only key from now on: what came with it last is not waited for."""
    token = provider.new_refresh_token()
    line.faults = [Fault("server", rb'(?s)"refresh_token".*\}', after=0, action=action)]
    found = oauth.refresh(settings(line.port), token)
    assert line.happened == 1
    assert found.refresh_token in provider.refresh_tokens
    assert token not in provider.refresh_tokens


def test_slow_but_in_time(provider, line):
    """The answer stalls in the middle, and goes on."""
    token = provider.new_refresh_token()
    line.faults = [Fault("server", rb"access_token", after=2, action=HOLD)]
    # released as soon as it is held
    line.release.set()
    assert oauth.refresh(settings(line.port), token).access_token in provider.access_tokens
    assert line.happened == 1
