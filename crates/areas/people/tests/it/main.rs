//! People through HTTP, against a real PostgreSQL.

mod imports;
mod persons;
mod tenancies;
