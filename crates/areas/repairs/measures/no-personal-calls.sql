-- S2 conduct promise, by survey: nobody took personal calls on a mobile phone in the home.
SELECT s.id          AS subject_id,
       r.reference,
       r.home_id,
       s.answered_day AS day,
       (s.answers ->> 'no_calls')::boolean IS NOT NULL AS counted,
       coalesce((s.answers ->> 'no_calls')::boolean, false) AS hit,
       NULL::numeric AS value,
       CASE WHEN (s.answers ->> 'no_calls')::boolean IS NULL THEN 'Question not answered: not counted'
            WHEN NOT ((s.answers ->> 'no_calls')::boolean) THEN 'Personal calls in the home, the resident says'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM survey s
  JOIN repair r ON r.id = s.case_id
 WHERE s.answered_day >= $1::date AND s.answered_day < $2::date
