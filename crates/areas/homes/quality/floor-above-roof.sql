-- Floors are counted from 0. The home's own number of storeys is that of its building; where it has none, its block's.
select p.id as subject_id, p.reference, 'On floor ' || p.floor || ' of ' || coalesce(p.storeys, b.storeys) || ' storeys' as detail
from place p
left join place b on b.id = p.parent_id and b.kind = 'block'
where p.kind = 'home' and p.removed_at is null and p.floor >= coalesce(p.storeys, b.storeys)
