# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What ``make run`` shows: a demo database, a mail server of its own, nine mails on their road.

place       where a demo keeps its things, its ports, and who runs it now
processes   the servers that belong to it, and the end of what a killed run has left
servers     Dovecot, the SMTP server that only stores, Odoo, and the watcher of the mailbox
database    make, upgrade and read the demo database
inside      what is set up within Odoo (the only module here that knows Odoo's models)
samples     the mails in ``mails/``
outcomes    one line for each mail, and the summary
session     all of these in order, until Ctrl-C
send, sent  ``python3 -m dev send`` and ``python3 -m dev mails``
"""
