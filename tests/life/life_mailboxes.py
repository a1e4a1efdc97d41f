# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What happens in a database with personal mailboxes, as scripts for Odoo's shell."""

# years of work before anybody thought of this add-on
BEFORE = """
# the administrator has looked for new add-ons
env["ir.module.module"].update_list()
partners = env["res.partner"].create(
    [{"name": f"Customer {n}", "email": f"c{n}@kunde.example"} for n in range(300)]
)
team = env["helpdesk.ticket.team"].create({"name": "Old team"})
tickets = env["helpdesk.ticket"].create(
    [
        {"name": f"Old {n}", "description": "x", "partner_id": partners[n].id, "team_id": team.id}
        for n in range(60)
    ]
)
for ticket in tickets[:20]:
    ticket.message_post(body="What was said", attachments=[("old.txt", b"old")])
env["crm.lead"].create(
    [{"name": f"Lead {n}", "email_from": f"l{n}@lead.example"} for n in range(50)]
)
for name in ("anna", "bert", "dora"):
    env["res.users"].create(
        {
            "name": name.title(),
            "login": name,
            "email": f"{name}@firm.example",
            "group_ids": [(4, env.ref("base.group_user").id)],
        }
    )
env.cr.commit()
"""

# Anna reads by IMAP and sends; Bert reads by POP3; Dora only began.
SET_UP = """
from odoo.addons.helpdesk_mail.models import seal

def user(name):
    return env["res.users"].search([("login", "=", name)])

def mailbox(name, **values):
    return env["helpdesk.mailbox"].with_user(user(name)).create(
        {
            "email": f"{name}@firm.example", "host": "127.0.0.1", "encryption": "none",
            "username": f"{name}@firm.example", "password": PASSWORD, "sync_start": "2020-01-01",
            **values,
        }
    )

anna = mailbox(
    "anna", port=IMAP_PORT, sent_folder="Sent", delegate_ids=[(4, user("bert").id)],
    send_enabled=True, outgoing="own", smtp_host="127.0.0.1", smtp_port=SMTP_PORT,
    smtp_encryption="none", smtp_login="none", deny_list="spam.example",
)
bert = mailbox("bert", port=POP3_PORT, protocol="pop3")
dora = mailbox("dora", port=IMAP_PORT)
for one in (anna, bert):
    one.action_activate()
env.cr.commit()
for one in (anna, bert):
    one.fetch()
    assert not one.last_error, one.last_error
env.cr.commit()
Message = env["helpdesk.mailbox.message"].with_user(user("anna"))
file = Message.env["ir.attachment"].create(
    {"name": "offer.txt", "raw": b"private offer", "res_model": Message._name, "res_id": 0}
)
draft = Message.create(
    {
        "mailbox_id": anna.id, "email_to": "c1@kunde.example", "subject": "Offer",
        "body": "<p>For you</p>", "attachment_ids": [(4, file.id)],
    }
)
draft.with_context(helpdesk_mail_looked_at=True).action_send()
Message.create({"mailbox_id": anna.id, "email_to": "c2@kunde.example", "subject": "Draft"})
Message.env["ir.attachment"].create(
    {"name": "lost.txt", "raw": b"private and lost", "res_model": Message._name, "res_id": 0}
)
env.cr.commit()
anna.with_user(1)._cron_send()
env.cr.commit()
assert draft.state == "sent", draft.problem
answer = Message.search([("direction", "=", "in")], limit=1).action_reply()
env["helpdesk.mail.application"].create(
    {"provider": "google", "client_id": "x", "client_secret": "application secret"}
)
env["helpdesk.mail.grant"].sudo().create({"res_model": "helpdesk.mailbox", "res_id": dora.id})
admin = env.ref("base.user_admin")
admin.group_ids += env.ref("helpdesk_mail.group_break_glass")
env["helpdesk.mailbox.glass.break"].with_user(admin).create(
    {"status_id": bert.id, "reason": "Bert is ill and a customer waits"}
).action_break()
env.cr.commit()
"""

# after an upgrade all goes on
GO_ON = """
from odoo.addons.helpdesk_mail.models import seal

for name in ("anna", "bert"):
    user = env["res.users"].search([("login", "=", name)])
    mailbox = env["helpdesk.mailbox"].with_user(user)._of_user()
    assert mailbox.state == "active", mailbox.state
    before = len(mailbox.message_ids)
    mailbox.fetch()
    env.cr.commit()
    assert not mailbox.last_error, mailbox.last_error
    mailbox.invalidate_recordset()
    assert len(mailbox.message_ids) == before + 1, (before, len(mailbox.message_ids))
    assert mailbox.sudo().with_user(user).has_password
user = env["res.users"].search([("login", "=", "anna")])
Message = env["helpdesk.mailbox.message"].with_user(user)
draft = Message.search([("state", "=", "draft"), ("subject", "=", "Draft")])
draft.body = "<p>After all</p>"
draft.with_context(helpdesk_mail_looked_at=True).action_send()
env.cr.commit()
draft.mailbox_id.with_user(1)._cron_send()
env.cr.commit()
assert draft.state == "sent", draft.problem
"""

# by the dialog, as an administrator does
UNINSTALL = """
admin = env.ref("base.user_admin")
module = env.ref("base.module_helpdesk_mail")
wizard = env["base.module.uninstall"].with_user(admin).create({"module_ids": module.ids})
print("ASKED", wizard.helpdesk_mailbox_count, wizard.helpdesk_mailbox_message_count)
wizard.action_helpdesk_mail_ask_export()
told = env["mail.message"].search([("subject", "=", "Export your mailbox")])
print("TOLD", ",".join(sorted(told.notified_partner_ids.mapped("email"))))
env.cr.commit()
wizard.action_uninstall()
env.cr.commit()
"""
