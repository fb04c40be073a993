-- The notice of a recharge says that whoever did not decide on it looks at an objection. So it is known who decided, what the resident
-- said against it, and what came of that; and when the matter was settled, so that the time to pay has an end.
alter table recharge
    add column decided_by_id uuid,                        -- whoever decides does not look at the objection
    add column objected_at   timestamptz,
    add column objected_by   text,                        -- who says so, in words: the resident, their daughter
    add column objection     text not null default '',
    add column reviewed_at   timestamptz,
    add column reviewed_by   text,
    add column review_note   text not null default '',    -- what the resident was told
    add column settled_at    timestamptz,                 -- paid, or payments agreed
    add column settled_by    text,
    add constraint recharge_reviews_an_objection check (reviewed_at is null or objected_at is not null);
create index recharge_objected on recharge (objected_at) where objected_at is not null and reviewed_at is null;
