-- A key belongs to the system that gave it: another system's may be the same. What came by an import has the import's source; of a key
-- that somebody typed nobody knows it.
alter table place add column external_source text;
update place p set external_source = s.source
from (select distinct on (r.entity_id) r.entity_id, b.source from import_row r join import_batch b on b.id = r.batch_id
      where b.target = 'homes' and r.entity_id is not null order by r.entity_id, b.created_at) s
where s.entity_id = p.id and p.external_ref is not null;
alter table place drop constraint place_external_ref_key;
create unique index place_key_of_source on place (coalesce(external_source, ''), external_ref) where external_ref is not null;
create index place_by_key on place (key_form(external_ref)) where external_ref is not null;
