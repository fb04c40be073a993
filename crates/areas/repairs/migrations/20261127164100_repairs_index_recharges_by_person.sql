-- As with the other tables that refer to people.
create index recharge_by_person on recharge (person_id);
