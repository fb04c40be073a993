-- Repairs open at the end of the day before $2, 0 to 7 days old.
SELECT r.id          AS subject_id,
       r.reference,
       r.home_id,
       $2::date - 1  AS day,
       true          AS counted,
       true          AS hit,
       NULL::numeric AS value,
       'Open for ' || ($2::date - 1 - r.reported_day) || ' days' AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM repair r
 WHERE r.reported_day < $2::date AND r.reported_day >= $2::date - 8
   AND (r.status = 'open' OR r.completed_day >= $2::date OR r.cancelled_day >= $2::date)
