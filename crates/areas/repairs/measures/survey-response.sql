-- S2: repairs completed in the period, hit when a survey about them was answered.
SELECT r.id          AS subject_id,
       r.reference,
       r.home_id,
       r.completed_day AS day,
       r.channel <> 'import' AS counted,
       s.answered_day IS NOT NULL AS hit,
       NULL::numeric AS value,
       CASE WHEN r.channel = 'import' THEN 'Imported: nobody was asked'
            WHEN s.case_id IS NULL THEN 'No survey sent'
            WHEN s.answered_day IS NULL THEN 'Not answered'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM repair r
  -- Nobody is asked before it is completed.
  LEFT JOIN survey s ON s.case_id = r.id AND s.sent_day >= $1::date
 WHERE r.completed_day >= $1::date AND r.completed_day < $2::date
