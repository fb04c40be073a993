-- Open for more than a day, and no order that stands.
select r.id as subject_id, r.reference, 'Reported ' || to_char(r.reported_day, 'FMDD Mon YYYY') || '; no works order stands' as detail
from repair r
where r.status = 'open' and r.reported_day < current_date - 1
  and not exists (select from works_order o where o.case_id = r.id and o.status <> 'cancelled')
