-- Completed repairs in homes for which no appointment was attended. Shared parts can be mended without anybody letting us in.
select r.id as subject_id, r.reference, 'Completed ' || to_char(r.completed_day, 'FMDD Mon YYYY') || '; no appointment was attended' as detail
from repair r
where r.status = 'completed' and r.home_id is not null and r.channel <> 'import'
  and not exists (select from appointment a where a.case_id = r.id
                  and (a.arrived_at is not null or a.status in ('kept', 'no-access') or a.outcome is not null))
  and exists (select from works_order o where o.case_id = r.id)
