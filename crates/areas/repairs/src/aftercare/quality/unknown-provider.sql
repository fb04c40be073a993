-- Repairs and orders that name a provider nobody knows: the database does not look it up with each (repairs_keep_providers).
select r.id as subject_id, r.reference, 'The repair''s provider ' || r.provider_id || ' is unknown' as detail
from repair r
where r.provider_id is not null and not exists (select from provider p where p.id = r.provider_id)
union all
select o.id, r.reference, o.reference || '''s provider ' || o.provider_id || ' is unknown'
from works_order o
join repair r on r.id = o.repair_id
where o.provider_id is not null and not exists (select from provider p where p.id = o.provider_id)
