-- Who gets the work of a trade in a ward stands ready, because it is asked with every report: the provider with most operatives of the
-- trade who cover the ward; without a ward ('') the one with most of the trade, for wards that nobody covers.
create table work_goes_to (
    trade       text not null,
    ward        text not null,
    provider_id uuid not null references provider,
    primary key (trade, ward)
);

create function work_goes_to_whom() returns trigger language plpgsql as $$
begin
    -- One count at a time: the second sees what the first changed.
    lock table work_goes_to in share row exclusive mode;
    with able as (
        select o.id, o.provider_id, t.trade
        from operative o
        join operative_trade t on t.operative_id = o.id
        join provider p on p.id = o.provider_id and p.ended_at is null
        where o.ended_at is null
    ), counted as (
        select a.trade, w.ward, a.provider_id, count(*) as operatives
        from able a join operative_ward w on w.operative_id = a.id group by a.trade, w.ward, a.provider_id
        union all
        select a.trade, '', a.provider_id, count(*) from able a group by a.trade, a.provider_id
    ), most as (
        select distinct on (trade, ward) trade, ward, provider_id from counted order by trade, ward, operatives desc, provider_id
    ), gone as (
        delete from work_goes_to g where not exists (select from most m where (m.trade, m.ward) = (g.trade, g.ward))
    )
    insert into work_goes_to as g (trade, ward, provider_id) select trade, ward, provider_id from most
    on conflict (trade, ward) do update set provider_id = excluded.provider_id where g.provider_id <> excluded.provider_id;
    return null;
end $$;

create trigger work_goes_to_whom after insert or update or delete on operative for each statement execute function work_goes_to_whom();
create trigger work_goes_to_whom after insert or update or delete on operative_trade for each statement execute function work_goes_to_whom();
create trigger work_goes_to_whom after insert or update or delete on operative_ward for each statement execute function work_goes_to_whom();
create trigger work_goes_to_whom after update of ended_at on provider for each statement execute function work_goes_to_whom();

create or replace function provider_for(wanted text, in_ward text) returns setof uuid language sql stable rows 1 as $$
    select g.provider_id from work_goes_to g where g.trade = wanted and g.ward in (in_ward, '') order by g.ward desc limit 1
$$;

-- Counts what stands already.
update operative set ended_at = ended_at where false;

-- The line in force, without sorting.
create index rate_by_code on rate (code, from_day desc, version desc);
