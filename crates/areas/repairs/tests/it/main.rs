//! The repairs area through HTTP, against a real PostgreSQL.

mod calls;
