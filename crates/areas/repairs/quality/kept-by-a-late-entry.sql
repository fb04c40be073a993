-- Promises of the last ninety days that count as kept by an entry that was made only after their time had run out. Phones without signal
-- and papers do that honestly; somebody who wants a breach to go away does it too.
select r.id as subject_id, r.reference,
       'Due ' || to_char(c.due_at at time zone 'Europe/London', 'FMDD Mon HH24:MI') || '; recorded '
       || to_char(s.recorded_at at time zone 'Europe/London', 'FMDD Mon HH24:MI') || ' as having happened '
       || to_char(c.stopped_at at time zone 'Europe/London', 'FMDD Mon HH24:MI') || ', by ' || s.actor_name as detail
from clock c
join repair r on r.id = c.case_id
-- (The day names the months of the journal to look in.)
join fact s on s.case_id = c.case_id and s.seq = c.stop_seq and s.recorded_at > c.due_at and s.recorded_at > current_date - 90
where c.state = 'met' and c.decided_day > current_date - 90 and c.standard like 'repairs.%' and c.standard not like 'repairs.house.%'
  and s.name <> 'message.sent' and r.channel <> 'import'
