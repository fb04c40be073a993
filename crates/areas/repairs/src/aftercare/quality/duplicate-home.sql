-- The same address and postcode; the younger reference is the finding.
select b.id as subject_id, b.reference, 'Has the same address as ' || min(a.reference) as detail
from place a
join place b on lower(b.address) = lower(a.address) and replace(lower(b.postcode), ' ', '') = replace(lower(a.postcode), ' ', '')
            and b.reference > a.reference and b.id <> a.id
where a.kind = 'home' and b.kind = 'home' and a.removed_at is null and b.removed_at is null and a.postcode <> ''
group by b.id, b.reference
