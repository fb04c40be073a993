-- A key belongs to the system that gave it, as a place's does. Repairs that were reported here have none, and no index holds them.
alter table repair add column external_source text;
update repair p set external_source = s.source
from (select distinct on (r.entity_id) r.entity_id, b.source from import_row r join import_batch b on b.id = r.batch_id
      where b.target = 'repairs' and r.entity_id is not null order by r.entity_id, b.created_at) s
where s.entity_id = p.id and p.external_ref is not null;
drop index repair_by_external_ref;
create unique index repair_key_of_source on repair (coalesce(external_source, ''), external_ref) where external_ref is not null;
create index repair_by_key on repair (key_form(external_ref)) where external_ref is not null;
