-- What other areas may ask of households in a statement of their own (people::public asks the same). Both are inlined by the planner.

-- Where somebody lives on a day: the newest tenancy that they are on.
create function home_on(resident uuid, on_day date) returns setof uuid language sql stable rows 1 as $$
    select t.place_id from tenancy_person m join tenancy t on t.id = m.tenancy_id
    where m.person_id = resident and t.start_day <= on_day and (t.end_day is null or t.end_day >= on_day)
      and (m.until_day is null or m.until_day >= on_day)
    order by t.start_day desc, t.id desc limit 1
$$;

-- What the household at a place needs on a day: the recorded needs, and from what the rest follows (needs::from_age, an interpreter).
create function household_needs(home uuid, on_day date) returns table (needs text[], births date[], interpreter boolean)
    language sql stable rows 1 as $$
    select array(select d.need from person_need d where d.person_id = any(m.ids) and d.ended_at is null
                 and d.from_day <= on_day and (d.until_day is null or d.until_day >= on_day)),
           m.births, m.interpreter
    from (select array_agg(n.id) as ids, array_agg(n.birth_day) filter (where n.birth_day is not null) as births,
                 bool_or(n.interpreter) as interpreter
          from tenancy t join tenancy_person m on m.tenancy_id = t.id join person n on n.id = m.person_id
          where t.place_id = home and t.start_day <= on_day and (t.end_day is null or t.end_day >= on_day)
            and m.from_day <= on_day and (m.until_day is null or m.until_day >= on_day)
            and n.died_on is null and n.removed_at is null) m
$$;
