-- How a key of another system is compared: without regard to case and to blanks at its ends or repeated. `kernel::text::key_form` is the same.
create function key_form(key text) returns text language sql immutable strict parallel safe as
    $$ select upper(regexp_replace(btrim(key), '\s+', ' ', 'g') collate "C") $$;

-- Whoever works on an import holds it for some minutes at a time; one that nobody holds any more can be gone on with or taken back. `run`
-- counts who took it up: whoever was given up for dead and comes back finds another number and stops.
alter table import_batch
    add column work        text check (work in ('check', 'apply', 'undo')),
    add column lease_until timestamptz,
    add column run         integer not null default 0,
    add column notes       text not null default '';     -- how the file was read: headings further down, a sheet that is hidden

-- How often imports changed a thing and were taken back: each left it two versions on, and as it was.
create index import_row_changed on import_row (entity_id) where outcome = 'updated';
create function times_changed_and_taken_back(thing uuid) returns bigint language sql stable parallel safe as
    $$ select count(*) from import_row r join import_batch b on b.id = r.batch_id
       where r.entity_id = thing and r.outcome = 'updated' and b.status = 'undone' $$;

-- The facts that an import recorded. When it is taken back they stay in the journal, and hold up no other that is to be taken back.
create table import_fact (
    seq      bigint primary key,
    batch_id uuid   not null references import_batch on delete cascade
);
create function fact_was_taken_back(fact bigint) returns boolean language sql stable parallel safe as
    $$ select exists (select from import_fact i join import_batch b on b.id = i.batch_id where i.seq = fact and b.status = 'undone') $$;

-- The figures of others are named by measure, period and landlord; an import knows things by ids. The program derives the same.
create function id_of_external_figure(measure text, period text, landlord_code text) returns uuid language sql immutable strict parallel safe as
    $$ select encode(substring(sha256(convert_to(measure || chr(10) || period || chr(10) || landlord_code, 'UTF8')) from 1 for 16), 'hex')::uuid $$;
create index figure_external_by_id on figure_external (id_of_external_figure(measure, period, landlord_code));
