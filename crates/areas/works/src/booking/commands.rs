//! Writes on appointments: book, move, cancel, record one that we missed. Every one needs the permission to plan; the case was locked
//! within the caller's scope, and the operative must be of the case's provider.

use super::{
    messages,
    model::{Held, Why, by},
};
use crate::{
    cases::{self, Brief, Case},
    declared::Reason,
    facts,
    ids::{AppointmentId, OrderId},
    permissions,
    tell::Told,
    workforce::slots::{self, Slot},
};
use rooftree_kernel::{OperativeId, scope::PROVIDER};
use rooftree_platform::{Ctx, Error, Result};

/// Other times are looked for over so many days when one is refused.
const OTHERS_DAYS: i64 = 14;

/// What came of booking or moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The appointment that now stands: the same one when the resident's window did not change.
    pub id: AppointmentId,
    /// What the resident hears of it.
    pub told: Told,
}

/// Loads and locks an appointment and its case within the actor's scope.
pub async fn hold(ctx: &mut Ctx, id: AppointmentId) -> Result<(Case, Held)> {
    let [provider, operative] = ctx.actor.scope.ids(["provider", "operative"]);
    let reference = sqlx::query_scalar!(
        "select a.case_reference from appointment a
         where a.id = $1 and ($2::uuid is null or exists (select from operative w where w.id = a.operative_id and w.provider_id = $2)) and ($3::uuid is null or a.operative_id = $3)",
        id as _,
        provider,
        operative
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the appointment"))?;
    let case = cases::lock(ctx, &reference).await?;
    let held = sqlx::query_as!(
        Held,
        r#"select id as "id: AppointmentId", operative_id as "operative: OperativeId", order_id as "order: OrderId", starts_at, ends_at,
                  window_starts_at, window_ends_at, status, emergency, arrived_at, version
           from appointment where id = $1 for update"#,
        id as _
    )
    .fetch_one(ctx.conn())
    .await?;
    Ok((case, held))
}

/// Makes an appointment: the row, the fact, where the case stands, the confirmation, for routine work the letter, and the reminder.
/// `order` is the works order it belongs to, by default the case's newest. A time that is taken meanwhile is refused with other
/// times that are free.
pub async fn book(ctx: &mut Ctx, case: &Case, order: Option<OrderId>, slot: &Slot, emergency: bool) -> Result<Moved> {
    ctx.require(&permissions::PLAN)?;
    case.require_open()?;
    let brief = cases::brief(ctx, case).await?;
    let making = Making { order: order.or(brief.order), slot, emergency, moved_from: None };
    let id = make(ctx, case, &brief, &making).await?;
    let told = messages::confirm(ctx, &brief, id, slot, emergency).await?;
    Ok(Moved { id, told })
}

/// Moves an appointment. Within the window that the resident was told only the plan changes: the appointment stays, and nobody is
/// disturbed. Otherwise the old one ends with a declared reason and a new one is made, and the resident is told.
pub async fn move_to(ctx: &mut Ctx, case: &Case, held: &Held, shown: i32, slot: &Slot, why: Why<'_>) -> Result<Moved> {
    ctx.require(&permissions::PLAN)?;
    case.require_open()?;
    held.require_movable(shown)?;
    let brief = cases::brief(ctx, case).await?;
    let same_window = (held.window_starts_at, held.window_ends_at) == (slot.window_starts_at, slot.window_ends_at);
    if same_window && !held.is_missed(ctx.now) {
        reassign(ctx, case, &brief, held, slot).await?;
        return Ok(Moved { id: held.id, told: Told::Unchanged });
    }
    let reason = why.declared(held.reasons(ctx.now))?;
    let missed = held.is_missed(ctx.now);
    end(ctx, held, if missed { "missed" } else { "cancelled" }, reason, why.note).await?;
    let making = Making { order: held.order, slot, emergency: held.emergency, moved_from: Some(held.id) };
    let id = AppointmentId::new();
    record_end(ctx, case, held, reason, missed, Some(id)).await?;
    make_as(ctx, case, &brief, &making, id).await?;
    let told = messages::moved(ctx, case, id, slot, held, reason).await?;
    Ok(Moved { id, told })
}

/// Calls an appointment off with a declared reason and tells the resident; when its window is over and nobody came, it is recorded as
/// missed instead and the resident gets our apology.
pub async fn cancel(ctx: &mut Ctx, case: &Case, held: &Held, shown: i32, why: Why<'_>) -> Result<Told> {
    ctx.require(&permissions::PLAN)?;
    held.require_movable(shown)?;
    let reason = why.declared(held.reasons(ctx.now))?;
    let missed = held.is_missed(ctx.now);
    end(ctx, held, if missed { "missed" } else { "cancelled" }, reason, why.note).await?;
    record_end(ctx, case, held, reason, missed, None).await?;
    cases::settle(ctx, case).await?;
    messages::called_off(ctx, case, held, reason, missed).await
}

/// An appointment about to be made.
struct Making<'a> {
    order: Option<OrderId>,
    slot: &'a Slot,
    emergency: bool,
    moved_from: Option<AppointmentId>,
}

async fn make(ctx: &mut Ctx, case: &Case, brief: &Brief, making: &Making<'_>) -> Result<AppointmentId> {
    let id = AppointmentId::new();
    make_as(ctx, case, brief, making, id).await?;
    Ok(id)
}

async fn make_as(ctx: &mut Ctx, case: &Case, brief: &Brief, making: &Making<'_>, id: AppointmentId) -> Result<()> {
    let slot = making.slot;
    require_own(ctx, brief, slot)?;
    slots::within_reach(slot.starts_at, ctx.now).map_err(Error::conflict)?;
    if slot.ends_at <= ctx.now {
        return Err(Error::conflict("This time is already over. Choose another."));
    }
    insert(ctx, case, brief, making, id).await?;
    cases::of(ctx.platform().registry(), &case.reference)?.booked(ctx, case.id, slot.provider).await?;
    cases::settle(ctx, case).await?;
    let fact = case
        .about(facts::APPOINTMENT_MADE.at(ctx.now))
        .with("appointment", id)
        .with("starts_at", slot.starts_at)
        .with("ends_at", slot.ends_at)
        .with("window_starts_at", slot.window_starts_at)
        .with("window_ends_at", slot.window_ends_at)
        .with("emergency", making.emergency)
        .with("operative", slot.operative)
        .with("moved_from", making.moved_from);
    ctx.record(fact).await?;
    messages::promise_reminder(ctx, id, slot.window_starts_at).await
}

/// The operative must work for the provider whose order it is, and for the caller's own when the caller is a provider's.
fn require_own(ctx: &Ctx, brief: &Brief, slot: &Slot) -> Result<()> {
    if ctx.actor.scope.id(PROVIDER).is_some_and(|own| own != slot.provider) {
        return Err(Error::NotFound("the operative"));
    }
    match brief.provider {
        Some(provider) if provider != slot.provider => Err(Error::conflict(format!(
            "{} is ordered from {}, and this operative works for another provider. Give the order to that provider first.",
            brief.reference, brief.provider_name
        ))),
        _ => Ok(()),
    }
}

/// The database refuses an operative in two places; the savepoint keeps the unit of work usable, so that other times can be looked up.
async fn insert(ctx: &mut Ctx, case: &Case, brief: &Brief, making: &Making<'_>, id: AppointmentId) -> Result<()> {
    let (slot, now) = (making.slot, ctx.now);
    let before = ctx.conn().savepoint().await?;
    let outcome = sqlx::query!(
        "insert into appointment (id, case_id, order_id, operative_id, starts_at, ends_at, window_starts_at, window_ends_at, day,
                                  emergency, made_at, moved_from, case_reference, title, place_id, ward, trade, priority)
         select $1, $2, $3, o.id, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18
         from operative o where o.id = $4 and o.ended_at is null",
        id as _,
        case.id.0,
        making.order as _,
        slot.operative as _,
        slot.starts_at as _,
        slot.ends_at as _,
        slot.window_starts_at as _,
        slot.window_ends_at as _,
        slot.day as _,
        making.emergency,
        now as _,
        making.moved_from as _,
        case.reference,
        case.title,
        case.place as _,
        case.ward,
        case.trade,
        case.priority.as_str()
    )
    .execute(ctx.conn())
    .await;
    match outcome.map_err(Error::from) {
        Ok(done) if done.rows_affected() == 1 => Ok(ctx.conn().release(before).await?),
        Ok(_) => Err(Error::NotFound("the operative")),
        Err(error) if error.constraint() == Some(NO_DOUBLE_BOOKING) => {
            ctx.conn().go_back(before).await?;
            Err(refuse(ctx, brief, slot).await)
        }
        Err(error) => Err(error),
    }
}

const NO_DOUBLE_BOOKING: &str = "appointment_no_double_booking";

/// What the caller hears when the time is taken: who has it, and what is free instead.
async fn refuse(ctx: &mut Ctx, brief: &Brief, slot: &Slot) -> Error {
    let (now, scope) = (ctx.now, ctx.actor.scope.clone());
    let others =
        slots::offer(ctx.conn(), &slots::SlotAsk::of(brief, now, OTHERS_DAYS, &scope)).await.unwrap_or_default();
    let free: Vec<String> = others.iter().take(3).map(Slot::words).collect();
    let free = if free.is_empty() {
        "Nothing else is free in the next two weeks".to_owned()
    } else {
        format!("Free now: {}", free.join("; "))
    };
    Error::conflict(format!("{} has another job at {} now. {free}.", slot.operative_name, slot.starts_at.long()))
}

/// The same appointment with another operative or another start inside its window.
async fn reassign(ctx: &mut Ctx, case: &Case, brief: &Brief, held: &Held, slot: &Slot) -> Result<()> {
    require_own(ctx, brief, slot)?;
    let before = ctx.conn().savepoint().await?;
    let outcome = sqlx::query!(
        "update appointment set operative_id = $2, starts_at = $3, ends_at = $4, on_my_way_at = null, version = version + 1
         where id = $1 and exists (select from operative o where o.id = $2 and o.ended_at is null)",
        held.id as _,
        slot.operative as _,
        slot.starts_at as _,
        slot.ends_at as _
    )
    .execute(ctx.conn())
    .await;
    match outcome.map_err(Error::from) {
        Ok(done) if done.rows_affected() == 1 => ctx.conn().release(before).await?,
        Ok(_) => return Err(Error::NotFound("the operative")),
        Err(error) if error.constraint() == Some(NO_DOUBLE_BOOKING) => {
            ctx.conn().go_back(before).await?;
            return Err(refuse(ctx, brief, slot).await);
        }
        Err(error) => return Err(error),
    }
    let fact = facts::APPOINTMENT_REPLANNED.at(ctx.now).case(case.id).home(case.place);
    let fact = fact
        .with("appointment", held.id)
        .with("starts_at", slot.starts_at)
        .with("ends_at", slot.ends_at)
        .with("operative", slot.operative)
        .with("from_operative", held.operative);
    ctx.record(fact).await?;
    Ok(())
}

async fn end(ctx: &mut Ctx, held: &Held, status: &str, reason: &Reason, note: &str) -> Result<()> {
    sqlx::query!(
        "update appointment set status = $2, cancel_reason = $3, cancelled_by = $4,
                outcome_note = case when $5 = '' then outcome_note else $5 end, version = version + 1
         where id = $1",
        held.id as _,
        status,
        reason.key,
        by(reason),
        note.trim()
    )
    .execute(ctx.conn())
    .await?;
    messages::withdraw_reminder(ctx, held.id).await
}

async fn record_end(
    ctx: &mut Ctx,
    case: &Case,
    held: &Held,
    reason: &Reason,
    missed: bool,
    to: Option<AppointmentId>,
) -> Result<()> {
    let kind = match (missed, to) {
        (true, _) => facts::APPOINTMENT_MISSED,
        (false, Some(_)) => facts::APPOINTMENT_MOVED,
        (false, None) => facts::APPOINTMENT_CANCELLED,
    };
    // A missed appointment was missed when its window ended, whenever we write it down.
    let occurred = if missed { held.window_ends_at } else { ctx.now };
    let fact = case
        .about(kind.at(occurred))
        .with("appointment", held.id)
        .with("by", by(reason))
        .with("reason", &reason.key)
        .with("to", to);
    ctx.record(fact).await?;
    Ok(())
}

/// Calls off what is still booked, because the case has ended or went to somebody else.
pub async fn end_booked(ctx: &mut Ctx, case: &Case, by: &str, reason: &str) -> Result<()> {
    let ended = sqlx::query_scalar!(
        "update appointment set status = 'cancelled', cancel_reason = $2, cancelled_by = $3, version = version + 1
         where case_id = $1 and status = 'booked' returning id",
        case.id.0,
        reason,
        by
    )
    .fetch_all(ctx.conn())
    .await?;
    let now = ctx.now;
    let facts = ended
        .into_iter()
        .map(|id| {
            let fact = facts::APPOINTMENT_CANCELLED.at(now).case(case.id).home(case.place);
            fact.with("appointment", id).with("by", by).with("reason", reason)
        })
        .collect();
    ctx.record_all(facts).await?;
    Ok(())
}
