-- Taking an import back removes people by the thousand, and each asks every table that refers to it. An index of only some rows cannot answer.
drop index contact_point_by_person;
create index contact_point_by_person on contact_point (person_id);
create index person_need_by_person on person_need (person_id);
drop index representative_by_person;
create index representative_by_person on representative (person_id);
create index representative_by_representative on representative (representative_id);
