//! Who does the work: the landlord's works company and its subcontractors (S0 §3). An operative belongs to one; an order goes to one. A
//! provider that ends keeps its history and gets no more work; it cannot end while operatives work for it or its orders are open.

mod commands;
mod web;

pub(crate) use web::add;
