-- What has become untrue before it was sent is not sent: it stays and is shown as withdrawn.
alter table message drop constraint message_status_check,
    add constraint message_status_check check (status in ('waiting', 'held', 'sent', 'delivered', 'failed', 'withdrawn'));
