//! Conditions on a fact's payload.

use serde_json::Value;

/// A value a declaration can compare with.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
}

impl Scalar {
    fn equals(&self, value: &Value) -> bool {
        match self {
            Self::Text(text) => value.as_str() == Some(text),
            Self::Number(number) => value.as_f64() == Some(*number),
            Self::Flag(flag) => value.as_bool() == Some(*flag),
        }
    }
}

/// What a field must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// One of these.
    AnyOf(Vec<Scalar>),
    /// None of these; a missing field is none of them.
    NoneOf(Vec<Scalar>),
    /// A number within these bounds, both included.
    Range {
        /// The least.
        min: Option<f64>,
        /// The most.
        max: Option<f64>,
    },
    /// There, or not there. An empty (null) field is not there.
    Exists(bool),
}

/// A field and its test.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// A dotted path into the payload.
    pub field: String,
    /// What it must be.
    pub test: Test,
}

/// Conditions that must all hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions(pub Vec<Condition>);

// A declaration holds no NaN (the reader refuses it), so equality is total.
impl Eq for Conditions {}

impl Conditions {
    /// Whether the payload satisfies every condition.
    pub fn hold(&self, payload: &Value) -> bool {
        self.0.iter().all(|condition| condition.test.passes(field(payload, &condition.field)))
    }

    /// Reads the `when` table; an error is the key at fault and the problem.
    pub(crate) fn read(table: &toml::Table) -> Result<Self, (String, String)> {
        let condition = |(field, value): (&String, &toml::Value)| match read_test(value) {
            Ok(test) => Ok(Condition { field: field.clone(), test }),
            Err((inner, problem)) => Err((format!("{field}{inner}"), problem)),
        };
        table.iter().map(condition).collect::<Result<_, _>>().map(Self)
    }
}

impl Test {
    fn passes(&self, value: Option<&Value>) -> bool {
        match self {
            Self::AnyOf(wanted) => value.is_some_and(|value| wanted.iter().any(|scalar| scalar.equals(value))),
            Self::NoneOf(unwanted) => !value.is_some_and(|value| unwanted.iter().any(|scalar| scalar.equals(value))),
            Self::Range { min, max } => value
                .and_then(Value::as_f64)
                .is_some_and(|number| min.is_none_or(|least| number >= least) && max.is_none_or(|most| number <= most)),
            Self::Exists(wanted) => value.is_some() == *wanted,
        }
    }
}

/// The payload's field at a dotted path; null counts as absent.
pub(crate) fn field<'a>(payload: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(payload, |value, key| value.get(key)).filter(|value| !value.is_null())
}

/// Reads the right-hand side of one condition.
fn read_test(value: &toml::Value) -> Result<Test, (String, String)> {
    match value {
        toml::Value::Table(table) => read_table(table),
        other => read_scalars(other).map(Test::AnyOf).map_err(|problem| (String::new(), problem)),
    }
}

fn read_table(table: &toml::Table) -> Result<Test, (String, String)> {
    let keys: Vec<&str> = table.keys().map(String::as_str).collect();
    match keys.as_slice() {
        ["not"] => read_scalars(&table["not"]).map(Test::NoneOf).map_err(|problem| (".not".to_owned(), problem)),
        ["exists"] => match table["exists"].as_bool() {
            Some(wanted) => Ok(Test::Exists(wanted)),
            None => Err((".exists".to_owned(), "‘exists’ is true or false".to_owned())),
        },
        [] => Err((String::new(), "the condition is empty".to_owned())),
        _ => match keys.iter().find(|key| !matches!(**key, "min" | "max")) {
            Some(key) => Err((
                format!(".{key}"),
                "only not, exists, or min and max may stand here (a dotted path stands in quotes)".to_owned(),
            )),
            None => Ok(Test::Range { min: bound(table, "min")?, max: bound(table, "max")? }),
        },
    }
}

fn bound(table: &toml::Table, key: &str) -> Result<Option<f64>, (String, String)> {
    let read = |value| match scalar(value) {
        Ok(Scalar::Number(number)) => Ok(number),
        _ => Err((format!(".{key}"), format!("‘{key}’ is a number"))),
    };
    table.get(key).map(read).transpose()
}

/// One value, or a list of which at least one must be given.
fn read_scalars(value: &toml::Value) -> Result<Vec<Scalar>, String> {
    match value {
        toml::Value::Array(list) if list.is_empty() => Err("the list is empty".to_owned()),
        toml::Value::Array(list) => list.iter().map(scalar).collect(),
        single => scalar(single).map(|value| vec![value]),
    }
}

fn scalar(value: &toml::Value) -> Result<Scalar, String> {
    match value {
        toml::Value::String(text) => Ok(Scalar::Text(text.clone())),
        // Payload numbers are compared as JSON numbers are.
        toml::Value::Integer(number) => Ok(Scalar::Number(*number as f64)),
        toml::Value::Float(number) if number.is_finite() => Ok(Scalar::Number(*number)),
        toml::Value::Boolean(flag) => Ok(Scalar::Flag(*flag)),
        other => Err(format!("a {} cannot be compared: write a text, a number, true or false", other.type_str())),
    }
}

#[cfg(test)]
mod tests;
