# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Lists of senders that an administrator types into a setting: addresses, domains, wildcards.

One a line, or several separated by commas; lines that begin with "#" are remarks. What an entry
means is for :mod:`.deny` to say.
"""

import dataclasses
import functools
import re

from . import deny

_SEPARATORS = re.compile(r"[,;]")


def read(text):
    """The entries of a list as :class:`.deny.Line`, each with the number of its line."""
    found = []
    for number, line in enumerate((text or "").splitlines(), 1):
        if line.lstrip(" \t\ufeff").startswith("#"):
            continue
        for part in _SEPARATORS.split(line):
            found += [dataclasses.replace(entry, number=number) for entry in deny.read_lines(part)]
    return found


def checked_domain(entry):
    """Refuse an entry of a list of allowed domains that would let strangers in.

    "*firm.example" would cover evilfirm.example as well.

    :raise deny.UnclearPattern:
    """
    if entry.problem:
        raise entry.problem
    if entry.match not in ("domain", "exact"):
        raise deny.UnclearPattern("no_domain", text=entry.text)
    deny.check(deny.Rule(0, "sender", entry.match, entry.pattern))


@functools.lru_cache(maxsize=256)
def rules_of(text):
    """The entries of a list ready to be asked (:class:`.deny.Rules`), or None where there is none.

    The id of a rule is its place in the list, from 1 on.
    """
    entries = [entry for entry in read(text) if not entry.problem]
    if not entries:
        return None
    return deny.Rules(
        [
            deny.Rule(number, "sender", entry.match, entry.pattern)
            for number, entry in enumerate(entries, 1)
        ]
    )
