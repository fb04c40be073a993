//! Looking at finished work: which repairs the draw picks, and what was found.

use super::{
    draw::{draw, picks},
    recalls, seeds,
};
use crate::{
    declared::DECLARED,
    facts,
    ids::RepairId,
    permissions,
    tell::{self, Told},
};
use rooftree_kernel::{Day, FieldErrors, PersonId, PlaceId};
use rooftree_platform::{
    Ctx, Error, Result,
    documents::{Owner, Stored},
};
use serde_json::json;
use uuid::Uuid;

/// Characters of an inspector's notes.
pub const NOTES_MAX: usize = 2000;

/// Draws for a repair that has just been completed. The seed is that of the month in which the completion is recorded, not of the month
/// that somebody says it happened in: a seed already shown cannot be used to choose.
pub async fn select(ctx: &mut Ctx, repair: RepairId, place: PlaceId, person: Option<PersonId>) -> Result<bool> {
    let today = ctx.now.day();
    let seed = seeds::seed_of(ctx, today.month_start()).await?;
    let drawn = draw(&seed, repair);
    if !picks(&drawn) {
        return Ok(false);
    }
    let (id, now) = (Uuid::now_v7(), ctx.now);
    let picked = sqlx::query!(
        "insert into inspection (id, repair_id, selected_day, draw) values ($1, $2, $3, $4) on conflict (repair_id) do nothing",
        id,
        repair as _,
        today as _,
        &drawn[..]
    )
    .execute(ctx.conn())
    .await?;
    if picked.rows_affected() == 0 {
        return Ok(false);
    }
    ctx.record(facts::INSPECTION_SELECTED.at(now).case(repair).home(place).person(person).with("inspection", id))
        .await?;
    Ok(true)
}

/// What the inspector found.
pub struct Finding {
    /// The work is good.
    pub passed: Option<bool>,
    /// Why not: a key of the reasons list `inspection-failed`.
    pub reason: String,
    /// In words.
    pub notes: String,
    /// The day it was looked at.
    pub day: Option<Day>,
    /// Photos.
    pub photos: Vec<Stored>,
}

impl Finding {
    fn check(&self, completed: Option<Day>, today: Day) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        match self.passed {
            None => errors.add("passed", "say whether the work passed"),
            Some(true) => {}
            Some(false) => match DECLARED.reason("inspection-failed", &self.reason) {
                None => errors.add("reason", "choose why it failed"),
                Some(reason) if reason.note && self.notes.trim().is_empty() => {
                    errors.add("notes", "say in a few words what is wrong")
                }
                Some(_) => {}
            },
        }
        match self.day {
            None => errors.add("day", "enter the day of the inspection, like 18/12/2026"),
            Some(day) if day > today => errors.add("day", "this day has not come yet"),
            Some(day) if completed.is_some_and(|completed| day < completed) => {
                errors.add("day", "the repair was not finished on that day")
            }
            Some(_) => {}
        }
        if self.notes.chars().count() > NOTES_MAX {
            errors.add("notes", format!("use at most {NOTES_MAX} characters"));
        }
        errors.into_result(())
    }

    /// The provider has to come back. Wrong rate lines are put right on paper.
    pub fn recalls(&self) -> bool {
        self.passed == Some(false) && self.reason != "wrong-lines"
    }
}

/// Why the provider is called back, in the words of the recall list.
fn recall_reason(failed: &str) -> &'static str {
    match failed {
        "not-done" => "not-finished",
        "wrong-materials" => "part-failed",
        _ => "poor-work",
    }
}

/// Records an inspection. A failure sends the provider back; the recall's reference is returned.
pub async fn record(ctx: &mut Ctx, reference: &str, finding: Finding) -> Result<Option<String>> {
    ctx.require(&permissions::INSPECT)?;
    let row = sqlx::query!(
        r#"select i.id, i.done_day as "done_day: Day", r.id as "repair: RepairId", r.place_id as "place: PlaceId",
                  r.reporter_id as "person: PersonId", r.completed_day as "completed_day: Day"
           from inspection i join repair r on r.id = i.repair_id where r.reference = upper($1) for update of i"#,
        reference
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the inspection"))?;
    if row.done_day.is_some() {
        return Err(Error::outrun("this inspection"));
    }
    let today = ctx.now.day();
    finding.check(row.completed_day, today)?;
    let (day, passed, recalls) = (finding.day.unwrap_or(today), finding.passed == Some(true), finding.recalls());
    let reason = if passed { String::new() } else { finding.reason };
    let by = ctx.actor.name.clone();
    sqlx::query!(
        "update inspection set done_day = $2, done_by = $3, passed = $4, fail_reason = $5, notes = $6 where id = $1",
        row.id,
        day as _,
        by,
        passed,
        reason,
        finding.notes.trim()
    )
    .execute(ctx.conn())
    .await?;
    let owner = Owner { home: Some(row.place), person: None, case: Some(row.repair.into()) };
    for photo in finding.photos {
        ctx.attach(photo, owner).await?;
    }
    let at = if day == today { ctx.now } else { day.at(12, 0) };
    let fact = facts::INSPECTION_DONE.at(at).case(row.repair).home(row.place).person(row.person);
    let fact = fact.with("inspection", row.id).with("passed", passed);
    ctx.record(if passed { fact } else { fact.with("reason", &reason) }).await?;
    if !recalls {
        return Ok(None);
    }
    Ok(Some(recalls::recall(ctx, row.repair, recall_reason(&reason)).await?.reference))
}

/// Tells the resident when somebody comes to look. They may say no.
pub async fn give_notice(ctx: &mut Ctx, reference: &str, day: Day, from: &str, until: &str) -> Result<Told> {
    ctx.require(&permissions::INSPECT)?;
    let today = ctx.now.day();
    if day < today {
        return Err(Error::field("day", "this day is over: enter a day to come"));
    }
    let time = |text: &str| {
        text.split_once(':').and_then(|(hour, minute)| Some((hour.parse::<i8>().ok()?, minute.parse::<i8>().ok()?)))
    };
    let (Some(starts), Some(ends)) = (time(from), time(until)) else {
        return Err(Error::field("from", "enter times, like 09:00 and 11:00"));
    };
    if ends <= starts {
        return Err(Error::field("until", "enter a time after the first"));
    }
    let repair = sqlx::query_scalar!(
        r#"select r.id as "id: RepairId" from inspection i join repair r on r.id = i.repair_id
           where r.reference = upper($1) and i.done_day is null"#,
        reference
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the inspection"))?;
    let about = tell::about(ctx, repair).await?;
    let when = format!("{}, {from} to {until}", day.0.strftime("%A %-d %B"));
    let inspector = ctx.actor.name.clone();
    tell::tell(ctx, &about, "repairs.inspection-notice", vec![("when", when), ("inspector", inspector)], json!({}))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(passed: Option<bool>, reason: &str) -> Finding {
        let day = "2026-12-10".parse().ok();
        Finding { passed, reason: reason.to_owned(), notes: "The tap drips.".to_owned(), day, photos: Vec::new() }
    }

    #[test]
    fn a_failure_calls_the_provider_back_unless_only_the_bill_is_wrong() {
        for reason in DECLARED.reasons("inspection-failed") {
            assert_eq!(finding(Some(false), &reason.key).recalls(), reason.key != "wrong-lines", "{}", reason.key);
            assert!(DECLARED.reason("recall", recall_reason(&reason.key)).is_some());
        }
        assert!(!finding(Some(true), "unsafe").recalls());
    }

    #[test]
    fn a_finding_needs_its_day_and_its_reason() {
        let (completed, today) = ("2026-12-09".parse().ok(), "2026-12-11".parse().unwrap());
        assert!(finding(Some(true), "").check(completed, today).is_ok());
        assert!(finding(Some(false), "").check(completed, today).unwrap_err().get("reason").is_some());
        assert!(finding(None, "").check(completed, today).unwrap_err().get("passed").is_some());
        let wordless = Finding { notes: String::new(), ..finding(Some(false), "unsafe") };
        assert!(wordless.check(completed, today).unwrap_err().get("notes").is_some());
        for day in ["2026-12-08", "2026-12-12"] {
            let wrong = Finding { day: day.parse().ok(), ..finding(Some(true), "") };
            assert!(wrong.check(completed, today).unwrap_err().get("day").is_some(), "{day}");
        }
    }
}
