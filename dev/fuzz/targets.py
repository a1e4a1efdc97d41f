# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``python3 -m dev.fuzz.targets NAME [libFuzzer's options]``: one fuzzer, in a process of its own.

    parse   whole mails: parse never raises, says the same twice, and gives clean plain data
    html    HTML: what is sanitised is harmless, stays as it is when it is sanitised again, and
            its plain text can be read

The promises themselves stand in ``tests/unit/invariants.py``, and the judge of HTML in
``dev/corpora/safety.py``.
"""

from __future__ import annotations

import importlib
import sys
import types

from .. import paths

NAMES = ("parse", "html")


def main(argv: list[str]) -> None:
    """Fuzz the target *argv*[0] until libFuzzer's options say to stop; ends the process."""
    import atheris

    _stand_in_for_the_addon()
    from ..corpora import safety

    # Modules that are imported at first use are wanted with instruments as well.
    with atheris.instrument_imports(include=["helpdesk_mail"]):
        for path in sorted((paths.ADDON / "message").glob("*.py")):
            importlib.import_module(f"helpdesk_mail.message.{path.stem}".removesuffix(".__init__"))
    import invariants

    def parse(data: bytes) -> None:
        invariants.check_mail(data, safety.harm)

    def html(data: bytes) -> None:
        invariants.check_html(data.decode("utf-8", "replace"), safety.harm)

    target = {"parse": parse, "html": html}[argv[0]]
    atheris.Setup([sys.argv[0], *argv[1:]], target)
    atheris.Fuzz()


def _stand_in_for_the_addon() -> None:
    """Let ``helpdesk_mail.message`` be imported without the add-on's Odoo models."""
    package = types.ModuleType("helpdesk_mail")
    package.__path__ = [str(paths.ADDON)]
    sys.modules["helpdesk_mail"] = package
    sys.path.insert(0, str(paths.ADDON / "tests" / "unit"))


if __name__ == "__main__":
    main(sys.argv[1:])
