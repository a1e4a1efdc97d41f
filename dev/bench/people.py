# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The contacts that both databases know."""

from __future__ import annotations

from typing import Any


def create(env: Any, contacts: list[dict[str, str]]) -> None:
    """Create the contacts and their companies, once for each database."""
    Partner = env["res.partner"]
    if not contacts or Partner.search_count([("email", "=", contacts[0]["email"])]):
        return
    names = sorted({contact["company"] for contact in contacts} - {""})
    created = Partner.create([{"name": name, "is_company": True} for name in names])
    companies = dict(zip(names, created.ids, strict=True))
    Partner.create(
        [
            {
                "name": contact["name"],
                "email": contact["email"],
                "parent_id": companies.get(contact["company"], False),
            }
            for contact in contacts
        ]
    )
    env.cr.commit()
