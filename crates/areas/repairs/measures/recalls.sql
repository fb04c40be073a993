-- S4: repairs completed in the period, hit when another repair, not cancelled, is their recall.
SELECT r.id          AS subject_id,
       r.reference,
       r.home_id,
       r.completed_day AS day,
       r.recall_of IS NULL AS counted,
       r.recall_of IS NULL AND b.recall_of IS NOT NULL AS hit,
       NULL::numeric AS value,
       CASE WHEN r.recall_of IS NOT NULL THEN 'Itself a recall: counted with the repair that it goes back to'
            WHEN b.recall_of IS NOT NULL THEN 'Recalled by ' || b.reference
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM repair r
  LEFT JOIN (SELECT x.recall_of, min(x.reference) AS reference
               FROM repair x
              WHERE x.recall_of IS NOT NULL AND x.status <> 'cancelled'
              GROUP BY x.recall_of) b ON b.recall_of = r.id
 WHERE r.completed_day >= $1::date AND r.completed_day < $2::date
