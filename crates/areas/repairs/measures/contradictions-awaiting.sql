-- Contradictions open at the end of the day before $2.
SELECT c.id          AS subject_id,
       r.reference,
       r.home_id,
       $2::date - 1  AS day,
       true          AS counted,
       true          AS hit,
       NULL::numeric AS value,
       'Waiting since ' || to_char(c.raised_day, 'FMDD Mon YYYY') AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM contradiction c
  JOIN repair r ON r.id = c.repair_id
 WHERE c.raised_day < $2::date
   AND (c.resolved_day IS NULL OR c.resolved_day >= $2::date)
