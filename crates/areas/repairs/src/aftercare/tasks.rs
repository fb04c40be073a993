//! What waits in aftercare, for the landing page of whoever settles it.

use super::pages::right_to_repair;
use crate::permissions;
use async_trait::async_trait;
use rooftree_frame::{App, Task, TaskSource, guard::Caller};
use rooftree_kernel::Pence;
use rooftree_platform::Result;

/// `Recharges to decide, £412.00 together`.
fn recharges_words(sum: Pence) -> String {
    if sum == Pence::ZERO { "Recharges to decide".to_owned() } else { format!("Recharges to decide, {sum} together") }
}

/// Contradictions, recharges, the Right to Repair.
pub struct Aftercare;

#[async_trait]
impl TaskSource for Aftercare {
    async fn tasks(&self, app: &App, caller: &Caller) -> Result<Vec<Task>> {
        let actor = &caller.actor;
        let may =
            [permissions::INSPECT, permissions::RECHARGE, permissions::PLAN].map(|permission| actor.may(&permission));
        if may == [false; 3] || !actor.scope.sees_all() {
            return Ok(Vec::new());
        }
        let row = app.platform.kept("repairs.aftercare", format!("{:?}", caller.scope()), counts(app, caller)).await?;
        let task = |may: bool, label: &str, count: i64, href: &str, urgency: u8| {
            may.then(|| Task { label: label.to_owned(), count, href: href.to_owned(), urgency })
        };
        Ok([
            task(may[0], "Answers to residents overdue", row.late, "/contradictions?state=overdue", 0),
            task(may[2], "Right to Repair lapsed", row.lapsed, right_to_repair::LAPSED_HREF, 0),
            task(
                may[0],
                "Answers to residents to give",
                row.contradictions - row.late,
                "/contradictions?state=in-time",
                1,
            ),
            task(may[1], &recharges_words(row.to_recharge), row.recharges, "/recharges?status=proposed", 2),
            task(may[1], "Objections to recharges", row.objections, "/recharges?status=objected", 1),
        ]
        .into_iter()
        .flatten()
        .collect())
    }
}

/// What waits, by the tiles that show it.
struct Counts {
    contradictions: i64,
    late: i64,
    recharges: i64,
    objections: i64,
    to_recharge: Pence,
    lapsed: i64,
}

async fn counts(app: &App, caller: &Caller) -> Result<Counts> {
    let now = app.platform.now();
    let row = sqlx::query!(
        r#"select (select count(*) from contradiction where resolved_day is null) as "contradictions!",
                  (select count(*) from contradiction c join clock k on k.case_id = c.repair_id and k.subject = c.id::text and k.standard = 'repairs.house.contradiction-resolved'
                   where c.resolved_day is null and k.due_at <= $1) as "late!",
                  (select count(*) from recharge where status = 'proposed') as "recharges!",
                  (select count(*) from recharge where objected_at is not null and reviewed_at is null) as "objections!",
                  (select coalesce(sum(amount_pence), 0)::bigint from recharge where status = 'proposed') as "to_recharge!: Pence""#,
        now as _
    )
    .fetch_one(app.platform.reads())
    .await?;
    Ok(Counts {
        contradictions: row.contradictions,
        late: row.late,
        recharges: row.recharges,
        objections: row.objections,
        to_recharge: row.to_recharge,
        lapsed: right_to_repair::lapsed(app.platform.reads(), caller.scope(), now).await?,
    })
}
