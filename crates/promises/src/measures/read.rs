//! Reading measures from TOML, with the SQL that stands beside it.

use super::{
    DatedTarget, Dimension, Direction, EvidenceKind, Measure, MeasureKind, RawTargets, dated_targets,
    evidence::{Build, RawBuilt},
};
use crate::{
    DeclarationError,
    errors::{Place, did_you_mean},
    standards::Confidence,
};
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
    per: Option<String>,
    population: Option<String>,
    direction: Direction,
    target: Option<f64>,
    #[serde(default)]
    targets: RawTargets,
    #[serde(default)]
    decimals: u8,
    #[serde(default)]
    breakdown: Vec<Dimension>,
    #[serde(default)]
    facts: Vec<String>,
    owner: Option<String>,
    sql: Option<String>,
    external: Option<String>,
    evidence: Option<String>,
    day: Option<String>,
    from: Option<String>,
    until: Option<String>,
    #[serde(default)]
    only: toml::Table,
    #[serde(default)]
    counted: toml::Table,
    #[serde(default)]
    hit: toml::Table,
    value: Option<String>,
    base: Option<String>,
}

/// What a measure is counted from.
enum Source<'a> {
    /// Written SQL, by its name.
    Written(String),
    /// Evidence that an area offers.
    Built(&'a EvidenceKind),
}

/// Reads the measures of one file.
pub(super) fn parse(
    file: &str,
    text: &str,
    sql: &[(&str, &str)],
    evidence: &[EvidenceKind],
) -> Result<Vec<Measure>, DeclarationError> {
    let raw: RawFile = toml::from_str(text).map_err(|error| Place { file, id: None }.unreadable(&error))?;
    raw.measure.into_iter().map(|table| one(file, table, sql, evidence)).collect()
}

fn one(
    file: &str,
    table: toml::Table,
    sql: &[(&str, &str)],
    evidence: &[EvidenceKind],
) -> Result<Measure, DeclarationError> {
    let id = table.get("id").and_then(toml::Value::as_str).unwrap_or("a measure without id").to_owned();
    let place = Place { file, id: Some(&id) };
    let mut raw: RawMeasure = table.try_into().map_err(|error| place.unreadable(&error))?;
    let source = source(place, &raw, evidence)?;
    if let (Source::Built(evidence), true) = (&source, raw.facts.is_empty()) {
        raw.facts = evidence.facts.iter().map(|fact| (*fact).to_owned()).collect();
    }
    check(place, &raw)?;
    let statement = match source {
        Source::Written(name) => statement(place, &name, sql)?,
        Source::Built(evidence) => built(place, &mut raw, evidence)?,
    };
    Ok(Measure {
        file: file.to_owned(),
        targets: targets(place, &raw)?,
        sql: Some(statement),
        id: raw.id,
        title: raw.title,
        definition: raw.definition,
        source: raw.source,
        confidence: raw.confidence,
        kind: raw.kind,
        as_of: raw.as_of,
        unit: raw.unit,
        per: raw.per,
        population: raw.population.or_else(|| needs_population(raw.kind).then(|| HOMES.to_owned())),
        direction: raw.direction,
        decimals: raw.decimals,
        breakdown: raw.breakdown,
        facts: raw.facts,
        owner: raw.owner,
        external: raw.external,
        from_standard: None,
    })
}

/// Whether its SQL is written or built; one of the two.
fn source<'a>(place: Place<'_>, raw: &RawMeasure, offered: &'a [EvidenceKind]) -> Result<Source<'a>, DeclarationError> {
    match (&raw.sql, &raw.evidence) {
        (Some(_), Some(_)) => Err(place.wrong("evidence", "sql is given too", "Keep one of the two.")),
        (Some(name), None) => Ok(Source::Written(name.clone())),
        (None, Some(key)) => offered.iter().find(|evidence| evidence.key == key).map(Source::Built).ok_or_else(|| {
            let remedy = did_you_mean(key, offered.iter().map(|evidence| evidence.key), "evidence that an area offers");
            place.wrong("evidence", format!("no area offers evidence called ‘{key}’"), remedy)
        }),
        (None, None) => {
            let remedy = "Name the file with its SQL, or the evidence from which it is built.";
            Err(place.wrong("sql", "nothing says what is counted", remedy))
        }
    }
}

/// The SQL of a measure that is built.
fn built(place: Place<'_>, raw: &mut RawMeasure, evidence: &EvidenceKind) -> Result<String, DeclarationError> {
    let parts = RawBuilt {
        day: raw.day.take(),
        from: raw.from.take(),
        until: raw.until.take(),
        only: std::mem::take(&mut raw.only),
        counted: std::mem::take(&mut raw.counted),
        hit: std::mem::take(&mut raw.hit),
        value: raw.value.take(),
        base: raw.base.take(),
    };
    let breakdown = raw.breakdown.iter().map(Dimension::column).collect();
    Build { place, kind: raw.kind, as_of: raw.as_of, breakdown, raw: &parts, evidence }.sql()
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
    if raw.as_of
        && matches!(raw.kind, MeasureKind::Percent | MeasureKind::Count | MeasureKind::Sum | MeasureKind::PointInTime)
    {
        let remedy = "Leave it out: it is for an average, a median, a ratio, a rate or a share; a point-in-time is taken at the end of \
                      the period anyway.";
        return Err(place.wrong("as_of", "it is not for this kind", remedy));
    }
    if matches!(raw.kind, MeasureKind::Percent | MeasureKind::Share) && raw.unit != "%" {
        return Err(place.wrong("unit", "a percent or share has the unit %", "Write unit = \"%\"."));
    }
    match (raw.kind == MeasureKind::Ratio, raw.per.as_deref().map(str::trim)) {
        (true, None | Some("")) => {
            let remedy = "Name what it is divided by, such as per = \"m²\".";
            return Err(place.wrong("per", "a ratio has two units", remedy));
        }
        (false, Some(_)) => return Err(place.wrong("per", "only a ratio has a second unit", "Leave it out.")),
        _ => {}
    }
    if raw.population.is_some() && !needs_population(raw.kind) {
        let remedy = "Leave it out, or make it a share or a rate-per-1000.";
        return Err(place.wrong("population", "it means nothing for this kind", remedy));
    }
    Ok(())
}

/// The population of a rate or share that names none.
const HOMES: &str = "homes";

fn needs_population(kind: MeasureKind) -> bool {
    matches!(kind, MeasureKind::RatePer1000 | MeasureKind::Share)
}

/// The one target from the beginning, or the dated ones in order.
fn targets(place: Place<'_>, raw: &RawMeasure) -> Result<Vec<DatedTarget>, DeclarationError> {
    if let Some(value) = raw.target {
        if !raw.targets.is_empty() {
            return Err(place.wrong("target", "targets is given too", "Keep target (always) or targets (dated)."));
        }
        return Ok(vec![DatedTarget { from: DatedTarget::ALWAYS, value, part: None }]);
    }
    dated_targets(place, "targets", &raw.targets)
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
