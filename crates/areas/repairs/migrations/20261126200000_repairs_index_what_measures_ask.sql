-- What measures ask of a repair or a visit beyond its keys stands in the index, so that a year is counted without a visit to the rows.
drop index repair_by_reported_day;
create index repair_by_reported_day on repair (reported_day) include (id, priority, trade, ward, provider_id, status, home_id, channel);
drop index repair_by_completed_day;
create index repair_by_completed_day on repair (completed_day)
    include (id, priority, trade, ward, provider_id, on_time, first_visit, cost_pence, home_id, reported_day, recall_of, channel)
    where completed_day is not null;
drop index appointment_by_day;
create index appointment_by_day on appointment (day, status) include (id, repair_id, operative_id, starts_at, made_at, emergency);
drop index repair_by_recall;
create index repair_by_recall on repair (recall_of) include (status, reference) where recall_of is not null;
drop index survey_by_sent;
create index survey_by_sent on survey (sent_day) include (repair_id, answered_day);
create index inspection_by_selected on inspection (selected_day) include (repair_id, done_day);
