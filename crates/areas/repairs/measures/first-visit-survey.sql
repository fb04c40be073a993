-- S2 conduct promise, by survey: the repair was completed on the first visit.
SELECT s.id          AS subject_id,
       r.reference,
       r.home_id,
       s.answered_day AS day,
       s.first_visit IS NOT NULL AS counted,
       coalesce(s.first_visit, false) AS hit,
       NULL::numeric AS value,
       CASE WHEN s.first_visit IS NULL THEN 'Question not answered: not counted'
            WHEN NOT (s.first_visit) THEN 'More than one visit, the resident says'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM survey s
  JOIN repair r ON r.id = s.repair_id
 WHERE s.answered_day >= $1::date AND s.answered_day < $2::date
