//! Writes on a repair that exists: cancel, prioritise again.

use super::queries;
use crate::{
    declared::{DECLARED, Priority},
    facts,
    ids::RepairId,
    permissions,
    tell::{self, Told},
};
use rooftree_kernel::{FieldErrors, Moment};
use rooftree_platform::{Ctx, Error, Result, messages};
use rooftree_works::public::{Case, booking, orders};
use std::ops::Deref;

/// The state that commands decide upon, locked until the commit: a case of work, and what only a repair has.
pub struct Locked {
    /// Its id.
    pub id: RepairId,
    /// What orders and visits know of it.
    pub case: Case,
    /// Its stage.
    pub stage: String,
    /// The prescribed period.
    pub right_to_repair: Option<String>,
    /// When it was reported.
    pub reported_at: Moment,
}

/// A repair is a case.
impl Deref for Locked {
    type Target = Case;
    fn deref(&self) -> &Case {
        &self.case
    }
}

/// Loads and locks a repair within the actor's scope.
pub async fn lock(ctx: &mut Ctx, reference: &str) -> Result<Locked> {
    let scope = ctx.actor.scope.clone();
    let repair = queries::by_reference(ctx.conn(), reference, &scope).await?;
    let row =
        sqlx::query!("select status, stage, priority, version from repair where id = $1 for update", repair.id as _)
            .fetch_one(ctx.conn())
            .await?;
    let case = Case {
        id: repair.id.into(),
        reference: repair.reference,
        title: repair.title,
        status: row.status,
        place: repair.place_id,
        ward: repair.ward,
        trade: repair.trade,
        priority: Priority::parse(&row.priority).unwrap_or(Priority::Routine),
        person: repair.reporter_id,
        provider: repair.provider_id,
        version: row.version,
    };
    Ok(Locked {
        id: repair.id,
        case,
        stage: row.stage,
        right_to_repair: repair.right_to_repair,
        reported_at: repair.reported_at,
    })
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
    booking::commands::end_booked(ctx, &repair, "landlord", "repair-ended").await?;
    orders::commands::end_open(ctx, &repair, "The repair was cancelled").await?;
    let fact = repair.about(facts::CANCELLED.at(now)).with("reason", reason);
    ctx.record(if note.trim().is_empty() { fact } else { fact.with("note", note.trim()) }).await?;
    let untrue = booking::messages::ABOUT_A_TIME;
    messages::withdraw(ctx.conn(), repair.id.into(), &untrue, "the repair was cancelled").await?;
    // Somebody may have taken the day off for the visit.
    let about = tell::about(ctx, repair.id).await?;
    let why = declared.title.clone();
    tell::tell(ctx, &about, tell::CANCELLED, vec![("reason", why)], serde_json::json!({})).await
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
    if priority == repair.priority.as_str() {
        return Err(Error::field("priority", "it already has this priority"));
    }
    let why = format!("{reason}: {}", note.trim());
    // With what was told before, so that no promise begins anew that was kept or has ended.
    let before = sqlx::query!(
        r#"update repair set priority = $2, priority_override = $3, version = version + 1 where id = $1
           returning channel, exists(select from appointment a where a.case_id = repair.id) as "booked!",
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
    let fact = repair
        .about(facts::PRIORITISED.at(now))
        .with("priority", priority)
        .with("previous", repair.priority.as_str())
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
