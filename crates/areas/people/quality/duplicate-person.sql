-- The same name, and the same telephone number or date of birth. The younger reference is the finding; it names the elder.
with named as (
    select n.id, n.reference, lower(n.given_name) as given, lower(n.family_name) as family, n.birth_day
    from person n
    where n.removed_at is null and n.given_name <> '' and n.family_name <> ''
), again as (
    select given, family from named group by given, family having count(*) > 1
), twins as (
    select n.* from named n join again using (given, family)
)
select b.id as subject_id, b.reference, 'Seems to be the same person as ' || min(a.reference) as detail
from twins a
join twins b on (b.given, b.family) = (a.given, a.family) and b.reference > a.reference
where (a.birth_day = b.birth_day)
   or exists (select from contact_point x join contact_point y on y.normal = x.normal and y.kind = x.kind
              where x.person_id = a.id and y.person_id = b.id and x.ended_at is null and y.ended_at is null and x.kind in ('phone', 'email')
                and (a.birth_day is null or b.birth_day is null or a.birth_day = b.birth_day))
group by b.id, b.reference
