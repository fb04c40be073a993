create extension if not exists unaccent;
-- A text as searches compare it: small letters without accents, and without apostrophes, which nobody types as they are written. It is not
-- told apart by the server's locale, so that an index may hold it.
create function search_form(given text) returns text language sql immutable strict parallel safe set search_path from current as
    $$ select lower(translate(unaccent('unaccent', given), '''’‘ʼʹ`´', '')) $$;
-- What a search looks into: the same, and once more with a blank for each apostrophe: O'Neill is looked for as oneill, o neill and neill.
create function search_text(given text) returns text language sql immutable strict parallel safe set search_path from current as
    $$ select search_form(given) || case when given ~ '[''’‘ʼʹ`´]' then ' ' || search_form(translate(given, '''’‘ʼʹ`´', '       ')) else '' end $$;
