-- A visit of which nobody has said how it ended: agreed or begun, without an outcome. One at which nobody came is told: it was missed.
create function visit_is_untold(a appointment) returns boolean language sql immutable as $$
    select a.outcome is null and (a.status in ('booked', 'kept') or a.status = 'missed' and a.arrived_at is not null)
$$;
