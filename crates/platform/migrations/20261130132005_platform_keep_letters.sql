-- A letter is kept by its parts with the blanks that fill them, so that it can be printed as often as is wanted, in large print or in plainer
-- words, and with the PDF that was sent. Letters from before have their words alone.
alter table message
    add column parts       jsonb,
    add column blanks      jsonb,
    add column large_print boolean not null default false,
    add column plain_words boolean not null default false,
    add column language    text,                      -- that the reader speaks best, by its English name
    add column document_id uuid references document,  -- the PDF that was sent, or that is printed and waits to be posted
    drop constraint message_status_check,
    add constraint message_status_check
        check (status in ('draft', 'waiting', 'held', 'printed', 'sent', 'delivered', 'failed', 'withdrawn'));

-- Letters that are printed together, by us: one file for the printer.
create table letter_batch (
    id          uuid        primary key,
    made_at     timestamptz not null,
    made_by     text        not null,
    letters     integer     not null check (letters > 0),
    printed     integer     not null default 0 check (printed between 0 and letters),
    refused     integer     not null default 0 check (printed + refused <= letters),
    document_id uuid references document,             -- the print file, when all are printed
    posted_at   timestamptz,
    posted_by   text,
    check (posted_at is null or document_id is not null)
);
create index letter_batch_by_time on letter_batch (made_at desc);

alter table message add column batch_id uuid references letter_batch;
create index message_by_batch on message (batch_id, id) where batch_id is not null;
