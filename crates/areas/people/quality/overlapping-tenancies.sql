-- Two tenancies or leases of one home on the same day; the earlier one is the finding. A lease and the lessee's own letting are not ours to judge.
select a.id as subject_id, a.reference,
       'Runs until ' || coalesce(to_char(a.end_day, 'FMDD Mon YYYY'), 'today') || ', and ' || min(b.reference) || ' began on '
       || to_char(min(b.start_day), 'FMDD Mon YYYY') as detail
from tenancy a
join tenancy b on b.place_id = a.place_id and b.id <> a.id
              and (b.start_day, b.id) > (a.start_day, a.id)
              and b.start_day <= coalesce(a.end_day, 'infinity'::date)
where coalesce(b.end_day, 'infinity'::date) >= a.start_day
group by a.id, a.reference, a.end_day
