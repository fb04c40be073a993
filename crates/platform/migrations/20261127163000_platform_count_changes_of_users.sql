-- Two administrators who change one user at once: the second is told.
alter table app_user add column version integer not null default 1;
