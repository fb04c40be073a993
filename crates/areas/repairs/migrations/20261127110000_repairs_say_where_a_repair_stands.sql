-- Where a repair stands, from its orders and visits: said once here, and written by repair/stage.rs whenever one of them changes.
create function repair_stands(r repair) returns text language sql stable as $$
    select case
        when r.status <> 'open' then r.status
        when exists (select from appointment a where a.repair_id = r.id and a.arrived_at is not null and a.outcome is null
                     and a.status in ('booked', 'kept', 'missed')) then 'in-progress'
        when exists (select from works_order w where w.repair_id = r.id and w.status = 'awaiting-approval') then 'awaiting-approval'
        when exists (select from appointment a where a.repair_id = r.id and a.status = 'booked') then 'booked'
        -- What the last visit came to. Once something was done, neither a visit that ended one order of two nor a door that stayed
        -- shut makes the repair a new one.
        when exists (select from appointment a where a.repair_id = r.id and a.outcome <> 'no-access') then
            (select case when a.outcome in ('made-safe', 'awaiting-materials') then a.outcome else 'follow-on' end
             from appointment a where a.repair_id = r.id and a.outcome is not null
             order by a.window_starts_at desc, a.id desc limit 1)
        when r.made_safe_at is not null then 'made-safe'
        when exists (select from works_order w where w.repair_id = r.id and w.status in ('issued', 'accepted')) then 'ordered'
        else 'reported' end
$$;

-- What a provider may open beyond the work it has in hand (repair.provider_id): a repair of which it ever had an order. What it did
-- stays readable when the rest went to another. Lists and boards show the work in hand.
create function provider_may_open(r repair, provider uuid) returns boolean language sql stable as $$
    select r.provider_id = provider or exists (select from works_order w where w.repair_id = r.id and w.provider_id = provider)
$$;
