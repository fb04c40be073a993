//! Sign-in, administration, journal and imports through HTTP, on a real PostgreSQL.

mod admin;
mod browser;
mod door;
mod imports;
mod journal;
mod kept;
mod letters;
mod saved;
mod single;
