-- S2 conduct promise, by survey: the work area was left clean and tidy and noise and dust were kept down.
SELECT s.id          AS subject_id,
       r.reference,
       r.home_id,
       s.answered_day AS day,
       (s.answers ->> 'clean')::boolean IS NOT NULL AS counted,
       coalesce((s.answers ->> 'clean')::boolean, false) AS hit,
       NULL::numeric AS value,
       CASE WHEN (s.answers ->> 'clean')::boolean IS NULL THEN 'Question not answered: not counted'
            WHEN NOT ((s.answers ->> 'clean')::boolean) THEN 'Not left clean and tidy, the resident says'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM survey s
  JOIN repair r ON r.id = s.case_id
 WHERE s.answered_day >= $1::date AND s.answered_day < $2::date
