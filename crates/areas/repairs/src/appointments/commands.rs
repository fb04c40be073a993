//! Writes on appointments: book, move, cancel, record one that we missed. Every one needs the permission to plan; the repair was locked
//! within the caller's scope, and the operative must be of the repair's provider.

use super::{
    messages,
    queries::{self, Brief},
    slots::{self, Slot},
};
use crate::{
    declared::{DECLARED, Reason},
    facts,
    ids::{AppointmentId, OrderId},
    permissions,
    repair::{
        commands::{Locked, lock},
        stage,
    },
    tell::Told,
};
use rooftree_kernel::{FieldErrors, Moment, OperativeId, scope::PROVIDER};
use rooftree_platform::{Ctx, Error, Result};

/// The reasons offered for moving and cancelling.
pub const MOVED: &str = "appointment-moved";
/// The reasons offered when its window is over and nobody came.
pub const MISSED: &str = "appointment-missed";
/// Other times are looked for over so many days when one is refused.
const OTHERS_DAYS: i64 = 14;

/// An appointment, locked until the commit.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its id.
    pub id: AppointmentId,
    /// Who was to come.
    pub operative: OperativeId,
    /// The order it belongs to.
    pub order: Option<OrderId>,
    /// When the work is planned.
    pub starts_at: Moment,
    /// Until when.
    pub ends_at: Moment,
    /// What the resident was told: from.
    pub window_starts_at: Moment,
    /// And until.
    pub window_ends_at: Moment,
    /// booked, kept, missed, cancelled, no-access.
    pub status: String,
    /// For an emergency.
    pub emergency: bool,
    /// The operative is at the door.
    pub arrived_at: Option<Moment>,
    /// For optimistic locking.
    pub version: i32,
}

impl Held {
    /// Refuses unless it is still to come and is as the page showed it.
    fn require_movable(&self, shown: i32) -> Result<()> {
        if self.status != "booked" {
            let happened = match self.status.as_str() {
                "cancelled" => "has been moved or called off",
                "kept" => "has been kept",
                "missed" => "was missed",
                _ => "has ended",
            };
            return Err(Error::conflict(format!("This appointment {happened}. Reload the page to see how.")));
        }
        if self.arrived_at.is_some() {
            return Err(Error::conflict(
                "The operative is already at the home, so this appointment can no longer be moved or cancelled.",
            ));
        }
        if self.version != shown {
            return Err(Error::outrun("this appointment"));
        }
        Ok(())
    }

    /// The window is over and nobody came: it cannot be moved out of the record, only be recorded as missed.
    pub fn is_missed(&self, now: Moment) -> bool {
        self.status == "booked" && self.arrived_at.is_none() && now > self.window_ends_at
    }

    /// The list that an end at this moment takes its reason from.
    pub fn reasons(&self, now: Moment) -> &'static str {
        if self.is_missed(now) { MISSED } else { MOVED }
    }
}

/// Why something is moved or cancelled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Why<'a> {
    /// A key of the declared list.
    pub reason: &'a str,
    /// More, in words.
    pub note: &'a str,
}

impl Why<'_> {
    /// The declared reason; refuses one that is not offered here or lacks its words.
    fn declared(&self, list: &str) -> Result<&'static Reason> {
        let mut errors = FieldErrors::default();
        let Some(reason) = DECLARED.reason(list, self.reason) else {
            return Err(Error::field("reason", "choose a reason"));
        };
        if reason.note && self.note.trim().is_empty() {
            errors.add("note", "this reason needs a few words of explanation");
        }
        if self.note.chars().count() > 500 {
            errors.add("note", "use at most 500 characters");
        }
        Ok(errors.into_result(reason)?)
    }
}

/// Whose doing it was, as it is stored: what is nobody's falls to the landlord, who answers for the promise.
fn by(reason: &Reason) -> &str {
    reason.by.as_deref().filter(|by| matches!(*by, "resident" | "landlord" | "provider")).unwrap_or("landlord")
}

/// What came of booking or moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The appointment that now stands: the same one when the resident's window did not change.
    pub id: AppointmentId,
    /// What the resident hears of it.
    pub told: Told,
}

/// Loads and locks an appointment and its repair within the actor's scope.
pub async fn hold(ctx: &mut Ctx, id: AppointmentId) -> Result<(Locked, Held)> {
    let [provider, operative] = ctx.actor.scope.ids(["provider", "operative"]);
    let reference = sqlx::query_scalar!(
        "select r.reference from appointment a join repair r on r.id = a.repair_id
         where a.id = $1 and ($2::uuid is null or exists (select from operative w where w.id = a.operative_id and w.provider_id = $2)) and ($3::uuid is null or a.operative_id = $3)",
        id as _,
        provider,
        operative
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the appointment"))?;
    let repair = lock(ctx, &reference).await?;
    let held = sqlx::query_as!(
        Held,
        r#"select id as "id: AppointmentId", operative_id as "operative: OperativeId", order_id as "order: OrderId", starts_at, ends_at,
                  window_starts_at, window_ends_at, status, emergency, arrived_at, version
           from appointment where id = $1 for update"#,
        id as _
    )
    .fetch_one(ctx.conn())
    .await?;
    Ok((repair, held))
}

/// Makes an appointment: the row, the fact, the repair's stage, the confirmation, for a routine repair the letter, and the reminder.
/// `order` is the works order it belongs to, by default the repair's newest. A time that is taken meanwhile is refused with other
/// times that are free.
pub async fn book(
    ctx: &mut Ctx,
    repair: &Locked,
    order: Option<OrderId>,
    slot: &Slot,
    emergency: bool,
) -> Result<Moved> {
    ctx.require(&permissions::PLAN)?;
    repair.require_open()?;
    let brief = queries::brief(ctx.conn(), repair.id).await?;
    let making = Making { order: order.or(brief.order), slot, emergency, moved_from: None };
    let id = make(ctx, repair, &brief, &making).await?;
    let told = messages::confirm(ctx, &brief, id, slot, emergency).await?;
    Ok(Moved { id, told })
}

/// Moves an appointment. Within the window that the resident was told only the plan changes: the appointment stays, and nobody is
/// disturbed. Otherwise the old one ends with a declared reason and a new one is made, and the resident is told.
pub async fn move_to(
    ctx: &mut Ctx,
    repair: &Locked,
    held: &Held,
    shown: i32,
    slot: &Slot,
    why: Why<'_>,
) -> Result<Moved> {
    ctx.require(&permissions::PLAN)?;
    repair.require_open()?;
    held.require_movable(shown)?;
    let brief = queries::brief(ctx.conn(), repair.id).await?;
    let same_window = (held.window_starts_at, held.window_ends_at) == (slot.window_starts_at, slot.window_ends_at);
    if same_window && !held.is_missed(ctx.now) {
        reassign(ctx, repair, &brief, held, slot).await?;
        return Ok(Moved { id: held.id, told: Told::Unchanged });
    }
    let reason = why.declared(held.reasons(ctx.now))?;
    let missed = held.is_missed(ctx.now);
    end(ctx, held, if missed { "missed" } else { "cancelled" }, reason, why.note).await?;
    let making = Making { order: held.order, slot, emergency: held.emergency, moved_from: Some(held.id) };
    let id = AppointmentId::new();
    record_end(ctx, repair, held, reason, missed, Some(id)).await?;
    make_as(ctx, repair, &brief, &making, id).await?;
    let told = messages::moved(ctx, &brief, id, slot, held, reason).await?;
    Ok(Moved { id, told })
}

/// Calls an appointment off with a declared reason and tells the resident; when its window is over and nobody came, it is recorded as
/// missed instead and the resident gets our apology.
pub async fn cancel(ctx: &mut Ctx, repair: &Locked, held: &Held, shown: i32, why: Why<'_>) -> Result<Told> {
    ctx.require(&permissions::PLAN)?;
    held.require_movable(shown)?;
    let reason = why.declared(held.reasons(ctx.now))?;
    let missed = held.is_missed(ctx.now);
    end(ctx, held, if missed { "missed" } else { "cancelled" }, reason, why.note).await?;
    record_end(ctx, repair, held, reason, missed, None).await?;
    stage::settle(ctx, repair.id).await?;
    messages::called_off(ctx, repair.id, held, reason, missed).await
}

/// An appointment about to be made.
struct Making<'a> {
    order: Option<OrderId>,
    slot: &'a Slot,
    emergency: bool,
    moved_from: Option<AppointmentId>,
}

async fn make(ctx: &mut Ctx, repair: &Locked, brief: &Brief, making: &Making<'_>) -> Result<AppointmentId> {
    let id = AppointmentId::new();
    make_as(ctx, repair, brief, making, id).await?;
    Ok(id)
}

async fn make_as(ctx: &mut Ctx, repair: &Locked, brief: &Brief, making: &Making<'_>, id: AppointmentId) -> Result<()> {
    let slot = making.slot;
    require_own(ctx, brief, slot)?;
    slots::within_reach(slot.starts_at, ctx.now).map_err(Error::conflict)?;
    if slot.ends_at <= ctx.now {
        return Err(Error::conflict("This time is already over. Choose another."));
    }
    insert(ctx, repair, brief, making, id).await?;
    sqlx::query!(
        "update repair set provider_id = $2 where id = $1 and provider_id is null",
        repair.id as _,
        slot.provider as _
    )
    .execute(ctx.conn())
    .await?;
    stage::settle(ctx, repair.id).await?;
    let fact = facts::APPOINTMENT_MADE.at(ctx.now).case(repair.id).home(repair.place).person(repair.reporter);
    let fact = fact
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
async fn insert(ctx: &mut Ctx, repair: &Locked, brief: &Brief, making: &Making<'_>, id: AppointmentId) -> Result<()> {
    let (slot, now) = (making.slot, ctx.now);
    let before = ctx.conn().savepoint().await?;
    let outcome = sqlx::query!(
        "insert into appointment (id, repair_id, order_id, operative_id, starts_at, ends_at, window_starts_at, window_ends_at, day,
                                  emergency, made_at, moved_from)
         select $1, $2, $3, o.id, $5, $6, $7, $8, $9, $10, $11, $12 from operative o where o.id = $4 and o.ended_at is null",
        id as _,
        repair.id as _,
        making.order as _,
        slot.operative as _,
        slot.starts_at as _,
        slot.ends_at as _,
        slot.window_starts_at as _,
        slot.window_ends_at as _,
        slot.day as _,
        making.emergency,
        now as _,
        making.moved_from as _
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
    let others = slots::offer(ctx.conn(), &brief.ask(now, OTHERS_DAYS, &scope)).await.unwrap_or_default();
    let free: Vec<String> = others.iter().take(3).map(Slot::words).collect();
    let free = if free.is_empty() {
        "Nothing else is free in the next two weeks".to_owned()
    } else {
        format!("Free now: {}", free.join("; "))
    };
    Error::conflict(format!("{} has another job at {} now. {free}.", slot.operative_name, slot.starts_at.long()))
}

/// The same appointment with another operative or another start inside its window.
async fn reassign(ctx: &mut Ctx, repair: &Locked, brief: &Brief, held: &Held, slot: &Slot) -> Result<()> {
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
    let fact = facts::APPOINTMENT_REPLANNED.at(ctx.now).case(repair.id).home(repair.place);
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
    repair: &Locked,
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
    let fact = kind.at(occurred).case(repair.id).home(repair.place).person(repair.reporter);
    let fact = fact.with("appointment", held.id).with("by", by(reason)).with("reason", &reason.key).with("to", to);
    ctx.record(fact).await?;
    Ok(())
}
