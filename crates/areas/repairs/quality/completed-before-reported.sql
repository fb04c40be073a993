-- Five minutes of grace: an operative who reports what they have just done.
select r.id as subject_id, r.reference,
       'Reported ' || to_char(r.reported_at at time zone 'Europe/London', 'FMDD Mon YYYY HH24:MI') || ', completed '
       || to_char(r.completed_at at time zone 'Europe/London', 'FMDD Mon YYYY HH24:MI') as detail
from repair r
where r.completed_at < r.reported_at - interval '5 minutes'
