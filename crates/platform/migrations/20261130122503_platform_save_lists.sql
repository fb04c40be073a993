-- Lists that somebody has named: an address with its filters. A preference, not a fact: nothing happens to the landlord when one is kept,
-- and an address may hold a name that was searched for, which does not belong into the journal.
create table saved_list (
    id         uuid        primary key,
    user_id    uuid        not null references app_user (id) on delete cascade,
    name       text        not null check (length(name) between 1 and 60),
    list       text        not null,               -- /repairs
    query      text        not null,               -- status=open&ward=Cowley
    role       text,                               -- whoever has it sees it, too
    created_at timestamptz not null
);
create unique index saved_list_once on saved_list (user_id, lower(name));
create index saved_list_by_role on saved_list (role) where role is not null;
