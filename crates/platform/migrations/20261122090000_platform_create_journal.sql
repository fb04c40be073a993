-- The journal: append-only facts, in monthly partitions, sealed by a hash chain.
create extension if not exists pg_trgm;
create extension if not exists btree_gist;

create sequence fact_seq;

create table fact (
    seq          bigint      not null default nextval('fact_seq'),
    recorded_at  timestamptz not null,                -- when we learned of it
    occurred_at  timestamptz not null,                -- when it happened
    name         text        not null,
    actor_id     uuid,                                -- null: the system
    actor_name   text        not null,
    channel      text        not null,                -- web, api, cli, import, job
    on_behalf_of uuid,                                -- the person spoken for
    home_id      uuid,
    person_id    uuid,
    case_id      uuid,
    payload      jsonb       not null default '{}',
    primary key (seq, recorded_at)
) partition by range (recorded_at);

create index fact_by_case on fact (case_id, seq) where case_id is not null;
create index fact_by_home on fact (home_id, seq) where home_id is not null;
create index fact_by_person on fact (person_id, seq) where person_id is not null;
create index fact_by_recorded on fact using brin (recorded_at);

-- Facts that no seal covers yet. A row comes with its fact and goes with the seal, in the same transactions.
create table fact_unsealed (
    seq bigint primary key
);

-- One link of the chain: hash = sha256(previous hash, number, leaves). `seqs` and `leaves` (32 bytes a fact, same order) let a
-- verifier name the very fact that was altered, removed or slipped in.
create table seal (
    number        bigint      primary key,
    sealed_at     timestamptz not null,
    seqs          bigint[]    not null,
    leaves        bytea       not null,
    previous_hash bytea       not null,
    hash          bytea       not null
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the journal is append-only: % on % is refused', tg_op, tg_table_name using errcode = 'RT001';
end $$;

create trigger fact_is_append_only before update or delete on fact for each row execute function refuse_change();
create trigger fact_is_not_truncated before truncate on fact for each statement execute function refuse_change();
create trigger seal_is_append_only before update or delete on seal for each row execute function refuse_change();
create trigger seal_is_not_truncated before truncate on seal for each statement execute function refuse_change();

-- Makes the monthly partitions that hold the days from `first` to `last`. It runs as the owner, because the application's role makes no
-- tables; partitions inherit no rights, so the application reaches them through the journal alone.
create function ensure_fact_partitions(first date, last date) returns integer language plpgsql security definer set search_path from current as $$
declare
    month date := date_trunc('month', first)::date;
    made integer := 0;
    part text;
begin
    while month <= last loop
        part := 'fact_' || to_char(month, 'YYYY_MM');
        if to_regclass(part) is null then
            execute format('create table %I partition of fact for values from (%L) to (%L)',
                part, month::timestamp at time zone 'Europe/London', (month + interval '1 month')::timestamp at time zone 'Europe/London');
            execute format('create trigger fact_is_not_truncated before truncate on %I for each statement execute function refuse_change()', part);
            made := made + 1;
        end if;
        month := (month + interval '1 month')::date;
    end loop;
    return made;
end $$;

select ensure_fact_partitions((now() - interval '1 month')::date, (now() + interval '3 months')::date);

-- Promises started, met and broken. `standard` and `version_from` name the declaration in force at the trigger.
create table clock (
    id           uuid        primary key,
    standard     text        not null,
    version_from date        not null,
    subject      text        not null,
    case_id      uuid,
    home_id      uuid,
    person_id    uuid,
    start_seq    bigint      not null,
    started_at   timestamptz not null,
    earliest_at  timestamptz,
    due_at       timestamptz not null,
    due_day      date,
    extensions   integer     not null default 0,
    paused_at    timestamptz,
    state        text        not null check (state in ('running', 'paused', 'met', 'late', 'cancelled')),
    stopped_at   timestamptz,
    stop_seq     bigint,
    breached_at  timestamptz,
    changed_at   timestamptz not null,
    -- The London day on which the promise was decided: kept when it stopped in time, broken when the due moment passed.
    decided_day  date,
    constraint clock_stops_with_a_moment check ((state in ('met', 'late', 'cancelled')) = (stopped_at is not null))
);
create unique index clock_one_open on clock (standard, subject) where state in ('running', 'paused');
create index clock_by_case on clock (case_id) where case_id is not null;
create index clock_by_subject on clock (subject, standard);
create index clock_due on clock (due_at) where state = 'running' and breached_at is null;
create index clock_open on clock (standard, due_at) where state in ('running', 'paused');
create index clock_decided on clock (standard, decided_day) include (state, case_id, home_id, breached_at) where decided_day is not null;
create index clock_changed on clock (changed_at);

-- Called-off promises, which a standard's figure shows as left out.
create index clock_called_off on clock (standard, stopped_at) where state = 'cancelled';

-- Figures: what a measure came to in a month, whole ('' as dimension) and by each dimension. A median cannot be added up from months:
-- its quarters and years are rows of their own (`months` 3 and 12).
create table figure_cell (
    measure     text     not null,
    first_day   date     not null,
    months      smallint not null,
    dimension   text     not null default '' check (dimension in ('', 'ward', 'trade', 'provider', 'priority')),
    value       text     not null default '',   -- of the dimension; '' where the row does not say
    numerator   bigint   not null,
    denominator bigint   not null,
    excluded    bigint   not null default 0,
    total       double precision,
    median      double precision,
    primary key (measure, first_day, months, dimension, value)
);
-- Which months of a measure are counted, with which declaration.
create table figure_state (
    measure     text        not null,
    first_day   date        not null,
    computed_at timestamptz not null,
    definition  text        not null,   -- hash of the declaration and SQL that it was computed with
    primary key (measure, first_day)
);
-- Facts that some figure has not heard of: written with the fact, in its transaction, and taken by the next reader. No index: it is
-- emptied every minute at the latest.
create table figure_pending (
    topic       text        not null,   -- the fact's name; clock.breached:STANDARD for a broken promise
    case_id     uuid,
    occurred_at timestamptz not null
);
-- Months to be counted again. Rows may repeat: a writer never waits for a reader.
create table figure_stale (
    measure     text not null,
    first_day   date not null
);
create index figure_stale_by_measure on figure_stale (measure, first_day);
create table figure_frozen (
    id           uuid        primary key,
    measure      text        not null,
    title        text        not null,
    period       text        not null,
    from_day     date        not null,
    until_day    date        not null,   -- the day after the last that was counted
    value        double precision,
    shown        text        not null,   -- the value as it was published
    numerator    bigint      not null,
    denominator  bigint      not null,
    excluded     bigint      not null,
    definition   text        not null,
    journal_seq  bigint      not null,   -- what the journal held when it was frozen
    rows_hash    bytea       not null,   -- sha256 over the evidence rows, see docs/guide/figures.md
    frozen_at    timestamptz not null,
    frozen_by    text        not null,
    note         text        not null default ''
);
create index figure_frozen_by_measure on figure_frozen (measure, period);
-- The evidence as it stood when the figure was frozen.
create table figure_frozen_row (
    -- Deferred: the rows come first, and value and hash are taken from them.
    frozen_id  uuid    not null references figure_frozen deferrable initially deferred,
    subject_id uuid    not null,
    reference  text    not null,
    day        date    not null,
    counted    boolean not null,
    hit        boolean not null,
    value      double precision,
    reason     text    not null,
    primary key (frozen_id, subject_id)
);
create trigger figure_frozen_is_append_only before update or delete on figure_frozen for each row execute function refuse_change();
create trigger figure_frozen_row_is_append_only before update or delete on figure_frozen_row for each row execute function refuse_change();
-- Figures that others published, such as the regulator's: one row per measure, year and landlord.
create table figure_external (
    source        text not null,
    measure       text not null,          -- RP02-1
    period        text not null,          -- 2023-24
    landlord_code text not null,
    landlord      text not null,
    landlord_type text not null default '',
    homes         bigint,
    size_band     text not null default '',
    numerator     bigint,
    denominator   bigint,
    value         double precision not null,
    primary key (measure, period, landlord_code)
);
