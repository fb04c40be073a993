//! Whose money an order spends, and how much of it may be ordered without asking the client (S0 §7; amounts in `data/limits.toml`).

use crate::{declared::DECLARED, priority::Priority};
use rooftree_kernel::{Day, Pence};

/// The revenue lines that orders are charged to.
pub const BUDGETS: [&str; 2] = ["HRA-REACTIVE", "HRA-REACTIVE-EMERGENCY"];

/// The revenue line an order is charged to. S0 Appendix B has one reactive budget; emergencies are told apart inside it.
pub fn budget_code(priority: Priority) -> &'static str {
    match priority {
        Priority::Emergency => BUDGETS[1],
        Priority::Urgent | Priority::Routine => BUDGETS[0],
    }
}

/// What one order may be worth on a day without waiting for the client.
pub fn delegated_limit(day: Day) -> Pence {
    DECLARED.delegated.iter().rfind(|limit| limit.from <= day).map_or(Pence(0), |limit| limit.pence)
}

/// Whether an order of this value waits for the client: it is above the limit of the day, and nobody is in danger.
pub fn is_held(value: Pence, priority: Priority, day: Day) -> bool {
    value > delegated_limit(day) && priority != Priority::Emergency
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_above_the_limit_of_its_day_waits_unless_somebody_is_in_danger() {
        let (before, today): (Day, Day) = ("2026-03-31".parse().unwrap(), "2026-11-23".parse().unwrap());
        let limit = delegated_limit(today);
        assert!(limit > Pence(0));
        assert!(!is_held(limit, Priority::Routine, today));
        assert!(is_held(Pence(limit.0 + 1), Priority::Urgent, today));
        assert!(!is_held(Pence(limit.0 + 1), Priority::Emergency, today));
        assert!(is_held(Pence(1), Priority::Routine, before), "nothing was delegated yet");
    }
}
