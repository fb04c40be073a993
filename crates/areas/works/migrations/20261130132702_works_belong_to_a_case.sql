-- An order and a visit belong to a case, whatever it is: a repair today, a void or a fire action tomorrow. What lists and boards show of the
-- case stands with them, so that works needs to know no other area's tables; the area of the case keeps it as the case has it.
alter table works_order rename column repair_id to case_id;
alter index works_order_by_repair rename to works_order_by_case;
alter table appointment drop constraint appointment_repair_id_fkey;
alter table appointment rename column repair_id to case_id;
alter index appointment_by_repair rename to appointment_by_case;

alter table works_order
    add column case_reference text not null default '',     -- R-104233
    add column title          text not null default '',
    add column place_id       uuid,
    add column trade          text not null default '',
    add column priority       text not null default 'routine';
alter table appointment
    add column case_reference text not null default '',
    add column title          text not null default '',
    add column place_id       uuid,
    add column ward           text not null default '',
    add column trade          text not null default '',
    add column priority       text not null default 'routine';
