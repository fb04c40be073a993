-- Nearly every fact has a home, a person and a case, and nearly every promise a case. To leave the few others out, PostgreSQL prepared
-- each index's condition anew with every statement that records facts: that cost more than their entries do.
drop index fact_by_case;
drop index fact_by_home;
drop index fact_by_person;
drop index clock_by_case;
create index fact_by_case on fact (case_id, seq);
create index fact_by_home on fact (home_id, seq);
create index fact_by_person on fact (person_id, seq);
create index clock_by_case on clock (case_id);
