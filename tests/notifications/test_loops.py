# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two machines that answer each other come to an end."""

from post_office import BOSS

MANY = 40  # rounds: by then nobody believes that it ends


def rounds(office, answer, address):
    """How many times *answer* (what the other machine does with our mails) is called with some."""
    for number in range(MANY):
        mails = office.delivered().get(address)
        if not mails:
            return number
        for mail in mails:
            answer(mail)
    return MANY


def test_machine_that_opens_a_ticket_for_each_of_our_mails(office):
    """Another helpdesk without Auto-Submitted, with a new subject and no reference each time."""
    other = "helpdesk@other.example"

    def answer(mail):
        office.write(other, f"Your case {len(office.tickets(other))} was opened", "Thank you.")

    office.write(other, "Your case 0 was opened", "Thank you.")
    assert rounds(office, answer, other) <= 10
    assert len(office.tickets(other)) <= 11


def test_machine_that_confirms_in_the_thread(office):
    """It answers every mail where it belongs: it is heard, and told nothing."""
    other = "confirm@other.example"
    office.write(other, "Please deliver paper", "Ten boxes.")
    assert rounds(office, lambda mail: office.reply(mail, other, "Received."), other) == 1
    assert len(office.tickets(other)) == 1


def test_machine_that_marks_its_answers(office):
    """As RFC 3834 asks for: noted, and nobody is answered."""
    other = "polite@other.example"

    def answer(mail):
        office.write(other, f"Auto: {mail['Subject']}", "I am away.", Auto_Submitted="auto-replied")

    office.write(other, "When do you come?")
    assert rounds(office, answer, other) == 1


def test_administrator_s_machine(office):
    """The administrator is away: the absence note ends on the ticket and with nobody else."""
    customer = "waiting@kunde.example"
    office.write(customer, "Is anybody there?")
    notice = office.delivered()[BOSS][0]
    office.write(
        BOSS,
        f"Out of office: {notice['Subject']}",
        "I am on vacation.",
        Auto_Submitted="auto-replied",
        In_Reply_To=notice["Message-ID"],
        References=notice["Message-ID"],
    )
    assert office.fetch() == {"appended": 1}
    assert office.outgoing() == {}
