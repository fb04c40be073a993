-- Nearly every fact has a home, a person and a case, and nearly every promise a case. To leave the few others out, PostgreSQL prepared
-- each index's condition anew with every statement that records facts: that cost more than their entries do.
-- The new indexes are built before the old ones go, so that readers always have one of them; facts are written again when all stand.
create index fact_by_every_case on fact (case_id, seq);
create index fact_by_every_home on fact (home_id, seq);
create index fact_by_every_person on fact (person_id, seq);
create index clock_by_every_case on clock (case_id);
drop index fact_by_case;
drop index fact_by_home;
drop index fact_by_person;
drop index clock_by_case;
alter index fact_by_every_case rename to fact_by_case;
alter index fact_by_every_home rename to fact_by_home;
alter index fact_by_every_person rename to fact_by_person;
alter index clock_by_every_case rename to clock_by_case;
