-- Areas declare by what figures are broken down; the table names none.
alter table figure_cell drop constraint figure_cell_dimension_check;
-- What ratios divide by.
alter table figure_cell add column base double precision;
alter table figure_frozen_row add column base double precision;
-- The list of all figures asks for wholes only: from the index, without a visit to the rows.
create index figure_cell_whole on figure_cell (first_day, measure)
    include (months, numerator, denominator, excluded, total, base, median) where dimension = '';
-- Since when the history of a month is kept. Of what was counted before today nobody knows what it was.
alter table figure_state add column kept_from date;
update figure_state set kept_from = (computed_at at time zone 'Europe/London')::date;
alter table figure_state alter column kept_from set not null;
-- What was known of the whole of a month, quarter or year until the end of a day: written when the next count finds something else. What
-- stands in figure_cell is known since the latest of these days.
create table figure_past (
    measure     text     not null,
    first_day   date     not null,
    months      smallint not null,
    known_until date     not null,
    numerator   bigint   not null,
    denominator bigint   not null,
    excluded    bigint   not null,
    total       double precision,
    base        double precision,
    median      double precision,
    primary key (measure, first_day, months, known_until)
);
