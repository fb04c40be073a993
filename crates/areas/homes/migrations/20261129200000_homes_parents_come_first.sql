-- What lies above a new place is read from its parent, so the parent comes first: a child that came before it in the same statement would
-- have been put right afterwards, by asking every new place for its children, which took the longer the more there were.
create or replace function place_above() returns trigger language plpgsql as $$
declare
    of_parent uuid[] := '{}';
begin
    if new.parent_id is not null then
        select p.above into of_parent from place p where p.id = new.parent_id;
        if not found then
            raise foreign_key_violation using message = format('place %s lies in %s, which is not there: add that first', new.id, new.parent_id);
        end if;
    end if;
    new.above := new.id || of_parent;
    return new;
end $$;

drop trigger place_above_of_new on place;
drop trigger place_above_of_changed on place;
drop function place_above_follows();

-- What lies below a place that moved follows, level by level: the update asks the trigger above, and this one again.
create function place_above_follows() returns trigger language plpgsql as $$
begin
    update place c set parent_id = c.parent_id where c.parent_id = new.id;
    return null;
end $$;
create trigger place_above_of_what_lies_below after update of parent_id on place for each row
    when (old.above is distinct from new.above) execute function place_above_follows();
