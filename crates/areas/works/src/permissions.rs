//! What a role may do with work. The keys begin with `repairs.` because the first work was repairs, and roles name them so.

use rooftree_kernel::Permission;

/// See repairs within one's scope.
pub const VIEW: Permission = Permission::new("repairs.view");
/// Make, move and cancel appointments; the day board.
pub const PLAN: Permission = Permission::new("repairs.plan");
/// Do the visit: on my way, arrived, no access, done.
pub const VISIT: Permission = Permission::new("repairs.visit");
/// Accept orders, ask for variations, invoice.
pub const ORDER: Permission = Permission::new("repairs.order");
/// Approve orders and variations.
pub const APPROVE: Permission = Permission::new("repairs.approve");
/// See what orders come to by budget, provider and month.
pub const SPEND: Permission = Permission::new("repairs.spend");
/// The schedule of rates.
pub const RATES: Permission = Permission::new("repairs.rates");
/// Post-inspections and contradictions.
pub const INSPECT: Permission = Permission::new("repairs.inspect");
/// The companies that do the work.
pub const PROVIDERS: Permission = Permission::new("repairs.providers");

/// All of them, with the words an administrator reads.
pub fn all() -> Vec<(Permission, &'static str)> {
    vec![
        (VIEW, "See repairs, orders and appointments"),
        (PLAN, "Make, move and cancel appointments"),
        (VISIT, "Carry out visits"),
        (ORDER, "Accept works orders, ask for variations, send invoice values"),
        (APPROVE, "Approve works orders and variations"),
        (SPEND, "See what works orders come to by budget, provider and month"),
        (INSPECT, "Inspect finished repairs and settle contradictions"),
        (RATES, "See and change the schedule of rates"),
        (PROVIDERS, "Add, change and end providers"),
    ]
}
