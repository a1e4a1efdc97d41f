# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Mail",
    "summary": "Shared mailboxes become helpdesk tickets; no mail is lost, every decision is "
    "explained",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Mail contributors, Odoo Community Association (OCA)",
    "website": "https://github.com/OCA/helpdesk",
    "depends": ["helpdesk_mgmt", "helpdesk_mgmt_crm", "helpdesk_mgmt_sla"],
    "external_dependencies": {
        "python": [
            "charset-normalizer",
            "cryptography",
            "idna",
            "imapclient",
            "lxml",
            "nh3",
        ],
    },
    "data": [
        "security/helpdesk_mail_groups.xml",
        "security/ir.model.access.csv",
        "security/helpdesk_mail_rules.xml",
        "data/mail_templates.xml",
        "views/helpdesk_incoming_mail_views.xml",
        "wizards/helpdesk_deny_paste_views.xml",
        "views/helpdesk_deny_rule_views.xml",
        "views/helpdesk_inbox_views.xml",
        "views/helpdesk_recipient_views.xml",
        "views/helpdesk_ticket_views.xml",
        "views/helpdesk_mail_menus.xml",
        "wizards/helpdesk_inbox_push_token_views.xml",
        "wizards/helpdesk_recipient_pair_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["helpdesk_mail/static/src/deny_rule/*.js"],
        "web.assets_tests": ["helpdesk_mail/static/tests/tours/*.js"],
    },
    "demo": ["demo/helpdesk_mail_demo.xml"],
    "uninstall_hook": "uninstall_hook",
}
