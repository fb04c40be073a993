//! The ids of this area.

use rooftree_kernel::{CaseId, id_type};

id_type!(
    /// What a resident reports. It is the case that facts and clocks belong to.
    RepairId
);
id_type!(
    /// What the provider is told to do.
    OrderId
);
id_type!(
    /// A time agreed with the resident.
    AppointmentId
);
id_type!(
    /// A change to an order.
    VariationId
);

impl From<RepairId> for CaseId {
    fn from(id: RepairId) -> Self {
        Self(id.0)
    }
}
