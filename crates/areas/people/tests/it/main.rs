//! People through HTTP, against a real PostgreSQL.

mod imports;
mod letters;
mod persons;
mod tenancies;
