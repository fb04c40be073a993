select p.id as subject_id, p.reference, 'Marked as occupied; no tenancy or lease runs' as detail
from place p
where p.kind = 'home' and p.status = 'occupied' and p.removed_at is null and p.tenure is not null
  and not exists (select from tenancy t where t.place_id = p.id and t.start_day <= current_date and (t.end_day is null or t.end_day >= current_date))
