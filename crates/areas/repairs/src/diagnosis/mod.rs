//! The scripted diagnosis and the decision of priority: pure. What the resident says leads to an outcome (rate, trade, advice, hazard);
//! the outcome and the household together decide the priority, with every reason (S0 §3: "nature of work required and household
//! composition").

pub mod rules;
pub mod search;
