-- A case that was entered in error and taken back leaves clocks that never counted.
alter table clock drop constraint clock_state_check;
alter table clock add constraint clock_state_check check (state in ('running', 'paused', 'met', 'late', 'cancelled', 'void'));
alter table clock drop constraint clock_stops_with_a_moment;
alter table clock add constraint clock_stops_with_a_moment check ((state in ('met', 'late', 'cancelled', 'void')) = (stopped_at is not null));
