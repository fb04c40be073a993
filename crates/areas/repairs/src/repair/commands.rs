//! Writes on a repair that exists: cancel, prioritise again.

use super::queries;
use crate::{
    appointments,
    declared::{DECLARED, Priority},
    facts,
    ids::RepairId,
    orders, permissions,
    tell::{self, Told},
};
use rooftree_kernel::{FieldErrors, Moment, Scope, scope::PROVIDER};
use rooftree_platform::{Ctx, Error, Result, messages};

/// The state that commands decide upon, locked until the commit.
pub struct Locked {
    /// Its id.
    pub id: RepairId,
    /// Its reference.
    pub reference: String,
    /// open, completed, cancelled.
    pub status: String,
    /// Its stage.
    pub stage: String,
    /// Its priority.
    pub priority: String,
    /// Its trade.
    pub trade: String,
    /// The prescribed period.
    pub right_to_repair: Option<String>,
    /// When it was reported.
    pub reported_at: Moment,
    /// Its place.
    pub place: rooftree_kernel::PlaceId,
    /// Who reported it.
    pub reporter: Option<rooftree_kernel::PersonId>,
    /// The provider.
    pub provider: Option<rooftree_kernel::ProviderId>,
    /// For optimistic locking.
    pub version: i32,
}

/// Loads and locks a repair within the actor's scope.
pub async fn lock(ctx: &mut Ctx, reference: &str) -> Result<Locked> {
    let scope = ctx.actor.scope.clone();
    let repair = queries::by_reference(ctx.conn(), reference, &scope).await?;
    let row =
        sqlx::query!("select status, stage, priority, version from repair where id = $1 for update", repair.id as _)
            .fetch_one(ctx.conn())
            .await?;
    Ok(Locked {
        id: repair.id,
        reference: repair.reference,
        status: row.status,
        stage: row.stage,
        priority: row.priority,
        trade: repair.trade,
        right_to_repair: repair.right_to_repair,
        reported_at: repair.reported_at,
        place: repair.place_id,
        reporter: repair.reporter_id,
        provider: repair.provider_id,
        version: row.version,
    })
}

impl Locked {
    /// Refuses unless the repair is open.
    pub fn require_open(&self) -> Result<()> {
        if self.status == "open" {
            Ok(())
        } else {
            Err(Error::conflict(format!(
                "{} is already {}; reload the page to see what happened",
                self.reference, self.status
            )))
        }
    }

    /// Refuses a provider that had an order once and may read on, but no longer has the repair in hand.
    pub fn require_in_hand(&self, scope: &Scope) -> Result<()> {
        if scope.id(PROVIDER).is_none() || scope.id(PROVIDER) == self.provider {
            Ok(())
        } else {
            Err(Error::conflict(format!("{} is with another provider now.", self.reference)))
        }
    }

    /// Refuses when somebody else changed it since the page was shown.
    pub fn require_version(&self, shown: i32) -> Result<()> {
        if self.version == shown { Ok(()) } else { Err(Error::outrun(&self.reference)) }
    }
}

/// Cancels a repair with a declared reason; booked appointments and open orders end with it.
pub async fn cancel(ctx: &mut Ctx, reference: &str, reason: &str, note: &str) -> Result<Told> {
    ctx.require(&permissions::CANCEL)?;
    let repair = lock(ctx, reference).await?;
    repair.require_open()?;
    let declared = DECLARED.reason("cancel", reason).ok_or_else(|| Error::field("reason", "choose a reason"))?;
    if declared.note && note.trim().is_empty() {
        return Err(Error::field("note", "this reason needs a few words of explanation"));
    }
    let now = ctx.now;
    sqlx::query!(
        "update repair set status = 'cancelled', stage = 'cancelled', cancelled_at = $2, cancelled_day = $3, cancel_reason = $4, version = version + 1
         where id = $1",
        repair.id as _,
        now as _,
        now.day() as _,
        reason
    )
    .execute(ctx.conn())
    .await?;
    end_appointments(ctx, &repair, "landlord", "repair-ended").await?;
    orders::commands::end_open(ctx, &repair, "The repair was cancelled").await?;
    let fact =
        facts::CANCELLED.at(now).case(repair.id).home(repair.place).person(repair.reporter).with("reason", reason);
    ctx.record(if note.trim().is_empty() { fact } else { fact.with("note", note.trim()) }).await?;
    let untrue = appointments::messages::ABOUT_A_TIME;
    messages::withdraw(ctx.conn(), repair.id.into(), &untrue, "the repair was cancelled").await?;
    // Somebody may have taken the day off for the visit.
    let about = tell::about(ctx, repair.id).await?;
    let why = declared.title.clone();
    tell::tell(ctx, &about, tell::CANCELLED, vec![("reason", why)], serde_json::json!({})).await
}

/// Calls off what is still booked, because the repair has ended.
pub async fn end_appointments(ctx: &mut Ctx, repair: &Locked, by: &str, reason: &str) -> Result<()> {
    let ended = sqlx::query_scalar!(
        "update appointment set status = 'cancelled', cancel_reason = $2, cancelled_by = $3, version = version + 1
         where repair_id = $1 and status = 'booked' returning id",
        repair.id as _,
        reason,
        by
    )
    .fetch_all(ctx.conn())
    .await?;
    let now = ctx.now;
    let facts = ended
        .into_iter()
        .map(|id| {
            let fact = facts::APPOINTMENT_CANCELLED.at(now).case(repair.id).home(repair.place);
            fact.with("appointment", id).with("by", by).with("reason", reason)
        })
        .collect();
    ctx.record_all(facts).await?;
    Ok(())
}

/// Decides the priority again; clocks of the old one end and the new one counts from the report.
pub async fn prioritise(
    ctx: &mut Ctx,
    reference: &str,
    priority: &str,
    reason: &str,
    note: &str,
    version: i32,
) -> Result<()> {
    ctx.require(&permissions::REPORT)?;
    let repair = lock(ctx, reference).await?;
    repair.require_open()?;
    repair.require_version(version)?;
    let mut errors = FieldErrors::default();
    let chosen = Priority::parse(priority);
    if chosen.is_none() {
        errors.add("priority", "choose a priority");
    }
    let declared = DECLARED.reason("override", reason);
    if declared.is_none() {
        errors.add("reason", "choose a reason");
    }
    if declared.is_some_and(|declared| declared.note) && note.trim().is_empty() {
        errors.add("note", "this reason needs a few words of explanation");
    }
    errors.into_result(())?;
    if priority == repair.priority {
        return Err(Error::field("priority", "it already has this priority"));
    }
    let why = format!("{reason}: {}", note.trim());
    // With what was told before, so that no promise begins anew that was kept or has ended.
    let before = sqlx::query!(
        r#"update repair set priority = $2, priority_override = $3, version = version + 1 where id = $1
           returning channel, exists(select from appointment a where a.repair_id = repair.id) as "booked!",
               (select f.payload->>'right_to_repair' from fact f where f.case_id = repair.id and f.name = any($4)
                order by f.seq desc limit 1) as right_to_repair"#,
        repair.id as _,
        priority,
        why,
        &[facts::REPORTED.name.to_owned(), facts::PRIORITISED.name.to_owned()]
    )
    .fetch_one(ctx.conn())
    .await?;
    let now = ctx.now;
    let fact = facts::PRIORITISED.at(now).case(repair.id).home(repair.place).person(repair.reporter);
    let fact = fact
        .with("priority", priority)
        .with("previous", &repair.priority)
        .with("previous_right_to_repair", before.right_to_repair)
        .with("booked", before.booked)
        .with("channel", before.channel)
        .with("reported_at", repair.reported_at)
        .with("reason", reason)
        .with("overridden", why)
        .with("trade", &repair.trade)
        .with("right_to_repair", &repair.right_to_repair);
    ctx.record(fact).await?;
    Ok(())
}
