//! Figures that others published, to compare with: the regulator's tenant satisfaction measures of all landlords.
//!
//! The file is the regulator's management information with one row for each landlord and measure. Markers such as `[X]` stand where
//! there is no figure; those rows are left out and counted, never read as nought.

use crate::{Ctx, Error, FactKind, Platform, Result, boxed};
use rooftree_kernel::Permission;
use serde::Deserialize;
use std::collections::BTreeMap;

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

/// The most rows of a file.
const ROWS_MAX: usize = 200_000;

/// One figure of one landlord.
#[derive(Clone, Debug, PartialEq)]
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
    /// Homes owned.
    pub homes: Option<i64>,
    /// The numerator.
    pub numerator: Option<i64>,
    /// The denominator.
    pub denominator: Option<i64>,
    /// The value as published.
    pub value: f64,
}

/// What a file came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// The figures.
    pub figures: Vec<External>,
    /// Rows without a figure, by the marker that stands for it (`empty` where nothing stands).
    pub markers: BTreeMap<String, u64>,
}

impl Loaded {
    /// Rows that were left out.
    pub fn left_out(&self) -> u64 {
        self.markers.values().sum()
    }

    /// What the command line prints.
    pub fn report(&self) -> String {
        let mut text = format!(
            "{} figures loaded, {} rows left out because they hold no figure\n",
            self.figures.len(),
            self.left_out()
        );
        for (marker, count) in &self.markers {
            text.push_str(&format!("  {marker}  {count}\n"));
        }
        text
    }
}

#[derive(Deserialize)]
struct Line {
    year: String,
    landlord_code: String,
    landlord_name: String,
    landlord_type: String,
    measure: String,
    tenure: String,
    numerator: String,
    denominator: String,
    published_value: String,
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
const COLUMNS: [&str; 9] = [
    "year",
    "landlord_code",
    "landlord_name",
    "landlord_type",
    "measure",
    "tenure",
    "numerator",
    "denominator",
    "published_value",
];

/// Reads the regulator's file (`year, landlord_code, landlord_name, landlord_type, measure, tenure, numerator, denominator,
/// published_value`). A row that is no row of such a file refuses the whole, naming its line.
pub fn parse(csv_text: &[u8]) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    let mut reader = csv::Reader::from_reader(csv_text);
    let headings = reader.headers().cloned().unwrap_or_default();
    let missing: Vec<&str> =
        COLUMNS.into_iter().filter(|column| !headings.iter().any(|heading| heading == *column)).collect();
    if !missing.is_empty() {
        return Err(Error::field(
            "file",
            format!("this is not the regulator's file as CSV: it has no column {}", missing.join(", ")),
        ));
    }
    for (index, line) in reader.deserialize::<Line>().enumerate() {
        let row = index + 2;
        if index >= ROWS_MAX {
            return Err(Error::field("file", format!("the file has more than {ROWS_MAX} rows: split it")));
        }
        let line = line.map_err(|error| {
            Error::field(
                "file",
                format!("line {row} cannot be read ({error}): use the file with one row per landlord and measure"),
            )
        })?;
        match value(&line) {
            Ok(value) => loaded.figures.push(external(line, value, row)?),
            Err(marker) => *loaded.markers.entry(marker).or_default() += 1,
        }
    }
    if loaded.figures.is_empty() {
        return Err(Error::field(
            "file",
            "the file holds no figures: use the regulator's file with a line of headings (year, landlord_code … published_value) and one row per landlord and measure",
        ));
    }
    let homes: BTreeMap<(String, String), i64> = loaded
        .figures
        .iter()
        .filter(|figure| figure.measure == HOMES_MEASURE)
        .filter_map(|figure| Some(((figure.period.clone(), figure.landlord_code.clone()), figure.denominator?)))
        .collect();
    for figure in &mut loaded.figures {
        figure.homes = homes.get(&(figure.period.clone(), figure.landlord_code.clone())).copied();
    }
    Ok(loaded)
}

/// The published value, or the marker that stands in its place (or in the numerator's or denominator's, where a value of 0 hides it).
fn value(line: &Line) -> Result<f64, String> {
    for text in [&line.numerator, &line.denominator, &line.published_value] {
        if text.trim().starts_with('[') {
            return Err(text.trim().to_owned());
        }
    }
    let text = line.published_value.trim();
    let wrong = || if text.is_empty() { "empty".to_owned() } else { format!("‘{text}’") };
    text.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(wrong)
}

fn external(line: Line, value: f64, row: usize) -> Result<External> {
    let whole = |text: &str, column: &str| match text.trim() {
        "" => Ok(None),
        number => number
            .parse::<i64>()
            .map(Some)
            .map_err(|_| Error::field("file", format!("line {row}: the {column} ‘{number}’ is not a whole number"))),
    };
    let tenure = match line.tenure.as_str() {
        "all" | "" => String::new(),
        other => format!(" {other}"),
    };
    Ok(External {
        numerator: whole(&line.numerator, "numerator")?,
        denominator: whole(&line.denominator, "denominator")?,
        measure: key(&format!("{}{tenure}", line.measure)),
        period: line.year.replace('/', "-"),
        landlord_code: line.landlord_code,
        landlord: line.landlord_name,
        landlord_type: line.landlord_type,
        homes: None,
        value,
    })
}

/// The regulator's size bands.
pub fn size_band(homes: i64) -> &'static str {
    match homes {
        ..5_000 => "fewer than 5,000 homes",
        5_000..=40_000 => "5,000 to 40,000 homes",
        _ => "more than 40,000 homes",
    }
}

/// Loads a file; figures that are there already are replaced. Returns what was read, for the report.
#[boxed]
pub async fn import(ctx: &mut Ctx, csv_text: &[u8]) -> Result<Loaded> {
    ctx.require(&IMPORT)?;
    let loaded = parse(csv_text)?;
    let now = ctx.now;
    // One row per key: the last line wins, as it would in a spreadsheet that is pasted over.
    let by_key: BTreeMap<(&str, &str, &str), &External> =
        loaded.figures.iter().map(|f| ((f.measure.as_str(), f.period.as_str(), f.landlord_code.as_str()), f)).collect();
    let figures: Vec<&External> = by_key.into_values().collect();
    let text = |pick: &dyn Fn(&External) -> String| figures.iter().map(|f| pick(f)).collect::<Vec<_>>();
    let number = |pick: &dyn Fn(&External) -> Option<i64>| figures.iter().map(|f| pick(f)).collect::<Vec<_>>();
    sqlx::query!(
        "insert into figure_external (source, measure, period, landlord_code, landlord, landlord_type, homes, size_band, numerator, denominator, value)
         select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::bigint[],
                                  $10::bigint[], $11::float8[])
         on conflict (measure, period, landlord_code) do update set source = excluded.source, landlord = excluded.landlord,
             landlord_type = excluded.landlord_type, homes = excluded.homes, size_band = excluded.size_band,
             numerator = excluded.numerator, denominator = excluded.denominator, value = excluded.value",
        REGULATOR,
        &text(&|f| f.measure.clone()),
        &text(&|f| f.period.clone()),
        &text(&|f| f.landlord_code.clone()),
        &text(&|f| f.landlord.clone()),
        &text(&|f| f.landlord_type.clone()),
        &number(&|f| f.homes) as _,
        &text(&|f| f.homes.map(size_band).unwrap_or_default().to_owned()),
        &number(&|f| f.numerator) as _,
        &number(&|f| f.denominator) as _,
        &figures.iter().map(|f| f.value).collect::<Vec<_>>(),
    )
    .execute(ctx.conn())
    .await?;
    let fact = EXTERNAL_LOADED
        .at(now)
        .with("source", REGULATOR)
        .with("figures", figures.len())
        .with("left_out", loaded.left_out());
    ctx.record(fact).await?;
    Ok(loaded)
}

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

    const HEAD: &str =
        "year,landlord_code,landlord_name,landlord_type,measure,tenure,numerator,denominator,published_value\n";

    #[test]
    fn one_name_for_every_spelling() {
        for name in ["RP02 2", "RP02(2)", "RP02-2", "RP02-emergency"] {
            assert_eq!(key(name), "RP02-2", "{name}");
        }
        assert_eq!(key("RP02-non-emergency"), "RP02-1");
        assert_eq!(key("CH02 1 LCRA"), "CH02-1-LCRA");
    }

    #[test]
    fn markers_are_not_figures() {
        let text = format!(
            "{HEAD}2023/24,A,\"Aye, Council\",LARP,RP02 1,all,90,100,90\n2023/24,A,Aye,LARP,NM01 1,all,5,5584,0.9\n\
             2023/24,B,Bee,LARP,RP02 1,all,[E],[E],[E]\n2023/24,C,Cee,LARP,CH02 1,LCRA,[X],685,0\n2023/24,D,Dee,PRP,RP02 1,all,,,\n"
        );
        let loaded = parse(text.as_bytes()).unwrap();
        assert_eq!(loaded.figures.len(), 2);
        assert_eq!(loaded.figures[0].landlord, "Aye, Council");
        assert_eq!((loaded.figures[0].period.as_str(), loaded.figures[0].homes), ("2023-24", Some(5584)));
        let expected = [("[E]", 1), ("[X]", 1), ("empty", 1)].map(|(marker, n)| (marker.to_owned(), n));
        assert_eq!(loaded.markers, BTreeMap::from(expected));
        assert!(loaded.report().contains("3 rows left out"));
    }

    #[test]
    fn a_wrong_file_names_its_line() {
        let other = parse(b"name,value\nx,1\n").unwrap_err().to_string();
        assert!(other.contains("no column year, landlord_code") && other.contains("published_value"), "{other}");
        let short = parse(format!("{HEAD}2023/24,A\n").as_bytes()).unwrap_err().to_string();
        assert!(short.contains("line 2"), "{short}");
        let error = parse(format!("{HEAD}2023/24,A,Aye,LARP,RP02 1,all,9.5,10,95\n").as_bytes()).unwrap_err();
        assert!(error.to_string().contains("line 2: the numerator"), "{error}");
    }

    #[test]
    fn the_regulators_own_file() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/tsm-2023-24/management_info_long.csv");
        let Ok(text) = std::fs::read(path) else {
            eprintln!("skipped: ../shared/data/tsm-2023-24 is not there");
            return;
        };
        let loaded = parse(&text).unwrap();
        let oxford = loaded.figures.iter().find(|f| f.landlord_code == "38UC" && f.measure == "RP02-2").unwrap();
        assert_eq!((oxford.numerator, oxford.denominator, oxford.homes), (Some(9242), Some(9269), Some(7869)));
        assert!(loaded.figures.iter().filter(|f| f.measure == "RP02-1").count() > 340);
        assert!(loaded.markers.contains_key("[E]"));
        for figure in loaded.figures.iter().filter(|f| f.measure.starts_with("RP02")) {
            let (n, d) = (figure.numerator.unwrap() as f64, figure.denominator.unwrap() as f64);
            assert!((100.0 * n / d - figure.value).abs() < 0.6, "{}", figure.landlord);
        }
    }
}
