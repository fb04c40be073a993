//! A measure without a developer: built on a page from the evidence that areas offer, from conditions, kind, dimensions and target. The page
//! shows the figure, its rows and the rule in TOML before anything is saved. Everything stands in the address, so a draft can be sent on.

use super::words;
use axum::{extract::State, http::HeaderMap};
use maud::{Markup, html};
use rooftree_frame::{App, Asked, PageResult, Signed, pages};
use rooftree_kernel::periods::Period;
use rooftree_platform::{
    Error, Lookups,
    figures::{self, Figure, Filter, Row as Evidence, Whose, evidence},
};
use rooftree_promises::{
    DeclarationError,
    measures::{Column as OfRow, ColumnKind, Dimension, EvidenceKind, Measure},
};
use rooftree_ui::{
    Query,
    choices::{Choice, checkboxes, select},
    forms::{self, Field},
    shell,
    summary::{self, Item, Tone, banner},
    tables::{Column, Row, Table},
};
use toml::{Table as Toml, Value};

/// Rows of a draft that are shown.
const ROWS_SHOWN: i64 = 20;
/// What rows can be asked for: the key in TOML, the heading, what it does, how many conditions there is room for.
const GROUPS: [(&str, &str, &str, usize); 3] = [
    ("only", "It is about", "Rows that fit no condition here are not looked at", 3),
    ("counted", "Counted", "The others are listed and left out", 2),
    ("hit", "Hits", "What a percentage, share, rate or count counts", 2),
];
const TESTS: [(&str, &str); 6] = [
    ("is", "is (any of)"),
    ("not", "is not"),
    ("min", "is at least"),
    ("max", "is at most"),
    ("there", "is known"),
    ("missing", "is not known"),
];
const KINDS: [(&str, &str); 9] = [
    ("percent", "Percentage: hits of a hundred counted"),
    ("count", "Number of hits"),
    ("average", "Average of a value"),
    ("median", "Middle value"),
    ("sum", "Sum of a value"),
    ("ratio", "Sum divided by another sum"),
    ("share", "Share of a population"),
    ("rate-per-1000", "For every 1,000 of a population"),
    ("point-in-time", "As things stand on the last day"),
];

/// `GET /figures/build`
pub(super) async fn show(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Asked(query): Asked,
) -> PageResult {
    if figures::whose(&app.platform, &signed.0.actor.scope).await? != Whose::Landlord {
        return Err(Error::NotFound("the page").into());
    }
    let all = &app.platform.registry().lookups.evidence;
    let chosen = query.get("evidence").and_then(|key| all.iter().find(|evidence| evidence.key == key));
    let body = match chosen {
        None => choose(all),
        Some(evidence) => draft(&app, evidence, &query).await?,
    };
    let page = pages::page(&app, &signed.0, "/figures", "Build a measure", body).crumb("Figures", "/figures");
    Ok(pages::show(&headers, page))
}

fn choose(all: &[EvidenceKind]) -> Markup {
    let row = |evidence: &EvidenceKind| {
        let columns: Vec<&str> = evidence.columns.iter().map(|column| column.title).collect();
        Row::new(vec![html! { (evidence.title) }, html! { (columns.join(", ")) }])
            .href(Query::new("/figures/build").with("evidence", evidence.key).href())
    };
    html! {
        (shell::heading("Build a measure", Some("What is it about?"), None))
        (Table::new("Evidence that areas offer", vec![Column::new("Evidence"), Column::new("What is known of each row")])
            .caption_hidden()
            .rows(all.iter().map(row).collect())
            .empty(html! { p { "No area offers evidence." } })
            .render())
    }
}

/// The form with what is filled in and, as soon as it says enough, what comes of it.
async fn draft(app: &App, evidence: &EvidenceKind, query: &Query) -> PageResult<Markup> {
    let today = app.platform.now().day();
    let period = words::period(query, today);
    let rule = rule(evidence, query);
    let begun = query.get("kind").is_some();
    let read = app.platform.registry().measures(&[("draft", &rule)]);
    let outcome = match read {
        _ if !begun => Markup::default(),
        Err(errors) => problems(&errors),
        Ok(set) => match set.all().next() {
            Some(measure) => outcome(app, measure, period, &rule).await?,
            None => Markup::default(),
        },
    };
    Ok(html! {
        (shell::heading("Build a measure", Some(evidence.title), Some(forms::secondary_link("Other evidence", "/figures/build"))))
        (outcome)
        (form(&app.platform.registry().lookups, evidence, query, period, today))
    })
}

/// What is wrong with the draft, in the loader's own words.
fn problems(errors: &[DeclarationError]) -> Markup {
    banner(
        Tone::Warning,
        html! {
            p { "Not a measure yet:" }
            ul { @for error in errors { li { @if let Some(key) = &error.key { strong { (key) } ": " } (error.problem) ". " (error.remedy) } } }
        },
    )
}

/// The figure, its parts, its newest rows, and the rule.
async fn outcome(app: &App, measure: &Measure, period: Period, rule: &str) -> PageResult<Markup> {
    let figure = match figures::tried(&app.platform, measure, period).await {
        Ok(figure) => figure,
        Err(Error::Invalid(errors)) => {
            let text = errors.0.first().map_or("it cannot be counted", |error| error.message.as_str()).to_owned();
            return Ok(banner(Tone::Warning, html! { p { "Not counted: " (text) "." } }));
        }
        Err(other) => return Err(other.into()),
    };
    let page = evidence::page(&app.platform, measure, period, &Filter::default(), None, ROWS_SHOWN).await?;
    let lookups = &app.platform.registry().lookups;
    Ok(html! {
        (summary::panel("What comes of it", None, html! {
            (summary::list(&[
                Item::new(period.label(), html! { strong { (words::value(measure, figure.value)) } ", " (words::made_of(lookups, measure, &figure)) }),
                Item::new("Target", words::target_tag(measure, &figure)),
            ]))
            @if let Some(by) = measure.breakdown.first() { (parts(lookups, measure, by, &figure)) }
            (rows(lookups, measure, &page.rows))
        }))
        (summary::details("The rule", html! {
            p { "This is what makes the measure. Kept as a file of the landlord's rulebook, it is counted like every other." }
            pre.rt-code-text tabindex="0" { (rule) }
            (forms::copy_button(rule))
        }))
    })
}

fn parts(lookups: &Lookups, measure: &Measure, by: &Dimension, figure: &Figure) -> Markup {
    let row = |part: &figures::Part| {
        Row::new(vec![
            html! { (words::part(lookups, by, &part.name)) },
            html! { (words::value(measure, part.value)) },
            html! { (part.tally.denominator) },
        ])
    };
    let name = words::dimension(lookups, by);
    Table::new(
        format!("By {}", name.to_lowercase()),
        vec![Column::new(name), Column::number("Value"), Column::number("Counted")],
    )
    .rows(figure.parts.iter().map(row).collect())
    .empty(html! { p { "Nothing was counted in this period." } })
    .render()
}

fn rows(lookups: &Lookups, measure: &Measure, rows: &[Evidence]) -> Markup {
    let row = |row: &Evidence| {
        let mut cells = vec![
            html! { (row.reference) },
            html! { (row.day.short()) },
            html! { (row.outcome(measure.kind)) },
            html! { (words::value(measure, row.value)) },
        ];
        cells.extend(measure.breakdown.iter().map(|by| html! { (words::part(lookups, by, row.part(by))) }));
        Row::new(cells).faint(!row.counted)
    };
    let mut columns = vec![
        Column::new("Reference").nowrap(),
        Column::new("Day").nowrap(),
        Column::new("Counts as"),
        Column::number("Value"),
    ];
    columns.extend(measure.breakdown.iter().map(|by| Column::new(words::dimension(lookups, by)).desk_only()));
    Table::new("The newest rows", columns)
        .rows(rows.iter().map(row).collect())
        .empty(html! { p { "No row fits." } })
        .render()
}

fn form(
    lookups: &Lookups,
    evidence: &EvidenceKind,
    query: &Query,
    period: Period,
    today: rooftree_kernel::Day,
) -> Markup {
    let value = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let of_kind = |wanted: fn(ColumnKind) -> bool| -> Vec<Choice<'_>> {
        let fitting = evidence.columns.iter().filter(|column| wanted(column.kind));
        fitting.map(|column| Choice::new(column.key, column.title)).collect()
    };
    let days = of_kind(|kind| kind == ColumnKind::Day);
    let numbers = of_kind(|kind| matches!(kind, ColumnKind::Number | ColumnKind::Pence));
    let one = |name: &'static str, label: &'static str, hint: &'static str, choices: &[Choice<'_>]| {
        select(Field::new(name, label).hint(hint).value(value(name)), Some("None"), choices)
    };
    let kinds = KINDS.map(|(key, label)| Choice::new(key, label));
    let directions = [("up", "More is better"), ("down", "Less is better"), ("none", "Neither")]
        .map(|(key, label)| Choice::new(key, label));
    let populations: Vec<Choice<'_>> =
        lookups.populations.iter().map(|population| Choice::new(population.key, population.title)).collect();
    let dims: Vec<Choice<'_>> = evidence
        .dims
        .iter()
        .map(|dim| {
            Choice::new(
                *dim,
                Dimension::read(dim).map_or(String::new(), |by| words::dimension(lookups, &by).to_owned()),
            )
        })
        .collect();
    let by: Vec<&str> = query.all("by").collect();
    html! {
        form method="get" action="/figures/build" {
            (forms::hidden("evidence", evidence.key))
            (forms::text(Field::new("title", "What it is called").value(value("title"))))
            (select(Field::new("kind", "Kind").value(value("kind")), None, &kinds))
            @for (key, heading, hint, room) in GROUPS { (conditions(evidence, query, (key, heading, hint, room))) }
            (forms::row(&[
                one("day", "Day on which a row counts", "For what happens in a period", &days),
                one("from", "Stands from", "For what stands on the last day", &days),
                one("until", "Stands until", "The day on which it no longer does", &days),
            ]))
            (forms::row(&[
                one("value", "Value", "What is averaged or added up", &numbers),
                one("base", "Divided by", "Only for one sum divided by another", &numbers),
                one("population", "Population", "Only for a share or rate", &populations),
            ]))
            (checkboxes(Field::new("by", "Broken down by"), &dims, &by))
            (forms::row(&[
                select(Field::new("direction", "Which way is better").value(value("direction")), None, &directions),
                forms::text(Field::new("target", "Target").value(value("target")).optional()),
                forms::text(Field::new("unit", "Unit").hint("%, £, days; nothing for a number").value(value("unit")).optional()),
                forms::text(Field::new("per", "Per").hint("Of a ratio: m²").value(value("per")).optional()),
            ]))
            (words::period_field(period, today))
            (forms::buttons(&[forms::submit("Show what comes of it"), forms::cancel("/figures")]))
        }
    }
}

/// Room for some conditions on the rows.
fn conditions(evidence: &EvidenceKind, query: &Query, (key, heading, hint, room): (&str, &str, &str, usize)) -> Markup {
    let dims = evidence.dims.iter().map(|dim| Choice::new(*dim, words::capital(dim)));
    let columns: Vec<Choice<'_>> =
        evidence.columns.iter().map(|column| Choice::new(column.key, asks(column))).chain(dims).collect();
    let tests = TESTS.map(|(key, label)| Choice::new(key, label));
    let value = |name: &str| query.get(name).unwrap_or_default().to_owned();
    forms::fieldset(
        heading,
        html! {
            p.govuk-hint { (hint) }
            @for number in 1..=room {
                @let [field, test, wanted] = names(key, number);
                (forms::row(&[
                    select(Field::new(&field, "Column").value(value(&field)), Some("Any"), &columns),
                    select(Field::new(&test, "Test").value(value(&test)), None, &tests),
                    forms::text(Field::new(&wanted, "Value").value(value(&wanted)).optional()),
                ]))
            }
        },
    )
}

/// A column with the words that it may be compared with.
fn asks(column: &OfRow) -> String {
    match column.kind {
        ColumnKind::Word(words) => {
            format!("{} ({})", column.title, words.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", "))
        }
        ColumnKind::Flag => format!("{} (yes, no)", column.title),
        ColumnKind::Pence => format!("{} (pounds)", column.title),
        _ => column.title.to_owned(),
    }
}

/// The fields of one condition.
fn names(group: &str, number: usize) -> [String; 3] {
    ["column", "test", "value"].map(|part| format!("{group}-{number}-{part}"))
}

/// The rule that the page's fields make.
fn rule(evidence: &EvidenceKind, query: &Query) -> String {
    let get = |name: &str| query.get(name).map(str::trim).filter(|text| !text.is_empty());
    let text = |text: &str| Value::String(text.to_owned());
    let title = get("title").unwrap_or("Draft");
    let kind = get("kind").unwrap_or("percent");
    let key: String = title.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let parts: Vec<&str> = key.split('-').filter(|part| !part.is_empty()).collect();
    let stands = kind == "point-in-time" || get("from").is_some();
    let mut measure = Toml::new();
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            measure.insert(key.to_owned(), value);
        }
    };
    set("id", Some(text(&format!("own.{}", if parts.is_empty() { "draft".to_owned() } else { parts.join("-") }))));
    set("title", Some(text(title)));
    set("definition", Some(text(&definition(evidence, query))));
    set("source", Some(text("Built by the landlord")));
    set("confidence", Some(text("✔")));
    set("kind", Some(text(kind)));
    set("as_of", (stands && kind != "point-in-time").then_some(Value::Boolean(true)));
    let unit = if matches!(kind, "percent" | "share") { "%" } else { get("unit").unwrap_or_default() };
    set("unit", Some(text(unit)));
    set("per", get("per").map(text));
    set("population", get("population").map(text));
    set("direction", Some(text(get("direction").unwrap_or("none"))));
    set("target", get("target").and_then(|target| target.parse().ok()).map(Value::Float));
    set("decimals", Some(Value::Integer(if matches!(kind, "count" | "point-in-time") { 0 } else { 1 })));
    set("breakdown", Some(Value::Array(query.all("by").map(text).collect())));
    set("evidence", Some(text(evidence.key)));
    for key in ["day", "from", "until", "value", "base"] {
        set(key, get(key).map(text));
    }
    for (group, _, _, room) in GROUPS {
        let conditions = all(evidence, query, group, room);
        set(group, (!conditions.is_empty()).then_some(Value::Table(conditions)));
    }
    let file = Toml::from_iter([("measure".to_owned(), Value::Array(vec![Value::Table(measure)]))]);
    toml::to_string(&file).unwrap_or_default()
}

/// The conditions of a group. Two of one column stand in one table; those that cannot stand together the loader refuses.
fn all(evidence: &EvidenceKind, query: &Query, group: &str, room: usize) -> Toml {
    let mut all = Toml::new();
    for (column, test, value) in (1..=room).filter_map(|number| condition(evidence, query, group, number)) {
        let joined = match all.remove(&column) {
            None if test == "is" => value,
            None => Value::Table(Toml::from_iter([(test.to_owned(), value)])),
            Some(before) => {
                let mut both = match before {
                    Value::Table(table) => table,
                    list => Toml::from_iter([("is".to_owned(), list)]),
                };
                both.insert(test.to_owned(), value);
                Value::Table(both)
            }
        };
        all.insert(column, joined);
    }
    all
}

/// One condition, if its fields say enough: the column, the test as TOML has it, and with what it is compared.
fn condition(
    evidence: &EvidenceKind,
    query: &Query,
    group: &str,
    number: usize,
) -> Option<(String, &'static str, Value)> {
    let [column, test, wanted] = names(group, number);
    let column = query.get(&column).filter(|column| !column.is_empty())?;
    let wanted = query.get(&wanted).unwrap_or_default().trim();
    let text = |text: &str| Value::String(text.to_owned());
    let scalar = |given: &str| match evidence.holds(column) {
        Some(ColumnKind::Flag) => match given.to_lowercase().as_str() {
            "yes" | "true" => Value::Boolean(true),
            "no" | "false" => Value::Boolean(false),
            _ => text(given),
        },
        Some(ColumnKind::Number) => given.parse().map_or_else(|_| text(given), Value::Float),
        Some(ColumnKind::Pence) => {
            given.parse::<f64>().map_or_else(|_| text(given), |pounds| Value::Float((pounds * 100.0).round()))
        }
        _ => text(given),
    };
    let list = || Value::Array(wanted.split(',').map(|part| scalar(part.trim())).collect());
    let (test, value) = match query.get(&test).unwrap_or("is") {
        "there" => ("exists", Value::Boolean(true)),
        "missing" => ("exists", Value::Boolean(false)),
        "min" => ("min", scalar(wanted)),
        "max" => ("max", scalar(wanted)),
        "not" => ("not", list()),
        _ => ("is", list()),
    };
    Some((column.to_owned(), test, value))
}

/// The draft in words, which the analyst may improve on in the rule.
fn definition(evidence: &EvidenceKind, query: &Query) -> String {
    let title = |key: &str| {
        let column = evidence.columns.iter().find(|column| column.key == key);
        column.map_or_else(|| words::capital(key), |column| column.title.to_owned())
    };
    let mut text = evidence.title.to_owned();
    for (group, heading, _, room) in GROUPS {
        let said: Vec<String> = (1..=room)
            .filter_map(|number| {
                let [column, test, wanted] = names(group, number).map(|name| query.get(&name).unwrap_or_default());
                let test = TESTS.iter().find(|(key, _)| *key == test).map_or("is", |(_, words)| words);
                (!column.is_empty()).then(|| format!("{} {test} {wanted}", title(column)).trim_end().to_owned())
            })
            .collect();
        if !said.is_empty() {
            text += &format!(". {heading}: {}", said.join(" and "));
        }
    }
    text + "."
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVIDENCE: EvidenceKind = EvidenceKind {
        key: "repairs",
        title: "Repairs",
        facts: &["repair.completed"],
        columns: &[
            OfRow { key: "completed_day", title: "Completed on", kind: ColumnKind::Day },
            OfRow { key: "cost_pence", title: "Cost", kind: ColumnKind::Pence },
            OfRow { key: "on_time", title: "In time", kind: ColumnKind::Flag },
        ],
        dims: &["ward"],
        sql: "select 1",
    };

    #[test]
    fn the_fields_of_the_page_make_a_rule() {
        let raw = "title=Dear+repairs&kind=percent&day=completed_day&by=ward&target=12.5&direction=down\
                   &only-1-column=cost_pence&only-1-test=min&only-1-value=250&hit-1-column=on_time&hit-1-test=is&hit-1-value=yes\
                   &counted-1-column=ward&counted-1-test=not&counted-1-value=Barton,+Lye+Valley";
        let rule = rule(&EVIDENCE, &Query::parse("/figures/build", raw));
        let read: Toml = toml::from_str(&rule).unwrap();
        let measure = read["measure"][0].as_table().unwrap();
        assert_eq!(measure["id"].as_str(), Some("own.dear-repairs"));
        assert_eq!((measure["target"].as_float(), measure["unit"].as_str()), (Some(12.5), Some("%")));
        assert_eq!(measure["only"]["cost_pence"]["min"].as_float(), Some(25_000.0), "pounds are kept in pence");
        assert_eq!(measure["hit"]["on_time"][0].as_bool(), Some(true));
        assert_eq!(measure["counted"]["ward"]["not"][1].as_str(), Some("Lye Valley"));
        let said = measure["definition"].as_str().unwrap();
        assert_eq!(
            said,
            "Repairs. It is about: Cost is at least 250. Counted: Ward is not Barton, Lye Valley. Hits: In time is (any of) yes."
        );
    }
}
