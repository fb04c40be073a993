-- Every repair that is raised pays for each index and each reference of its row.
-- A repair's home is its place or nothing: said once, where a second reference and a second index said it.
alter table repair drop constraint repair_home_id_fkey;
drop index repair_by_home;
alter table repair add constraint repair_is_of_its_home check (home_id = place_id);
-- Only what came from another system has a reference there.
alter table repair drop constraint repair_external_ref_key;
create unique index repair_by_external_ref on repair (external_ref) where external_ref is not null;
-- Who covers a ward: asked for every order.
create index operative_ward_by_ward on operative_ward (ward);
