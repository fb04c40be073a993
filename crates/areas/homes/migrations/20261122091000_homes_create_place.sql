-- Everything in the asset tree: estates, blocks, homes, schemes, garages, play areas, car parks, grounds, communal plant.
create sequence place_ref_seq start 10001;

create extension if not exists fuzzystrmatch;

-- An address as people look it up: street first, then the number, padded so that 2 comes before 14.
create function address_order(address text) returns text language sql immutable parallel safe as $$
    select regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(lower(address), '([0-9]+)', '00000\1', 'g'),
                '[0-9]*([0-9]{5})', '\1', 'g'),
            '^(.*[^0-9]|)([0-9]{5}[a-z]?) ([^0-9].*)$', '\3 \2 \1'),
        '^([a-z]+) ([0-9]{5}[a-z]?),? (.*)$', '\3 \1 \2')
$$;

create table place (
    id           uuid    primary key,
    reference    text    not null unique,            -- H-10001 for homes, P-20001 for other places
    kind         text    not null check (kind in ('estate', 'block', 'home', 'scheme', 'garage', 'play-area', 'car-park', 'grounds', 'plant', 'other')),
    parent_id    uuid    references place,
    external_ref text    unique,                     -- the key in the system it was imported from
    uprn         text    check (uprn ~ '^[0-9]{1,12}$'),
    name         text    not null default '',        -- of a block, estate or plant
    address      text    not null,                   -- one line, without the postcode
    postcode     text    not null default '',
    ward         text    not null default '',
    patch        text    not null default '',        -- the housing officer's
    tenure       text    check (tenure in ('council', 'leasehold', 'freehold', 'shared-ownership')),
    status       text    not null default 'occupied' check (status in ('occupied', 'void', 'disposed', 'demolished', 'in-use')),
    build_year   integer check (build_year between 1500 and 2100),
    archetype    text    not null default '',
    storeys      integer check (storeys between 1 and 100),
    height_m     numeric(5,1),
    floor        integer,
    bedrooms     integer check (bedrooms between 0 and 20),
    heating      text    not null default '',
    epc          text    check (epc in ('A','B','C','D','E','F','G')),
    easting      integer,
    northing     integer,
    notes        text    not null default '',
    removed_at   timestamptz,
    version      integer not null default 1,
    address_order text   not null generated always as (address_order(address)) stored,
    constraint place_is_not_its_own_parent check (parent_id is distinct from id)
);
create unique index place_uprn on place (uprn) where uprn is not null and removed_at is null;
create index place_by_parent on place (parent_id);
create index place_by_ward on place (ward, kind);
create index place_by_patch on place (patch);
create index place_by_postcode on place (replace(lower(postcode), ' ', '') text_pattern_ops);
create index place_search on place using gin ((lower(name || ' ' || address || ' ' || postcode)) gin_trgm_ops);
create index place_list on place (kind, address_order, id) where removed_at is null;
create index place_list_all on place (address_order, id) where removed_at is null;

-- The words of names and addresses. A misspelt search is first turned into words that exist, which is quick and forgives each word
-- by itself; likeness to whole addresses is neither. Words are added with the places and never taken away: an unused one finds nothing.
create table place_word (
    word text primary key
);
create function keep_place_words() returns trigger language plpgsql as $$
begin
    insert into place_word
    select distinct left(w, 40) from changed, regexp_split_to_table(lower(name || ' ' || address), '[^[:alnum:]]+') as w
    where length(w) >= 3 and w !~ '[0-9]'
    on conflict do nothing;
    return null;
end $$;
create trigger place_words_of_new after insert on place referencing new table as changed
    for each statement execute function keep_place_words();
create trigger place_words_of_changed after update on place referencing new table as changed
    for each statement execute function keep_place_words();

create table place_alert (
    id         uuid        primary key,
    place_id   uuid        not null references place,
    kind       text        not null check (kind in ('asbestos', 'no-access', 'warning', 'fire', 'access', 'other')),
    title      text        not null,
    detail     text        not null default '',
    from_day   date        not null,
    until_day  date,
    added_by   text        not null,
    ended_at   timestamptz,
    constraint alert_ends_after_it_begins check (until_day is null or until_day >= from_day)
);
create index place_alert_by_place on place_alert (place_id);
create index place_alert_live on place_alert (place_id) where ended_at is null;

-- Who has read which alert, when, before what: asked for again in each case.
create table alert_acknowledged (
    alert_id  uuid        not null references place_alert,
    user_id   uuid        not null,
    case_id   uuid        not null,
    at        timestamptz not null,
    primary key (alert_id, user_id, case_id)
);

-- A place and all that lies below or above it; the tree is at most five deep.
create function place_and_below(root uuid) returns setof uuid language sql stable as $$
    with recursive tree as (
        select id, 0 as depth from place where id = root
        union all
        select p.id, t.depth + 1 from place p join tree t on p.parent_id = t.id where t.depth < 8
    ) select id from tree
$$;
create function place_and_above(leaf uuid) returns setof uuid language sql stable as $$
    with recursive tree as (
        select id, parent_id, 0 as depth from place where id = leaf
        union all
        select p.id, p.parent_id, t.depth + 1 from place p join tree t on p.id = t.parent_id where t.depth < 8
    ) select id from tree
$$;
