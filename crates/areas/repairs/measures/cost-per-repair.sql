-- Repairs completed in the period, with their cost in pence.
SELECT r.id          AS subject_id,
       r.reference,
       r.home_id,
       r.completed_day AS day,
       coalesce(r.cost_pence, 0) > 0 AS counted,
       true          AS hit,
       CASE WHEN r.cost_pence > 0 THEN r.cost_pence::numeric END AS value,
       CASE WHEN coalesce(r.cost_pence, 0) <= 0 THEN 'No cost recorded: not counted' END AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM repair r
 WHERE r.completed_day >= $1::date AND r.completed_day < $2::date
