//! Where a repair stands. The rule is the database's `repair_stands` (its migration says it in full); commands that change an order or a
//! visit call [`settle`] when their rows are written, and none of them writes a stage of its own.

use crate::ids::RepairId;
use rooftree_platform::{Ctx, Result};

/// Puts the repair where its orders and visits say it stands.
pub(crate) async fn settle(ctx: &mut Ctx, repair: RepairId) -> Result<()> {
    sqlx::query!("update repair r set stage = repair_stands(r), version = version + 1 where id = $1", repair as _)
        .execute(ctx.conn())
        .await?;
    Ok(())
}

/// The same, with what the repair waits for, in words for the planner; empty when it waits for nothing.
pub(crate) async fn settle_awaiting(ctx: &mut Ctx, repair: RepairId, awaiting: &str) -> Result<()> {
    sqlx::query!(
        "update repair r set stage = repair_stands(r), awaiting = $2, version = version + 1 where id = $1",
        repair as _,
        awaiting
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}
