-- Two people who change one provider or operative at once: the second is told.
alter table provider add column version integer not null default 1;
alter table operative add column version integer not null default 1;
