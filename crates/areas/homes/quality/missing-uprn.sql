select p.id as subject_id, p.reference, 'No UPRN' as detail
from place p
where p.kind = 'home' and p.uprn is null and p.removed_at is null and p.status not in ('disposed', 'demolished')
