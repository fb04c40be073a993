-- Inspections done in the period, hit when passed.
SELECT i.id          AS subject_id,
       r.reference,
       r.home_id,
       i.done_day    AS day,
       i.passed IS NOT NULL AS counted,
       coalesce(i.passed, false) AS hit,
       NULL::numeric AS value,
       CASE WHEN i.passed IS NULL THEN 'No result recorded: not counted'
            WHEN NOT i.passed THEN 'Failed'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM inspection i
  JOIN repair r ON r.id = i.case_id
 WHERE i.done_day >= $1::date AND i.done_day < $2::date
