-- S2: non-emergency repairs reported in the period, hit when an appointment was ever made.
-- One look into an index for each repair; a list of all appointments would be made anew for each month.
SELECT r.id          AS subject_id,
       r.reference,
       r.home_id,
       r.reported_day AS day,
       r.channel <> 'import' AND NOT (a.case_id IS NULL
            AND (r.status = 'cancelled' OR (r.status = 'open' AND r.reported_day > $2::date - 5))) AS counted,
       a.case_id IS NOT NULL AS hit,
       NULL::numeric AS value,
       CASE WHEN r.channel = 'import' THEN 'Imported: its appointments are not known'
            WHEN a.case_id IS NOT NULL THEN NULL
            WHEN r.status = 'cancelled' THEN 'Cancelled before an appointment was made: not counted'
            WHEN r.status = 'open' AND r.reported_day > $2::date - 5 THEN 'Reported less than four days before: not yet counted'
            WHEN r.status = 'completed' THEN 'Completed without an appointment'
            ELSE 'No appointment made'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM repair r
  LEFT JOIN LATERAL (SELECT x.case_id FROM appointment x WHERE x.case_id = r.id LIMIT 1) a ON true
 WHERE r.reported_day >= $1::date AND r.reported_day < $2::date
   AND r.priority <> 'emergency'
