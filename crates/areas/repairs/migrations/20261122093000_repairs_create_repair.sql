-- Responsive repairs: what a resident reports, what the provider is told to do, who comes when, and what came of it.
create sequence repair_ref_seq start 100001;
create sequence order_ref_seq start 80001;

create table provider (
    id         uuid primary key,
    name       text not null unique,
    kind       text not null check (kind in ('works-company', 'subcontractor')),
    parent_id  uuid references provider,               -- the company that subcontracts to it
    email      text not null default '',
    ended_at   timestamptz
);

create table operative (
    id          uuid primary key,
    provider_id uuid not null references provider,
    name        text not null,
    phone       text not null default '',
    ended_at    timestamptz
);
create index operative_by_provider on operative (provider_id);
create table operative_trade (operative_id uuid not null references operative, trade text not null, primary key (operative_id, trade));
create table operative_ward  (operative_id uuid not null references operative, ward  text not null, primary key (operative_id, ward));
create table shift (
    operative_id uuid not null references operative,
    weekday      integer not null check (weekday between 1 and 7),      -- 1 Monday
    from_time    time not null,
    until_time   time not null,
    primary key (operative_id, weekday, from_time),
    check (until_time > from_time)
);
create table absence (
    id           uuid primary key,
    operative_id uuid not null references operative,
    during       tstzrange not null,
    reason       text not null
);
create index absence_during on absence using gist (operative_id, during);

-- The schedule of rates, by version. Declared lines are loaded at start; a landlord's own are imported.
create table rate (
    code        text    not null,
    version     text    not null,
    title       text    not null,
    trade       text    not null,
    unit        text    not null,
    price_pence bigint  not null check (price_pence >= 0),
    minutes     integer not null check (minutes >= 0),
    from_day    date    not null,
    until_day   date,
    external_ref text,
    primary key (code, version)
);
create index rate_search on rate using gin ((lower(code || ' ' || title)) gin_trgm_ops);

create table repair (
    id             uuid        primary key,
    reference      text        not null unique,         -- R-100001
    external_ref   text        unique,
    place_id       uuid        not null references place,
    home_id        uuid        references place,         -- the same as place_id for a dwelling; null for a communal place
    ward           text        not null default '',
    reporter_id    uuid        references person,
    reporter_name  text        not null default '',      -- a passer-by, a councillor
    channel        text        not null check (channel in ('phone', 'web', 'in-person', 'councillor', 'operative', 'email', 'portal', 'import')),
    item           text        not null default '',      -- key in the diagnosis script
    answers        jsonb       not null default '{}',
    title          text        not null,
    description    text        not null default '',
    access_notes   text        not null default '',
    rate_code      text        not null default '',
    trade          text        not null,
    priority       text        not null check (priority in ('emergency', 'urgent', 'routine')),
    priority_reasons jsonb     not null default '[]',    -- as shown when it was decided
    priority_override text,                              -- why a person decided otherwise
    hazard         text,
    hazard_level   text,
    right_to_repair text       check (right_to_repair in ('one-day', 'three-days', 'seven-days')),
    responsibility text        not null default 'landlord',
    rechargeable   boolean     not null default false,
    provider_id    uuid        references provider,
    status         text        not null default 'open' check (status in ('open', 'completed', 'cancelled')),
    stage          text        not null default 'reported', -- reported, ordered, booked, in-progress, made-safe, awaiting-materials, awaiting-approval, follow-on, completed, cancelled
    awaiting       text        not null default '',
    reported_at    timestamptz not null,
    reported_day   date        not null,
    made_safe_at   timestamptz,
    completed_at   timestamptz,
    completed_day  date,
    completed_note text        not null default '',
    first_visit    boolean,
    on_time        boolean,                              -- completed (emergencies: made safe) within the landlord's target
    cancelled_at   timestamptz,
    cancelled_day  date,
    cancel_reason  text,
    recall_of      uuid        references repair,
    cost_pence     bigint      not null default 0,
    raised_by      text        not null,
    version        integer     not null default 1,
    constraint completed_has_a_moment check ((status = 'completed') = (completed_at is not null)),
    constraint cancelled_has_a_moment check ((status = 'cancelled') = (cancelled_at is not null))
);
create index repair_by_place on repair (place_id, reported_at desc);
create index repair_by_home on repair (home_id, reported_at desc) where home_id is not null;
create index repair_by_reporter on repair (reporter_id, reported_at desc) where reporter_id is not null;
create index repair_open on repair (reported_at desc, id desc) where status = 'open';
create index repair_list on repair (reported_at desc, id desc);
create index repair_by_provider on repair (provider_id, reported_at desc, id desc);
create index repair_open_by_stage on repair (stage, reported_at) where status = 'open';
-- What a repair's promises are broken down by, without a visit to the row itself.
create index repair_dims on repair (id) include (reference, home_id, ward, trade, priority, provider_id);
create index repair_by_reported_day on repair (reported_day) include (id, priority, trade, ward, provider_id, status, home_id);
create index repair_by_completed_day on repair (completed_day) include (id, priority, trade, ward, provider_id, on_time, first_visit, cost_pence, home_id, reported_day, recall_of) where completed_day is not null;

create index repair_by_recall on repair (recall_of) where recall_of is not null;
create index repair_by_cancelled_day on repair (cancelled_day) where cancelled_day is not null;
create index repair_open_day on repair (reported_day) where status = 'open';

create table works_order (
    id           uuid        primary key,
    reference    text        not null unique,            -- WO-80001
    repair_id    uuid        not null references repair,
    provider_id  uuid        not null references provider,
    budget_code  text        not null,
    status       text        not null check (status in ('awaiting-approval', 'issued', 'accepted', 'completed', 'cancelled')),
    value_pence  bigint      not null default 0,
    follows_id   uuid        references works_order,      -- follow-on work
    issued_at    timestamptz,
    accepted_at  timestamptz,
    completed_at timestamptz,
    approved_by  text,
    version      integer     not null default 1
);
create index works_order_by_repair on works_order (repair_id);
create index works_order_by_provider on works_order (provider_id, status);
create index works_order_awaiting on works_order (status) where status = 'awaiting-approval';

create table variation (
    id           uuid        primary key,
    order_id     uuid        not null references works_order,
    reason       text        not null,
    note         text        not null default '',
    value_pence  bigint      not null,
    status       text        not null check (status in ('requested', 'approved', 'refused')),
    requested_at timestamptz not null,
    requested_by text        not null,
    requested_by_id uuid,
    decided_at   timestamptz,
    decided_by   text,
    decision_note text       not null default ''
);
create index variation_waiting on variation (requested_at) where status = 'requested';
create index variation_by_order on variation (order_id);

create table order_line (
    id           uuid    primary key,
    order_id     uuid    not null references works_order,
    variation_id uuid    references variation,
    rate_code    text    not null,
    rate_version text    not null,
    title        text    not null,
    quantity_hundredths bigint not null check (quantity_hundredths > 0),
    price_pence  bigint  not null,
    value_pence  bigint  not null,
    invoiced_pence bigint,
    removed_at   timestamptz
);
create index order_line_by_order on order_line (order_id);

create table appointment (
    id           uuid        primary key,
    repair_id    uuid        not null references repair,
    order_id     uuid        references works_order,
    operative_id uuid        not null references operative,
    starts_at    timestamptz not null,
    ends_at      timestamptz not null,
    window_starts_at timestamptz not null,               -- what the resident was told
    window_ends_at   timestamptz not null,
    day          date        not null,
    status       text        not null default 'booked' check (status in ('booked', 'kept', 'missed', 'cancelled', 'no-access')),
    emergency    boolean     not null default false,
    made_at      timestamptz not null,
    moved_from   uuid        references appointment,
    cancel_reason text,
    cancelled_by text,                                   -- resident, landlord
    on_my_way_at timestamptz,
    arrived_at   timestamptz,
    finished_at  timestamptz,
    -- How the visit ended; null while it is ahead or under way. `outcome_reason` is a key of the reasons list of that outcome.
    outcome      text        check (outcome in ('completed', 'made-safe', 'follow-on', 'awaiting-materials', 'no-access')),
    outcome_reason text      not null default '',
    outcome_note text        not null default '',
    version      integer     not null default 1,
    check (ends_at > starts_at),
    constraint appointment_no_double_booking exclude using gist (operative_id with =, tstzrange(starts_at, ends_at) with &&) where (status = 'booked')
);
create index appointment_by_repair on appointment (repair_id, starts_at);
create index appointment_by_operative on appointment (operative_id, day);
create index appointment_by_day on appointment (day, status) include (repair_id, operative_id, starts_at, made_at);

create table material_used (
    id             uuid primary key,
    appointment_id uuid not null references appointment,
    description    text not null,
    quantity       integer not null check (quantity > 0),
    cost_pence     bigint not null default 0
);

create table inspection (
    id           uuid primary key,
    repair_id    uuid not null unique references repair,
    selected_day date not null,
    draw         bytea not null,                          -- sha256(seed, repair): proves that nobody chose
    done_day     date,
    done_by      text,
    passed       boolean,
    fail_reason  text not null default '',                -- a key of the reasons list inspection-failed
    notes        text not null default ''
);
create index inspection_waiting on inspection (selected_day) where done_day is null;

create table survey (
    id           uuid  primary key,
    repair_id    uuid  not null unique references repair,
    token_hash   bytea not null unique,
    sent_day     date  not null,
    answered_day date,
    score        integer check (score between 1 and 5),
    clean        boolean,
    identified   boolean,
    no_calls     boolean,
    first_visit  boolean,
    done         boolean,
    comment      text not null default ''
);
create index survey_by_sent on survey (sent_day);

create index survey_by_answered on survey (answered_day) where answered_day is not null;

create table contradiction (
    id           uuid primary key,
    repair_id    uuid not null references repair,
    raised_day   date not null,
    raised_by    text not null,
    said         text not null,
    source       text not null default '',                -- survey, text, phone
    resolved_day date,
    resolved_by  text,
    resolution   text not null default '',                -- a key of the reasons list contradiction
    answer       text not null default '',                -- what the resident was told
    recall_id    uuid references repair                   -- the repair that puts it right
);
create index contradiction_open on contradiction (raised_day) where resolved_day is null;
create index contradiction_by_repair on contradiction (repair_id);

create table recharge (
    id           uuid primary key,
    repair_id    uuid not null references repair,
    person_id    uuid references person,
    amount_pence bigint not null check (amount_pence > 0),
    reason       text not null,
    note         text not null default '',
    status       text not null check (status in ('proposed', 'agreed', 'waived')),
    proposed_by  text not null default '',
    proposed_by_id uuid,                                  -- whoever proposes does not decide
    decided_by   text,
    decided_at   timestamptz,
    decision_note text not null default '',
    made_at      timestamptz not null
);
create index recharge_by_repair on recharge (repair_id);
create index recharge_waiting on recharge (made_at) where status = 'proposed';

-- The inspection draw's seed for a month is fixed before the month begins, by the client; the provider never sees it.
create table inspection_seed (
    month    date primary key,
    seed     bytea not null,
    made_at  timestamptz not null
);

-- Data-quality findings: rows that contradict each other or lack what they need.
create table quality_finding (
    id          uuid primary key,
    rule        text not null,
    subject_id  uuid not null,
    reference   text not null,
    detail      text not null,
    found_at    timestamptz not null,
    resolved_at timestamptz,
    resolution  text not null default '',
    resolved_by text,
    unique (rule, subject_id)
);
create index quality_finding_open on quality_finding (rule, found_at) where resolved_at is null;
