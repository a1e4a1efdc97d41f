# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The parts of the benchmark; each adds what it measured to the result."""

from __future__ import annotations

import dataclasses
from typing import Any

from dev.console import Problem, say

from . import compare, mails, report
from .databases import FOLDER, ORDINARY, WITH, WITHOUT, Bench, Mailbox

_WARM = 20  # mails before the clock starts
_NEW = 200
_LARGE = 25 * 2**20
_RULES = 2000
_WORKERS = 2  # of Odoo's scheduler
_ROUND_TRIP = 0.1  # seconds to the mail server and back
_INBOX_RULES = 50
_WATCHED = 200  # idle mailboxes
_WATCH_MAILS = 40
_MESSAGES = 100_000  # of one personal mailbox


@dataclasses.dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    mails: int = 2000
    rounds: int = 2
    side: int = 500  # mails of the further rows
    crowd: int = 20_000  # mails of the large mailbox
    recipients: int = 1_000_000  # addresses that wrote
    accounts: int = 500  # mailboxes of one round of polling
    stock_accounts: int = 100  # the same for stock, whose time is the same for each
    stock_with_addon: bool = False


class Sections:
    """One run of the benchmark: ``result`` is what the JSON file gets."""

    def __init__(self, bench: Bench, sizes: Sizes) -> None:
        self.bench = bench
        self.sizes = sizes
        self.result: dict[str, Any] = {}
        self.same = True
        self._mixed: list[bytes] = []

    def mixed(self, count: int) -> list[bytes]:
        """The first ``count`` mails of the mixed mailbox."""
        if len(self._mixed) < count:
            self._mixed = list(mails.mixed(count))
        return self._mixed[:count]

    def run(
        self,
        kind: str,
        mailbox: Mailbox,
        new: int,
        *,
        modules: tuple[str, ...] = WITH,
        database: str = "",
        warm: Mailbox | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Measure one run that is to take in ``new`` mails."""
        warm = warm or self.bench.mailbox("warm", mails.mixed(_WARM, seed=2))
        database = database or self.bench.database(kind, modules)
        run = self.bench.run(
            kind, database, mailbox, contacts=mails.contacts(1), warm_user=warm.user, **options
        )
        counts = run["returned"]
        done = {"created": 0, "appended": 0, **(counts or {})}
        if counts is not None and done["created"] + done["appended"] != new:
            raise Problem(f"{new} mails were to become tickets or replies, but: {counts}")
        self.result.setdefault("versions", {}).update(run.pop("versions"))
        run.update(mails=new, rate=new / run["seconds"], queries_per_mail=run["queries"] / new)
        return run

    # -- the parts ---------------------------------------------------------------------------

    def rounds(self) -> None:
        """Stock and ours take the same mixed mailbox, alternating."""
        sources = self.mixed(self.sizes.mails)
        size = sum(map(len, sources))
        say(f"{len(sources)} mixed mails, {size / 2**20:.0f} MB, {self.sizes.rounds} rounds")
        modules = {"stock": WITH if self.sizes.stock_with_addon else WITHOUT, "ours": WITH}
        rounds: list[dict[str, Any]] = []
        for number in range(1, self.sizes.rounds + 1):
            pair: dict[str, Any] = {}
            rows: dict[str, Any] = {}
            mailbox = Mailbox("", [], 0)
            for kind in ("stock", "ours"):
                mailbox = self.bench.mailbox(kind, sources)
                run = self.run(kind, mailbox, len(sources), modules=modules[kind])
                rows[kind] = run.pop("outcome")
                pair[kind] = run
                say(report.line(f"round {number}: {kind}", run))
            self.bench.drop()
            comparison = compare.compare(rows["stock"], rows["ours"], mailbox.message_ids)
            for text in compare.report(comparison):
                say(text)
            self.same = self.same and comparison.same
            pair["comparison"] = dataclasses.asdict(comparison)
            rounds.append(pair)
        self.result["rounds"] = rounds

    def memory(self) -> None:
        """The peak must not know how large the mailbox is."""
        crowd = self.sizes.crowd
        few = self.run("ours", self.bench.mailbox("few", mails.small(_NEW)), _NEW)
        say(report.line(f"mailbox of {_NEW} small mails, all new", few))
        mailbox = self.bench.mailbox("crowd", mails.small(crowd))
        warm = self.bench.mailbox("warm", mails.mixed(_WARM, seed=2))
        database = self.bench.database("crowd", WITH)
        many = self.run("ours", mailbox, crowd, database=database, warm=warm)
        say(report.line(f"mailbox of {crowd} small mails, all new", many))
        mailbox = self.bench.deliver(mailbox, mails.small(_NEW, start=crowd))
        warm = self.bench.deliver(warm, mails.mixed(_WARM, seed=3))
        newest = self.run("ours", mailbox, _NEW, database=database, warm=warm)
        say(report.line(f"the same with {_NEW} more, these are new", newest))
        self._keep("memory", few=few, many=many, newest=newest, crowd=crowd)

    def large(self) -> None:
        """One mail of 25 MB."""
        source = mails.large(_LARGE)
        for kind, modules in (("stock", WITHOUT), ("ours", WITH)):
            mailbox = self.bench.mailbox("large", [source])
            run = self.run(kind, mailbox, 1, modules=modules)
            run["peak_per_size"] = run["peak"] / len(source)
            say(report.line(f"one mail of {len(source) / 2**20:.0f} MB: {kind}", run))
            self._keep("large", **{kind: run})

    def roads(self) -> None:
        """The batch road, Odoo's ordinary road, and the batch road with notifications."""
        sources = self.mixed(self.sizes.side)
        for name, modules in (("batch", WITH), ("ordinary", ORDINARY), ("notify", WITH)):
            mailbox = self.bench.mailbox(name, sources)
            run = self.run("ours", mailbox, len(sources), modules=modules, notify=name == "notify")
            say(report.line(f"{len(sources)} mixed mails: {name}", run))
            self._keep("roads", **{name: run})

    def parse(self) -> None:
        """Reading alone, without a mail server: beside Odoo's ``message_parse``."""
        result = self.bench.run(
            "parse",
            self.bench.database("parse", WITH),
            Mailbox("", [], 0),
            mails=self.sizes.side,
            large=_LARGE,
        )
        self.result.setdefault("versions", {}).update(result.pop("versions"))
        self._keep("parse", **result)

    def deny(self) -> None:
        """The deny list: what it costs a mail, and its filters with very many recipients."""
        result = self.bench.run(
            "deny",
            self.bench.database("deny", WITH),
            Mailbox("", [], 0),
            mails=self.sizes.side,
            rules=_RULES,
            recipients=self.sizes.recipients,
        )
        self.result.setdefault("versions", {}).update(result.pop("versions"))
        self._keep("deny", **result)

    def inbox_rules(self) -> None:
        """The rules of an inbox: what fifty cost a mail."""
        result = self.bench.run(
            "inbox_rules",
            self.bench.database("inbox_rules", WITH),
            Mailbox("", [], 0),
            mails=self.sizes.side,
            rules=_INBOX_RULES,
        )
        self.result.setdefault("versions", {}).update(result.pop("versions"))
        self._keep("inbox_rules", **result)

    def people(self) -> None:
        """Very many recipients: who wrote, and the list of them."""
        result = self.bench.run(
            "recipients",
            self.bench.database("people", WITH),
            Mailbox("", [], 0),
            recipients=self.sizes.recipients,
            tickets=self.sizes.recipients // 10,
        )
        self.result.setdefault("versions", {}).update(result.pop("versions"))
        self._keep("people", **result)

    def polls(self) -> None:
        """One round of polling of many mailboxes without new mail, on a distant server."""
        runs = {}
        for kind, modules in (("stock", WITHOUT), ("ours", WITH)):
            count = self.sizes.stock_accounts if kind == "stock" else self.sizes.accounts
            users = [self.bench.mailbox("poll", []).user for _number in range(count)]
            run = self.bench.run(
                "polls",
                self.bench.database("polls", modules),
                Mailbox("", [], 0),
                stock=kind == "stock",
                users=users,
                workers=_WORKERS,
                round_trip=_ROUND_TRIP,
            )
            self.result.setdefault("versions", {}).update(run.pop("versions"))
            run["accounts"] = count
            runs[kind] = run
            say(f"  {count} mailboxes, nothing new: {kind} {run['seconds']:.1f} s")
        self._keep("polls", workers=_WORKERS, round_trip=_ROUND_TRIP, **runs)

    def watch(self) -> None:
        """From delivery to ticket, with *watch* at many idle mailboxes."""
        users = [self.bench.mailbox("watch", []).user for _number in range(_WATCHED)]
        run = self.bench.run(
            "watch",
            self.bench.database("watch", WITH),
            Mailbox("", [], 0),
            users=users,
            workers=_WORKERS,
            mails=_WATCH_MAILS,
        )
        self.result.setdefault("versions", {}).update(run.pop("versions"))
        say(
            f"  {run['accounts']} idle mailboxes in {run['rss'] / 2**20:.0f} MB; delivery to "
            f"ticket {run['seconds']:.2f} s at the median, {run['longest']:.2f} s at most"
        )
        self._keep("watch", **run)

    def mailbox(self) -> None:
        """Personal mailboxes: the first reading, beside that of an inbox, and the list."""
        sources = self.mixed(self.sizes.side)
        crowd = self.sizes.crowd
        runs: dict[str, Any] = {}
        runs["inbox"] = self.run("ours", self.bench.mailbox("desk", sources), len(sources))
        runs["mixed"] = self._personal(self.bench.mailbox("own", sources), len(sources))
        runs["few"] = self._personal(self.bench.mailbox("few", mails.small(_NEW)), _NEW)
        runs["many"] = self._personal(self.bench.mailbox("crowd", mails.small(crowd)), crowd)
        for name, run in runs.items():
            say(report.line(f"{run['mails']} mails, {name}", run))
        listed = self.bench.run(
            "mailbox_list",
            self.bench.database("mailbox_list", WITH),
            Mailbox("", [], 0),
            messages=_MESSAGES,
        )
        listed.pop("versions")
        self._keep("mailbox", **runs, list=listed)

    def _personal(self, mailbox: Mailbox, new: int) -> dict[str, Any]:
        """Measure the first reading of a personal mailbox with ``new`` mails."""
        warm = self.bench.mailbox("warm", mails.mixed(_WARM, seed=2))
        run = self.bench.run(
            "mailbox",
            self.bench.database("mailbox", WITH),
            mailbox,
            contacts=mails.contacts(1),
            warm_user=warm.user,
        )
        if run["here"] != new:
            raise Problem(f"{new} mails were to be taken in, but: {run['returned']}")
        self.result.setdefault("versions", {}).update(run.pop("versions"))
        run.update(mails=new, rate=new / run["seconds"], queries_per_mail=run["queries"] / new)
        return run

    def profile(self) -> None:
        """Where the time goes, to .dev/bench/profile.txt."""
        run = self._look("profile")
        (FOLDER / "profile.txt").write_text(run["profile"])
        say(f"the profile is in {FOLDER / 'profile.txt'}")

    def sql(self) -> None:
        """Which statements run how often, to .dev/bench/sql.txt."""
        run = self._look("sql")
        count = run["mails"]
        lines = [f"{count} mails, {run['queries_per_mail']:.2f} queries a mail; times, per mail"]
        lines += [f"{times:7d} {times / count:7.3f}  {shape}" for shape, times in run["sql"]]
        (FOLDER / "sql.txt").write_text("\n".join(lines) + "\n")
        say(f"the statements are in {FOLDER / 'sql.txt'}")

    def _look(self, what: str) -> dict[str, Any]:
        sources = self.mixed(self.sizes.side)
        options: dict[str, Any] = {what: True}
        return self.run("ours", self.bench.mailbox(what, sources), len(sources), **options)

    def _keep(self, section: str, **runs: Any) -> None:
        for run in runs.values():
            if isinstance(run, dict):
                run.pop("outcome", None)
        self.result.setdefault(section, {}).update(runs)
        self.bench.drop()


ALWAYS = (
    "rounds",
    "memory",
    "large",
    "roads",
    "parse",
    "deny",
    "inbox_rules",
    "people",
    "polls",
    "watch",
    "mailbox",
)
ON_DEMAND = ("profile", "sql")
