# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What travels down the road: one :class:`Item` per message, one :class:`Batch` per transaction."""

import dataclasses
import typing

from ..message import ParsedMessage
from ..transport import RawMail
from . import reasons


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One decision: which stage, the reason code (:mod:`.reasons`), and the values of its sentence.

    ``told`` steps make up the explanation that people read; the others stand in the trace only.
    """

    stage: str
    code: str
    values: dict = dataclasses.field(default_factory=dict)
    told: bool = True


@dataclasses.dataclass(slots=True, eq=False)
class Item:
    """A message on its way. Each stage reads what the stages before it wrote and adds its own."""

    raw: RawMail
    parsed: ParsedMessage
    digest: str = ""
    trace: list = dataclasses.field(default_factory=list)
    outcome: str = ""
    reason: str = ""
    # journal
    known_row: int | None = None  # the journal row that this message already has (its UID changed)
    duplicate_of: typing.Any = None  # an earlier Item of the same batch
    # filter
    web_form: str = ""  # the address of the web form that sent it for sender_email
    automatic: bool = False
    exclusion: typing.Any = None  # why the inbox counts it as an automatic reply: (code, values)
    imported_by: str = ""  # who took it in past all refusals
    old: bool = False  # it came before the inbox was activated: nobody is notified of it
    # route: one of the two once a ticket is known
    ticket_id: int | None = None
    ticket_item: typing.Any = None  # the Item of this batch whose new ticket this one joins
    parent_message_id: int | None = None  # the message answered
    parent_item: typing.Any = None  # the same, where it is in this batch
    last_message_id: int | None = None  # of the thread, where no message is answered
    internal: bool = False  # it answers an internal note
    origin_ticket_id: int | None = None  # the new ticket follows this one
    reopen: bool = False
    by_number: bool = False  # found by the ticket number alone, which anybody can guess
    is_copy: bool = False  # another inbox took in the same message
    # identify
    verification: str = ""  # what is known of the sender: pass, fail (forged), none, error
    sender_name: str = ""
    sender_email: str = ""
    author_id: int | None = None
    partner_id: int | None = None
    lead_id: int | None = None
    agent_user_id: int | None = None
    outsider: bool = False  # an agent, but of a ticket outside of their scope
    recipient: typing.Any = None  # senders.Recipient: what is known of the address that wrote
    contact_id: int | None = None  # the contact with this very address, where nothing is paired
    pair_to_lead: bool = False  # the recipient is to be paired to lead_id
    unknown: bool = False  # nobody is known by this address
    forward: typing.Any = None  # forwards.Forward: the agent who handed on a customer's mail
    becomes_lead: bool = False  # nobody is known by this address, and the inbox wants leads
    deny_rule_id: int | None = None  # the rule that refused it
    recipient_partner_ids: list = dataclasses.field(default_factory=list)
    notes_copies: bool = True  # the addresses in Cc are noted on the ticket
    copies_follow: bool = True  # the contacts in To and Cc follow it
    accepted: bool = False  # somebody said that mail of this sender is always wanted
    # commands of an agent: (name, argument), and what is to be said of those not understood
    commands: list = dataclasses.field(default_factory=list)
    command_problems: list = dataclasses.field(default_factory=list)
    # rules
    rule_ids: list = dataclasses.field(default_factory=list)  # those that matched, in their order
    rules: list = dataclasses.field(default_factory=list)  # the same, as .rule_set.Rule
    move_to: str = ""  # the folder on the server to which it goes once it is taken in
    answer: typing.Any = None  # the rule (.rule_set.Rule) whose template answers it
    # map
    ticket_values: dict = dataclasses.field(default_factory=dict)
    first_stage_id: int | None = None  # where its ticket begins unless something says otherwise
    # of the ticket it joins: what rules and commands change there
    reply_values: dict = dataclasses.field(default_factory=dict)
    follower_ids: list = dataclasses.field(default_factory=list)  # contacts who are to follow
    attachments: tuple | None = None  # what its message gets (None: all), decided in map
    held: tuple = ()  # attachments that an administrator must release
    # write
    mail_message_id: int | None = None
    journal_id: int | None = None
    error: str = ""
    is_unkept: bool = False  # nothing of it is kept here but its name on the server
    # of a personal mailbox
    is_sent: bool = False  # the owner sent it
    # the addresses on the other side
    others: list = dataclasses.field(default_factory=list)

    @property
    def open(self):
        """Whether no stage has decided the outcome yet."""
        return not self.outcome

    @property
    def has_ticket(self):
        """Whether it belongs to a ticket that is there, or that an earlier mail of its batch
        opens.
        """
        return bool(self.ticket_id) or self.ticket_item is not None

    @property
    def kept_attachments(self):
        """The attachments that its message gets."""
        return self.parsed.attachments if self.attachments is None else self.attachments

    @property
    def stays_on_server(self):
        """Whether the server keeps the only whole copy: such a message is never deleted there."""
        return self.raw.truncated or self.is_unkept or self.reason == "before_start"

    def step(self, stage, code, told=True, **values):
        """Add a decision to the trace."""
        self.trace.append(Step(stage, code, values, told))

    def decide(self, outcome, stage, code, **values):
        """Add the decision that ends this message's road."""
        self.step(stage, code, **values)
        self.outcome = outcome
        self.reason = code

    def refuse(self, stage, code, even_wanted=False, **values):
        """Refuse the message unless somebody wants it: whether it was refused.

        :param even_wanted: also where its sender is always accepted
        """
        if self.imported_by or (self.accepted and not even_wanted):
            self.step(stage, "overruled", told=not self.imported_by, reason=code)
            return False
        self.decide(reasons.IGNORED, stage, code, **values)
        return True

    def resolved_ticket_id(self):
        """The ticket that this message ended in, if any."""
        if self.ticket_id:
            return self.ticket_id
        other = self.ticket_item or self.duplicate_of
        return other.resolved_ticket_id() if other is not None else None


@dataclasses.dataclass(frozen=True, slots=True)
class Door:
    """Where a batch came in: the inbox record, the folder record (or an empty one) and how.

    ``name`` is one of "imap", "pop3", "gateway", "push", "import". ``history`` marks old mail:
    nobody is notified of it. ``keep_raw`` says that the server will not keep the message for
    us.
    """

    inbox: typing.Any
    folder: typing.Any
    name: str
    history: bool = False
    keep_raw: bool = False
    imported_by: str = ""  # who takes in what was refused: nothing is refused then
    plain: bool = False  # without what the inbox fills in: it made a ticket impossible
    simulated: bool = False  # everything will be undone (:mod:`.simulation`)
    problem: str = ""  # why it is plain: the error's words
    published: bool = (
        False  # private mail whose owner wants a ticket of its own (:mod:`.published`)
    )


@dataclasses.dataclass(slots=True, eq=False)
class Batch:
    """The messages of one transaction and what they share."""

    env: typing.Any
    door: Door
    items: list
    posted: dict = dataclasses.field(default_factory=dict)  # Item -> values of its mail.message
    # (code, values) of settings that do not work: told to the administrators once all is written
    problems: list = dataclasses.field(default_factory=list)
    plan: typing.Any = None  # of stage rules: what the actions of its rules come to

    @property
    def inbox(self):
        return self.door.inbox

    def problem(self, code, **values):
        """Remember a setting that does not work. Nothing is written: a rehearsal only finds it."""
        if (code, values) not in self.problems:
            self.problems.append((code, values))

    def open_items(self):
        """The messages whose outcome is not decided yet, in their order."""
        return [item for item in self.items if item.open]
