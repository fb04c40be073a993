//! What the command line prints about figures and standards: functions that return text, so that the binary only prints it.

pub mod due;
pub mod measures;
