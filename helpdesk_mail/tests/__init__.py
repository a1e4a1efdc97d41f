# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_account
from . import test_answers
from . import test_gateway
from . import test_hooks
from . import test_other_addons
from . import test_push
from . import test_quarantine
from . import test_rights
from . import test_road_journal
from . import test_road_new
from . import test_road_reply
from . import test_views
