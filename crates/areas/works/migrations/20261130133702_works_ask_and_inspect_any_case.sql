-- A survey and an inspection belong to a case, whatever it is. What they say of it stands with them.
alter table survey drop constraint survey_repair_id_fkey;
alter table survey rename column repair_id to case_id;
alter table survey
    add column case_reference text not null default '',
    add column title          text not null default '',
    add column place_id       uuid,
    add column person_id      uuid references person,
    add column finished_day   date,
    add column question_set   text not null default 'repair',
    add column answers        jsonb not null default '{}';
create index survey_by_person on survey (person_id) where person_id is not null;
-- The answers of the one set that there was become answers like those of any other.
update survey set answers = jsonb_strip_nulls(jsonb_build_object('score', score, 'clean', clean, 'identified', identified, 'no_calls', no_calls,
                                                                 'first_visit', first_visit, 'done', done))
where answered_day is not null;
alter table survey drop column score, drop column clean, drop column identified, drop column no_calls, drop column first_visit, drop column done;

alter table inspection drop constraint inspection_repair_id_fkey;
alter table inspection rename column repair_id to case_id;
alter table inspection
    add column case_reference text not null default '',
    add column title          text not null default '',
    add column place_id       uuid,
    add column person_id      uuid references person,
    add column ward           text not null default '',
    add column trade          text not null default '',
    add column provider_id    uuid references provider,
    add column finished_at    timestamptz,
    add column summary        text not null default '',        -- what was done, in the operative's words
    add column checks         jsonb not null default '{}';     -- the checklist's answers, by key
create index inspection_by_person on inspection (person_id) where person_id is not null;
create index inspection_by_provider on inspection (provider_id) where provider_id is not null;
