//! People: who they are, how to reach them, what they need, where they live and on what terms, and what was said to them.
//!
//! Source: capabilities A3 (people) and A4 (tenancies), as far as repairs need them.

pub mod facts;
pub mod needs;
pub mod public;
pub mod rules;

use rooftree_frame::Area;
use rooftree_kernel::Permission;

/// See people, how to reach them, their tenancies and what was said.
pub const VIEW: Permission = Permission::new("people.view");
/// Add and change people, contact points, needs, households and tenancies; log contacts.
pub const EDIT: Permission = Permission::new("people.edit");
/// Read, with a reason that is kept, what is sensitive about a person.
pub const SENSITIVE: Permission = Permission::new("people.sensitive");

/// The tables of this area.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// What this area exports.
pub fn area() -> Area {
    Area {
        key: "people",
        migrations: Some(&MIGRATIONS),
        facts: facts::ALL.to_vec(),
        permissions: vec![
            (VIEW, "See people, how to reach them, their tenancies and what was said"),
            (EDIT, "Add and change people, contact points, needs and tenancies; log contacts"),
            (SENSITIVE, "Read what is sensitive about a person, with a reason that is kept"),
        ],
        ..Area::default()
    }
}
