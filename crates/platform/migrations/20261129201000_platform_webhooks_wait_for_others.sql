-- A webhook's call is made only when nothing else is due. The first of the others is found without reading past all the calls that wait.
create index job_waiting_but_webhooks on job (run_at, id) where done_at is null and dead_at is null and kind <> 'webhook';
