-- Repairs completed in the period, hit when a contradiction was raised about them.
SELECT r.id          AS subject_id,
       r.reference,
       r.home_id,
       r.completed_day AS day,
       true          AS counted,
       c.repair_id IS NOT NULL AS hit,
       NULL::numeric AS value,
       CASE WHEN c.repair_id IS NOT NULL THEN 'The resident says it is not done' END AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM repair r
  LEFT JOIN (SELECT DISTINCT x.repair_id
               FROM contradiction x
              WHERE x.raised_day >= $1::date) c ON c.repair_id = r.id
 WHERE r.completed_day >= $1::date AND r.completed_day < $2::date
