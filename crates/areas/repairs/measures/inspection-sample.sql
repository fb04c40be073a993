-- S2: repairs completed in the period, hit when inspected since.
SELECT r.id          AS subject_id,
       r.reference,
       r.home_id,
       r.completed_day AS day,
       r.channel <> 'import' AS counted,
       i.done_day IS NOT NULL AS hit,
       NULL::numeric AS value,
       CASE WHEN r.channel = 'import' THEN 'Imported: not in the draw'
            WHEN i.case_id IS NULL THEN 'Not chosen'
            WHEN i.done_day IS NULL THEN 'Chosen, not inspected yet'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM repair r
  -- Nothing is chosen before it is completed.
  LEFT JOIN inspection i ON i.case_id = r.id AND i.selected_day >= $1::date
 WHERE r.completed_day >= $1::date AND r.completed_day < $2::date
