# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Part of stage *identify*: what becomes of the others in To and Cc, as the inbox says."""


def run(batch, items):
    """Leave out who is not to follow, and what is not to be noted. No query."""
    policy = batch.inbox.cc_policy
    if policy == "keep":
        return
    for item in items:
        if not item.open or not (item.recipient_partner_ids or item.parsed.cc):
            continue
        known = item.verification != "fail" and (
            item.author_id or item.partner_id or item.lead_id or item.agent_user_id
        )
        if policy == "followers" and known:
            continue
        item.recipient_partner_ids = []
        item.copies_follow = False
        item.notes_copies = policy != "ignore"
        item.step("identify", "cc_noted" if item.notes_copies else "cc_ignored", told=False)
