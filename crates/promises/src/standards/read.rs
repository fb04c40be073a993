//! Reading standards from TOML, and saying exactly what is wrong with one.

use super::{Conditions, Confidence, Extend, Standard, Subject, Target, Trigger};
use crate::{
    DeclarationError,
    due::{DayZero, DueRule, Quantity, Roll, quantity::QUANTITY_MAX},
    errors::Place,
    measures::{Dimension, RawTargets, dated_targets},
};
use rooftree_kernel::{Day, calendar::ENGLAND_AND_WALES};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    standard: Vec<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStandard {
    id: String,
    title: String,
    promise: String,
    source: String,
    confidence: Confidence,
    from: toml::value::Datetime,
    until: Option<toml::value::Datetime>,
    calendar: Option<String>,
    subject: Option<String>,
    #[serde(default)]
    repeat: bool,
    owner: Option<String>,
    #[serde(default)]
    letters: Vec<String>,
    #[serde(default)]
    start: Vec<RawTrigger>,
    due: RawDue,
    earliest: Option<RawDue>,
    #[serde(default)]
    stop: Vec<RawTrigger>,
    #[serde(default)]
    fail: Vec<RawTrigger>,
    #[serde(default)]
    cancel: Vec<RawTrigger>,
    #[serde(default)]
    pause: Vec<RawTrigger>,
    #[serde(default)]
    resume: Vec<RawTrigger>,
    #[serde(default)]
    extend: Vec<RawExtend>,
    target: Option<RawTarget>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTrigger {
    fact: String,
    #[serde(default)]
    when: toml::Table,
    at: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDue {
    hours: Option<i64>,
    days: Option<i64>,
    weeks: Option<i64>,
    months: Option<i64>,
    working_days: Option<i64>,
    on: Option<String>,
    on_field: Option<String>,
    #[serde(default)]
    inclusive: bool,
    #[serde(default)]
    before: bool,
    #[serde(default)]
    roll: Roll,
    #[serde(default)]
    day_zero: DayZero,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExtend {
    fact: String,
    #[serde(default)]
    when: toml::Table,
    at: Option<String>,
    hours: Option<i64>,
    days: Option<i64>,
    weeks: Option<i64>,
    months: Option<i64>,
    working_days: Option<i64>,
    to: Option<String>,
    max_times: Option<i32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTarget {
    percent: f64,
    title: Option<String>,
    breakdown: Option<Vec<Dimension>>,
    #[serde(default)]
    targets: RawTargets,
}

/// Reads the standards of one file. The file's name serves the error only.
pub fn parse(file_name: &str, text: &str) -> Result<Vec<Standard>, DeclarationError> {
    let file: RawFile = toml::from_str(text).map_err(|error| Place { file: file_name, id: None }.unreadable(&error))?;
    file.standard.into_iter().map(|table| one(file_name, table)).collect()
}

/// Reads one `[[standard]]`.
fn one(file: &str, table: toml::Table) -> Result<Standard, DeclarationError> {
    let id = table.get("id").and_then(toml::Value::as_str).unwrap_or("a standard without id").to_owned();
    let place = Place { file, id: Some(&id) };
    let raw: RawStandard = table.try_into().map_err(|error| place.unreadable(&error))?;
    check_texts(place, &raw)?;
    let (from, until) = validity(place, raw.from, raw.until)?;
    let calendar = raw.calendar.unwrap_or_else(|| ENGLAND_AND_WALES.to_owned());
    let standard = Standard {
        file: file.to_owned(),
        from,
        until,
        subject: subject(place, raw.subject.as_deref())?,
        start: triggers(place, "start", raw.start)?,
        due: due_rule(place, "due", raw.due, &calendar)?,
        earliest: raw.earliest.map(|rule| due_rule(place, "earliest", rule, &calendar)).transpose()?,
        stop: triggers(place, "stop", raw.stop)?,
        fail: triggers(place, "fail", raw.fail)?,
        cancel: triggers(place, "cancel", raw.cancel)?,
        pause: triggers(place, "pause", raw.pause)?,
        resume: triggers(place, "resume", raw.resume)?,
        extend: extends(place, raw.extend)?,
        target: raw.target.map(|raw| target(place, raw)).transpose()?,
        id: raw.id,
        title: raw.title,
        promise: raw.promise,
        source: raw.source,
        confidence: raw.confidence,
        repeat: raw.repeat,
        owner: raw.owner,
        letters: raw.letters,
    };
    check_roles(place, &standard)?;
    Ok(standard)
}

fn check_texts(place: Place<'_>, raw: &RawStandard) -> Result<(), DeclarationError> {
    let part =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if raw.id.split('.').count() != 3 || !raw.id.split('.').all(part) {
        return Err(place.wrong(
            "id",
            "it is not of the form area.source.promise",
            "Write three parts in small letters, digits and hyphens, such as repairs.local-offer-2014.emergency.",
        ));
    }
    for (key, text) in [("title", &raw.title), ("promise", &raw.promise), ("source", &raw.source)] {
        if text.trim().is_empty() {
            return Err(place.wrong(key, "it is empty", "Every promise has a title, its own words and a source."));
        }
    }
    Ok(())
}

fn validity(
    place: Place<'_>,
    from: toml::value::Datetime,
    until: Option<toml::value::Datetime>,
) -> Result<(Day, Option<Day>), DeclarationError> {
    let read = |key: &str, value: toml::value::Datetime| {
        let date = value.date.filter(|_| value.time.is_none());
        date.and_then(|date| Day::new(i16::try_from(date.year).ok()?, date.month as i8, date.day as i8)).ok_or_else(
            || {
                place.wrong(
                    key,
                    format!("‘{value}’ is not a date"),
                    format!("Write {key} = 2014-07-03, without a time."),
                )
            },
        )
    };
    let from = read("from", from)?;
    let until = until.map(|value| read("until", value)).transpose()?;
    match until {
        Some(end) if end <= from => Err(place.wrong(
            "until",
            format!("{end} is not after {from}"),
            "It is the first day on which this version no longer applies.",
        )),
        _ => Ok((from, until)),
    }
}

fn subject(place: Place<'_>, text: Option<&str>) -> Result<Subject, DeclarationError> {
    match text {
        None | Some("case") => Ok(Subject::Case),
        Some("home") => Ok(Subject::Home),
        Some("person") => Ok(Subject::Person),
        Some(other) => match other.strip_prefix("payload.") {
            Some(path) if !path.is_empty() => Ok(Subject::Payload(path.to_owned())),
            _ => Err(place.wrong(
                "subject",
                format!("‘{other}’ is not a subject"),
                "Write case, home, person or payload.FIELD.",
            )),
        },
    }
}

fn triggers(place: Place<'_>, role: &str, raw: Vec<RawTrigger>) -> Result<Vec<Trigger>, DeclarationError> {
    let read =
        |(index, raw): (usize, RawTrigger)| trigger(place, &format!("{role}[{index}]"), raw.fact, &raw.when, raw.at);
    raw.into_iter().enumerate().map(read).collect()
}

fn trigger(
    place: Place<'_>,
    key: &str,
    fact: String,
    when: &toml::Table,
    at: Option<String>,
) -> Result<Trigger, DeclarationError> {
    let when = Conditions::read(when).map_err(|(field, problem)| {
        place.wrong(
            format!("{key}.when.{field}"),
            problem,
            "A condition is a value, a list of values, { not = … }, { min = …, max = … } or { exists = true }.",
        )
    })?;
    Ok(Trigger { fact, when, at })
}

/// What must be given of a due rule.
const ONE_OF: &str = "Give exactly one of hours, days, weeks, months, working_days, on and on_field.";

/// The one quantity among several keys.
fn quantity<const KEYS: usize>(
    place: Place<'_>,
    role: &str,
    given: [(&str, Option<Quantity>); KEYS],
) -> Result<Option<Quantity>, DeclarationError> {
    let mut found = given.into_iter().filter_map(|(key, quantity)| quantity.map(|quantity| (key, quantity)));
    let Some((key, quantity)) = found.next() else {
        return Ok(None);
    };
    if let Some((second, _)) = found.next() {
        return Err(place.wrong(format!("{role}.{second}"), format!("{key} is given already"), ONE_OF));
    }
    let (Quantity::Hours(n) | Quantity::Days(n) | Quantity::Weeks(n) | Quantity::Months(n) | Quantity::WorkingDays(n)) =
        quantity
    else {
        return Ok(Some(quantity));
    };
    if (1..=QUANTITY_MAX).contains(&n) {
        return Ok(Some(quantity));
    }
    Err(place.wrong(
        format!("{role}.{key}"),
        format!("{n} is out of range"),
        format!(
            "Give 1 to {QUANTITY_MAX}: the same day is days = 1 with inclusive = true, backwards is before = true."
        ),
    ))
}

fn due_rule(place: Place<'_>, role: &str, raw: RawDue, calendar: &str) -> Result<DueRule, DeclarationError> {
    let on = match raw.on.as_deref() {
        Some(text) => Some(Quantity::on(text).ok_or_else(|| {
            place.wrong(
                format!("{role}.on"),
                format!("‘{text}’ is not a date of the year"),
                "Write month and day, such as on = \"08-31\".",
            )
        })?),
        None => None,
    };
    let given = [
        ("hours", raw.hours.map(Quantity::Hours)),
        ("days", raw.days.map(Quantity::Days)),
        ("weeks", raw.weeks.map(Quantity::Weeks)),
        ("months", raw.months.map(Quantity::Months)),
        ("working_days", raw.working_days.map(Quantity::WorkingDays)),
        ("on", on),
        ("on_field", raw.on_field.filter(|field| !field.is_empty()).map(Quantity::OnField)),
    ];
    let Some(quantity) = quantity(place, role, given)? else {
        return Err(place.wrong(role, "it gives no length of time", ONE_OF));
    };
    let is_named = matches!(quantity, Quantity::OnField(_));
    let counts_days = !is_named && !matches!(quantity, Quantity::Hours(_));
    let has_day_one = counts_days && !matches!(quantity, Quantity::On { .. });
    for (key, given, allowed) in [
        ("before", raw.before, !is_named),
        ("inclusive", raw.inclusive, has_day_one),
        ("roll", raw.roll != Roll::None, counts_days),
        ("day_zero", raw.day_zero != DayZero::Trigger, counts_days),
    ] {
        if given && !allowed {
            return Err(place.wrong(
                format!("{role}.{key}"),
                format!("it means nothing for {quantity}"),
                "Leave it out, or count in days.",
            ));
        }
    }
    Ok(DueRule {
        quantity,
        calendar: calendar.to_owned(),
        inclusive: raw.inclusive,
        before: raw.before,
        roll: raw.roll,
        day_zero: raw.day_zero,
    })
}

fn extends(place: Place<'_>, raw: Vec<RawExtend>) -> Result<Vec<Extend>, DeclarationError> {
    raw.into_iter().enumerate().map(|(index, raw)| extend(place, &format!("extend[{index}]"), raw)).collect()
}

fn extend(place: Place<'_>, key: &str, raw: RawExtend) -> Result<Extend, DeclarationError> {
    let given = [
        ("hours", raw.hours.map(Quantity::Hours)),
        ("days", raw.days.map(Quantity::Days)),
        ("weeks", raw.weeks.map(Quantity::Weeks)),
        ("months", raw.months.map(Quantity::Months)),
        ("working_days", raw.working_days.map(Quantity::WorkingDays)),
    ];
    let most = quantity(place, key, given)?;
    if most.is_none() && raw.to.is_none() {
        return Err(place.wrong(
            key,
            "it does not say how far the due moment moves",
            "Give hours, days, weeks, months or working_days, or to = the payload field with the new date.",
        ));
    }
    if raw.max_times.is_some_and(|times| times < 1) {
        return Err(place.wrong(format!("{key}.max_times"), "it is less than 1", "Leave it out to set no limit."));
    }
    let trigger = trigger(place, key, raw.fact, &raw.when, raw.at)?;
    Ok(Extend { trigger, most, to: raw.to, max_times: raw.max_times })
}

fn target(place: Place<'_>, raw: RawTarget) -> Result<Target, DeclarationError> {
    if !(0.0..=100.0).contains(&raw.percent) {
        return Err(place.wrong(
            "target.percent",
            format!("{} is not a percentage", raw.percent),
            "Give a number from 0 to 100.",
        ));
    }
    let targets = dated_targets(place, "target.targets", &raw.targets)?;
    Ok(Target { percent: raw.percent, title: raw.title, breakdown: raw.breakdown, targets })
}

/// A clock must be able to start and to stop, and whatever pauses must be able to run on.
fn check_roles(place: Place<'_>, standard: &Standard) -> Result<(), DeclarationError> {
    let wrong = |key: &str, problem: &str, remedy: &str| Err(place.wrong(key, problem, remedy));
    if standard.start.is_empty() {
        return wrong("start", "nothing starts it", "Add a [[standard.start]] with the fact that does.");
    }
    if standard.stop.is_empty() {
        return wrong("stop", "nothing meets it", "Add a [[standard.stop]] with the fact that does.");
    }
    let named = |rule: &DueRule| matches!(rule.quantity, Quantity::OnField(_));
    if standard.earliest.as_ref().is_some_and(named) {
        let remedy =
            "Give a length of time: from a due moment that the fact names it is counted back with before = true.";
        return wrong("earliest.on_field", "only the due moment can be named by the fact", remedy);
    }
    if standard.repeat && named(&standard.due) {
        return wrong("repeat", "no fact would name the due moment of the next turn", "Let a fact start each turn.");
    }
    match (standard.pause.is_empty(), standard.resume.is_empty()) {
        (false, true) => wrong("resume", "it can be paused but never resumed", "Add a [[standard.resume]]."),
        (true, false) => wrong("pause", "it can be resumed but never paused", "Add a [[standard.pause]]."),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
