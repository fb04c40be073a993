alter table person add column search_line text generated always as (search_text(given_name || ' ' || family_name || ' ' || known_as)) stored;
drop index person_search;
create index person_search on person using gin (search_line gin_trgm_ops);

create or replace function keep_person_words() returns trigger language plpgsql as $$
begin
    insert into person_word
    select distinct left(w, 40) from changed, regexp_split_to_table(search_text(given_name || ' ' || family_name || ' ' || known_as), '[^[:alnum:]]+') as w
    where length(w) >= 2 and w !~ '[0-9]'
    on conflict do nothing;
    return null;
end $$;
insert into person_word
select distinct left(w, 40) from person, regexp_split_to_table(search_text(given_name || ' ' || family_name || ' ' || known_as), '[^[:alnum:]]+') as w
where length(w) >= 2 and w !~ '[0-9]'
on conflict do nothing;
