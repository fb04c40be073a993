-- Orders and visits say what they are for. What stood on the repair alone is filled in.
update works_order w set case_reference = r.reference, title = r.title, place_id = r.place_id, trade = r.trade, priority = r.priority
from repair r where r.id = w.case_id;
update appointment a set case_reference = r.reference, title = r.title, place_id = r.place_id, ward = r.ward, trade = r.trade, priority = r.priority
from repair r where r.id = a.case_id;
alter table works_order alter place_id set not null, alter case_reference drop default, alter title drop default, alter trade drop default,
    alter priority drop default;
alter table appointment alter place_id set not null, alter case_reference drop default, alter title drop default, alter ward drop default,
    alter trade drop default, alter priority drop default;

-- What a repair says of itself its orders and visits say as well.
create function repair_tells_its_work() returns trigger language plpgsql as $$
begin
    update works_order set title = new.title, place_id = new.place_id, trade = new.trade, priority = new.priority where case_id = new.id;
    update appointment set title = new.title, place_id = new.place_id, ward = new.ward, trade = new.trade, priority = new.priority
    where case_id = new.id;
    return null;
end $$;
create trigger repair_tells_its_work after update of title, place_id, ward, trade, priority on repair for each row
    when ((old.title, old.place_id, old.ward, old.trade, old.priority) is distinct from (new.title, new.place_id, new.ward, new.trade, new.priority))
    execute function repair_tells_its_work();

-- A repair is not removed while it has orders or visits: kept by the parent's side, as for orders before.
create or replace function repair_keeps_its_orders() returns trigger language plpgsql as $$
begin
    if exists (select from works_order where case_id = old.id) or exists (select from appointment where case_id = old.id) then
        raise exception 'repair % has orders or visits and is not removed', old.reference using errcode = 'foreign_key_violation';
    end if;
    return old;
end $$;

-- The rules that read orders and visits, by their new column.
create or replace function repair_stands(r repair) returns text language sql stable as $$
    select case
        when r.status <> 'open' then r.status
        when exists (select from appointment a where a.case_id = r.id and a.arrived_at is not null and a.outcome is null
                     and a.status in ('booked', 'kept', 'missed')) then 'in-progress'
        when exists (select from works_order w where w.case_id = r.id and w.status = 'awaiting-approval') then 'awaiting-approval'
        when exists (select from appointment a where a.case_id = r.id and a.status = 'booked') then 'booked'
        -- What the last visit came to. Once something was done, neither a visit that ended one order of two nor a door that stayed
        -- shut makes the repair a new one.
        when exists (select from appointment a where a.case_id = r.id and a.outcome <> 'no-access') then
            (select case when a.outcome in ('made-safe', 'awaiting-materials') then a.outcome else 'follow-on' end
             from appointment a where a.case_id = r.id and a.outcome is not null
             order by a.window_starts_at desc, a.id desc limit 1)
        when r.made_safe_at is not null then 'made-safe'
        when exists (select from works_order w where w.case_id = r.id and w.status in ('issued', 'accepted')) then 'ordered'
        else 'reported' end
$$;
create or replace function provider_may_open(r repair, provider uuid) returns boolean language sql stable as $$
    select r.provider_id = provider or exists (select from works_order w where w.case_id = r.id and w.provider_id = provider)
$$;
