-- A repair is not removed while an order of it stands, nor an order while it has lines: the parent's side of these references, kept as it
-- was. The child's side looked the parent up with every report, which had written it in the same statement: a twenty-fifth of its work.
-- Orders and lines are written by the commands of this area alone, beside their repair or under its lock; the quality rule
-- `lost-reference` looks at all of them together.
alter table works_order drop constraint works_order_repair_id_fkey;
alter table order_line drop constraint order_line_order_id_fkey;

create function repair_keeps_its_orders() returns trigger language plpgsql as $$
begin
    if exists (select from works_order where repair_id = old.id) then
        raise exception 'repair % has orders and is not removed', old.reference using errcode = 'foreign_key_violation';
    end if;
    return old;
end $$;
create trigger repair_keeps_its_orders before delete on repair for each row execute function repair_keeps_its_orders();

create function order_keeps_its_lines() returns trigger language plpgsql as $$
begin
    if exists (select from order_line where order_id = old.id) then
        raise exception 'order % has lines and is not removed', old.reference using errcode = 'foreign_key_violation';
    end if;
    return old;
end $$;
create trigger order_keeps_its_lines before delete on works_order for each row execute function order_keeps_its_lines();

-- As for providers: neither emptied nor numbered anew.
create function repairs_and_orders_are_kept() returns trigger language plpgsql as $$
begin
    raise exception 'a % is neither removed with all others nor given another id', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger repair_is_not_truncated before truncate on repair for each statement execute function repairs_and_orders_are_kept();
create trigger repair_keeps_its_id before update of id on repair for each row when (old.id is distinct from new.id)
    execute function repairs_and_orders_are_kept();
create trigger works_order_is_not_truncated before truncate on works_order for each statement execute function repairs_and_orders_are_kept();
create trigger works_order_keeps_its_id before update of id on works_order for each row when (old.id is distinct from new.id)
    execute function repairs_and_orders_are_kept();
