-- Repairs completed in the period, with the days from report to completion: average.
SELECT r.id          AS subject_id,
       r.reference,
       r.home_id,
       r.completed_day AS day,
       r.completed_day >= r.reported_day AS counted,
       true          AS hit,
       CASE WHEN r.completed_day >= r.reported_day THEN (r.completed_day - r.reported_day)::numeric END AS value,
       CASE WHEN r.completed_day < r.reported_day THEN 'Completed before it was reported: not counted, to be corrected' END AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM repair r
 WHERE r.completed_day >= $1::date AND r.completed_day < $2::date
