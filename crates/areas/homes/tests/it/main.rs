//! Homes through HTTP, against a real PostgreSQL.

mod documents;
mod imports;
mod places;
