-- The same address and postcode, however it is written: capitals, commas, «Flat», «Cl» for Close. The younger reference is the finding.
with plain as (
    select p.id, p.reference, replace(lower(p.postcode), ' ', '') as postcode,
           trim(regexp_replace(
               regexp_replace(
               regexp_replace(
               regexp_replace(
               regexp_replace(
               regexp_replace(
               regexp_replace(
               regexp_replace(
               regexp_replace(
               regexp_replace(lower(p.address), '[^a-z0-9]+', ' ', 'g'),
                   '\m(flat|apartment|apt|unit)\M', ' ', 'g'),
                   '\mcl\M', 'close', 'g'),
                   '\mrd\M', 'road', 'g'),
                   '\mave?\M', 'avenue', 'g'),
                   '\mcres\M', 'crescent', 'g'),
                   '\mgdns?\M', 'gardens', 'g'),
                   '\mct\M', 'court', 'g'),
                   '\mgr\M', 'grove', 'g'),
                   '\s+', ' ', 'g')) as address
    from place p
    where p.kind = 'home' and p.removed_at is null and p.postcode <> ''
), again as (
    select postcode, address, min(reference) as first from plain group by postcode, address having count(*) > 1
)
select b.id as subject_id, b.reference, 'Has the same address as ' || a.first as detail
from again a
join plain b on b.postcode = a.postcode and b.address = a.address and b.reference > a.first
