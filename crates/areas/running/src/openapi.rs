//! Joining the modules' parts of the API's description.

use rooftree_frame::Area;
use utoipa::openapi::OpenApi;

/// Adds a module's paths to those that the area describes already.
pub fn merge(area: &mut Area, part: OpenApi) {
    match &mut area.openapi {
        Some(known) => known.merge(part),
        None => area.openapi = Some(part),
    }
}
