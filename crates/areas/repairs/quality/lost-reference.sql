-- What names a provider, a repair or an order that is not there. The database does not look these up with each row it writes
-- (repairs_keep_providers, repairs_keep_orders_with_their_repair): here they are looked at together.
select r.id as subject_id, r.reference, 'The repair''s provider is unknown' as detail
from repair r
where r.provider_id is not null and not exists (select from provider p where p.id = r.provider_id)
union all
select o.id, o.reference, 'The order''s provider is unknown'
from works_order o
where o.provider_id is not null and not exists (select from provider p where p.id = o.provider_id)
union all
select o.id, o.reference, 'The order''s repair is gone'
from works_order o
where starts_with(o.case_reference, 'R-') and not exists (select from repair r where r.id = o.case_id)
union all
select l.id, l.rate_code, 'A line of the schedule without its order'
from order_line l
left join works_order o on o.id = l.order_id
where o.id is null
