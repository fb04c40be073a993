-- Time on the out-of-hours rota: emergencies may be planned into it, work that can wait may not.
alter table shift add column if not exists on_call boolean not null default false;
