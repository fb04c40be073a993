-- People, how to reach them, what they need, and where they live.
create sequence person_ref_seq start 50001;
create sequence tenancy_ref_seq start 30001;

create table person (
    id           uuid    primary key,
    reference    text    not null unique,             -- N-50001
    external_ref text    unique,
    title        text    not null default '',
    given_name   text    not null,
    family_name  text    not null,
    known_as     text    not null default '',
    birth_day    date,
    language     text    not null default 'English',
    interpreter  boolean not null default false,
    preferred_channel text not null default 'phone' check (preferred_channel in ('phone', 'text', 'email', 'letter')),
    contact_notes text   not null default '',         -- calls after 4 pm, speak to the daughter first
    died_on      date,
    removed_at   timestamptz,
    version      integer not null default 1
);
create index person_search on person using gin ((lower(given_name || ' ' || family_name || ' ' || known_as)) gin_trgm_ops);
create index person_by_language on person (language);
create index person_by_name on person (lower(family_name), lower(given_name), id);

-- The words of names, for searches that are misspelt (see place_word).
create table person_word (
    word text primary key
);
create function keep_person_words() returns trigger language plpgsql as $$
begin
    insert into person_word
    select distinct left(w, 40) from changed, regexp_split_to_table(lower(given_name || ' ' || family_name || ' ' || known_as), '[^[:alnum:]]+') as w
    where length(w) >= 2 and w !~ '[0-9]'
    on conflict do nothing;
    return null;
end $$;
create trigger person_words_of_new after insert on person referencing new table as changed
    for each statement execute function keep_person_words();
create trigger person_words_of_changed after update on person referencing new table as changed
    for each statement execute function keep_person_words();

create table contact_point (
    id         uuid    primary key,
    person_id  uuid    not null references person,
    kind       text    not null check (kind in ('phone', 'email', 'post')),
    value      text    not null,
    normal     text    not null,                      -- digits of a phone in international form; lower-case e-mail
    label      text    not null default '',
    preferred  boolean not null default false,
    consent    boolean not null default true,         -- may be used for surveys and news
    ended_at   timestamptz
);
create index contact_point_by_person on contact_point (person_id) where ended_at is null;
create index contact_point_by_value on contact_point (normal) where ended_at is null;
create index contact_point_like on contact_point using gin (normal gin_trgm_ops) where ended_at is null;

-- Needs and vulnerabilities (keys in data/needs.toml); sensitive ones are read-audited.
create table person_need (
    id         uuid    primary key,
    person_id  uuid    not null references person,
    need       text    not null,
    note       text    not null default '',
    from_day   date    not null,
    review_day date,
    until_day  date,
    added_by   text    not null,
    ended_at   timestamptz
);
create unique index person_need_once on person_need (person_id, need) where ended_at is null;

-- Protected characteristics: optional, 'prefer not to say' is an answer, every read is audited.
create table person_characteristic (
    person_id      uuid not null references person,
    characteristic text not null check (characteristic in ('age', 'disability', 'gender-reassignment', 'marriage', 'pregnancy', 'race', 'religion', 'sex', 'sexual-orientation')),
    value          text not null,
    recorded_on    date not null,
    primary key (person_id, characteristic)
);

-- Who may speak for whom.
create table representative (
    id         uuid primary key,
    person_id  uuid not null references person,
    representative_id uuid not null references person,
    authority  text not null,                         -- power of attorney, parent, consent given by phone on …
    from_day   date not null,
    until_day  date,
    ended_at   timestamptz,
    check (person_id <> representative_id)
);
create index representative_by_person on representative (person_id) where ended_at is null;

create table tenancy (
    id           uuid    primary key,
    reference    text    not null unique,             -- T-30001
    external_ref text    unique,
    place_id     uuid    not null references place,
    kind         text    not null check (kind in ('introductory', 'secure', 'flexible', 'licence', 'leasehold', 'shared-ownership', 'freehold', 'temporary')),
    start_day    date    not null,
    end_day      date,
    trial_end_day date,
    end_reason   text    not null default '',
    version      integer not null default 1,
    constraint tenancy_ends_after_it_begins check (end_day is null or end_day >= start_day)
);
create index tenancy_by_place on tenancy (place_id, start_day desc);
create index tenancy_live on tenancy (place_id) where end_day is null;

create table tenancy_person (
    tenancy_id uuid    not null references tenancy on delete cascade,
    person_id  uuid    not null references person,
    role       text    not null check (role in ('tenant', 'joint-tenant', 'leaseholder', 'owner', 'household', 'lodger')),
    relation   text    not null default '',           -- daughter, partner
    from_day   date    not null,
    until_day  date,
    primary key (tenancy_id, person_id)
);
create index tenancy_person_by_person on tenancy_person (person_id);

-- Every conversation, whoever had it: half of all calls are about something already said.
create table contact (
    id         uuid        primary key,
    person_id  uuid        not null references person,
    place_id   uuid        references place,
    at         timestamptz not null,
    channel    text        not null check (channel in ('phone', 'text', 'email', 'letter', 'in-person', 'web')),
    direction  text        not null check (direction in ('in', 'out')),
    summary    text        not null,
    by_name    text        not null
);
create index contact_by_person on contact (person_id, at desc);
create index contact_by_place on contact (place_id) where place_id is not null;
