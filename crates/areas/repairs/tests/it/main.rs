//! The repairs area through HTTP, against a real PostgreSQL.

mod appointments;
mod calls;
mod aftercare;
mod door;
mod visits;
