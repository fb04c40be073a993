//! The platform against a real PostgreSQL: a database of its own for each test, made on the server of `DATABASE_URL`.

mod bench;
mod imports;
mod journal;
mod messages;
mod signin;
mod unit;
mod webhooks;
