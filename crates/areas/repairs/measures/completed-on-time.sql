-- S4: every repair completed in the period, hit when within target.
SELECT r.id          AS subject_id,
       r.reference,
       r.home_id,
       r.completed_day AS day,
       true          AS counted,
       coalesce(r.on_time, false) AS hit,
       NULL::numeric AS value,
       CASE WHEN r.on_time IS NULL THEN 'Not known whether in time: counted as late'
            WHEN NOT r.on_time THEN 'Completed after the target'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM repair r
 WHERE r.completed_day >= $1::date AND r.completed_day < $2::date
