# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reference 004, *Ticket Mapping Settings*: each option, with mail from a real server."""

import itertools

import pytest
from road_mails import mail

_NUMBERS = itertools.count(1)
CUT = ('Content-Type: multipart/mixed; boundary="cut"',)
PROGRAM = "TVqQAAMAAAA="  # MZ...


class Desk:
    """An inbox whose settings an administrator changes."""

    def __init__(self, world):
        self.world = world
        self.number = next(_NUMBERS)
        self.team = self.create(
            "helpdesk.ticket.team",
            name=f"Filling {self.number}",
            ticket_properties=[
                {"name": "serial", "string": "Serial number", "type": "char"},
                {"name": "pages", "string": "Pages", "type": "integer"},
            ],
        )
        self.inbox = world.inbox("imap", team_id=self.team)

    def call(self, model, method, *args, **kwargs):
        return self.world.odoo.value(
            "call", model=model, method=method, args=list(args), kwargs=kwargs
        )

    def create(self, model, **values):
        return self.call(model, "create", [values])[0]

    def map(self, field_name, source, **values):
        return self.create(
            "helpdesk.inbox.mapping",
            inbox_id=self.inbox.id,
            field_name=field_name,
            source=source,
            **values,
        )

    def take(self, *extra, body="It does not print.", subject="Printer"):
        """The journal row and the ticket of one more mail."""
        one = mail(f"f{next(_NUMBERS)}@customer.example", subject=subject, body=body, extra=extra)
        self.inbox.deliver(one)
        self.inbox.settle()
        row = self.inbox.row_of(one)
        assert row["outcome"] == "created", row["explanation"]
        fields = ["name", "team_id", "category_id", "priority", "tag_ids", "user_id", "properties"]
        (ticket,) = self.call("helpdesk.ticket", "read", [row["ticket_id"]], fields)
        ticket["properties"] = {one["name"]: one.get("value") for one in ticket["properties"]}
        return row, ticket

    def files(self, row):
        """The names of the files on the message of a mail."""
        (message,) = self.call("mail.message", "read", [row["mail_message_id"]], ["attachment_ids"])
        found = self.call("ir.attachment", "read", message["attachment_ids"], ["name"])
        return sorted(one["name"] for one in found)

    def codes(self, row):
        return [code for _stage, code, _values in row["trace"]]


@pytest.fixture
def desk(world):
    return Desk(world)


def attachment(name, content="JVBERi0xLjQ="):
    """The body of a mail with a file."""
    return (
        "--cut\nContent-Type: text/plain\n\nSee the file.\n"
        f'--cut\nContent-Type: application/octet-stream; name="{name}"\n'
        "Content-Transfer-Encoding: base64\n"
        f'Content-Disposition: attachment; filename="{name}"\n\n{content}\n--cut--'
    )


def test_template(desk):
    """*Template*: what each ticket begins with; its members take turns."""
    users = [
        desk.create("res.users", name=f"U{n}", login=f"filling{desk.number}.{n}") for n in (1, 2)
    ]
    desk.call("helpdesk.ticket.team", "write", [desk.team], {"user_ids": [(6, 0, users)]})
    category = desk.create("helpdesk.ticket.category", name=f"Hardware {desk.number}")
    tag = desk.create("helpdesk.ticket.tag", name=f"Burns {desk.number}")
    template = desk.create(
        "helpdesk.ticket.template",
        name="Repair",
        team_id=desk.team,
        category_id=category,
        priority="3",
        tag_ids=[(6, 0, [tag])],
        assign="round_robin",
        properties={"serial": "unknown"},
    )
    desk.inbox.write(template_id=template)
    tickets = [desk.take()[1] for _number in range(4)]
    for ticket in tickets:
        assert (ticket["category_id"][0], ticket["priority"]) == (category, "3")
        assert ticket["tag_ids"] == [tag]
        assert ticket["properties"]["serial"] == "unknown"
    assigned = [ticket["user_id"][0] for ticket in tickets]
    assert assigned[:2] == assigned[2:]
    assert set(assigned) == set(users)


def test_required_mapping(desk):
    """*Required Mappings*: each ticket has a value."""
    desk.map(
        "properties.serial",
        "header",
        header_name="X-Serial",
        is_required=True,
        default_value="none",
    )
    assert desk.take("X-Serial: SN 17")[1]["properties"]["serial"] == "SN 17"
    assert desk.take()[1]["properties"]["serial"] == "none"


def test_optional_mapping_with_default(desk):
    """*Optional Mappings*, *Default Value*; what does not fit is left out and told."""
    desk.map("properties.pages", "regex", pattern=r"pages: (\w+)", default_value="1")
    assert desk.take(body="Hello\npages: 12\n")[1]["properties"]["pages"] == 12
    row, ticket = desk.take(body="Hello\npages: many\n")
    assert ticket["properties"]["pages"] == 1
    assert '"many" does not fit' in row["explanation"]
    assert "default_used" in desk.codes(row)


def test_restricted_mapping(desk):
    """*Restricted?*: agents who are not in the group do not see the field."""
    group = desk.create("res.groups", name=f"Insiders {desk.number}")
    agents = desk.call("ir.model.data", "search_read", [("name", "=", "group_helpdesk_user")])
    agent = desk.create(
        "res.users",
        name="A",
        login=f"restricted{desk.number}",
        group_ids=[(4, agents[0]["res_id"])],
    )
    mapping = desk.map("kanban_state", "header", header_name="X-State", group_ids=[(6, 0, [group])])
    try:
        row, _ticket = desk.take("X-State: Blocked")
        for fields, refused in ((["name"], False), (["kanban_state"], True)):
            answer = desk.world.odoo.run(
                "call",
                model="helpdesk.ticket",
                method="read",
                args=[[row["ticket_id"]], fields],
                user=agent,
            )
            assert bool(answer.error) == refused
        desk.call("res.users", "write", [agent], {"group_ids": [(4, group)]})
        (found,) = desk.world.odoo.value(
            "call",
            model="helpdesk.ticket",
            method="read",
            args=[[row["ticket_id"]], ["kanban_state"]],
            user=agent,
        )
        assert found["kanban_state"] == "blocked"
    finally:
        desk.call("helpdesk.inbox.mapping", "unlink", [mapping])


def test_importance(desk):
    """*Importance*: becomes the priority, or nothing does."""
    assert desk.take("Importance: high")[1]["priority"] == "2"
    assert desk.take("Importance: low")[1]["priority"] == "0"
    desk.inbox.write(map_importance=False)
    assert desk.take("Importance: high")[1]["priority"] == "1"


def test_subject_body_and_sender(desk):
    """*Subject*, *Body*, *Sender*: each into a field."""
    for source, expected in (
        ("subject", "Printer"),
        ("body", "It does not print."),
        ("sender_name", "Ann Other"),
    ):
        mapping = desk.map("properties.serial", source)
        assert desk.take()[1]["properties"]["serial"] == expected
        desk.call("helpdesk.inbox.mapping", "unlink", [mapping])


def test_attachment(desk):
    """*Attachment*: kept, left out, blocked, or held back until somebody releases it."""
    assert desk.files(desk.take(*CUT, body=attachment("a.pdf"))[0]) == ["a.pdf"]
    desk.inbox.write(attachment_policy="drop")
    assert desk.files(desk.take(*CUT, body=attachment("a.pdf"))[0]) == []
    desk.inbox.write(
        attachment_policy="keep", attachment_blocked="zip", quarantine_executables=True
    )
    assert desk.files(desk.take(*CUT, body=attachment("a.zip"))[0]) == []
    row, _ticket = desk.take(*CUT, body=attachment("report.pdf", PROGRAM))
    assert desk.files(row) == []
    assert "Held back, as they could do harm: report.pdf" in row["explanation"]
    desk.call("helpdesk.incoming.mail", "action_release", [row["id"]])
    assert desk.files(row) == ["report.pdf"]


def test_add_email_as_attachment(desk):
    """*Add Email as Attachment*: the whole mail, as an .eml file."""
    desk.inbox.write(attach_source=True)
    row, _ticket = desk.take(*CUT, body=attachment("a.pdf"))
    assert desk.files(row) == ["Printer.eml", "a.pdf"]


def test_field_that_was_removed(desk):
    """The ticket is made without it, and the administrators are told once."""
    desk.map("properties.serial", "subject")
    desk.call("helpdesk.ticket.team", "write", [desk.team], {"ticket_properties": []})
    for _time in range(2):
        row, _ticket = desk.take()
        assert "there is none of that name any more" in row["explanation"]
    problems = desk.call(
        "helpdesk.inbox.problem", "search_count", [("inbox_id", "=", desk.inbox.id)]
    )
    told = desk.call(
        "mail.activity",
        "search_count",
        [("res_model", "=", "helpdesk.inbox"), ("res_id", "=", desk.inbox.id)],
    )
    assert (problems, told) == (1, 1)
