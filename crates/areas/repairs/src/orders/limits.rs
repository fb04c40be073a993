//! Delegated limits. S0 §7 asks that the client decide what is ordered; the amounts are this product's proposal for a landlord to adopt.

/// A single responsive order above this waits for the client, unless it is an emergency, in pence.
pub const DELEGATED_PENCE: i64 = 75_000;
/// The largest quantity of a line, in hundredths (1,000 units).
pub const QUANTITY_HUNDREDTHS_MAX: i64 = 100_000;
/// Variations and orders that one page shows.
pub const PAGE_ROWS: i64 = 200;
