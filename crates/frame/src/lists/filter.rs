//! What a list can be narrowed by: the control, its words, the SQL, and how it is read from an address.

use crate::App;
use futures_util::future::BoxFuture;
use rooftree_kernel::{Day, FieldErrors, Moment, Scope, UserId};
use rooftree_platform::Result;
use rooftree_ui::Query;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// The longest text that is searched for, in characters; the rest of it is left out.
const TEXT_CHARS_MAX: usize = 100;
/// The word that takes a default away.
pub const ALL: &str = "all";

/// One of the words that a filter knows.
#[derive(Clone, Debug)]
pub struct Word {
    /// As it stands in an address.
    pub key: String,
    /// As people read it.
    pub label: String,
    /// Its own condition, where the words of a filter do not merely compare one column.
    sql: Option<&'static str>,
}

impl Word {
    /// A word that the filter's own condition takes as `{value}`.
    pub fn new(key: impl Into<String>, label: impl Into<String>) -> Self {
        Self { key: key.into(), label: label.into(), sql: None }
    }

    /// Words that are their own keys: wards, languages.
    pub fn each(words: Vec<String>) -> Vec<Self> {
        words.into_iter().map(|word| Self::new(word.clone(), word)).collect()
    }

    /// A word with a condition of its own.
    pub fn when(key: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self { sql: Some(sql), ..Self::new(key, label) }
    }
}

/// Reads the words in use, such as the wards of today, as far as somebody with this scope may know them.
pub type Load = fn(App, Scope) -> BoxFuture<'static, Result<Vec<Word>>>;
/// Adds the conditions of a text that was typed. The last argument holds patterns of the nearest words when nothing matches as typed.
pub type Search = fn(&mut QueryBuilder<Postgres>, &str, Option<&[String]>);
/// Finds the ids of what bears a reference that was typed.
pub type Find = fn(App, String) -> BoxFuture<'static, Result<Vec<Uuid>>>;
/// Finds those patterns; `None` when nothing is near.
pub type Nearest = fn(App, String) -> BoxFuture<'static, Result<Option<Vec<String>>>>;

/// How the words of a loaded filter are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    Text,
    Id,
    Period,
}

#[derive(Clone)]
pub(super) enum Control {
    /// One of a few words.
    Words(Vec<Word>),
    /// One of those in use, read in this way.
    Loaded(Load, Reads),
    /// Typed.
    Text,
    /// A date.
    Day,
    /// A whole number.
    Number,
    /// The reference of something, which is looked up.
    Found(Find),
    /// An id that a link carries.
    Id,
    /// A month, a quarter or a year that a link carries.
    Period,
}

/// A filter of a list.
#[derive(Clone)]
pub struct Filter {
    /// Its parameter in the address: `ward`.
    pub name: &'static str,
    /// Its label: `Ward`.
    pub label: &'static str,
    pub(super) control: Control,
    sql: &'static str,
    search: Option<Search>,
    pub(super) nearest: Option<(Nearest, &'static str)>,
    pub(super) default: Option<&'static str>,
    pub(super) pages_only: bool,
    unless: fn(&Query) -> bool,
    pub(super) prompt: &'static str,
    pub(super) hint: &'static str,
    pub(super) has_control: bool,
    pub(super) suggest: Option<fn(&App) -> Vec<String>>,
    pub(super) tabs: Vec<(&'static str, &'static str)>,
}

impl Filter {
    fn new(name: &'static str, label: &'static str, control: Control, sql: &'static str) -> Self {
        let has_control = !matches!(control, Control::Id | Control::Period);
        Self {
            name,
            label,
            control,
            sql,
            search: None,
            nearest: None,
            default: None,
            pages_only: false,
            unless: |_| false,
            prompt: "All",
            hint: "",
            has_control,
            suggest: None,
            tabs: Vec::new(),
        }
    }

    /// One of a few words. The SQL is a condition on `{value}`; see [`super`] for what else it may name.
    pub fn words(name: &'static str, label: &'static str, words: Vec<Word>, sql: &'static str) -> Self {
        Self::new(name, label, Control::Words(words), sql)
    }

    /// One of a few words, each with a condition of its own ([`Word::when`]).
    pub fn cases(name: &'static str, label: &'static str, words: Vec<Word>) -> Self {
        Self::words(name, label, words, "true")
    }

    /// Yes, or not asked.
    pub fn yes(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self::words(name, label, vec![Word::new("yes", "Yes")], sql)
    }

    /// One of the words in use, read anew for each page. A program may send any.
    pub fn loaded(name: &'static str, label: &'static str, load: Load, sql: &'static str) -> Self {
        Self::new(name, label, Control::Loaded(load, Reads::Text), sql)
    }

    /// One of the things in use by their ids, such as providers: `{value}` is the id.
    pub fn loaded_ids(name: &'static str, label: &'static str, load: Load, sql: &'static str) -> Self {
        Self::new(name, label, Control::Loaded(load, Reads::Id), sql)
    }

    /// One of these months, quarters and years, from `{start}` to before `{end}`; any other may stand in an address.
    pub fn loaded_periods(name: &'static str, label: &'static str, load: Load, sql: &'static str) -> Self {
        Self::new(name, label, Control::Loaded(load, Reads::Period), sql)
    }

    /// A typed text that a condition takes as `{value}`.
    pub fn text(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self::new(name, label, Control::Text, sql)
    }

    /// A typed text that says by itself what is looked for: a reference, a number, words.
    pub fn search(name: &'static str, label: &'static str, search: Search) -> Self {
        Self { search: Some(search), ..Self::text(name, label, "true") }
    }

    /// A date, `{value}`; `{start}` and `{end}` are the moments at which it begins and ends in London.
    pub fn day(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self::new(name, label, Control::Day, sql)
    }

    /// A whole number.
    pub fn number(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self::new(name, label, Control::Number, sql)
    }

    /// The reference of something: `{value}` holds the ids of all that bear it, for `= any({value})`.
    pub fn found(name: &'static str, label: &'static str, find: Find, sql: &'static str) -> Self {
        Self::new(name, label, Control::Found(find), sql)
    }

    /// An id. Only links and programs carry one: it has no control.
    pub fn id(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self::new(name, label, Control::Id, sql)
    }

    /// A month (`2026-11`) or another period, whose first moment is `{start}` and whose end is `{end}`. Only links carry one.
    pub fn period(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self::new(name, label, Control::Period, sql)
    }

    /// What holds when the address says nothing; the word `all` takes it away.
    #[must_use]
    pub fn default(mut self, key: &'static str) -> Self {
        self.default = Some(key);
        self
    }

    /// The same for pages and files alone: programs get everything unless they ask for less.
    #[must_use]
    pub fn on_pages(mut self, key: &'static str) -> Self {
        self.pages_only = true;
        self.default(key)
    }

    /// Lets the default go where the rest of the address says what is looked for: somebody who types a reference wants that one, however
    /// it stands.
    #[must_use]
    pub fn unless(mut self, names_one: fn(&Query) -> bool) -> Self {
        self.unless = names_one;
        self
    }

    /// What the control says when it does not narrow: `All wards`.
    #[must_use]
    pub fn prompt(mut self, words: &'static str) -> Self {
        self.prompt = words;
        self
    }

    /// Help under the label.
    #[must_use]
    pub fn hint(mut self, words: &'static str) -> Self {
        self.hint = words;
        self
    }

    /// What may be typed, offered while somebody types.
    #[must_use]
    pub fn suggest(mut self, words: fn(&App) -> Vec<String>) -> Self {
        self.suggest = Some(words);
        self
    }

    /// Links and other filters' links carry it: it has no control.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.has_control = false;
        self
    }

    /// Shows these words as tabs above the list, with what they say there; the control appears when another is chosen.
    #[must_use]
    pub fn tabs(mut self, tabs: Vec<(&'static str, &'static str)>) -> Self {
        self.tabs = tabs;
        self
    }

    /// What is searched for when nothing matches as typed, and what the page says then.
    #[must_use]
    pub fn nearest(mut self, nearest: Nearest, words: &'static str) -> Self {
        self.nearest = Some((nearest, words));
        self
    }

    /// What an address says of it. The error names what would be understood.
    fn read(&self, typed: &str) -> Result<Value, String> {
        match &self.control {
            Control::Words(words) => {
                let known = words.iter().any(|word| word.key == typed);
                let keys = || words.iter().map(|word| word.key.as_str()).collect::<Vec<_>>().join(", ");
                if known { Ok(Value::Text(typed.to_owned())) } else { Err(format!("send one of {}", keys())) }
            }
            Control::Loaded(_, Reads::Text) | Control::Text | Control::Found(_) => {
                Ok(Value::Text(typed.chars().take(TEXT_CHARS_MAX).collect()))
            }
            Control::Day => typed.parse().map(Value::Day).map_err(|_| "enter a date, like 18/12/2026".to_owned()),
            Control::Number => {
                typed.parse().map(Value::Number).map_err(|_| "enter a whole number, like 104233".to_owned())
            }
            Control::Id | Control::Loaded(_, Reads::Id) => {
                typed.parse().map(Value::Id).map_err(|_| "send an id, as a list gives it".to_owned())
            }
            Control::Period | Control::Loaded(_, Reads::Period) => typed
                .parse::<rooftree_kernel::periods::Period>()
                .map(|period| Value::Days(period.first_day(), period.end_day()))
                .map_err(|_| "send a month, like 2026-11".to_owned()),
        }
    }

    /// The condition of a chosen word, or the filter's own.
    fn condition(&self, typed: &str) -> &'static str {
        match &self.control {
            Control::Words(words) => {
                words.iter().find(|word| word.key == typed).and_then(|word| word.sql).unwrap_or(self.sql)
            }
            _ => self.sql,
        }
    }

    /// Adds the condition.
    pub(super) fn narrow(
        &self,
        sql: &mut QueryBuilder<Postgres>,
        given: &One,
        fixed: &Fixed,
        alike: Option<&[String]>,
    ) {
        if let Some(search) = self.search {
            search(sql, &given.typed, alike);
            return;
        }
        sql.push(" and (");
        fill(sql, self.condition(&given.typed), fixed, Some(&given.value));
        sql.push(")");
    }
}

/// What a filter's text means.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A word or a text.
    Text(String),
    /// A date.
    Day(Day),
    /// A number.
    Number(i64),
    /// An id.
    Id(Uuid),
    /// Ids of what was found.
    Ids(Vec<Uuid>),
    /// From the first day to before the second.
    Days(Day, Day),
    /// Several words.
    Texts(Vec<String>),
}

/// What any part of a list's SQL may name.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// `{now}`; its day is `{today}`, which ends at `{tonight}`.
    pub now: Moment,
    /// `{user}`: who asks.
    pub user: Option<UserId>,
    /// The list's own values.
    pub values: Vec<(&'static str, Value)>,
}

/// Adds a piece of SQL, with `{today}`, `{tonight}`, `{now}`, `{user}`, `{value}`, `{start}` and `{end}` bound.
pub(super) fn fill(sql: &mut QueryBuilder<Postgres>, text: &str, fixed: &Fixed, value: Option<&Value>) {
    let mut rest = text;
    while let Some((before, name, after)) = next_name(rest) {
        sql.push(before);
        let own = fixed.values.iter().find(|(own, _)| *own == name).map(|(_, value)| value);
        match (if own.is_some() { "value" } else { name }, own.or(value)) {
            ("today", _) => sql.push_bind(fixed.now.day()),
            ("tonight", _) => sql.push_bind(fixed.now.day().end()),
            ("now", _) => sql.push_bind(fixed.now),
            ("user", _) => sql.push_bind(fixed.user.map(Uuid::from)),
            ("value", Some(Value::Text(text))) => sql.push_bind(text.clone()),
            ("value", Some(Value::Day(day))) => sql.push_bind(*day),
            ("value", Some(Value::Number(number))) => sql.push_bind(*number),
            ("value", Some(Value::Id(id))) => sql.push_bind(*id),
            ("value", Some(Value::Ids(ids))) => sql.push_bind(ids.clone()),
            ("value", Some(Value::Texts(words))) => sql.push_bind(words.clone()),
            ("start", Some(Value::Day(day) | Value::Days(day, _))) => sql.push_bind(day.start()),
            ("end", Some(Value::Day(day))) => sql.push_bind(day.end()),
            ("end", Some(Value::Days(_, end))) => sql.push_bind(end.start()),
            // A name that is none of these is a slip of whoever wrote the list; the database names it.
            _ => sql.push(format!("{{{name}}}")),
        };
        rest = after;
    }
    sql.push(rest);
}

/// The text before the next `{name}`, the name, and what follows.
fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|at| from + at) {
        let inner = &text[open + 1..];
        let close = inner.find('}')?;
        let name = &inner[..close];
        if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Some((&text[..open], name, &inner[close + 1..]));
        }
        from = open + 1;
    }
    None
}

/// A filter that is set.
#[derive(Clone, Debug, PartialEq)]
pub struct One {
    /// Whose.
    pub name: &'static str,
    /// As it stands in the address.
    pub typed: String,
    /// What it means.
    pub value: Value,
    /// The address says so; else it is the default.
    pub chosen: bool,
}

/// Who reads a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Somebody at a page, or with a file of it.
    Person,
    /// A program.
    Program,
}

/// The filters of an address, as far as they were understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Those that are set, in the list's order.
    pub all: Vec<One>,
    /// What was typed and not understood.
    pub errors: FieldErrors,
}

impl Given {
    /// Reads every filter of a list, for a page or for a program.
    pub(super) fn read(filters: &[Filter], query: &Query, reader: Reader) -> Self {
        let mut given = Self::default();
        for filter in filters {
            let typed = query.get(filter.name).map(str::trim).filter(|text| !text.is_empty());
            let default =
                filter.default.filter(|_| !((filter.unless)(query) || filter.pages_only && reader == Reader::Program));
            let (text, chosen) = match (typed, default) {
                (Some(ALL), _) if !matches!(filter.control, Control::Text) => continue,
                (Some(text), _) => (text, true),
                (None, Some(default)) => (default, false),
                (None, None) => continue,
            };
            match (filter.read(text), default) {
                (Ok(value), _) => given.all.push(One { name: filter.name, typed: text.to_owned(), value, chosen }),
                (Err(why), default) => {
                    given.errors.add(filter.name, why);
                    if let Some(default) = default
                        && let Ok(value) = filter.read(default)
                    {
                        given.all.push(One { name: filter.name, typed: default.to_owned(), value, chosen: false });
                    }
                }
            }
        }
        given
    }

    /// Looks up what was named by its reference. A reference that nothing bears finds no row.
    pub(super) async fn look_up(&mut self, filters: &[Filter], app: &App) -> Result<()> {
        for one in &mut self.all {
            let find = filters.iter().find(|filter| filter.name == one.name).map(|filter| &filter.control);
            if let Some(Control::Found(find)) = find {
                one.value = Value::Ids(find(app.held(), one.typed.clone()).await?);
            }
        }
        Ok(())
    }

    /// What a filter is set to, as it stands in an address.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all.iter().find(|one| one.name == name).map(|one| one.typed.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters() -> Vec<Filter> {
        let states = vec![
            Word::when("live", "Current", "t.end_day >= {today}"),
            Word::when("ended", "Ended", "t.end_day < {today}"),
        ];
        vec![
            Filter::cases("state", "State", states).default("live"),
            Filter::text("ward", "Ward", "t.ward = {value}"),
            Filter::day("from", "From", "t.at >= {start} and t.at < {end} and '{}'::int[] <> '{1}'"),
        ]
    }

    fn sql(query: &str) -> (String, FieldErrors) {
        let (filters, mut sql) = (filters(), QueryBuilder::new(""));
        let given = Given::read(&filters, &Query::parse("/x", query), Reader::Person);
        let fixed = Fixed { now: "2026-11-22T10:00".parse().unwrap(), user: None, values: Vec::new() };
        for one in &given.all {
            filters.iter().find(|filter| filter.name == one.name).unwrap().narrow(&mut sql, one, &fixed, None);
        }
        (sql.sql().as_str().to_owned(), given.errors)
    }

    #[test]
    fn every_value_is_bound_and_braces_of_sql_stay() {
        let (text, errors) = sql("ward=x'y&from=18/12/2026");
        assert_eq!(
            text,
            " and (t.end_day >= $1) and (t.ward = $2) and (t.at >= $3 and t.at < $4 and '{}'::int[] <> '{1}')"
        );
        assert!(errors.is_empty());
    }

    #[test]
    fn a_default_holds_until_it_is_taken_away_and_faults_are_named() {
        assert_eq!(sql("").0, " and (t.end_day >= $1)");
        assert_eq!(sql("state=all").0, "");
        assert_eq!(sql("state=ended").0, " and (t.end_day < $1)");
        let (text, errors) = sql("state=nonsense&from=31/02/2026");
        assert_eq!(text, " and (t.end_day >= $1)", "what is not understood does not narrow");
        assert_eq!(errors.get("state"), Some("send one of live, ended"));
        assert!(errors.get("from").is_some());
    }
}
