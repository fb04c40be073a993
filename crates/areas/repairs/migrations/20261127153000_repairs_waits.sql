-- Work to be done for which no visit is booked: a booked visit would be its stage (repair_stands).
create function repair_waits(r repair) returns boolean language sql immutable as $$
    select r.status = 'open' and r.stage in ('reported', 'ordered', 'made-safe', 'follow-on', 'awaiting-materials')
$$;
