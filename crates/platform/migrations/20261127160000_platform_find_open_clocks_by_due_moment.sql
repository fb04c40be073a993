-- One index for everything that asks after open clocks: the watch, what falls due, how each standard stands.
drop index clock_due;
drop index clock_open;
create index clock_open on clock (due_at) include (standard, state, breached_at) where state in ('running', 'paused');
