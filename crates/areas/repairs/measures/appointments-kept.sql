-- S2: appointments of non-emergency repairs in the period, hit when we came within the slot.
SELECT a.id          AS subject_id,
       r.reference,
       r.home_id,
       a.day,
       a.status IN ('kept', 'no-access', 'missed') AS counted,
       a.status IN ('kept', 'no-access') AS hit,
       NULL::numeric AS value,
       CASE a.status WHEN 'cancelled' THEN 'Cancelled or moved beforehand: not counted'
                     WHEN 'booked' THEN 'No outcome recorded yet: not counted'
                     WHEN 'missed' THEN 'We did not come within the slot'
                     WHEN 'no-access' THEN 'We came; nobody let us in'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM appointment a
  JOIN repair r ON r.id = a.case_id
 WHERE a.day >= $1::date AND a.day < $2::date
   AND NOT a.emergency
