//! Homes: the asset tree (estates, blocks, homes and all else the landlord keeps up), the alerts that hang on it, and the import of
//! both. A home's page is the hub: higher areas add their blocks to it through [`rooftree_frame::Panel`].
//!
//! Source: capability A1 (asset register).

pub mod facts;
pub mod public;

use rooftree_frame::Area;
use rooftree_kernel::Permission;

/// See homes and other places, their alerts, documents and history.
pub const VIEW: Permission = Permission::new("homes.view");
/// Add and change homes and other places, and add documents to them.
pub const EDIT: Permission = Permission::new("homes.edit");
/// Add and end alerts on homes and other places.
pub const ALERTS: Permission = Permission::new("homes.alerts");

/// The tables of this area.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// What this area exports.
pub fn area() -> Area {
    Area {
        key: "homes",
        migrations: Some(&MIGRATIONS),
        facts: facts::ALL.to_vec(),
        permissions: vec![
            (VIEW, "See homes and other places, their alerts, documents and history"),
            (EDIT, "Add and change homes and other places, and add documents"),
            (ALERTS, "Add and end alerts on homes and other places"),
        ],
        ..Area::default()
    }
}
