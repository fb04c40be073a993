//! The rows of a visit, locked for a command.

use super::model::State;
use crate::{
    cases::{self, Case},
    ids::{AppointmentId, OrderId},
    priority::Priority,
};
use rooftree_kernel::{Day, Moment, OperativeId};
use rooftree_platform::{Ctx, Error, Result};

/// The order that the visit works on.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// `WO-88120`.
    pub reference: String,
}

/// A visit with its case, both locked until the commit.
pub struct Visit {
    /// The appointment.
    pub id: AppointmentId,
    /// Its case.
    pub case: Case,
    /// The order that it works on.
    pub order: Option<Order>,
    /// Who goes.
    pub operative: OperativeId,
    /// Their name.
    pub operative_name: String,
    /// booked, kept, missed, no-access, cancelled.
    pub status: String,
    /// Sent rather than agreed.
    pub emergency: bool,
    /// Its day.
    pub day: Day,
    /// What the resident was told: from.
    pub window_starts_at: Moment,
    /// And until.
    pub window_ends_at: Moment,
    /// When it was agreed.
    pub made_at: Moment,
    /// When the operative was at the door.
    pub arrived_at: Option<Moment>,
    /// Where it stands.
    pub state: State,
}

impl Visit {
    /// The sooner at an emergency the better: it was sent, or has become one since it was agreed.
    pub fn may_come_early(&self) -> bool {
        self.emergency || self.case.priority == Priority::Emergency
    }
}

/// Loads and locks a visit within the actor's scope: first the case, then the appointment, as every command does.
pub async fn lock_visit(ctx: &mut Ctx, id: AppointmentId) -> Result<Visit> {
    let [operative, provider] = ctx.actor.scope.ids(["operative", "provider"]);
    let reference = sqlx::query_scalar!(
        r#"select a.case_reference from appointment a
           where a.id = $1 and ($2::uuid is null or a.operative_id = $2) and ($3::uuid is null or exists (select from operative w where w.id = a.operative_id and w.provider_id = $3))"#,
        id as _,
        operative,
        provider
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the visit"))?;
    let case = cases::lock(ctx, &reference).await?;
    let row = sqlx::query!(
        r#"select a.order_id as "order: OrderId", a.operative_id as "operative: OperativeId", o.name as operative_name, a.status, a.emergency,
                  a.day, a.window_starts_at, a.window_ends_at, a.made_at, a.on_my_way_at, a.arrived_at as "arrived_at: Moment",
                  a.finished_at, a.outcome
           from appointment a join operative o on o.id = a.operative_id where a.id = $1 for update of a"#,
        id as _
    )
    .fetch_one(ctx.conn())
    .await?;
    let order = order_of(ctx, &case, row.order).await?;
    let state = State::of(
        &row.status,
        row.outcome.as_deref(),
        row.on_my_way_at.is_some(),
        row.arrived_at.is_some(),
        row.finished_at.is_some(),
    );
    Ok(Visit {
        id,
        case,
        order,
        operative: row.operative,
        operative_name: row.operative_name,
        status: row.status,
        emergency: row.emergency,
        day: row.day,
        window_starts_at: row.window_starts_at,
        window_ends_at: row.window_ends_at,
        made_at: row.made_at,
        arrived_at: row.arrived_at,
        state,
    })
}

/// The order that the appointment names, or else the newest that is open.
async fn order_of(ctx: &mut Ctx, case: &Case, named: Option<OrderId>) -> Result<Option<Order>> {
    Ok(sqlx::query_as!(
        Order,
        r#"select id as "id: OrderId", reference from works_order
           where case_id = $1 and status <> 'cancelled' and ($2::uuid is null or id = $2)
           order by (status in ('issued', 'accepted')) desc, id desc limit 1 for update"#,
        case.id.0,
        named as _
    )
    .fetch_optional(ctx.conn())
    .await?)
}
