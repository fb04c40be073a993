//! Writes on inspections: the draw, what was found, the notice of when somebody comes.

use super::checklist::Checklist;
use crate::{
    cases::{self, Case},
    declared::DECLARED,
    facts, permissions,
    tell::{self, About, Told},
};
use rooftree_kernel::{CaseId, Day, FieldErrors, Moment, PersonId, PlaceId};
use rooftree_people::public as people;
use rooftree_platform::{
    Ctx, Error, Result,
    documents::{Owner, Stored},
    sample,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Characters of an inspector's notes.
pub const NOTES_MAX: usize = 2000;

/// Draws for a case that has just been completed; `summary` says what was done. The seed is that of the month in which the completion is
/// recorded, not of the month that somebody says it happened in: a seed already shown cannot be used to choose.
pub async fn select(ctx: &mut Ctx, case: &Case, list: &Checklist, finished_at: Moment, summary: &str) -> Result<bool> {
    let today = ctx.now.day();
    let seed = sample::seed_of(ctx, today.month_start()).await?;
    let drawn = sample::draw(&seed, case.id.0);
    if !sample::picks(&drawn, list.share_percent) {
        return Ok(false);
    }
    let (id, now) = (Uuid::now_v7(), ctx.now);
    let picked = sqlx::query!(
        "insert into inspection (id, case_id, selected_day, draw, case_reference, title, place_id, person_id, ward, trade, provider_id, finished_at,
                                 summary)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (case_id) do nothing",
        id,
        case.id.0,
        today as _,
        &drawn[..],
        case.reference,
        case.title,
        case.place as _,
        case.person as _,
        case.ward,
        case.trade,
        case.provider as _,
        finished_at as _,
        summary
    )
    .execute(ctx.conn())
    .await?;
    if picked.rows_affected() == 0 {
        return Ok(false);
    }
    ctx.record(case.about(facts::INSPECTION_SELECTED.at(now)).with("inspection", id)).await?;
    Ok(true)
}

/// What the inspector found.
#[derive(Default)]
pub struct Finding {
    /// The work is good.
    pub passed: Option<bool>,
    /// What was found of each check, by its key.
    pub checks: Map<String, Value>,
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
                errors.add("day", "the work was not finished on that day")
            }
            Some(_) => {}
        }
        if self.notes.chars().count() > NOTES_MAX {
            errors.add("notes", format!("use at most {NOTES_MAX} characters"));
        }
        errors.into_result(())
    }
}

/// An inspection that is written to, locked until the commit.
struct Held {
    id: Uuid,
    reference: String,
    title: String,
    case: CaseId,
    place: PlaceId,
    person: Option<PersonId>,
    done_day: Option<Day>,
    finished_at: Option<Moment>,
}

async fn hold(ctx: &mut Ctx, reference: &str) -> Result<Held> {
    let row = sqlx::query!(
        r#"select id, case_id, case_reference, title, place_id as "place: PlaceId", person_id as "person: PersonId",
                  done_day as "done_day: Day", finished_at as "finished_at: Moment"
           from inspection where case_reference = upper($1) for update"#,
        reference
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the inspection"))?;
    Ok(Held {
        id: row.id,
        reference: row.case_reference,
        title: row.title,
        case: CaseId(row.case_id),
        place: row.place,
        person: row.person,
        done_day: row.done_day,
        finished_at: row.finished_at,
    })
}

/// Records an inspection. A failure is told to the area of the case; the reference of what puts it right is returned.
pub async fn record(ctx: &mut Ctx, reference: &str, finding: Finding) -> Result<Option<String>> {
    ctx.require(&permissions::INSPECT)?;
    let held = hold(ctx, reference).await?;
    if held.done_day.is_some() {
        return Err(Error::outrun("this inspection"));
    }
    let today = ctx.now.day();
    finding.check(held.finished_at.map(Moment::day), today)?;
    let (day, passed) = (finding.day.unwrap_or(today), finding.passed == Some(true));
    let reason = if passed { String::new() } else { finding.reason };
    let by = ctx.actor.name.clone();
    sqlx::query!(
        "update inspection set done_day = $2, done_by = $3, passed = $4, fail_reason = $5, notes = $6, checks = $7 where id = $1",
        held.id,
        day as _,
        by,
        passed,
        reason,
        finding.notes.trim(),
        Value::Object(finding.checks)
    )
    .execute(ctx.conn())
    .await?;
    let owner = Owner { home: Some(held.place), person: None, case: Some(held.case) };
    for photo in finding.photos {
        ctx.attach(photo, owner).await?;
    }
    let at = if day == today { ctx.now } else { day.at(12, 0) };
    let fact = facts::INSPECTION_DONE.at(at).case(held.case).home(held.place).person(held.person);
    let fact = fact.with("inspection", held.id).with("passed", passed);
    if passed {
        ctx.record(fact).await?;
        return Ok(None);
    }
    ctx.record(fact.with("reason", &reason)).await?;
    let source = cases::of(ctx.platform().registry(), &held.reference)?;
    source.failed_inspection(ctx, held.case, &reason).await
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
    let held = hold(ctx, reference).await?;
    if held.done_day.is_some() {
        return Err(Error::NotFound("the inspection"));
    }
    let person = people::addressee(ctx.conn(), held.place, held.person, today).await?;
    let letter = cases::of(ctx.platform().registry(), &held.reference)?.checklist().letter.as_str();
    let about = About { case: held.case, reference: held.reference, title: held.title, place: held.place, person };
    let when = format!("{}, {from} to {until}", day.0.strftime("%A %-d %B"));
    let inspector = ctx.actor.name.clone();
    tell::tell(ctx, &about, letter, vec![("when", when), ("inspector", inspector)], json!({})).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(passed: Option<bool>, reason: &str) -> Finding {
        let day = "2026-12-10".parse().ok();
        Finding { passed, reason: reason.to_owned(), notes: "The tap drips.".to_owned(), day, ..Finding::default() }
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
