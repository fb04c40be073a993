//! What areas offer to measure, and the SQL of a measure that is built from it instead of written.

use super::MeasureKind;
use crate::{
    DeclarationError,
    errors::{Place, did_you_mean},
    standards::{Condition, Conditions, Scalar, Test},
};
use std::fmt::Write as _;

/// Rows that an area offers to measure: its repairs, its visits.
#[derive(Clone, Copy, Debug)]
pub struct EvidenceKind {
    /// Its name in declarations.
    pub key: &'static str,
    /// What people read: `Repairs`.
    pub title: &'static str,
    /// The facts that may change a row.
    pub facts: &'static [&'static str],
    /// What can be asked of a row, counted on, added up.
    pub columns: &'static [Column],
    /// The dimensions by which it can be broken down; each can be asked of as well.
    pub dims: &'static [&'static str],
    /// A SELECT of `subject_id uuid, reference text, home_id uuid`, the columns and the dimensions, of all rows that there are. Keep it a
    /// plain join, so that PostgreSQL can look up the rows of some days.
    pub sql: &'static str,
}

/// A column of evidence.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in the SELECT and in declarations.
    pub key: &'static str,
    /// What people read: `Completed on`.
    pub title: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column of evidence holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A date.
    Day,
    /// A number.
    Number,
    /// An amount in pence.
    Pence,
    /// Yes or no.
    Flag,
    /// One of these keys, with what people read of each.
    Word(&'static [(&'static str, &'static str)]),
    /// A text; dimensions are texts.
    Text,
}

impl EvidenceKind {
    /// What a column or a dimension of that name holds.
    pub fn holds(&self, name: &str) -> Option<ColumnKind> {
        let column = self.columns.iter().find(|column| column.key == name).map(|column| column.kind);
        column.or_else(|| self.dims.contains(&name).then_some(ColumnKind::Text))
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|column| column.key).chain(self.dims.iter().copied())
    }
}

/// What a measure takes from its evidence, as it stands in TOML.
#[derive(Clone, Debug, Default)]
pub(super) struct RawBuilt {
    /// The column with the day on which a row counts.
    pub day: Option<String>,
    /// Of a figure as things stand: the columns with the days on which a row begins and ceases to stand.
    pub from: Option<String>,
    pub until: Option<String>,
    /// The rows that it is about.
    pub only: toml::Table,
    /// Those that are counted; the others are listed and left out.
    pub counted: toml::Table,
    /// Those that are hits.
    pub hit: toml::Table,
    /// The column that is averaged or added up.
    pub value: Option<String>,
    /// The column by which a ratio divides.
    pub base: Option<String>,
}

/// A measure that is being built.
pub(super) struct Build<'a> {
    pub place: Place<'a>,
    pub kind: MeasureKind,
    pub as_of: bool,
    pub breakdown: Vec<&'a str>,
    pub raw: &'a RawBuilt,
    pub evidence: &'a EvidenceKind,
}

impl Build<'_> {
    /// The SELECT that yields its evidence.
    pub fn sql(&self) -> Result<String, DeclarationError> {
        let (raw, evidence) = (self.raw, self.evidence);
        let (day, rows) = self.days()?;
        let (only, counted, hit) =
            (self.all("only", &raw.only)?, self.all("counted", &raw.counted)?, self.all("hit", &raw.hit)?);
        if raw.hit.is_empty() && matches!(self.kind, MeasureKind::Percent) {
            let remedy = "Say which rows are hits, such as hit = { on_time = true }.";
            return Err(self.place.wrong("hit", "a percent needs to know what a hit is", remedy));
        }
        let value = self.amount("value", raw.value.as_deref())?;
        let needs_value =
            matches!(self.kind, MeasureKind::Average | MeasureKind::Median | MeasureKind::Sum | MeasureKind::Ratio);
        if needs_value && raw.value.is_none() {
            let remedy = format!("Name a column with a number: {}.", self.numbers());
            return Err(self.place.wrong("value", "this kind needs a value", remedy));
        }
        let base = self.amount("base", raw.base.as_deref())?;
        if (self.kind == MeasureKind::Ratio) != raw.base.is_some() {
            let remedy = "Name the column by which a ratio divides; leave it out for every other kind.";
            return Err(self.place.wrong("base", "a ratio, and nothing else, has a base", remedy));
        }
        let mut sql = format!(
            "select x.subject_id, x.reference, x.home_id, {day} as day, {counted} as counted, {hit} as hit, {value} as value, {base} as base,\n       \
             case when not {counted} then 'Left out' when not {hit} then 'Not a hit' end as reason"
        );
        for dimension in &self.breakdown {
            if !evidence.dims.contains(dimension) {
                let remedy = did_you_mean(dimension, evidence.dims.iter().copied(), "a dimension of the evidence");
                let problem = format!("{} are not known by ‘{dimension}’", evidence.title);
                return Err(self.place.wrong("breakdown", problem, remedy));
            }
            // Writing to a string cannot fail.
            let _ = write!(sql, ", x.\"{dimension}\"");
        }
        let _ = write!(sql, "\n  from ({}) x\n where {rows} and {only}", evidence.sql);
        Ok(sql)
    }

    /// The day on which a row counts, and the rows of the period.
    fn days(&self) -> Result<(String, String), DeclarationError> {
        let raw = self.raw;
        if self.kind == MeasureKind::PointInTime || self.as_of {
            if raw.day.is_some() {
                let remedy =
                    "Give from and until: the columns with the days on which a row begins and ceases to stand.";
                return Err(self.place.wrong("day", "a figure as things stand has no such day", remedy));
            }
            let (from, until) = (self.day("from", raw.from.as_deref())?, self.day("until", raw.until.as_deref())?);
            let rows =
                format!("$1::date is not null and {from} < $2::date and ({until} is null or {until} >= $2::date)");
            return Ok(("$2::date - 1".to_owned(), rows));
        }
        let day = self.day("day", raw.day.as_deref())?;
        let rows = format!("{day} >= $1::date and {day} < $2::date");
        Ok((day, rows))
    }

    fn day(&self, key: &str, name: Option<&str>) -> Result<String, DeclarationError> {
        let days =
            self.evidence.columns.iter().filter(|column| column.kind == ColumnKind::Day).map(|column| column.key);
        match name {
            Some(name) if self.evidence.holds(name) == Some(ColumnKind::Day) => Ok(format!("x.\"{name}\"")),
            Some(name) => {
                let remedy = did_you_mean(name, days, "a column with a day");
                Err(self.place.wrong(key, format!("‘{name}’ holds no day"), remedy))
            }
            None => {
                let remedy = format!("Name a column with a day: {}.", days.collect::<Vec<_>>().join(", "));
                Err(self.place.wrong(key, "it is missing", remedy))
            }
        }
    }

    fn numbers(&self) -> String {
        let numbers =
            self.evidence.columns.iter().filter(|column| matches!(column.kind, ColumnKind::Number | ColumnKind::Pence));
        numbers.map(|column| column.key).collect::<Vec<_>>().join(", ")
    }

    fn amount(&self, key: &str, name: Option<&str>) -> Result<String, DeclarationError> {
        match name.map(|name| (name, self.evidence.holds(name))) {
            None => Ok("null::numeric".to_owned()),
            Some((name, Some(ColumnKind::Number | ColumnKind::Pence))) => Ok(format!("x.\"{name}\"::numeric")),
            Some((name, _)) => {
                let remedy = format!("Name a column with a number: {}.", self.numbers());
                Err(self.place.wrong(key, format!("‘{name}’ holds no number"), remedy))
            }
        }
    }

    /// Conditions that must all hold, as SQL that is true or false and never null.
    fn all(&self, key: &str, table: &toml::Table) -> Result<String, DeclarationError> {
        let conditions = Conditions::read(table).map_err(|(field, problem)| {
            let remedy =
                "A condition is a value, a list of values, { not = … }, { min = …, max = … } or { exists = true }.";
            self.place.wrong(format!("{key}.{field}"), problem, remedy)
        })?;
        let tests: Vec<String> =
            conditions.0.iter().map(|condition| self.test(key, condition)).collect::<Result<_, _>>()?;
        Ok(if tests.is_empty() { "true".to_owned() } else { format!("({})", tests.join(" and ")) })
    }

    fn test(&self, key: &str, condition: &Condition) -> Result<String, DeclarationError> {
        let name = &condition.field;
        let wrong = |problem: String, remedy: String| self.place.wrong(format!("{key}.{name}"), problem, remedy);
        let Some(kind) = self.evidence.holds(name) else {
            let remedy = did_you_mean(name, self.evidence.names(), "a column of the evidence");
            return Err(wrong(format!("{} have no ‘{name}’", self.evidence.title), remedy));
        };
        let column = format!("x.\"{name}\"");
        let list = |values: &[Scalar]| -> Result<String, DeclarationError> {
            let literals: Option<Vec<String>> = values.iter().map(|value| literal(kind, value)).collect();
            let literals =
                literals.ok_or_else(|| wrong("it is compared with what it cannot hold".to_owned(), held(kind)))?;
            Ok(literals.join(", "))
        };
        let compared = if matches!(kind, ColumnKind::Word(_) | ColumnKind::Text) {
            format!("{column}::text")
        } else {
            column.clone()
        };
        match &condition.test {
            Test::Exists(true) => Ok(format!("{column} is not null")),
            Test::Exists(false) => Ok(format!("{column} is null")),
            Test::AnyOf(values) => Ok(format!("coalesce({compared} in ({}), false)", list(values)?)),
            Test::NoneOf(values) => Ok(format!("coalesce({compared} not in ({}), true)", list(values)?)),
            Test::Range { min, max } if matches!(kind, ColumnKind::Number | ColumnKind::Pence) => {
                let least = min.map(|least| format!("{column} >= {least}"));
                let most = max.map(|most| format!("{column} <= {most}"));
                let both: Vec<String> = least.into_iter().chain(most).collect();
                Ok(format!("coalesce({}, false)", both.join(" and ")))
            }
            Test::Range { .. } => Err(wrong("it has no least and no most".to_owned(), held(kind))),
        }
    }
}

/// What a column of this kind can be compared with.
fn held(kind: ColumnKind) -> String {
    match kind {
        ColumnKind::Day => "It holds a day: ask for { exists = true } or { exists = false }.".to_owned(),
        ColumnKind::Number => "It holds a number.".to_owned(),
        ColumnKind::Pence => "It holds pence: write a number.".to_owned(),
        ColumnKind::Flag => "It holds true or false.".to_owned(),
        ColumnKind::Word(words) => {
            format!("It holds one of: {}.", words.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", "))
        }
        ColumnKind::Text => "It holds a text, in which no $ may stand.".to_owned(),
    }
}

/// A value as SQL, if a column of this kind can hold it. A `$` would be taken for a day of the period.
fn literal(kind: ColumnKind, value: &Scalar) -> Option<String> {
    match (kind, value) {
        (ColumnKind::Number | ColumnKind::Pence, Scalar::Number(number)) => Some(number.to_string()),
        (ColumnKind::Flag, Scalar::Flag(flag)) => Some(flag.to_string()),
        (ColumnKind::Word(words), Scalar::Text(text)) => {
            words.iter().any(|(key, _)| key == text).then(|| format!("'{}'", text.replace('\'', "''")))
        }
        (ColumnKind::Text, Scalar::Text(text)) => {
            (!text.contains(['$', '\0'])).then(|| format!("'{}'", text.replace('\'', "''")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
