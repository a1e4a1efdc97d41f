-- a copy of the database must not fetch, answer or log in anywhere: not even by the button
UPDATE helpdesk_inbox
   SET state = 'draft',
       host = NULL,
       password_encrypted = NULL,
       oauth_client_secret_encrypted = NULL,
       push_token_hash = NULL,
       mail_server_id = NULL;
UPDATE ir_cron
   SET active = false
 WHERE id IN (SELECT cron_id FROM helpdesk_inbox WHERE cron_id IS NOT NULL);
DELETE FROM helpdesk_mail_grant;
UPDATE ir_mail_server
   SET helpdesk_oauth_account = NULL;
