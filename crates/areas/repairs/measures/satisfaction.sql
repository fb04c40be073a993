-- Surveys answered in the period, hit with a score of 4 or 5.
SELECT s.id          AS subject_id,
       r.reference,
       r.home_id,
       s.answered_day AS day,
       s.score IS NOT NULL AS counted,
       coalesce(s.score >= 4, false) AS hit,
       NULL::numeric AS value,
       CASE WHEN s.score IS NULL THEN 'Question not answered: not counted'
            WHEN NOT (s.score >= 4) THEN 'Score of 3 or less'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM survey s
  JOIN repair r ON r.id = s.repair_id
 WHERE s.answered_day >= $1::date AND s.answered_day < $2::date
