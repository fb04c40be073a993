//! The only surface that other areas may call. These functions check no permission of their own: the command or page that calls them
//! has asked for its own. A caller whose scope is one provider's passes it on and sees no other.

pub use crate::permissions::VIEW;
pub use crate::providers::{Named as NamedProvider, Provider, provider, providers, working as working_providers};
