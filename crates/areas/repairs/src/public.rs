//! The only surface that other areas may call. These functions check no permission of their own: the command or page that calls them
//! has asked for its own.

pub use crate::permissions::VIEW;
