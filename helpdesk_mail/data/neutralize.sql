-- a copy of the database must not fetch, answer or log in anywhere
UPDATE helpdesk_inbox
   SET state = 'paused',
       password_encrypted = NULL,
       push_token_hash = NULL
 WHERE state IN ('active', 'failed')
    OR password_encrypted IS NOT NULL
    OR push_token_hash IS NOT NULL;
UPDATE ir_cron
   SET active = false
 WHERE id IN (SELECT cron_id FROM helpdesk_inbox WHERE cron_id IS NOT NULL);
