-- Surveys answered in the period, with their score.
SELECT s.id          AS subject_id,
       r.reference,
       r.home_id,
       s.answered_day AS day,
       (s.answers ->> 'score')::int IS NOT NULL AS counted,
       true          AS hit,
       (s.answers ->> 'score')::numeric AS value,
       CASE WHEN (s.answers ->> 'score')::int IS NULL THEN 'No score given: not counted' END AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM survey s
  JOIN repair r ON r.id = s.case_id
 WHERE s.answered_day >= $1::date AND s.answered_day < $2::date
