-- Orders that stand and order nothing. The subject is the order, shown on its case's page.
select o.id as subject_id, o.case_reference as reference, o.reference || ' (' || replace(o.status, '-', ' ') || ') has no rate line' as detail
from works_order o
where o.status <> 'cancelled'
  and not exists (select from order_line l where l.order_id = o.id and l.removed_at is null)
