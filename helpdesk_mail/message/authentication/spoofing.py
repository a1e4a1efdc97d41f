# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Senders that are made to look like somebody else, told from the header alone, in every mail.

Findings are readable defects and never a verdict: a person is warned where the eye is being
deceived. They are few on purpose. Help desks, mailing lists and newsletters answer elsewhere,
write for others and put addresses into names; none of that is flagged. What is:

- a display name that holds an address of another organisation than the sender's
  ("ceo@bank.example" <x@evil.example>), unless the real domain sends for it ("anna@firm.example
  via Helpdesk", a Sender or Reply-To of the domain in the name, a mailing list);
- a Reply-To whose domain looks like the one in From and is not of its organisation;
- an address whose letters are of several scripts, or look like Latin ones throughout (UTS 39);
- characters in a display name that turn the direction of writing or hide in words (UTS 36);
- several From addresses of different organisations.
"""

from __future__ import annotations

import re
import unicodedata

from .. import addresses
from ..charsets import clean
from ..defects import Defects
from ..headers import Headers
from ..limits import Limits
from ..parsed import Address

_IN_NAME = re.compile(
    r"[^\s<>,;:()\"'@\[\]]{1,64}@(?=[^\s<>,;:()\"'@\[\]]*\.)([^\s<>,;:()\"'@\[\]]{3,253})"
)
_SENT_FOR = re.compile(
    r"\b(?:via|through|on behalf of|for|durch|im auftrag von|für|über|par|pour|por|per conto di"
    r"|namens)\b",
    re.I,
)
# What overrides the direction of writing shows "moc.knab" as "bank.com". Isolates and marks of
# direction are what Apple's and Hebrew or Arabic programs write around ordinary names.
_TURNING = re.compile("[\u202d\u202e]")
# What has no width inside of a word. Joiners (U+200C, U+200D) are letters' and emoji's business.
_INVISIBLE = re.compile("\\w[\u200b\u2060-\u2064\u180e\ufeff\u00ad]\\w")
# Letters of other scripts that are drawn as Latin ones (from the confusables of UTS 39).
_CONFUSABLE = {
    **dict(zip("аеорсухіјѕԁԛԝһѵӏ", "aeopcyxijsdqwhvl", strict=True)),
    **dict(zip("ονυ", "ovu", strict=True)),
    **dict(zip("ıɡɑ", "iga", strict=True)),
}
_LOOKS_LIKE = str.maketrans(_CONFUSABLE)
_DIGITS = str.maketrans("01", "ol")
_SEQUENCES = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SHORTEST_FOR_TYPOS = 6
_LONGEST = 2000
_PART_OF_NAME = re.compile(r"-[^-]{1,3}\Z|^[^-]{1,3}-|\d+")
# Domains of one and the same mailbox.
_ONE_MAILBOX = (("gmail.com", "googlemail.com"), ("icloud.com", "me.com", "mac.com"))


def check(fields: Headers, sender: Address | None, limits: Limits, defects: Defects) -> None:
    """Note in *defects* what about the sender of a mail with *fields* deceives. Never raises."""
    if sender is None:
        return
    domain = _domain(sender.email)
    value = fields.raw("from")
    if not value.isascii() or "=?" in value:
        # as it was written: a parsed name has lost them
        _check_characters(fields.decoded("from")[:_LONGEST], defects)
    if "@" in sender.name and domain:
        _check_name(sender, domain, fields, limits, defects)
    if not domain:
        return
    if not domain.isascii() or "xn--" in domain:
        _check_scripts(domain, "sender's", defects)
    if not sender.email.isascii() and _is_mixed(sender.email.rpartition("@")[0]):
        defects.add("The sender's address has letters that only look like others.")
    if "reply-to" in fields:
        _check_reply_to(domain, fields, limits, defects)
    if fields.count("from") > 1 or fields.raw("from").count("@") > 1:
        _check_several(fields, limits, defects)


def _addresses(value: str, limits: Limits) -> tuple[Address, ...]:
    """The first addresses of *value*; what people see of a sender is short."""
    return addresses.parse_addresses(value[:_LONGEST], limits, Defects())[:20]


def _domain(email: str) -> str:
    """The domain of *email*, lower case, A-labels decoded."""
    return email.rpartition("@")[2].lower().removesuffix(".")


def _check_characters(name: str, defects: Defects) -> None:
    if _TURNING.search(name):
        defects.add("The sender's name holds characters that turn the direction of writing.")
    elif _INVISIBLE.search(name):
        defects.add("The sender's name holds invisible characters.")


def _check_name(
    sender: Address, domain: str, fields: Headers, limits: Limits, defects: Defects
) -> None:
    """An address in the name that is not the sender's."""
    if sender.name.lower() == sender.email.lower() or _is_list(fields):
        return
    named = [match[1].lower().strip(".") for match in _IN_NAME.finditer(sender.name[:_LONGEST])][:5]
    others = [one for one in named if not _related(one, domain)]
    if not others or len(others) < len(named) or _SENT_FOR.search(sender.name):
        return
    known = {
        _domain(address.email)
        for field in ("sender", "reply-to", "return-path")
        for value in fields.raw_all(field)[:3]
        for address in _addresses(value, limits)
    }
    if any(_related(one, other) for one in others for other in known):
        # A form or ticket system that writes for the person it names, and answers go there.
        return
    defects.add(
        f"The sender's name holds an address of {clean(others[0])[:100]}, "
        f"but the mail is from {clean(domain)[:100]}."
    )


def _is_list(fields: Headers) -> bool:
    return "list-id" in fields or "list-post" in fields


def _related(one: str, other: str) -> bool:
    """Whether one domain is the other or lies below it; or, asked last, of one organisation."""
    if not one or not other:
        return False
    if one == other or one.endswith(f".{other}") or other.endswith(f".{one}"):
        return True
    if any(one in names and other in names for names in _ONE_MAILBOX):
        return True
    from .public_suffix import same_organisation

    return same_organisation(one, other)


def _check_reply_to(domain: str, fields: Headers, limits: Limits, defects: Defects) -> None:
    for value in fields.raw_all("reply-to")[:3]:
        for address in _addresses(value, limits):
            other = _domain(address.email)
            if not other or other == domain:
                continue
            if not other.isascii():
                _check_scripts(other, "reply address's", defects)
            if _look_alike(domain, other) and not _related(domain, other):
                defects.add(
                    f"Answers would go to {clean(other)[:100]}, "
                    f"which only looks like the sender's {clean(domain)[:100]}."
                )


def _check_several(fields: Headers, limits: Limits, defects: Defects) -> None:
    domains = list(
        dict.fromkeys(
            _domain(address.email)
            for value in fields.raw_all("from")[:5]
            for address in _addresses(value, limits)
            if address.email
        )
    )
    if len(domains) > 1 and any(not _related(domains[0], other) for other in domains[1:]):
        named = ", ".join(clean(domain)[:60] for domain in domains[:5])
        defects.add(f"From names several domains: {named}.")


def _check_scripts(domain: str, whose: str, defects: Defects) -> None:
    labels = _shown(domain).split(".")
    for label in labels[:-1]:
        # A word wholly of such letters is an ordinary one below an ending of its own script.
        if _is_mixed(label) or (
            not label.isascii() and labels[-1].isascii() and label.translate(_LOOKS_LIKE).isascii()
        ):
            defects.add(
                f"The {whose} domain {clean(domain)[:100]} has letters that only look like others."
            )
            return


def _is_mixed(text: str) -> bool:
    """Whether Latin letters stand beside Cyrillic or Greek ones."""
    if text.isascii():
        return False
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in text}
    return len(scripts & {"LATIN", "CYRILLIC", "GREEK"}) > 1


def _decoded(label: str) -> str:
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label


def _skeleton(text: str) -> str:
    """What *text* looks like: letters of other scripts as the Latin ones, accents taken off."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", text.lower().translate(_LOOKS_LIKE))
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def _look_alike(one: str, other: str) -> bool:
    """Whether two different domains are easily taken for each other."""
    one, other = _shown(one), _shown(other)
    if "." not in one or "." not in other:
        return False
    if _drawn(one) == _drawn(other):
        return True
    # A typing mistake is one letter in one name, all else being equal.
    labels, labels_other = one.split("."), other.split(".")
    if len(labels) != len(labels_other):
        return False
    different = [place for place, label in enumerate(labels) if label != labels_other[place]]
    if len(different) != 1 or different[0] == len(labels) - 1:
        return False
    name, name_other = labels[different[0]], labels_other[different[0]]
    if min(len(name), len(name_other)) < _SHORTEST_FOR_TYPOS:
        return False
    if _PART_OF_NAME.sub("", name) == _PART_OF_NAME.sub("", name_other):
        # "shop-de" and "shop-se", "store1" and "store2": people tell these apart.
        return False
    return _one_edit(name, name_other)


def _shown(domain: str) -> str:
    if "xn--" not in domain:
        return domain
    return ".".join(
        _decoded(label) if label.startswith("xn--") else label for label in domain.split(".")
    )


def _drawn(text: str) -> str:
    text = _skeleton(text).translate(_DIGITS).replace("1", "l")
    for pair, single in _SEQUENCES:
        text = text.replace(pair, single)
    return text


def _one_edit(one: str, other: str) -> bool:
    """Whether one insertion, deletion, change or swap of neighbours makes *one* *other*."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    shorter = min(len(one), len(other))
    while start < shorter and one[start] == other[start]:
        start += 1
    rest, rest_other = one[start:], other[start:]
    if len(rest) == len(rest_other):
        swapped = rest[:2] == rest_other[:2][::-1] and rest[2:] == rest_other[2:]
        return rest[1:] == rest_other[1:] or swapped
    return rest[1:] == rest_other or rest == rest_other[1:]
