//! Messages to whoever waits for a repair.

use crate::ids::RepairId;
use rooftree_kernel::{PersonId, PlaceId};
use rooftree_people::public as people;
use rooftree_platform::{Ctx, Result};
pub use rooftree_works::public::tell::{About, Told, tell};

/// The template of a cancellation.
pub(crate) const CANCELLED: &str = "repairs.cancelled";

/// Reads what messages say of a repair.
pub async fn about(ctx: &mut Ctx, id: RepairId) -> Result<About> {
    let row = sqlx::query!(
        r#"select reference, title, place_id as "place: PlaceId", reporter_id as "person: PersonId" from repair where id = $1"#,
        id as _
    )
    .fetch_one(ctx.conn())
    .await?;
    let today = ctx.now.day();
    let person = people::addressee(ctx.conn(), row.place, row.person, today).await?;
    Ok(About { case: id.into(), reference: row.reference, title: row.title, place: row.place, person })
}
