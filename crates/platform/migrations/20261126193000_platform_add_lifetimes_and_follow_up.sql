-- When the sender was last asked what became of a message, so that those that stay on their way for days do not keep the others waiting.
alter table message add column checked_at timestamptz;
create index message_to_follow on message (checked_at nulls first, sent_at) where status = 'sent' and provider_reference is not null;

-- A message whose sending was given up said "waiting" for ever. Those that stand so now are failed, with the reason of their job.
update message m
   set status = 'failed', held_reason = coalesce(j.last_error, 'it could not be sent')
  from job j
 where m.status = 'waiting' and j.kind = 'message' and j.key = m.id::text and j.dead_at is not null and j.done_at is null
   and not exists (select from job w where w.kind = 'message' and w.key = j.key and w.done_at is null and w.dead_at is null);

-- One line for each webhook and fact, and its day, so that it can be forgotten.
delete from webhook_delivery d
 using webhook_delivery other
 where other.webhook_id = d.webhook_id and other.fact_seq = d.fact_seq
   and (other.delivered_at is not null, other.id) > (d.delivered_at is not null, d.id);
alter table webhook_delivery add column noted_at timestamptz;
update webhook_delivery d set noted_at = f.recorded_at from fact f where f.seq = d.fact_seq;
update webhook_delivery set noted_at = coalesce(delivered_at, now()) where noted_at is null;
alter table webhook_delivery alter column noted_at set not null;
create unique index webhook_delivery_one on webhook_delivery (webhook_id, fact_seq);
create index webhook_delivery_by_age on webhook_delivery (noted_at);

create index document_by_person on document (person_id) where person_id is not null;
create index job_done on job (done_at) where done_at is not null;

-- When the cells of an import were thrown away; its outcomes and ids stay.
alter table import_batch add column emptied_at timestamptz;

-- Work for once a day, whichever process comes first: the last day on which it was done.
create table daily_work (
    name text primary key,
    day  date not null
);
