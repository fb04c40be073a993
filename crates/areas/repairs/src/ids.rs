//! The ids of this area.

use rooftree_kernel::{CaseId, id_type};
pub use rooftree_works::public::{AppointmentId, OrderId, VariationId};

id_type!(
    /// What a resident reports. It is the case that facts and clocks belong to.
    RepairId
);

impl From<RepairId> for CaseId {
    fn from(id: RepairId) -> Self {
        Self(id.0)
    }
}
