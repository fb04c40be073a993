-- What a unit of work records is noted once, for all who wait for it: the sealer, figures, webhooks. Each of them had a row of its own
-- with every fact before, which was a tenth of what raising a repair costs. No index: the table is emptied every second or two.
create table fact_fresh (
    recorded_at timestamptz not null,   -- of all these facts; it names their partition
    seqs        bigint[]    not null
);
alter table fact_fresh set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Facts that no seal covers yet.
create view fact_waiting as
    select seq from fact_unsealed
    union all
    select unnest(seqs) from fact_fresh;

-- What figures are told of a fact is worked out when the note is passed on.
drop type fact_row;
create type fact_row as (
    name         text,
    occurred_at  timestamptz,
    on_behalf_of uuid,
    home_id      uuid,
    person_id    uuid,
    case_id      uuid,
    payload      jsonb
);
