-- Surveys answered in the period, with their score.
SELECT s.id          AS subject_id,
       r.reference,
       r.home_id,
       s.answered_day AS day,
       s.score IS NOT NULL AS counted,
       true          AS hit,
       s.score::numeric AS value,
       CASE WHEN s.score IS NULL THEN 'No score given: not counted' END AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM survey s
  JOIN repair r ON r.id = s.repair_id
 WHERE s.answered_day >= $1::date AND s.answered_day < $2::date
