# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What holds for any mail that is made as mails are made, and damaged as mails are damaged."""

import os

import invariants
import strategies
from hypothesis import HealthCheck, given, settings

from dev.corpora import safety

relaxed = settings(
    max_examples=int(os.environ.get("HELPDESK_MAIL_EXAMPLES", "300")),
    deadline=None,
    derandomize="HELPDESK_MAIL_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)


@given(strategies.mails())
@relaxed
def test_any_mail(source):
    invariants.check_mail(source, safety.harm)


@given(strategies.html())
@relaxed
def test_any_html_is_harmless_and_stays_as_it_was_sanitised(source):
    invariants.check_html(source, safety.harm)
