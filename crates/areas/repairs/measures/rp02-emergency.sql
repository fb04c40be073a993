-- RP02(2): emergency repairs completed in the period, hit when within target. Low-cost rented homes and shared areas.
SELECT r.id          AS subject_id,
       r.reference,
       r.home_id,
       r.completed_day AS day,
       h.id IS NULL AS counted,
       coalesce(r.on_time, false) AS hit,
       NULL::numeric AS value,
       CASE WHEN h.id IS NOT NULL THEN 'Not a low-cost rented home: not counted'
            WHEN r.on_time IS NULL THEN 'Not known whether in time: counted as late'
            WHEN NOT r.on_time THEN 'Completed after the target'
       END           AS reason,
       r.ward,
       r.trade,
       r.provider_id AS provider,
       r.priority
  FROM repair r
  LEFT JOIN place h ON h.id = r.home_id AND h.tenure IN ('leasehold', 'freehold', 'shared-ownership')
 WHERE r.completed_day >= $1::date AND r.completed_day < $2::date
   AND r.priority = 'emergency'
