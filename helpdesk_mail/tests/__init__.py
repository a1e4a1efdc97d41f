# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import (
    test_account,
    test_answers,
    test_gateway,
    test_hooks,
    test_hostile,
    test_other_addons,
    test_push,
    test_quarantine,
    test_recipients,
    test_rights,
    test_road_journal,
    test_road_new,
    test_road_reply,
    test_scope,
    test_scope_bypass,
    test_views,
)
