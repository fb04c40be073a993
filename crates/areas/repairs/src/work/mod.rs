//! Repairs as cases of work: what works asks of a repair for its orders and visits, and what becomes of a repair when a visit has ended. The
//! narrow door between the two areas ([`Cases`]); everything else of a repair works does not know.

mod brief;
mod ended;

use crate::{
    aftercare::{contradictions, recalls, right_to_repair::STANDARDS as RIGHT_TO_REPAIR},
    declared::{INSPECTION, SCRIPT, SURVEY},
    ids::RepairId,
    repair::{commands::lock, queries::by_reference, stage},
};
use async_trait::async_trait;
use rooftree_kernel::{CaseId, Day, Pence, ProviderId, Scope};
use rooftree_platform::{Conn, Ctx, Result};
use rooftree_works::public::{
    Case, Cases, Priority,
    cases::{Brief, Door, Names, Visited, Waiting},
    inspections::checklist::Checklist,
    surveys::questions::{Answers, QuestionSet},
    tell::Told,
};

/// Promises that a visit must come in time for, besides the landlord's own for each priority.
const OTHER_PROMISES: [&str; 4] = [
    "repairs.house.finished-after-made-safe",
    "repairs.right-to-repair-1994.one-day",
    "repairs.right-to-repair-1994.three-days",
    "repairs.right-to-repair-1994.seven-days",
];

/// The question of the survey whose no is a contradiction.
const DONE: &str = "done";

/// All promises that a visit to a repair must come in time for.
pub fn promises() -> Vec<String> {
    let others = OTHER_PROMISES.iter().map(|promise| (*promise).to_owned());
    SCRIPT.promises().into_iter().chain(others).collect()
}

/// The repairs of this landlord.
pub struct Repairs;

#[async_trait]
impl Cases for Repairs {
    fn names(&self) -> Names {
        Names { letters: "R-", one: "repair", many: "Repairs", path: "/repairs" }
    }

    fn promises(&self) -> Vec<String> {
        promises()
    }

    fn promise_words(&self, priority: Priority, standard: &str) -> Option<&'static str> {
        if SCRIPT.priority(priority).is_some_and(|words| words.standard == standard) {
            return Some("Promise");
        }
        standard.starts_with(RIGHT_TO_REPAIR).then_some("Right to Repair")
    }

    async fn find(&self, db: &mut Conn, reference: &str, scope: &Scope) -> Result<CaseId> {
        Ok(by_reference(db, reference, scope).await?.id.into())
    }

    async fn lock(&self, ctx: &mut Ctx, reference: &str) -> Result<Case> {
        Ok(lock(ctx, reference).await?.case)
    }

    async fn brief(&self, db: &mut Conn, case: CaseId) -> Result<Brief> {
        brief::brief(db, RepairId(case.0)).await
    }

    async fn doors(&self, db: &mut Conn, cases: &[CaseId]) -> Result<Vec<Door>> {
        brief::doors(db, cases).await
    }

    async fn waiting(
        &self,
        db: &mut Conn,
        provider: Option<ProviderId>,
        trade: Option<&str>,
        today: Day,
        limit: i64,
    ) -> Result<Waiting> {
        let (first, total, emergencies) = brief::unplanned(&mut *db, provider, trade, limit).await?;
        Ok(Waiting {
            first,
            total: (total, "/repairs?due=no-appointment&status=open"),
            emergencies: (emergencies, "/repairs?due=unattended"),
            unrecorded: (unrecorded(db, provider, today).await?, "/repairs?due=no-outcome"),
        })
    }

    async fn settle(&self, ctx: &mut Ctx, case: CaseId, awaiting: Option<&str>) -> Result<()> {
        match awaiting {
            Some(words) => stage::settle_awaiting(ctx, RepairId(case.0), words).await,
            None => stage::settle(ctx, RepairId(case.0)).await,
        }
    }

    async fn booked(&self, ctx: &mut Ctx, case: CaseId, provider: ProviderId) -> Result<()> {
        sqlx::query!("update repair set provider_id = $2 where id = $1 and provider_id is null", case.0, provider as _)
            .execute(ctx.conn())
            .await?;
        Ok(())
    }

    async fn costs(&self, ctx: &mut Ctx, case: CaseId, pence: Pence) -> Result<()> {
        sqlx::query!("update repair set cost_pence = $2 where id = $1", case.0, pence as _).execute(ctx.conn()).await?;
        Ok(())
    }

    fn questions(&self) -> &'static QuestionSet {
        &SURVEY
    }

    fn checklist(&self) -> &'static Checklist {
        &INSPECTION
    }

    async fn answered(&self, ctx: &mut Ctx, case: CaseId, answers: &Answers) -> Result<()> {
        if !answers.is_no(DONE) {
            return Ok(());
        }
        let comment = answers.comment.trim();
        let said = if comment.is_empty() { "Not done (survey)" } else { comment };
        contradictions::raise(ctx, RepairId(case.0), said, "survey").await?;
        Ok(())
    }

    async fn failed_inspection(&self, ctx: &mut Ctx, case: CaseId, reason: &str) -> Result<Option<String>> {
        match ended::recall_reason(reason) {
            Some(why) => Ok(Some(recalls::recall(ctx, RepairId(case.0), why).await?.reference)),
            None => Ok(None),
        }
    }

    async fn visited(&self, ctx: &mut Ctx, case: &Case, visited: &Visited<'_>) -> Result<Told> {
        ended::visited(ctx, case, visited).await
    }
}

/// Open repairs with a visit of an earlier day of which nobody has said how it ended.
pub async fn unrecorded(db: &mut Conn, provider: Option<ProviderId>, today: Day) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(distinct r.id) as "count!" from repair r join appointment a on a.case_id = r.id
           where r.status = 'open' and visit_is_untold(a) and a.day < $1
             and ($2::uuid is null or r.provider_id = $2)"#,
        today as _,
        provider as _
    )
    .fetch_one(db)
    .await?)
}
