-- Users, sessions, tokens.
create table app_user (
    id             uuid        primary key,
    email          text        not null,
    name           text        not null,
    role           text        not null,
    provider_id    uuid,
    operative_id   uuid,
    person_id      uuid,
    patch          text,
    password_hash  text,
    oidc_subject   text        unique,
    totp_secret    bytea,
    totp_confirmed_at timestamptz,
    totp_last_step bigint      not null default 0,    -- a code is accepted once
    failed_count   integer     not null default 0,
    locked_until   timestamptz,
    created_at     timestamptz not null,
    last_sign_in_at timestamptz,
    disabled_at    timestamptz
);
create unique index app_user_email on app_user (lower(email));

create table recovery_code (
    user_id uuid  not null references app_user,
    hash    bytea not null,
    used_at timestamptz,
    primary key (user_id, hash)
);

create table session (
    token_hash   bytea       primary key,   -- sha256 of the cookie's token
    user_id      uuid        not null references app_user,
    csrf         text        not null,
    second_factor boolean    not null default false,
    created_at   timestamptz not null,
    seen_at      timestamptz not null,
    expires_at   timestamptz not null
);
create index session_by_user on session (user_id);

-- A sign-in under way: the password was right and the second factor is awaited, or the identity provider was asked.
create table pending_sign_in (
    token_hash bytea       primary key,
    user_id    uuid        references app_user,
    oidc_state text,
    oidc_nonce text,
    pkce       text,
    totp_secret bytea,
    attempts   integer     not null default 0,
    expires_at timestamptz not null
);

create table rate_limit (
    key      text        not null,
    window_start timestamptz not null,
    hits     integer     not null,
    primary key (key, window_start)
);

create table api_token (
    id         uuid        primary key,
    hash       bytea       not null unique,
    name       text        not null,
    user_id    uuid        not null references app_user,
    scopes     text[]      not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz,
    revoked_at timestamptz
);

create table idempotency_key (
    user_id    uuid        not null,
    key        text        not null,
    route      text        not null,
    body_hash  bytea       not null,
    status     integer     not null,
    response   jsonb       not null,
    created_at timestamptz not null,
    primary key (user_id, key)
);

-- Who read what is sensitive, and why.
create table read_audit (
    id        bigint generated always as identity primary key,
    read_at   timestamptz not null,
    user_id   uuid,
    user_name text        not null,
    what      text        not null,
    person_id uuid,
    home_id   uuid,
    reason    text        not null
);
create index read_audit_by_person on read_audit (person_id, read_at);
create trigger read_audit_is_append_only before update or delete on read_audit for each row execute function refuse_change();

create table setting (
    key   text  primary key,
    value jsonb not null
);
