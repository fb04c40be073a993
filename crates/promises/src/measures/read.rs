//! Reading measures from TOML, with the SQL that stands beside it.

use super::{DatedTarget, Direction, Measure, MeasureKind};
use crate::{
    DeclarationError,
    errors::{Place, did_you_mean},
    standards::{Confidence, Dimension},
};
use rooftree_kernel::Day;
use serde::Deserialize;

/// More decimals than this are noise.
const DECIMALS_MAX: u8 = 4;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    measure: Vec<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMeasure {
    id: String,
    title: String,
    definition: String,
    source: String,
    confidence: Confidence,
    kind: MeasureKind,
    #[serde(default)]
    as_of: bool,
    #[serde(default)]
    unit: String,
    direction: Direction,
    target: Option<f64>,
    #[serde(default)]
    targets: Vec<RawTarget>,
    #[serde(default)]
    decimals: u8,
    #[serde(default)]
    breakdown: Vec<Dimension>,
    #[serde(default)]
    facts: Vec<String>,
    owner: Option<String>,
    sql: String,
    external: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTarget {
    from: toml::value::Datetime,
    value: f64,
}

/// Reads the measures of one file.
pub(super) fn parse(file: &str, text: &str, sql: &[(&str, &str)]) -> Result<Vec<Measure>, DeclarationError> {
    let raw: RawFile = toml::from_str(text).map_err(|error| Place { file, id: None }.unreadable(&error))?;
    raw.measure.into_iter().map(|table| one(file, table, sql)).collect()
}

fn one(file: &str, table: toml::Table, sql: &[(&str, &str)]) -> Result<Measure, DeclarationError> {
    let id = table.get("id").and_then(toml::Value::as_str).unwrap_or("a measure without id").to_owned();
    let place = Place { file, id: Some(&id) };
    let raw: RawMeasure = table.try_into().map_err(|error| place.unreadable(&error))?;
    check(place, &raw)?;
    Ok(Measure {
        file: file.to_owned(),
        targets: targets(place, &raw)?,
        sql: Some(statement(place, &raw.sql, sql)?),
        id: raw.id,
        title: raw.title,
        definition: raw.definition,
        source: raw.source,
        confidence: raw.confidence,
        kind: raw.kind,
        as_of: raw.as_of,
        unit: raw.unit,
        direction: raw.direction,
        decimals: raw.decimals,
        breakdown: raw.breakdown,
        facts: raw.facts,
        owner: raw.owner,
        external: raw.external,
        from_standard: None,
    })
}

fn check(place: Place<'_>, raw: &RawMeasure) -> Result<(), DeclarationError> {
    let part =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if raw.id.split('.').count() != 2 || !raw.id.split('.').all(part) {
        return Err(place.wrong(
            "id",
            "it is not of the form area.name",
            "Write two parts in small letters, digits and hyphens, such as repairs.rp02-emergency.",
        ));
    }
    for (key, text) in [("title", &raw.title), ("definition", &raw.definition), ("source", &raw.source)] {
        if text.trim().is_empty() {
            return Err(place.wrong(key, "it is empty", "Every figure has a title, a definition and a source."));
        }
    }
    if raw.facts.is_empty() {
        let problem = "no fact is named: the figure would not move until the next night";
        return Err(place.wrong(
            "facts",
            problem,
            "Name the facts that may change it, such as facts = [\"repair.completed\"].",
        ));
    }
    if raw.decimals > DECIMALS_MAX {
        let problem = format!("{} decimals are too many", raw.decimals);
        return Err(place.wrong("decimals", problem, format!("Give 0 to {DECIMALS_MAX}.")));
    }
    if raw.as_of && !matches!(raw.kind, MeasureKind::Average | MeasureKind::Median) {
        let remedy =
            "Leave it out: it is for an average or a median; a point-in-time is taken at the end of the period anyway.";
        return Err(place.wrong("as_of", "it is not for this kind", remedy));
    }
    if raw.kind == MeasureKind::Percent && raw.unit != "%" {
        return Err(place.wrong("unit", "a percent has the unit %", "Write unit = \"%\"."));
    }
    Ok(())
}

/// The one target from the beginning, or the dated ones in order.
fn targets(place: Place<'_>, raw: &RawMeasure) -> Result<Vec<DatedTarget>, DeclarationError> {
    if let Some(value) = raw.target {
        if !raw.targets.is_empty() {
            return Err(place.wrong("target", "targets is given too", "Keep target (always) or targets (dated)."));
        }
        let always = Day(jiff::civil::Date::MIN);
        return Ok(vec![DatedTarget { from: always, value }]);
    }
    let dated = |raw: &RawTarget| {
        let date = raw.from.date.filter(|_| raw.from.time.is_none());
        let day = date.and_then(|date| Day::new(i16::try_from(date.year).ok()?, date.month as i8, date.day as i8));
        day.map(|from| DatedTarget { from, value: raw.value }).ok_or_else(|| {
            place.wrong(
                "targets.from",
                format!("‘{}’ is not a date", raw.from),
                "Write from = 2025-04-01, without a time.",
            )
        })
    };
    let mut targets: Vec<DatedTarget> = raw.targets.iter().map(dated).collect::<Result<_, _>>()?;
    targets.sort_by_key(|target| target.from);
    match targets.windows(2).find(|pair| pair[0].from == pair[1].from) {
        Some(pair) => {
            let problem = format!("two targets begin on {}", pair[0].from);
            Err(place.wrong("targets", problem, "Keep one of them."))
        }
        None => Ok(targets),
    }
}

/// The SQL of that name beside the TOML file: another area may have one of the same name.
fn statement(place: Place<'_>, name: &str, sql: &[(&str, &str)]) -> Result<String, DeclarationError> {
    let beside = match place.file.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{name}"),
        None => name.to_owned(),
    };
    match sql.iter().find(|(given, _)| *given == beside) {
        Some((_, text)) if !text.trim().is_empty() => Ok((*text).to_owned()),
        Some(_) => Err(place.wrong("sql", format!("‘{name}’ is empty"), "Write the SELECT that yields the evidence.")),
        None => Err(place.wrong(
            "sql",
            format!("there is no ‘{beside}’"),
            did_you_mean(&beside, sql.iter().map(|(given, _)| *given), "an SQL file beside the TOML file"),
        )),
    }
}
