//! What becomes of a repair when a visit has ended: made safe, goes on, waits for materials, done. Whether the promise was kept is read from
//! its clock, never reckoned a second time.

use crate::{
    declared::{INSPECTION, SCRIPT, SURVEY},
    facts,
    ids::RepairId,
    repair::stage,
    tell::{self, Told},
};
use rooftree_platform::{Ctx, Result};
use rooftree_works::public::{
    Case, booking,
    cases::{Outcome, Visited},
    inspections, orders, surveys,
};
use serde_json::json;

/// Records it, and tells the resident where they are to hear of it.
pub(super) async fn visited(ctx: &mut Ctx, case: &Case, visit: &Visited<'_>) -> Result<Told> {
    let repair = RepairId(case.id.0);
    match visit.outcome {
        Outcome::MadeSafe { how, next } => {
            sqlx::query!(
                "update repair set made_safe_at = coalesce(made_safe_at, $2) where id = $1",
                repair as _,
                visit.at as _
            )
            .execute(ctx.conn())
            .await?;
            stage::settle_awaiting(ctx, repair, next).await?;
            let fact = case.about(facts::MADE_SAFE.at(visit.at)).with("appointment", visit.appointment);
            ctx.record(fact.with("how", &how.key)).await?;
            note_on_time(ctx, case).await?;
            let about = tell::about(ctx, repair).await?;
            let values = vec![("safe", sentence(&how.title)), ("next_step", sentence(next))];
            tell::tell(ctx, &about, "repairs.made-safe", values, json!({ "appointment": visit.appointment })).await
        }
        Outcome::FollowOn { reason, awaiting, trade, order, passes_to } => {
            if let (Some(trade), Some(provider)) = (trade, passes_to) {
                sqlx::query!(
                    "update repair set trade = $2, provider_id = $3 where id = $1",
                    repair as _,
                    trade,
                    provider as _
                )
                .execute(ctx.conn())
                .await?;
            }
            stage::settle_awaiting(ctx, repair, awaiting).await?;
            let fact = case.about(facts::FOLLOW_ON.at(visit.at)).with("reason", reason);
            ctx.record(fact.with("appointment", visit.appointment).with("trade", trade).with("order", order)).await?;
            Ok(Told::Unchanged)
        }
        Outcome::AwaitingMaterials { what } => {
            stage::settle_awaiting(ctx, repair, what).await?;
            let fact = case.about(facts::AWAITING_MATERIALS.at(visit.at)).with("what", what);
            ctx.record(fact.with("appointment", visit.appointment)).await?;
            Ok(Told::Unchanged)
        }
        Outcome::Completed => {
            complete(ctx, case, visit).await?;
            Ok(Told::Unchanged)
        }
    }
}

/// Whether the landlord's promise was kept, read from the case's own clock once it has stopped.
async fn note_on_time(ctx: &mut Ctx, case: &Case) -> Result<()> {
    let Some(words) = SCRIPT.priority(case.priority) else {
        return Ok(());
    };
    sqlx::query!(
        "update repair set on_time = (select c.state = 'met' from clock c where c.case_id = $1 and c.standard = $2 and c.state in ('met', 'late')
                                      order by c.started_at desc limit 1)
         where id = $1",
        case.id.0,
        words.standard
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// Words with a full stop, since the template puts a sentence after them.
fn sentence(words: &str) -> String {
    if words.ends_with(['.', '!', '?']) { words.to_owned() } else { format!("{words}.") }
}

/// All is done: what it cost, whether one visit was enough, and what follows for the resident.
async fn complete(ctx: &mut Ctx, case: &Case, visit: &Visited<'_>) -> Result<()> {
    let cost = orders::commands::recost(ctx, case).await?;
    // One attended visit and no other: what the Local Offer calls the first visit.
    let row = sqlx::query!(
        r#"update repair set status = 'completed', stage = 'completed', awaiting = '', completed_at = $2, completed_day = $3, completed_note = $4,
                  first_visit = (select count(*) = 1 from appointment a where a.case_id = $1 and a.arrived_at is not null
                                 and a.status <> 'cancelled' and a.outcome is distinct from 'no-access' and a.status <> 'no-access'),
                  version = version + 1
           where id = $1 returning first_visit, (recall_of is not null) as "recall!""#,
        case.id.0,
        visit.at as _,
        visit.at.day() as _,
        visit.note
    )
    .fetch_one(ctx.conn())
    .await?;
    let fact = case
        .about(facts::COMPLETED.at(visit.at))
        .with("completed_at", visit.at)
        .with("first_visit", row.first_visit)
        .with("recall", row.recall)
        .with("appointment", visit.appointment)
        .with("cost_pence", cost);
    ctx.record(if visit.on_paper { fact.with("on_paper", true) } else { fact }).await?;
    note_on_time(ctx, case).await?;
    booking::commands::end_booked(ctx, case, "landlord", "repair-ended").await?;
    // The resident is asked, and the draw is made.
    surveys::commands::send(ctx, case, &SURVEY, visit.at.day(), visit.note).await?;
    inspections::commands::select(ctx, case, &INSPECTION, visit.at, visit.note).await?;
    Ok(())
}

/// Why the provider is called back after an inspection that failed, in the words of the recall list; wrong rate lines are put right on paper.
pub(super) fn recall_reason(failed: &str) -> Option<&'static str> {
    match failed {
        "wrong-lines" => None,
        "not-done" => Some("not-finished"),
        "wrong-materials" => Some("part-failed"),
        _ => Some("poor-work"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::DECLARED;

    #[test]
    fn a_failure_calls_the_provider_back_unless_only_the_bill_is_wrong() {
        for reason in DECLARED.reasons("inspection-failed") {
            let recall = recall_reason(&reason.key);
            assert_eq!(recall.is_some(), reason.key != "wrong-lines", "{}", reason.key);
            assert!(recall.is_none_or(|key| DECLARED.reason("recall", key).is_some()), "{}", reason.key);
        }
    }
}
