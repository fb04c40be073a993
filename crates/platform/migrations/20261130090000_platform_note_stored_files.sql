-- Files whose bytes were put into the store, noted before they were: one that no document refers to a day later goes again.
create table blob_put (
    sha256 bytea       primary key,
    put_at timestamptz not null
);
create index blob_put_by_age on blob_put (put_at);
