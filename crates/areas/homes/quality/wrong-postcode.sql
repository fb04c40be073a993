-- The form of a British postcode (BS 7666), with its space.
select p.id as subject_id, p.reference, 'Postcode ' || p.postcode || ' has not the form of one' as detail
from place p
where p.kind = 'home' and p.removed_at is null and p.postcode <> ''
  and p.postcode !~ '^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][ABD-HJLNP-UW-Z]{2}$'
