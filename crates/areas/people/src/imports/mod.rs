//! People and tenancies from a spreadsheet: checked and written as sets, idempotent by the source reference.

mod people;
mod people_plan;
mod tenancies;
mod tenancies_plan;

pub use people::People;
pub use tenancies::Tenancies;
