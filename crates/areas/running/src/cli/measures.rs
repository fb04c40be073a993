//! `rooftree measures`: figures and their rows as a table, CSV or JSON.

use crate::figures::words;
use rooftree_kernel::periods::Period;
use rooftree_platform::{
    Error, Platform, Result,
    figures::{self, Figure, Filter, Whose, evidence},
};
use rooftree_promises::measures::{Dimension, Measure};
use serde_json::{Value, json};

/// The most rows that one command prints.
pub const ROWS_MAX: i64 = 1_000_000;

/// How figures are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// For spreadsheets.
    Csv,
    /// For programs.
    Json,
}

impl std::str::FromStr for Format {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "table" => Ok(Self::Table),
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            other => Err(format!("‘{other}’ is not a format: table, csv or json")),
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// `2025-26`, `2025-26-Q2`, `2026-03`.
    pub period: String,
    /// One measure only.
    pub measure: Option<String>,
    /// Its rows instead of its value; needs `measure`.
    pub rows: bool,
    /// How they are printed.
    pub format: Format,
}

/// The text to print.
pub async fn measures(platform: &Platform, asked: &Asked) -> Result<String> {
    let period: Period = asked
        .period
        .parse()
        .map_err(|error: rooftree_kernel::periods::PeriodError| Error::field("period", error.to_string()))?;
    let rules = platform.rules();
    let chosen: Vec<&Measure> = match &asked.measure {
        None => rules.measures.all().collect(),
        Some(id) => {
            let unknown =
                || Error::field("measure", format!("there is no measure ‘{id}’: run without --measure to see all"));
            vec![rules.measures.get(id).ok_or_else(unknown)?]
        }
    };
    if asked.rows {
        let [measure] = chosen.as_slice() else {
            return Err(Error::field("rows", "name the measure whose rows you want: --measure ID"));
        };
        let rows = evidence::all(platform, measure, period, &Filter::default(), ROWS_MAX).await?;
        let dims: Vec<&str> = measure.breakdown.iter().map(Dimension::column).collect();
        let headings: Vec<&str> = ROW_HEADINGS.iter().chain(&dims).chain(&["subject_id"]).copied().collect();
        let cells = rows.iter().map(|row| row_cells(row, &measure.breakdown)).collect();
        return print(asked.format, &headings, cells, || serde_json::to_value(&rows));
    }
    let mut figures: Vec<(&Measure, Figure)> = Vec::new();
    for measure in chosen {
        figures.push((measure, figures::read(platform, measure, period, None, &Whose::Landlord).await?));
    }
    let json = || Ok(Value::Array(figures.iter().map(|(measure, figure)| figure_json(measure, figure)).collect()));
    print(
        asked.format,
        FIGURE_HEADINGS,
        figures.iter().map(|(measure, figure)| figure_cells(measure, figure)).collect(),
        json,
    )
}

const FIGURE_HEADINGS: &[&str] =
    &["measure", "title", "period", "shown", "value", "target", "met", "numerator", "denominator", "excluded"];

fn figure_cells(measure: &Measure, figure: &Figure) -> Vec<String> {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    vec![
        measure.id.clone(),
        measure.title.clone(),
        figure.period.to_string(),
        words::value(measure, figure.value),
        number(figure.value),
        number(figure.target),
        figure.met.map(|met| if met { "yes" } else { "no" }).unwrap_or_default().to_owned(),
        figure.tally.numerator.to_string(),
        figure.tally.denominator.to_string(),
        figure.tally.excluded.to_string(),
    ]
}

fn figure_json(measure: &Measure, figure: &Figure) -> Value {
    json!({
        "measure": measure.id, "title": measure.title, "unit": measure.unit, "period": figure.period.to_string(),
        "complete": figure.complete, "value": figure.value, "shown": words::value(measure, figure.value), "target": figure.target,
        "met": figure.met, "numerator": figure.tally.numerator, "denominator": figure.tally.denominator,
        "excluded": figure.tally.excluded, "source": measure.source, "definition": measure.definition,
    })
}

const ROW_HEADINGS: &[&str] = &["reference", "day", "counted", "hit", "value", "reason"];

fn row_cells(row: &evidence::Row, dimensions: &[Dimension]) -> Vec<String> {
    let flag = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
    let mut cells = vec![
        row.reference.clone(),
        row.day.to_string(),
        flag(row.counted),
        flag(row.hit),
        row.value.map(|value| value.to_string()).unwrap_or_default(),
        row.reason.clone(),
    ];
    cells.extend(dimensions.iter().map(|dimension| row.part(dimension).to_owned()));
    cells.push(row.subject_id.to_string());
    cells
}

fn print(
    format: Format,
    headings: &[&str],
    cells: Vec<Vec<String>>,
    json: impl FnOnce() -> serde_json::Result<Value>,
) -> Result<String> {
    let failed = |error: String| Error::Internal(error);
    match format {
        Format::Table => Ok(table(headings, &cells)),
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(headings).map_err(|error| failed(error.to_string()))?;
            for line in &cells {
                writer.write_record(line).map_err(|error| failed(error.to_string()))?;
            }
            let bytes = writer.into_inner().map_err(|error| failed(error.to_string()))?;
            String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
        }
        Format::Json => {
            let value = json().map_err(|error| failed(error.to_string()))?;
            Ok(serde_json::to_string_pretty(&value).map_err(|error| failed(error.to_string()))? + "\n")
        }
    }
}

/// Columns as wide as their widest cell, up to [`CELL_MAX`] letters.
fn table(headings: &[&str], cells: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let widest = cells.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        widest.max(headings[column].chars().count()).min(CELL_MAX)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{:width$}", cut(cell)));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let head = line(headings.to_vec());
    cells.iter().fold(head, |text, row| text + &line(row.iter().map(String::as_str).collect()))
}

/// The longest cell of a table for people; CSV and JSON hold all of it.
const CELL_MAX: usize = 48;

fn cut(cell: &str) -> String {
    if cell.chars().count() <= CELL_MAX {
        cell.to_owned()
    } else {
        cell.chars().take(CELL_MAX - 1).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells() -> Vec<Vec<String>> {
        vec![vec!["a,\"b\"".to_owned(), "x".repeat(60)], vec!["é".to_owned(), String::new()]]
    }

    #[test]
    fn a_table_is_aligned_and_cut() {
        let text = table(&["one", "two"], &cells());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "one    two");
        assert_eq!(lines[1].chars().count(), 5 + 2 + CELL_MAX);
        assert!(lines[1].ends_with('…'));
        assert_eq!(lines[2], "é");
    }

    #[test]
    fn csv_quotes_and_keeps_everything() {
        let text = print(Format::Csv, &["one", "two"], cells(), || Ok(Value::Null)).unwrap();
        assert!(text.starts_with("one,two\n\"a,\"\"b\"\"\",xxxx"));
        assert!(text.contains(&"x".repeat(60)));
    }

    #[test]
    fn formats_read() {
        assert_eq!("json".parse::<Format>(), Ok(Format::Json));
        assert!("xml".parse::<Format>().unwrap_err().contains("table, csv or json"));
    }
}
