-- S2 conduct promise, by survey: proof of identity was shown before coming in and a uniform was worn.
SELECT s.id          AS subject_id,
       r.reference,
       r.home_id,
       s.answered_day AS day,
       (s.answers ->> 'identified')::boolean IS NOT NULL AS counted,
       coalesce((s.answers ->> 'identified')::boolean, false) AS hit,
       NULL::numeric AS value,
       CASE WHEN (s.answers ->> 'identified')::boolean IS NULL THEN 'Question not answered: not counted'
            WHEN NOT ((s.answers ->> 'identified')::boolean) THEN 'No identity or uniform, the resident says'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM survey s
  JOIN repair r ON r.id = s.case_id
 WHERE s.answered_day >= $1::date AND s.answered_day < $2::date
