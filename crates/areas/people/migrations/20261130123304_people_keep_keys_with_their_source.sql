-- A key belongs to the system that gave it, as a place's does.
alter table person add column external_source text;
update person p set external_source = s.source
from (select distinct on (r.entity_id) r.entity_id, b.source from import_row r join import_batch b on b.id = r.batch_id
      where b.target = 'people' and r.entity_id is not null order by r.entity_id, b.created_at) s
where s.entity_id = p.id and p.external_ref is not null;
alter table person drop constraint person_external_ref_key;
create unique index person_key_of_source on person (coalesce(external_source, ''), external_ref) where external_ref is not null;
create index person_by_key on person (key_form(external_ref)) where external_ref is not null;

alter table tenancy add column external_source text;
update tenancy t set external_source = s.source
from (select distinct on (r.entity_id) r.entity_id, b.source from import_row r join import_batch b on b.id = r.batch_id
      where b.target = 'tenancies' and r.entity_id is not null order by r.entity_id, b.created_at) s
where s.entity_id = t.id and t.external_ref is not null;
alter table tenancy drop constraint tenancy_external_ref_key;
create unique index tenancy_key_of_source on tenancy (coalesce(external_source, ''), external_ref) where external_ref is not null;
create index tenancy_by_key on tenancy (key_form(external_ref)) where external_ref is not null;
