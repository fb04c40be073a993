-- S2 conduct promise, by survey: the repair was completed on the first visit.
SELECT s.id          AS subject_id,
       r.reference,
       r.home_id,
       s.answered_day AS day,
       (s.answers ->> 'first_visit')::boolean IS NOT NULL AS counted,
       coalesce((s.answers ->> 'first_visit')::boolean, false) AS hit,
       NULL::numeric AS value,
       CASE WHEN (s.answers ->> 'first_visit')::boolean IS NULL THEN 'Question not answered: not counted'
            WHEN NOT ((s.answers ->> 'first_visit')::boolean) THEN 'More than one visit, the resident says'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM survey s
  JOIN repair r ON r.id = s.case_id
 WHERE s.answered_day >= $1::date AND s.answered_day < $2::date
