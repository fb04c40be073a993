-- S2: repairs completed in the period, hit when the first visit completed them.
SELECT r.id          AS subject_id,
       r.reference,
       r.home_id,
       r.completed_day AS day,
       r.first_visit IS NOT NULL AS counted,
       coalesce(r.first_visit, false) AS hit,
       NULL::numeric AS value,
       CASE WHEN r.first_visit IS NULL THEN 'Number of visits not known: not counted'
            WHEN NOT r.first_visit THEN 'More than one visit'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM repair r
 WHERE r.completed_day >= $1::date AND r.completed_day < $2::date
