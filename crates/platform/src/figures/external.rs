//! Figures that others published, to compare with: the regulator's tenant satisfaction measures of all landlords.
//!
//! The file is the regulator's management information with one row for each landlord and measure. Markers such as `[X]` stand where
//! there is no figure; those rows are left out and counted, never read as nought.

use crate::{
    Ctx, Error, FactKind, Platform, Result, boxed,
    imports::{Column, ImportTarget, Outcome, StagedRow},
};
use async_trait::async_trait;
use rooftree_kernel::{Permission, typed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// The permission to load figures of others.
pub const IMPORT: Permission = Permission::new("imports.run");

/// Figures of other landlords were loaded.
pub const EXTERNAL_LOADED: FactKind =
    FactKind::new("figures.external-loaded", "Figures of other landlords loaded", &["source", "figures", "left_out"]);

/// Where the figures come from, as pages say it.
pub const REGULATOR: &str = "Regulator of Social Housing, Tenant Satisfaction Measures, management information \
                             (Open Government Licence v3.0)";

/// The landlords marked on pages until the setting `figures.landlords` names others: Oxford City Council and Warwick District Council.
const MARKED: [&str; 2] = ["38UC", "44UF"];

/// The measure whose denominator is the number of homes that a landlord owns.
const HOMES_MEASURE: &str = "NM01-1";

/// One figure of one landlord.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct External {
    /// `RP02-1`; `CH01-1-LCRA` where a measure is split by tenure.
    pub measure: String,
    /// `2023-24`.
    pub period: String,
    /// The regulator's code.
    pub landlord_code: String,
    /// Its name.
    pub landlord: String,
    /// `LARP` (local authority) or `PRP` (private).
    pub landlord_type: String,
    /// The numerator.
    pub numerator: Option<i64>,
    /// The denominator.
    pub denominator: Option<i64>,
    /// The value as published.
    pub value: f64,
}

impl External {
    /// Figures are named by measure, period and landlord; imports know things by ids, so one is derived from the name. The database derives
    /// the same (`id_of_external_figure`).
    fn id(&self) -> Uuid {
        let digest = Sha256::digest(format!("{}\n{}\n{}", self.measure, self.period, self.landlord_code));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Uuid::from_bytes(bytes)
    }
}

/// How a measure is named here, whatever spelling it comes in: `RP02 1`, `RP02(1)` and `RP02-non-emergency` are `RP02-1`.
pub fn key(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_uppercase)
        .collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["RP02", "EMERGENCY"] => "RP02-2".to_owned(),
        ["RP02", "NON", "EMERGENCY"] => "RP02-1".to_owned(),
        _ => words.join("-"),
    }
}

/// The regulator's columns.
const COLUMNS: &[Column] = &[
    Column::new("year", "Year", "2023/24", &[]).required(),
    Column::new("landlord_code", "Landlord code", "38UC", &[]).required(),
    Column::new("landlord_name", "Landlord name", "Oxford City Council", &[]).required(),
    Column::new("landlord_type", "Landlord type", "LARP", &[]),
    Column::new("measure", "Measure", "RP02-1", &[]).required(),
    Column::new("tenure", "Tenure", "all", &[]),
    Column::new("numerator", "Numerator", "900", &[]),
    Column::new("denominator", "Denominator", "1,000", &[]),
    Column::new("published_value", "Published value", "90.0", &[]),
];

/// The regulator's management information, one row for each landlord and measure.
pub struct ExternalFigures;

/// Reads a row: a figure, `None` where a marker or nothing stands in its place, or what is wrong with which cell.
fn read(row: &StagedRow) -> Result<Option<External>, Vec<(String, String)>> {
    let cell = |key: &str| row.cell(key).unwrap_or_default();
    // A marker in the numerator or the denominator is hidden by a value of nought.
    let holds_none = ["numerator", "denominator", "published_value"].iter().any(|key| cell(key).starts_with('['));
    if holds_none || cell("published_value").is_empty() {
        return Ok(None);
    }
    let mut errors = Vec::new();
    let mut whole = |key: &str| match cell(key) {
        "" => None,
        text => typed::whole(text).map_err(|why| errors.push((key.to_owned(), format!("‘{text}’ {why}")))).ok(),
    };
    let (numerator, denominator) = (whole("numerator"), whole("denominator"));
    let value = cell("published_value");
    let value =
        typed::decimal(value).map_err(|why| errors.push(("published_value".to_owned(), format!("‘{value}’ {why}"))));
    let (Ok(value), true) = (value, errors.is_empty()) else { return Err(errors) };
    let tenure = match cell("tenure") {
        "all" | "" => String::new(),
        other => format!(" {other}"),
    };
    Ok(Some(External {
        measure: key(&format!("{}{tenure}", cell("measure"))),
        period: cell("year").replace('/', "-"),
        landlord_code: cell("landlord_code").to_owned(),
        landlord: cell("landlord_name").to_owned(),
        landlord_type: cell("landlord_type").to_owned(),
        numerator,
        denominator,
        value,
    }))
}

#[async_trait]
impl ImportTarget for ExternalFigures {
    fn key(&self) -> &'static str {
        TARGET
    }
    fn title(&self) -> &'static str {
        "Published figures of other landlords"
    }
    fn permission(&self) -> Permission {
        IMPORT
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    async fn apply(&self, ctx: &mut Ctx, rows: &[StagedRow]) -> Result<Vec<Outcome>> {
        ctx.require(&IMPORT)?;
        sqlx::query!("select pg_advisory_xact_lock(hashtext('import external figures'))").execute(ctx.conn()).await?;
        let read: Vec<_> = rows.iter().map(read).collect();
        let mut held = held(ctx, &read.iter().flatten().flatten().map(External::id).collect::<Vec<_>>()).await?;
        let (mut outcomes, mut changed, mut left_out) = (Vec::with_capacity(rows.len()), Vec::new(), 0);
        for read in read {
            let figure = match read {
                Ok(Some(figure)) => figure,
                Ok(None) => {
                    left_out += 1;
                    outcomes.push(Outcome::PassedOver);
                    continue;
                }
                Err(errors) => {
                    outcomes.push(Outcome::Refused(errors));
                    continue;
                }
            };
            let id = figure.id();
            outcomes.push(match held.insert(id, figure.clone()) {
                Some(before) if before == figure => Outcome::Unchanged(id),
                Some(before) => Outcome::Updated { id, before: json(&before)? },
                None => Outcome::Created(id),
            });
            changed.push(figure);
        }
        // The last of two rows about the same counts, as it would in a spreadsheet that is pasted over.
        let last: BTreeMap<Uuid, External> = changed.into_iter().map(|figure| (figure.id(), figure)).collect();
        save(ctx, &last.into_values().collect::<Vec<_>>()).await?;
        let now = ctx.now;
        let taken =
            outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Created(_) | Outcome::Updated { .. })).count();
        if taken > 0 {
            let fact = EXTERNAL_LOADED.at(now).with("source", REGULATOR).with("figures", taken);
            ctx.record(fact.with("left_out", left_out)).await?;
        }
        Ok(outcomes)
    }

    async fn undo(&self, ctx: &mut Ctx, created: &[Uuid], updated: &[(Uuid, Value)]) -> Result<()> {
        ctx.require(&IMPORT)?;
        let wrong = |error: serde_json::Error| Error::Internal(error.to_string());
        let before: Vec<External> = updated
            .iter()
            .map(|(_, value)| External::deserialize(value))
            .collect::<serde_json::Result<_>>()
            .map_err(wrong)?;
        save(ctx, &before).await?;
        sqlx::query!(
            "delete from figure_external where id_of_external_figure(measure, period, landlord_code) = any($1)",
            created
        )
        .execute(ctx.conn())
        .await?;
        Ok(())
    }
}

/// The name of the import.
pub const TARGET: &str = "external-figures";

fn json(figure: &External) -> Result<Value> {
    serde_json::to_value(figure).map_err(|error| Error::Internal(error.to_string()))
}

/// The figures that are here already, by their id.
async fn held(ctx: &mut Ctx, ids: &[Uuid]) -> Result<HashMap<Uuid, External>> {
    let held = sqlx::query_as!(
        External,
        "select measure, period, landlord_code, landlord, landlord_type, numerator, denominator, value from figure_external
         where id_of_external_figure(measure, period, landlord_code) = any($1)",
        ids
    )
    .fetch_all(ctx.conn())
    .await?;
    Ok(held.into_iter().map(|figure| (figure.id(), figure)).collect())
}

/// Writes figures, and how large the landlords are: one of their measures says how many homes they own.
async fn save(ctx: &mut Ctx, figures: &[External]) -> Result<()> {
    let text = |pick: fn(&External) -> &String| figures.iter().map(|f| pick(f).clone()).collect::<Vec<_>>();
    let number = |pick: fn(&External) -> Option<i64>| figures.iter().map(pick).collect::<Vec<_>>();
    sqlx::query!(
        "insert into figure_external (source, measure, period, landlord_code, landlord, landlord_type, numerator, denominator, value)
         select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::float8[])
         on conflict (measure, period, landlord_code) do update set source = excluded.source, landlord = excluded.landlord,
             landlord_type = excluded.landlord_type, numerator = excluded.numerator, denominator = excluded.denominator,
             value = excluded.value",
        REGULATOR,
        &text(|f| &f.measure),
        &text(|f| &f.period),
        &text(|f| &f.landlord_code),
        &text(|f| &f.landlord),
        &text(|f| &f.landlord_type),
        &number(|f| f.numerator) as _,
        &number(|f| f.denominator) as _,
        &figures.iter().map(|f| f.value).collect::<Vec<_>>(),
    )
    .execute(ctx.conn())
    .await?;
    sqlx::query!(
        "update figure_external f set homes = h.denominator,
                size_band = case when h.denominator < 5000 then $2 when h.denominator <= 40000 then $3 else $4 end
         from figure_external h
         where h.measure = $1 and h.denominator is not null and h.period = f.period and h.landlord_code = f.landlord_code
           and f.homes is distinct from h.denominator",
        HOMES_MEASURE,
        SIZE_BANDS[0],
        SIZE_BANDS[1],
        SIZE_BANDS[2],
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// The regulator's size bands: below 5,000 homes, up to 40,000, above.
const SIZE_BANDS: [&str; 3] = ["fewer than 5,000 homes", "5,000 to 40,000 homes", "more than 40,000 homes"];

/// A landlord among its peers.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Landlord {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Its numerator.
    pub numerator: Option<i64>,
    /// Its denominator.
    pub denominator: Option<i64>,
}

/// The spread of a measure over landlords of one type and size, and the landlords to mark in it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Peers {
    /// `2023-24`.
    pub period: String,
    /// Who they are: `local authorities with 5,000 to 40,000 homes`.
    pub group: String,
    /// How many they are, the marked ones included.
    pub count: i64,
    /// Least, lower quartile, median, upper quartile, greatest.
    pub spread: [f64; 5],
    /// The marked landlords.
    pub marked: Vec<Landlord>,
    /// Where the figures come from.
    pub source: String,
}

/// How the landlords to be marked compare with their peers in the latest year that was loaded: one answer for each type and size that
/// a marked landlord has; empty when nothing was loaded.
#[boxed]
pub async fn peers(platform: &Platform, external: &str) -> Result<Vec<Peers>> {
    let measure = key(external);
    let setting = sqlx::query_scalar!("select value from setting where key = 'figures.landlords'")
        .fetch_optional(platform.writes())
        .await?;
    let marked: Vec<String> = setting
        .and_then(|value| serde_json::from_value(value).ok())
        .unwrap_or_else(|| MARKED.map(str::to_owned).to_vec());
    let groups = sqlx::query!(
        r#"with latest as (select * from figure_external
                           where measure = $1 and period = (select max(period) from figure_external where measure = $1))
           select l.period, l.landlord_type, l.size_band, l.source, count(*) as "count!", min(l.value) as "least!", max(l.value) as "greatest!",
                  percentile_cont(array[0.25, 0.5, 0.75]) within group (order by l.value) as "quartiles!"
           from latest l
           where (l.landlord_type, l.size_band) in (select m.landlord_type, m.size_band from latest m where m.landlord_code = any($2))
           group by 1, 2, 3, 4 order by 2, 3"#,
        measure,
        &marked
    )
    .fetch_all(platform.writes())
    .await?;
    let landlords = sqlx::query!(
        "select landlord, landlord_type, size_band, period, value, numerator, denominator from figure_external
         where measure = $1 and landlord_code = any($2) order by value desc",
        measure,
        &marked
    )
    .fetch_all(platform.writes())
    .await?;
    Ok(groups
        .into_iter()
        .map(|group| Peers {
            marked: landlords
                .iter()
                .filter(|l| {
                    l.period == group.period && l.landlord_type == group.landlord_type && l.size_band == group.size_band
                })
                .map(|l| Landlord {
                    name: l.landlord.clone(),
                    value: l.value,
                    numerator: l.numerator,
                    denominator: l.denominator,
                })
                .collect(),
            group: group_words(&group.landlord_type, &group.size_band),
            count: group.count,
            spread: match group.quartiles.as_slice() {
                [lower, median, upper] => [group.least, *lower, *median, *upper, group.greatest],
                _ => [group.least, group.least, group.least, group.greatest, group.greatest],
            },
            period: group.period,
            source: group.source,
        })
        .collect())
}

fn group_words(landlord_type: &str, size_band: &str) -> String {
    let who = match landlord_type {
        "LARP" => "local authorities",
        "PRP" => "private registered providers",
        other => other,
    };
    if size_band.is_empty() { format!("{who} whose size is not published") } else { format!("{who} with {size_band}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_for_every_spelling() {
        for name in ["RP02 2", "RP02(2)", "RP02-2", "RP02-emergency"] {
            assert_eq!(key(name), "RP02-2", "{name}");
        }
        assert_eq!(key("RP02-non-emergency"), "RP02-1");
        assert_eq!(key("CH02 1 LCRA"), "CH02-1-LCRA");
    }

    /// The rows of a file whose headings are the columns' own names.
    fn rows_of(csv_text: &[u8]) -> Vec<StagedRow> {
        let mut reader = csv::Reader::from_reader(csv_text);
        let headings = reader.headers().unwrap().clone();
        let row = |(number, record): (i32, csv::Result<csv::StringRecord>)| {
            let record = record.unwrap();
            let cells = headings.iter().zip(&record).filter(|(_, cell)| !cell.trim().is_empty());
            let cells = cells.map(|(heading, cell)| (heading.to_owned(), cell.to_owned())).collect();
            StagedRow { number, source: "Regulator".into(), cells }
        };
        (2..).zip(reader.records()).map(row).collect()
    }

    fn row(cells: [&str; 9]) -> StagedRow {
        let cells = COLUMNS.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
        let cells = cells.map(|(column, cell)| (column.key.to_owned(), cell.to_owned())).collect();
        StagedRow { number: 2, source: "Regulator".into(), cells }
    }

    #[test]
    fn markers_are_not_figures() {
        let figure =
            read(&row(["2023/24", "A", "Aye, Council", "LARP", "RP02 1", "all", "90", "100", "90"])).unwrap().unwrap();
        assert_eq!((figure.period.as_str(), figure.measure.as_str(), figure.value), ("2023-24", "RP02-1", 90.0));
        for marked in [["[E]", "[E]", "[E]"], ["[X]", "685", "0"], ["", "", ""]] {
            let [numerator, denominator, value] = marked;
            assert_eq!(
                read(&row(["2023/24", "B", "Bee", "LARP", "CH02 1", "LCRA", numerator, denominator, value])),
                Ok(None)
            );
        }
    }

    #[test]
    fn numbers_are_read_as_files_write_them() {
        for (numerator, denominator, value) in
            [("900.0", "1000.0", "90.0"), ("900", "1,000", "90"), ("", "7,800", "7,800")]
        {
            let figure = read(&row(["2023-24", "A", "Aye", "LARP", "RP02-1", "all", numerator, denominator, value]));
            assert!(matches!(figure, Ok(Some(_))), "{figure:?}");
        }
        let wrong = read(&row(["2023/24", "A", "Aye", "LARP", "RP02 1", "all", "9.5", "10", "9,5"])).unwrap_err();
        assert_eq!(wrong.iter().map(|fault| fault.0.as_str()).collect::<Vec<_>>(), ["numerator", "published_value"]);
    }

    #[test]
    fn the_regulators_own_file() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/tsm-2023-24/management_info_long.csv");
        let Ok(text) = std::fs::read(path) else {
            eprintln!("skipped: ../shared/data/tsm-2023-24 is not there");
            return;
        };
        let figures: Vec<External> =
            rows_of(&text).iter().map(read).collect::<Result<Vec<_>, _>>().unwrap().into_iter().flatten().collect();
        let oxford = figures.iter().find(|f| f.landlord_code == "38UC" && f.measure == "RP02-2").unwrap();
        assert_eq!((oxford.numerator, oxford.denominator), (Some(9242), Some(9269)));
        assert!(figures.iter().filter(|f| f.measure == "RP02-1").count() > 340);
        for figure in figures.iter().filter(|f| f.measure.starts_with("RP02")) {
            let (n, d) = (figure.numerator.unwrap() as f64, figure.denominator.unwrap() as f64);
            assert!((100.0 * n / d - figure.value).abs() < 0.6, "{}", figure.landlord);
        }
    }
}
