# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mails that no person wrote to us: what each sort looks like, one module a sort.

``signs`` holds what all of them look at. Deliveries: ``delivery_status`` (RFC 3464), ``notice``
and ``failed_addresses`` (reports in a server's own words, ``failure_words``), ``status`` (codes),
``original`` (which mail it is about). Others: ``receipts``, ``complaints``, ``challenge``,
``calendar_answer``, ``automatic``, ``absence`` (``absence_words``).
"""
