//! We say done, the resident says not. The completion is never overwritten: both words stand, a person finds out which is true, and the
//! resident is answered within five working days (`repairs.house.contradiction-resolved`).

use super::recalls;
use crate::{
    declared::DECLARED,
    facts,
    ids::RepairId,
    permissions,
    tell::{self, Told},
};
use rooftree_kernel::{Day, FieldErrors, Moment, PersonId, PlaceId};
use rooftree_platform::{
    Ctx, Error, Result,
    documents::{Owner, Stored},
};
use serde_json::json;
use uuid::Uuid;

/// The promise to answer.
const STANDARD: &str = "repairs.house.contradiction-resolved";
/// Characters of what the resident says, and of our answer.
pub const WORDS_MAX: usize = 1000;

/// What raising came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// It is in the work queue now.
    Now(Uuid),
    /// One about this repair waits already.
    Already(Uuid),
}

/// Notes that the resident says ‘not done’ of a completed repair. `source` is `survey`, `text` or `phone`. Callers have asked for their
/// own permission, or come through the resident's own link.
pub async fn raise(ctx: &mut Ctx, repair: RepairId, said: &str, source: &str) -> Result<Raised> {
    let row = sqlx::query!(
        r#"select reference, status, place_id as "place: PlaceId", reporter_id as "person: PersonId" from repair where id = $1 for update"#,
        repair as _
    )
    .fetch_one(ctx.conn())
    .await?;
    if row.status != "completed" {
        return Err(Error::conflict(format!("{} is {}: nobody has said that it is done.", row.reference, row.status)));
    }
    let open = sqlx::query_scalar!(
        "select id from contradiction where repair_id = $1 and resolved_day is null limit 1",
        repair as _
    )
    .fetch_optional(ctx.conn())
    .await?;
    if let Some(open) = open {
        return Ok(Raised::Already(open));
    }
    let (id, now, by) = (Uuid::now_v7(), ctx.now, ctx.actor.name.clone());
    let said: String = said.trim().chars().take(WORDS_MAX).collect();
    sqlx::query!(
        "insert into contradiction (id, repair_id, raised_day, raised_by, said, source) values ($1, $2, $3, $4, $5, $6)",
        id,
        repair as _,
        now.day() as _,
        by,
        said,
        source
    )
    .execute(ctx.conn())
    .await?;
    let fact = facts::CONTRADICTION_RAISED.at(now).case(repair).home(row.place).person(row.person);
    ctx.record(fact.with("contradiction", id).with("source", source)).await?;
    let about = tell::about(ctx, repair).await?;
    let due = answer_by(ctx, now).map_or_else(|| "5 working days from now".to_owned(), recalls::due_words);
    // Whoever says it hears at once, on the phone, the page or by reply, that it is noted; the message repeats it.
    let _ = tell::tell(ctx, &about, "repairs.not-done-received", vec![("due", due)], json!({})).await?;
    Ok(Raised::Now(id))
}

/// When our answer is due.
fn answer_by(ctx: &Ctx, now: Moment) -> Option<Moment> {
    let rules = ctx.platform().rules();
    let standard = rules.standards.get(STANDARD, now.day())?;
    standard.due_from(now, &rules.calendars).ok().map(|due| due.at)
}

/// Staff note what a resident says on the phone or at the desk.
pub async fn raise_for_resident(ctx: &mut Ctx, reference: &str, said: &str) -> Result<Raised> {
    ctx.require(&permissions::REPORT)?;
    if said.trim().is_empty() || said.chars().count() > WORDS_MAX {
        return Err(Error::field("said", format!("write what the resident says, in up to {WORDS_MAX} characters")));
    }
    let repair = crate::repair::commands::lock(ctx, reference).await?;
    raise(ctx, repair.id, said, "phone").await
}

/// How it ended.
pub struct Resolution {
    /// A key of the reasons list `contradiction`.
    pub key: String,
    /// What the resident is told.
    pub answer: String,
    /// Photos or papers that show it.
    pub evidence: Vec<Stored>,
}

impl Resolution {
    /// The repair is opened again.
    pub fn reopens(&self) -> bool {
        matches!(self.key.as_str(), "resident-right" | "partly")
    }

    fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        if DECLARED.reason("contradiction", &self.key).is_none() {
            errors.add("resolution", "choose what was found");
        }
        if self.answer.trim().is_empty() {
            errors.add("answer", "write what the resident will read: what was found, and what happens now");
        } else if self.answer.chars().count() > WORDS_MAX {
            errors.add("answer", format!("use at most {WORDS_MAX} characters"));
        }
        errors.into_result(())
    }
}

/// Settles a contradiction: the repair goes on as a recall, or it is shown to be done. Returns the recall's reference, and whether the
/// resident is told.
pub async fn resolve(ctx: &mut Ctx, id: Uuid, resolution: Resolution) -> Result<(Option<String>, Told)> {
    ctx.require(&permissions::INSPECT)?;
    resolution.check()?;
    let row = sqlx::query!(
        r#"select c.repair_id as "repair: RepairId", c.resolved_day as "resolved_day: Day", r.place_id as "place: PlaceId",
                  r.reporter_id as "person: PersonId"
           from contradiction c join repair r on r.id = c.repair_id where c.id = $1 for update of c"#,
        id
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the contradiction"))?;
    if row.resolved_day.is_some() {
        return Err(Error::outrun("this report"));
    }
    let owner = Owner { home: Some(row.place), person: None, case: Some(row.repair.into()) };
    let shown = resolution.evidence.len();
    let reopens = resolution.reopens();
    for file in resolution.evidence {
        ctx.attach(file, owner).await?;
    }
    if resolution.key == "proof-shown" && shown == 0 && !has_proof(ctx, row.repair).await? {
        return Err(Error::field("evidence", "add the photo that shows it: none was taken at the visit"));
    }
    let reason = if resolution.key == "partly" { "not-finished" } else { "poor-work" };
    let again = if reopens { Some(recalls::recall(ctx, row.repair, reason).await?) } else { None };
    save(ctx, id, &resolution.key, resolution.answer.trim(), again.as_ref().map(|recall| recall.id)).await?;
    let now = ctx.now;
    let fact = facts::CONTRADICTION_RESOLVED.at(now).case(row.repair).home(row.place).person(row.person);
    ctx.record(fact.with("contradiction", id).with("resolution", &resolution.key)).await?;
    let about = tell::about(ctx, row.repair).await?;
    let answer = vec![("answer", resolution.answer.trim().to_owned())];
    let told = tell::tell(ctx, &about, "repairs.not-done-answered", answer, json!({})).await?;
    Ok((again.map(|recall| recall.reference), told))
}

async fn has_proof(ctx: &mut Ctx, repair: RepairId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from document where case_id = $1 and kind = 'photo' and removed_at is null) as "found!""#,
        repair as _
    )
    .fetch_one(ctx.conn())
    .await?)
}

async fn save(ctx: &mut Ctx, id: Uuid, key: &str, answer: &str, recall: Option<RepairId>) -> Result<()> {
    let (today, by) = (ctx.now.day(), ctx.actor.name.clone());
    sqlx::query!(
        "update contradiction set resolved_day = $2, resolved_by = $3, resolution = $4, answer = $5, recall_id = $6 where id = $1",
        id,
        today as _,
        by,
        key,
        answer,
        recall as _
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolution(key: &str, answer: &str) -> Resolution {
        Resolution { key: key.to_owned(), answer: answer.to_owned(), evidence: Vec::new() }
    }

    #[test]
    fn every_ending_is_either_a_recall_or_a_confirmation() {
        let reopening: Vec<&str> = DECLARED
            .reasons("contradiction")
            .map(|reason| reason.key.as_str())
            .filter(|key| resolution(key, "x").reopens())
            .collect();
        assert_eq!(reopening, ["resident-right", "partly"]);
    }

    #[test]
    fn the_resident_is_always_answered() {
        assert!(resolution("proof-shown", "").check().unwrap_err().get("answer").is_some());
        assert!(resolution("whatever", "We came back.").check().unwrap_err().get("resolution").is_some());
        assert!(resolution("resident-agrees", "You told us that it is done now.").check().is_ok());
    }
}
