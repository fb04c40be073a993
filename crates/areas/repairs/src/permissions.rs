//! What a role may do with repairs.

use rooftree_kernel::Permission;
pub use rooftree_works::public::permissions::{APPROVE, INSPECT, ORDER, PLAN, PROVIDERS, RATES, SPEND, VIEW, VISIT};

/// Log a repair.
pub const REPORT: Permission = Permission::new("repairs.report");
/// Cancel a repair.
pub const CANCEL: Permission = Permission::new("repairs.cancel");
/// Decide recharges.
pub const RECHARGE: Permission = Permission::new("repairs.recharge");
/// Repairs of the system before this one.
pub const HISTORY: Permission = Permission::new("repairs.history");

/// All of them, with the words an administrator reads.
pub fn all() -> Vec<(Permission, &'static str)> {
    vec![
        (REPORT, "Log repairs"),
        (CANCEL, "Cancel repairs"),
        (RECHARGE, "Decide recharges"),
        (HISTORY, "Import repairs from another system"),
    ]
}
