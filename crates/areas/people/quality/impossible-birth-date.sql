-- Born in the future, or before anybody who is alive.
select n.id as subject_id, n.reference,
       case when n.birth_day > current_date then 'Born in the future' else 'More than 115 years old' end as detail
from person n
where n.removed_at is null and n.died_on is null
  and (n.birth_day > current_date or n.birth_day < current_date - interval '115 years')
