//! Keeping it running: jobs that were given up, API tokens, webhooks.

use rooftree_frame::Area;
use rooftree_kernel::Permission;

/// Who sees how the system does: whoever manages its users.
pub const SEE_HEALTH: Permission = crate::users::MANAGE;

/// Adds the pages of this module.
pub fn add(_area: &mut Area) {}
