-- Wrong passwords for addresses that no user has: they are counted and locked like real ones, so that the sign-in page does not
-- tell who is a user. The address itself is not kept.
create table unknown_sign_in (
    email_hash   bytea       primary key,   -- sha256 of the lower-case address
    failed_count integer     not null,
    locked_until timestamptz,
    failed_at    timestamptz not null
);

-- Where the browser wanted to go before it was asked to sign in.
alter table pending_sign_in add column next text not null default '/';
