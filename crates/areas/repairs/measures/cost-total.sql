-- Repairs completed in the period, with their cost in pence.
SELECT r.id          AS subject_id,
       r.reference,
       r.home_id,
       r.completed_day AS day,
       true          AS counted,
       true          AS hit,
       coalesce(r.cost_pence, 0)::numeric AS value,
       CASE WHEN coalesce(r.cost_pence, 0) <= 0 THEN 'No cost recorded' END AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM repair r
 WHERE r.completed_day >= $1::date AND r.completed_day < $2::date
