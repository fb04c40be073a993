-- A provider is never removed: it ends. The database refuses it, and so a repair and its order need not look theirs up each time. Every
-- look-up locks the provider's row, and as all reports of an hour name the same few, PostgreSQL kept and logged a list of who held
-- which: a fifteenth of the work of a report. The quality rule `lost-reference` looks at all of them together.
create function provider_is_kept() returns trigger language plpgsql as $$
begin
    raise exception 'a provider is not removed: it ends' using errcode = 'restrict_violation';
end $$;

create trigger provider_is_kept before delete on provider for each row execute function provider_is_kept();
create trigger provider_is_not_truncated before truncate on provider for each statement execute function provider_is_kept();
create trigger provider_keeps_its_id before update of id on provider for each row when (old.id is distinct from new.id)
    execute function provider_is_kept();

alter table repair drop constraint repair_provider_id_fkey;
alter table works_order drop constraint works_order_provider_id_fkey;
