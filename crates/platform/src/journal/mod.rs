//! The journal: append-only facts, sealed by a hash chain that an outsider can check.

use rooftree_kernel::Permission;

/// Reading the journal: its page belongs to the area running; pages of other areas lead there.
pub const VIEW: Permission = Permission::new("journal.view");

pub mod facts;
pub mod fresh;
pub mod leaf;
pub mod read;
pub mod reading;
pub mod seal;
pub mod search;
pub mod verify;
