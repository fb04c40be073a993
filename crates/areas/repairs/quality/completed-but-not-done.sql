-- The resident's word against the provider's, and nobody has found out yet which is true.
select r.id as subject_id, r.reference, 'Said on ' || to_char(c.raised_day, 'FMDD Mon YYYY') || ' (' || coalesce(nullif(c.source, ''), 'not recorded how') || '), not settled' as detail
from contradiction c
join repair r on r.id = c.repair_id
where c.resolved_day is null
