-- British numbers have ten digits after the country code (a few old ones nine); letters belong in none.
select n.id as subject_id, n.reference, 'A telephone number has '
       || case when c.value ~ '[[:alpha:]]' then 'letters in it'
               when length(regexp_replace(c.normal, '[^0-9]', '', 'g')) < 11 then 'too few digits'
               else 'too many digits' end as detail
from contact_point c
join person n on n.id = c.person_id
where c.kind = 'phone' and c.ended_at is null and n.removed_at is null
  and (c.value ~ '[[:alpha:]]'
       or (regexp_replace(c.normal, '[^0-9]', '', 'g') ~ '^(44|0)' and regexp_replace(c.normal, '[^0-9]', '', 'g') !~ '^(44|0)[1-9][0-9]{8,9}$')
       or (regexp_replace(c.normal, '[^0-9]', '', 'g') ~ '^(44|0)7' and regexp_replace(c.normal, '[^0-9]', '', 'g') !~ '^(44|0)7[0-9]{9}$')
       or length(regexp_replace(c.normal, '[^0-9]', '', 'g')) not between 9 and 15)
