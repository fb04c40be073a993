//! Taking a cancellation back: the repair is open again, with its work and its promise, as if it had never been cancelled.

use super::{
    commands::{Locked, lock},
    stage,
};
use crate::{
    declared::Priority,
    facts,
    ids::OrderId,
    orders::{
        self,
        limits::DELEGATED_PENCE,
        raise::{NewLine, NewOrder, raise},
    },
    permissions,
    reports::commands::budget_code,
};
use rooftree_kernel::{Moment, Pence, ProviderId};
use rooftree_platform::{Ctx, Error, Result};

/// The most words that say why, in characters.
pub const NOTE_MAX: usize = 1000;

/// What the repair was before it is opened.
struct Before {
    cancelled_at: Option<Moment>,
    cancel_reason: Option<String>,
    channel: String,
    made_safe: bool,
    appointed: bool,
    reasons: serde_json::Value,
}

/// Opens a cancelled repair again. Its last order is raised anew; visits are booked anew, because their times may be taken.
pub async fn reopen(ctx: &mut Ctx, reference: &str, note: &str, version: i32) -> Result<()> {
    ctx.require(&permissions::CANCEL)?;
    let repair = lock(ctx, reference).await?;
    if repair.status != "cancelled" {
        return Err(Error::conflict(format!(
            "{} is {}; only a cancelled repair can be opened again",
            repair.reference, repair.status
        )));
    }
    repair.require_version(version)?;
    let note = note.trim();
    if note.is_empty() || note.chars().count() > NOTE_MAX {
        return Err(Error::field("note", "say in up to 1,000 characters why it should not have been cancelled"));
    }
    let before = open(ctx, &repair).await?;
    let now = ctx.now;
    let about = |fact: rooftree_platform::NewFact| fact.case(repair.id).home(repair.place).person(repair.reporter);
    let mut list = vec![
        about(facts::REOPENED.at(now))
            .with("note", note)
            .with("cancelled_at", before.cancelled_at)
            .with("cancel_reason", &before.cancel_reason),
    ];
    // An emergency that was made safe has kept its promise; everything else counts again from the report.
    if !(before.made_safe && repair.priority == Priority::Emergency.as_str()) {
        list.push(promised_again(about(facts::PRIORITISED.at(now)), &repair, &before));
    }
    ctx.record_all(list).await?;
    order_again(ctx, &repair).await?;
    stage::settle(ctx, repair.id).await
}

async fn open(ctx: &mut Ctx, repair: &Locked) -> Result<Before> {
    Ok(sqlx::query_as!(
        Before,
        r#"with before as (select cancelled_at, cancel_reason from repair where id = $1)
           update repair r set status = 'open', cancelled_at = null, cancelled_day = null, cancel_reason = null from before b
           where r.id = $1
           returning b.cancelled_at as "cancelled_at: Moment", b.cancel_reason, r.channel, r.made_safe_at is not null as "made_safe!",
                     exists (select from appointment a where a.repair_id = r.id) as "appointed!", r.priority_reasons as reasons"#,
        repair.id as _
    )
    .fetch_one(ctx.conn())
    .await?)
}

/// The promises of the report. Where a visit was agreed before, the appointment was made and confirmed: those do not begin anew.
fn promised_again(fact: rooftree_platform::NewFact, repair: &Locked, before: &Before) -> rooftree_platform::NewFact {
    let fact = fact
        .with("priority", &repair.priority)
        .with("reported_at", repair.reported_at)
        .with("reason", "reopened")
        .with("reasons", &before.reasons)
        .with("channel", &before.channel)
        .with("trade", &repair.trade)
        .with("right_to_repair", &repair.right_to_repair);
    if !before.appointed {
        return fact;
    }
    fact.with("previous", &repair.priority).with("previous_right_to_repair", "none").with("booked", true)
}

/// The order that ended with the cancellation, raised again; what the client had not agreed to waits for the client again.
async fn order_again(ctx: &mut Ctx, repair: &Locked) -> Result<()> {
    let last = sqlx::query!(
        r#"select id as "id: OrderId", provider_id as "provider: ProviderId", issued_at is not null as "issued!" from works_order
           where repair_id = $1 and status = 'cancelled' order by id desc limit 1"#,
        repair.id as _
    )
    .fetch_optional(ctx.conn())
    .await?;
    let Some(last) = last else { return Ok(()) };
    let lines: Vec<NewLine> = orders::raise::lines_of(ctx, &[last.id]).await?;
    let value: i64 = lines.iter().map(|line| line.value_pence.0).sum();
    let order = NewOrder {
        repair: repair.id,
        place: repair.place,
        reporter: repair.reporter,
        provider: last.provider,
        budget_code: budget_code(Priority::Routine).to_owned(),
        follows: Some(last.id),
        held: !last.issued && Pence(value) > Pence(DELEGATED_PENCE),
        lines,
    };
    raise(ctx, &order).await?;
    orders::commands::recost(ctx, repair.id).await?;
    Ok(())
}
