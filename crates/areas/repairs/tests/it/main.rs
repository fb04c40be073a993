//! The repairs area through HTTP, against a real PostgreSQL.

mod aftercare;
mod appointments;
mod calls;
mod door;
mod history;
mod orders;
mod priorities;
mod providers;
mod shared;
mod spend;
mod visits;
