-- The line of the schedule that is in force for a code on a day.
create function rate_in_force(wanted text, on_day date) returns setof rate language sql stable rows 1 as $$
    select * from rate r where r.code = wanted and r.from_day <= on_day and (r.until_day is null or r.until_day >= on_day)
    order by r.from_day desc, r.version desc limit 1
$$;

-- Who gets the work of a trade in a ward: the provider with most operatives of the trade who cover the ward; where nobody does, with
-- most of the trade.
create function provider_for(wanted text, in_ward text) returns setof uuid language sql stable rows 1 as $$
    (select o.provider_id from operative_ward w
     join operative_trade t on t.operative_id = w.operative_id and t.trade = wanted
     join operative o on o.id = w.operative_id and o.ended_at is null
     join provider p on p.id = o.provider_id and p.ended_at is null
     where w.ward = in_ward
     group by o.provider_id order by count(*) desc, o.provider_id limit 1)
    union all
    (select o.provider_id from operative_trade t
     join operative o on o.id = t.operative_id and o.ended_at is null
     join provider p on p.id = o.provider_id and p.ended_at is null
     where t.trade = wanted
     group by o.provider_id order by count(*) desc, o.provider_id limit 1)
    limit 1
$$;

-- Every index is paid for by whoever raises a repair. These went: open repairs by day are found by stage, or newest first among all;
-- a provider's orders by their status.
drop index repair_open;
drop index repair_open_day;
drop index works_order_by_provider;
drop index works_order_by_status;
create index works_order_by_status on works_order (status, id) include (provider_id);

-- Lines are asked for by their order.
drop index order_line_by_order;
alter table order_line drop constraint order_line_pkey, add primary key (order_id, id);

-- One index answers by id and, without the table, what figures are broken down by. What refers to it is taken off and put back.
do $$
declare
    reference record;
    held constant jsonb := (select jsonb_agg(jsonb_build_object('on', conrelid::regclass::text, 'name', conname, 'as', pg_get_constraintdef(oid)))
                            from pg_constraint where confrelid = 'repair'::regclass and contype = 'f');
begin
    alter table repair drop constraint repair_pkey cascade;
    drop index repair_dims;
    alter table repair add constraint repair_pkey primary key (id) include (reference, home_id, ward, trade, priority, provider_id);
    for reference in select * from jsonb_to_recordset(held) as r("on" text, name text, "as" text) loop
        execute format('alter table %s add constraint %I %s', reference."on", reference.name, reference."as");
    end loop;
end $$;
