-- Visits in the period, hit when we could not get in.
SELECT a.id          AS subject_id,
       r.reference,
       r.home_id,
       a.day,
       true          AS counted,
       a.status = 'no-access' AS hit,
       NULL::numeric AS value,
       CASE WHEN a.status = 'no-access' THEN 'Nobody let us in' END AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM appointment a
  JOIN repair r ON r.id = a.case_id
 WHERE a.day >= $1::date AND a.day < $2::date
   AND a.status IN ('kept', 'no-access')
