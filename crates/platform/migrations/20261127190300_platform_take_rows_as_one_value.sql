-- Facts and clocks come as rows of these types, one parameter for all: a parameter for each column is opened, read and closed by itself
-- with every statement.
create type fact_row as (
    name         text,
    occurred_at  timestamptz,
    on_behalf_of uuid,
    home_id      uuid,
    person_id    uuid,
    case_id      uuid,
    payload      jsonb,
    topic        text           -- what figures are told of it; null where none listens
);
create type clock_row as (
    id           uuid,
    standard     text,
    version_from date,
    subject      text,
    case_id      uuid,
    home_id      uuid,
    person_id    uuid,
    start_seq    bigint,
    started_at   timestamptz,
    earliest_at  timestamptz,
    due_at       timestamptz,
    due_day      date,
    extensions   integer,
    paused_at    timestamptz,
    state        text,
    stopped_at   timestamptz,
    stop_seq     bigint,
    breached_at  timestamptz,
    decided_day  date
);
