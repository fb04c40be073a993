alter table place add column search_line text generated always as (search_text(name || ' ' || address || ' ' || postcode)) stored;
drop index place_search;
create index place_search on place using gin (search_line gin_trgm_ops);

create or replace function keep_place_words() returns trigger language plpgsql as $$
begin
    insert into place_word
    select distinct left(w, 40) from changed, regexp_split_to_table(search_text(name || ' ' || address), '[^[:alnum:]]+') as w
    where length(w) >= 3 and w !~ '[0-9]'
    on conflict do nothing;
    return null;
end $$;
insert into place_word
select distinct left(w, 40) from place, regexp_split_to_table(search_text(name || ' ' || address), '[^[:alnum:]]+') as w
where length(w) >= 3 and w !~ '[0-9]'
on conflict do nothing;
