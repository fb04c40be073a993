//! Responsive repairs: report, decide, order, appoint, visit, complete, look back.

pub mod declared;
pub mod diagnosis;
pub mod facts;
pub mod ids;
pub mod orders;
pub mod permissions;
pub mod repair;
pub mod reports;

use rooftree_frame::Area;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// What this area exports.
pub fn area() -> Area {
    Area {
        key: "repairs",
        migrations: Some(&MIGRATIONS),
        facts: facts::ALL.to_vec(),
        permissions: permissions::all(),
        ..Area::default()
    }
}
