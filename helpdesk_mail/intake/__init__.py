# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What becomes of a mail: the stages, in the order that a mail travels (:mod:`.road`)."""

from .item import Batch, Door, Item, Step
from .journal import digest
from .road import is_no_fault_of_the_mail, put_aside, read_header, take_in
from .simulation import Simulation, rehearse, simulate
