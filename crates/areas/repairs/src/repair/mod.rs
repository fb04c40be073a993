//! One repair and the list of them: reading, cancelling, prioritising again, recalls.


pub mod commands;
pub mod list;
pub mod queries;



