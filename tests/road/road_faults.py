# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Faults at named steps of the road, injected into the process that fetches.

A fault is ``{"step", "when", "nth", "action", "holding"}``: at the ``nth`` call of the step (every
call where it is missing), before or after it, for mails that hold certain bytes where ``holding``
says so, the process kills itself, raises an error, or waits for the test to say "go".
"""

import dataclasses
import importlib
import itertools
import os
import signal

import psycopg2.errors
from odoo.sql_db import Cursor

_ADDON = "odoo.addons.helpdesk_mail."

# step -> module below the add-on, attribute (of a class where it has a dot)
STEPS = {
    "connect": ("models.fetcher", "open_store"),
    "select": ("transport.{protocol}", "{store}.select"),
    "list": ("transport.{protocol}", "{store}.list_uids"),
    "mark": ("models.fetcher", "Fetcher._mark"),
    "fetch": ("transport.{protocol}", "{store}.fetch"),
    "take in": ("intake", "take_in"),
    "parse": ("intake.road", "parse"),
    "journal": ("intake.journal", "run"),
    "filter": ("intake.filter", "run"),
    "route": ("intake.route", "run"),
    "identify": ("intake.identify", "run"),
    "map": ("intake.mapping", "run"),
    "write": ("intake.write", "run"),
    "create tickets": ("intake.write_batch", "_create_tickets"),
    "post messages": ("intake.write_batch", "_post"),
    "write journal": ("intake.write", "write_journal"),
    "notify": ("intake.notify", "run"),
    "private send": ("models.mailbox_line", "Line.transmit"),
    "private take in": ("intake.private", "take_in"),
    "private parse": ("intake.private", "parse"),
    "private recognise": ("intake.private_journal", "recognise"),
    "private identify": ("intake.private_identify", "identify"),
    "private write": ("intake.private_write", "write"),
    "private files": ("intake.private_write", "_write_files"),
    "private journal": ("intake.private_journal", "write"),
    "commit batch": ("models.fetcher", "Fetcher._commit"),
    "older": ("models.fetcher_older", "_go_on"),
    "tell flags": ("transport.{protocol}", "{store}.set_flag"),
    "flags told": ("models.fetcher_flags", "_told"),
    "note flags": ("models.fetcher_flags", "_write"),
    "tell": ("models.fetcher", "Fetcher._told"),
    "acknowledge": ("transport.{protocol}", "{store}.acknowledge"),
    "move": ("transport.{protocol}", "{store}.move"),
    "close": ("transport.{protocol}", "{store}.close"),
    "heard": (
        "models.helpdesk_mail_account_round",
        "HelpdeskMailAccount._helpdesk_mail_heard",
    ),
    "remember": (
        "models.helpdesk_mail_account_fetch",
        "HelpdeskMailAccount._helpdesk_mail_succeeded",
    ),
}

# step -> how often it was called in this process, and the memory at the start (KiB)
reached = {}
start_memory = 0


def memory(name):
    """A line of this process's memory statistics, KiB."""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0


def arm(request, line):
    """Set the batch size and the faults of ``request``."""
    global start_memory
    fetcher = importlib.import_module(_ADDON + "models.fetcher")
    if not hasattr(fetcher, "_BATCH_MESSAGES"):
        raise AssertionError("the fetcher has no _BATCH_MESSAGES: these tests must follow it")
    fetcher._BATCH_MESSAGES = request.get("batch", 3)
    for name in request.get("sabotage", ()):
        _SABOTAGE[name]()
    faults = {}
    for fault in request.get("faults", ()):
        faults.setdefault(fault["step"], []).append(fault)
    for step, its_faults in faults.items():
        _wrap(step, its_faults, request.get("protocol", "imap"), line)
    if request.get("barrier"):
        _act({"action": "pause", "step": "start"}, line)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak counts from here
    start_memory = memory("VmHWM")


def _locate(step, protocol):
    if step == "COMMIT":
        return Cursor, "commit"
    store = {"imap": "ImapStore", "pop3": "Pop3Store"}[protocol]
    module, path = (text.format(protocol=protocol, store=store) for text in STEPS[step])
    owner = importlib.import_module(_ADDON + module)
    *names, attribute = path.split(".")
    for name in names:
        owner = getattr(owner, name)
    return owner, attribute


def _wrap(step, faults, protocol, line):
    owner, name = _locate(step, protocol)
    original = getattr(owner, name)
    numbers = itertools.count(1)
    reached[step] = 0

    def pass_point(number, when, arguments):
        for fault in faults:
            if fault["when"] != when or fault.get("nth") not in (None, number):
                continue
            if fault.get("holding") and not _holds(arguments, fault["holding"].encode()):
                continue
            _act(fault, line)

    def call(*arguments, **options):
        number = reached[step] = next(numbers)
        pass_point(number, "before", arguments)
        result = original(*arguments, **options)
        pass_point(number, "after", arguments)
        return result

    def stream(*arguments, **options):
        for mail in original(*arguments, **options):
            number = reached[step] = next(numbers)
            pass_point(number, "before", (mail,))
            yield mail
            pass_point(number, "after", (mail,))

    setattr(owner, name, stream if step == "fetch" else call)


def _holds(arguments, needle):
    """Whether a mail among the arguments (bytes, RawMail, list of them, Batch) holds ``needle``."""
    for argument in arguments:
        if isinstance(argument, bytes):
            sources = [argument]
        elif hasattr(argument, "source"):
            sources = [argument.source]
        elif isinstance(argument, list):
            sources = [mail.source for mail in argument if hasattr(mail, "source")]
        else:
            items = getattr(argument, "items", ())
            sources = [item.raw.source for item in items] if isinstance(items, list) else []
        if any(needle in source for source in sources):
            return True
    return False


def _act(fault, line):
    action = fault["action"]
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "pause":
        line.send(paused=fault["step"])
        if line.receive() is None:
            os._exit(3)
    elif action == "conflict":
        raise psycopg2.errors.SerializationFailure("two transactions in each other's way")
    elif action == "raise":
        raise ValueError(fault.get("words", "a fault of the test"))
    else:
        raise AssertionError(action)


# -- safeguards broken on purpose, see test_road_alarm -------------------------------------------


def _acknowledge_first():
    fetcher = importlib.import_module(_ADDON + "models.fetcher").Fetcher
    commit, told = fetcher._commit, fetcher._told
    take, stores = fetcher._take_in, {}

    def _take_in(self, store, *rest):
        stores[self] = store
        return take(self, store, *rest)

    def _commit(self, folder, uids, done, *rest):
        told(self, stores[self], folder, done)
        if self.settings.protocol == "pop3":
            stores[self].close()
        return commit(self, folder, uids, done, *rest)

    fetcher._take_in, fetcher._commit = _take_in, _commit


def _no_journal_check():
    road = importlib.import_module(_ADDON + "intake.road")
    fetcher = importlib.import_module(_ADDON + "models.fetcher")
    fetcher.accounted = lambda folder, uids: {}
    journal = road.journal
    run = journal.run

    def forget(batch):
        run(batch)
        for item in batch.items:
            item.outcome, item.known_row, item.duplicate_of = "", None, None
            item.trace.clear()

    journal.run = forget


def _no_row_lock():
    model = importlib.import_module(_ADDON + "models.helpdesk_mail_account_fetch")
    model.HelpdeskMailAccount.try_lock_for_update = lambda self, **options: self


def _no_condstore():
    imap = importlib.import_module(_ADDON + "transport.imap")
    imap.ImapStore._counts_changes = lambda self: False


def _read_only():
    imap = importlib.import_module(_ADDON + "transport.imap")
    select = imap.ImapStore.select
    imap.ImapStore.select = lambda self, *words: dataclasses.replace(
        select(self, *words), writable=False
    )


_SABOTAGE = {
    "no condstore": _no_condstore,
    "read only": _read_only,
    "acknowledge first": _acknowledge_first,
    "no journal check": _no_journal_check,
    "no row lock": _no_row_lock,
}
