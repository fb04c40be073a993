-- Repairs reported in the period, hit when cancelled since.
SELECT r.id          AS subject_id,
       r.reference,
       r.home_id,
       r.reported_day AS day,
       true          AS counted,
       r.status = 'cancelled' AS hit,
       NULL::numeric AS value,
       CASE WHEN r.status = 'cancelled' THEN 'Cancelled on ' || to_char(r.cancelled_day, 'FMDD Mon YYYY') END AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM repair r
 WHERE r.reported_day >= $1::date AND r.reported_day < $2::date
