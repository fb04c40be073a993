-- A column that holds one of a few words has a domain with these words. A check of the table would say the same, but PostgreSQL reads
-- and plans each check of a table anew with every statement that writes to it: they were an eighth of raising a repair.
create domain repair_channel as text
    check (value in ('phone', 'web', 'in-person', 'councillor', 'operative', 'email', 'portal', 'import'));
create domain repair_priority as text check (value in ('emergency', 'urgent', 'routine'));
create domain right_to_repair_period as text check (value in ('one-day', 'three-days', 'seven-days'));
create domain repair_status as text check (value in ('open', 'completed', 'cancelled'));
create domain repair_stage as text check (value in
    ('reported', 'awaiting-approval', 'ordered', 'booked', 'in-progress', 'made-safe', 'awaiting-materials', 'follow-on', 'completed', 'cancelled'));
create domain order_status as text check (value in ('awaiting-approval', 'issued', 'accepted', 'completed', 'cancelled'));
create domain line_quantity as bigint check (value > 0);   -- in hundredths of a unit

-- The key carries the priority along, and what refers to the key is taken off and put back.
do $$
declare
    reference record;
    held constant jsonb := (select jsonb_agg(jsonb_build_object('on', conrelid::regclass::text, 'name', conname, 'as', pg_get_constraintdef(oid)))
                            from pg_constraint where confrelid = 'repair'::regclass and contype = 'f');
begin
    alter table repair drop constraint repair_pkey cascade;
    alter table repair
        drop constraint repair_channel_check, drop constraint repair_priority_check, drop constraint repair_right_to_repair_check,
        drop constraint repair_status_check, drop constraint repair_stage,
        drop constraint completed_has_a_moment, drop constraint cancelled_has_a_moment,
        alter channel type repair_channel, alter priority type repair_priority, alter right_to_repair type right_to_repair_period,
        alter status type repair_status, alter stage type repair_stage,
        add constraint ended_has_a_moment
            check ((status = 'completed') = (completed_at is not null) and (status = 'cancelled') = (cancelled_at is not null));
    alter table repair add constraint repair_pkey primary key (id) include (reference, home_id, ward, trade, priority, provider_id);
    for reference in select * from jsonb_to_recordset(held) as r("on" text, name text, "as" text) loop
        execute format('alter table %s add constraint %I %s', reference."on", reference.name, reference."as");
    end loop;
end $$;

alter table works_order drop constraint works_order_status_check, alter status type order_status;
alter table order_line drop constraint order_line_quantity_hundredths_check, alter quantity_hundredths type line_quantity;
