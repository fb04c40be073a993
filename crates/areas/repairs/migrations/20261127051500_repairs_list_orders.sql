-- The list of orders by status, oldest or newest first; what waits for approval is among them.
drop index works_order_awaiting;
create index works_order_by_status on works_order (status, id);
