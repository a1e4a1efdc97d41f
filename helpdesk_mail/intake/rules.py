# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Stage *rules*: what the inbox's own rules say of a mail."""


def run(batch):
    """Apply the rules of the inbox to its open messages."""
