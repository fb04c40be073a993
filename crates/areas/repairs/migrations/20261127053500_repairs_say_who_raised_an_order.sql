-- Nobody approves an order of their own: that needs the user, not a name.
alter table works_order add column raised_by_id uuid;
-- Where a repair stands is one of these words.
alter table repair add constraint repair_stage check (stage in
    ('reported', 'awaiting-approval', 'ordered', 'booked', 'in-progress', 'made-safe', 'awaiting-materials', 'follow-on', 'completed', 'cancelled'));
