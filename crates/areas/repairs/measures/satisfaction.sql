-- Surveys answered in the period, hit with a score of 4 or 5.
SELECT s.id          AS subject_id,
       r.reference,
       r.home_id,
       s.answered_day AS day,
       (s.answers ->> 'score')::int IS NOT NULL AS counted,
       coalesce((s.answers ->> 'score')::int >= 4, false) AS hit,
       NULL::numeric AS value,
       CASE WHEN (s.answers ->> 'score')::int IS NULL THEN 'Question not answered: not counted'
            WHEN NOT ((s.answers ->> 'score')::int >= 4) THEN 'Score of 3 or less'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM survey s
  JOIN repair r ON r.id = s.case_id
 WHERE s.answered_day >= $1::date AND s.answered_day < $2::date
