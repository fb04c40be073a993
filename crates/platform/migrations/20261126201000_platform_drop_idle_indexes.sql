-- Read by nothing, written by every clock: subjects are found through their case or, while a clock is open, through clock_one_open.
drop index clock_by_subject;
drop index clock_changed;
