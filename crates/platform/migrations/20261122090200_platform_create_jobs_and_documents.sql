-- The outbox: work promised in a command's transaction and done afterwards. Rows that fail too often stay, dead and visible.
create table job (
    id         bigint generated always as identity primary key,
    kind       text        not null,
    key        text,                          -- at most one waiting job per kind and key
    payload    jsonb       not null,
    run_at     timestamptz not null,
    attempts   integer     not null default 0,
    locked_until timestamptz,
    last_error text,
    done_at    timestamptz,
    dead_at    timestamptz,
    created_at timestamptz not null
);
create index job_waiting on job (run_at) where done_at is null and dead_at is null;
create unique index job_one_waiting on job (kind, key) where key is not null and done_at is null and dead_at is null;
create index job_dead on job (dead_at) where dead_at is not null;

-- Every text, e-mail and letter, from the moment it is owed.
create table message (
    id          uuid        primary key,
    channel     text        not null check (channel in ('text', 'email', 'letter')),
    template    text        not null,
    person_id   uuid,
    case_id     uuid,
    home_id     uuid,
    address     text        not null,
    subject     text        not null,
    body        text        not null,
    status      text        not null check (status in ('waiting', 'held', 'sent', 'delivered', 'failed')),
    held_reason text,
    provider_reference text,
    fact_payload jsonb,                       -- what to record as message.sent when it has gone
    created_at  timestamptz not null,
    sent_at     timestamptz,
    delivered_at timestamptz
);
create index message_by_case on message (case_id, created_at) where case_id is not null;
create index message_by_person on message (person_id, created_at) where person_id is not null;
create index message_by_status on message (status, created_at);

create table document (
    id          uuid        primary key,
    sha256      bytea       not null,
    name        text        not null,
    media_type  text        not null,
    bytes       bigint      not null,
    kind        text        not null,         -- photo, signature, letter, certificate, other
    has_thumbnail boolean   not null default false,
    home_id     uuid,
    person_id   uuid,
    case_id     uuid,
    taken_at    timestamptz,
    added_at    timestamptz not null,
    added_by    text        not null,
    removed_at  timestamptz,
    removed_reason text
);
create index document_by_case on document (case_id) where case_id is not null;
create index document_by_home on document (home_id) where home_id is not null;
create index document_by_sha on document (sha256);

create table webhook (
    id         uuid        primary key,
    url        text        not null,
    secret     text        not null,
    facts      text[]      not null,
    created_at timestamptz not null,
    disabled_at timestamptz
);
create table webhook_delivery (
    id          bigint generated always as identity primary key,
    webhook_id  uuid        not null references webhook,
    fact_seq    bigint      not null,
    status      integer,
    delivered_at timestamptz,
    last_error  text
);

-- Staged imports: the file's rows, their errors, and what each row became, so that a batch can be undone.
create table import_batch (
    id          uuid        primary key,
    target      text        not null,
    source      text        not null,         -- the system the file came from
    file_name   text        not null,
    mapping     jsonb       not null,
    status      text        not null check (status in ('staged', 'checked', 'running', 'done', 'failed', 'undone')),
    total       integer     not null default 0,
    good        integer     not null default 0,
    bad         integer     not null default 0,
    created     integer     not null default 0,
    updated     integer     not null default 0,
    unchanged   integer     not null default 0,
    message     text,
    created_at  timestamptz not null,
    created_by  text        not null,
    finished_at timestamptz
);
create table import_row (
    batch_id   uuid    not null references import_batch on delete cascade,
    row_number integer not null,
    cells      jsonb   not null,
    errors     jsonb,
    outcome    text,                           -- created, updated, unchanged
    entity_id  uuid,
    before     jsonb,                          -- the entity as it was, for undo
    primary key (batch_id, row_number)
);
create index import_row_bad on import_row (batch_id, row_number) where errors is not null;
create table import_mapping (
    target  text  not null,
    source  text  not null,
    mapping jsonb not null,
    primary key (target, source)
);
