-- S2 conduct promise, by survey: nobody took personal calls on a mobile phone in the home.
SELECT s.id          AS subject_id,
       r.reference,
       r.home_id,
       s.answered_day AS day,
       s.no_calls IS NOT NULL AS counted,
       coalesce(s.no_calls, false) AS hit,
       NULL::numeric AS value,
       CASE WHEN s.no_calls IS NULL THEN 'Question not answered: not counted'
            WHEN NOT (s.no_calls) THEN 'Personal calls in the home, the resident says'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM survey s
  JOIN repair r ON r.id = s.repair_id
 WHERE s.answered_day >= $1::date AND s.answered_day < $2::date
