//! The ids of this area.

use rooftree_kernel::id_type;

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
