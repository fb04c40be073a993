-- Surveys and inspections say what they are about. What stood on the repair alone is filled in.
update survey s set case_reference = r.reference, title = r.title, place_id = r.place_id, person_id = r.reporter_id, finished_day = r.completed_day
from repair r where r.id = s.case_id;
update inspection i set case_reference = r.reference, title = r.title, place_id = r.place_id, person_id = r.reporter_id, ward = r.ward,
       trade = r.trade, provider_id = r.provider_id, finished_at = r.completed_at, summary = r.completed_note
from repair r where r.id = i.case_id;
alter table survey alter place_id set not null, alter case_reference drop default, alter title drop default;
alter table inspection alter place_id set not null, alter case_reference drop default, alter title drop default, alter ward drop default,
    alter trade drop default;

-- Nor is a repair removed that was asked about or picked for inspection.
create or replace function repair_keeps_its_orders() returns trigger language plpgsql as $$
begin
    if exists (select from works_order where case_id = old.id) or exists (select from appointment where case_id = old.id)
        or exists (select from survey where case_id = old.id) or exists (select from inspection where case_id = old.id) then
        raise exception 'repair % has orders, visits, a survey or an inspection and is not removed', old.reference
            using errcode = 'foreign_key_violation';
    end if;
    return old;
end $$;
