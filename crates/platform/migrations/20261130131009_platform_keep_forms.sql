-- What somebody sent when their session had ended: kept for a day, for them alone (see signin/kept_forms.rs).
create table kept_form (
    id uuid primary key,
    user_id uuid not null references app_user (id) on delete cascade,
    path text not null check (path like '/%' and length(path) <= 4000),
    fields jsonb not null,
    upload boolean not null,
    files boolean not null,
    kept_at timestamptz not null
);

create index kept_form_user on kept_form (user_id, kept_at desc);
create index kept_form_kept on kept_form (kept_at);
