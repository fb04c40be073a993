-- A place knows itself and all that lies above it, because every report asks which warnings hold there: walking up the tree was a third
-- of what the question cost. `{itself, its block, its estate}`.
alter table place add column above uuid[] not null default '{}';

with recursive tree as (
    select id, array[id] as above from place where parent_id is null
    union all
    select c.id, c.id || t.above from place c join tree t on c.parent_id = t.id
)
update place p set above = t.above from tree t where t.id = p.id;

create function place_above() returns trigger language plpgsql as $$
begin
    new.above := new.id || coalesce((select p.above from place p where p.id = new.parent_id), '{}');
    return new;
end $$;
create trigger place_above before insert or update of parent_id on place for each row execute function place_above();

-- What lies below what moved follows, level by level: the update asks the trigger above, and this one again.
create function place_above_follows() returns trigger language plpgsql as $$
begin
    if exists (select from changed p join place c on c.parent_id = p.id where c.above <> c.id || p.above) then
        update place c set parent_id = c.parent_id from changed p where c.parent_id = p.id and c.above <> c.id || p.above;
    end if;
    return null;
end $$;
create trigger place_above_of_new after insert on place referencing new table as changed
    for each statement execute function place_above_follows();
create trigger place_above_of_changed after update on place referencing new table as changed
    for each statement execute function place_above_follows();

create or replace function place_and_above(leaf uuid) returns setof uuid language sql stable rows 4 as $$
    select above.id from place p cross join unnest(p.above) as above(id) where p.id = leaf
$$;
