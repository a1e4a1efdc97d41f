-- a copy of the database must not fetch, answer or log in anywhere: not even by the button
UPDATE helpdesk_inbox
   SET state = 'draft',
       host = NULL,
       password_encrypted = NULL,
       oauth_client_secret_encrypted = NULL,
       push_token_hash = NULL,
       mail_server_id = NULL,
       outgoing = 'system',
       smtp_host = NULL,
       smtp_password_encrypted = NULL;
-- nor the mailboxes of its users
UPDATE helpdesk_mailbox
   SET state = 'draft',
       host = NULL,
       password_encrypted = NULL,
       oauth_client_secret_encrypted = NULL,
       send_enabled = false,
       outgoing = 'system',
       smtp_host = NULL,
       smtp_password_encrypted = NULL;
UPDATE helpdesk_mail_application
   SET client_secret_encrypted = NULL;
UPDATE ir_cron
   SET active = false
 WHERE id IN (SELECT cron_id FROM helpdesk_mailbox WHERE cron_id IS NOT NULL);
UPDATE ir_cron
   SET active = false
 WHERE id IN (SELECT cron_id FROM helpdesk_inbox WHERE cron_id IS NOT NULL);
-- nor sign as its original does, nor file what that has sent
UPDATE helpdesk_dkim_key
   SET state = 'draft',
       private_key_encrypted = NULL;
DELETE FROM helpdesk_sent_copy;
UPDATE res_company
   SET helpdesk_mail_health_token_hash = NULL;
DELETE FROM helpdesk_mail_grant;
UPDATE ir_mail_server
   SET helpdesk_oauth_account = NULL;
