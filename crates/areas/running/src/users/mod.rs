//! Who may sign in, as what.

use rooftree_frame::Area;
use rooftree_kernel::Permission;

/// Add, change and disable users; see how the system does.
pub const MANAGE: Permission = Permission::new("users.manage");

/// Adds the pages of this module.
pub fn add(_area: &mut Area) {}
