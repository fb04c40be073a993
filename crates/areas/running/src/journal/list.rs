//! Facts, newest first.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use maud::{Markup, html};
use rooftree_frame::{
    App, Asked, PageResult, Signed,
    exports::{self, Format},
    pages,
};
use rooftree_kernel::{Actor, Day, FieldErrors};
use rooftree_platform::{
    Error, Platform,
    journal::{
        leaf,
        read::Fact,
        search::{self, PAGE, Wanted},
    },
    ports::SheetCell,
};
use rooftree_ui::{
    Query,
    filters::FilterBar,
    forms::{self, Field, Size},
    shell, summary,
    tables::{self, Column, Row, Table},
};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// The list.
pub async fn show(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Asked(query): Asked,
) -> PageResult {
    let (wanted, errors) = wanted(&query);
    let mut facts = match errors.is_empty() {
        true => search::find(&app.platform, &wanted, PAGE + 1).await?,
        false => Vec::new(),
    };
    let more = facts.len() as i64 > PAGE;
    facts.truncate(PAGE as usize);
    let references = search::references(&app.platform, &facts).await?;
    let next = facts.last().filter(|_| more).map(|fact| query.clone().with("before", fact.seq.to_string()).href());
    let body = html! {
        (forms::error_summary(&errors))
        (shell::heading("Journal", None, Some(html! {
            @if session.actor.may(&super::VERIFY) { (forms::secondary_link("Verify", "/journal/verify")) }
            (forms::secondary_link("Who read what", "/journal/reads"))
        })))
        (filters(&app.platform, &query, &errors))
        (table(&app.platform, &session.actor, &facts, &references).empty(html! { p { "No fact fits. Take a filter away, or check the reference." } }).render())
        (tables::cursor_pages(
            &range(&facts),
            query.get("before").map(|_| query.clone().without("before").href()).as_deref(),
            next.as_deref(),
        ))
    };
    Ok(pages::show(&headers, pages::page(&app, &session, "/journal", "Journal", body).has_errors(!errors.is_empty())))
}

/// The list as a file, the newest first.
pub async fn export(
    State(app): State<App>,
    Signed(session): Signed,
    Asked(query): Asked,
    format: Format,
) -> PageResult {
    let (mut wanted, errors) = wanted(&query);
    errors.into_result(())?;
    let headings = ["Number", "Recorded", "Happened", "What", "Kind", "About", "By", "Through", "Details"];
    let mut file = exports::begin(&app, format, "journal", &headings)?;
    loop {
        let facts = search::find(&app.platform, &wanted, exports::ROWS_AT_ONCE).await?;
        let references = search::references(&app.platform, &facts).await?;
        if !file.page(facts.iter().map(|fact| cells(&app.platform, &session.actor, fact, &references)))? {
            break;
        }
        wanted.before = facts.last().map(|last| last.seq);
    }
    file.finish()
}

fn cells(platform: &Platform, actor: &Actor, fact: &Fact, references: &HashMap<Uuid, String>) -> Vec<SheetCell> {
    let text = |value: &str| SheetCell::Text(value.to_owned());
    let about = [fact.case_id, fact.home_id, fact.person_id];
    let about: Vec<&str> = about.iter().flatten().filter_map(|id| references.get(id).map(String::as_str)).collect();
    vec![
        SheetCell::Number(fact.seq as f64),
        SheetCell::Moment(fact.recorded_at),
        SheetCell::Moment(fact.occurred_at),
        text(title(platform, &fact.name)),
        text(&fact.name),
        text(&about.join(", ")),
        text(&fact.actor_name),
        text(&fact.channel),
        text(&details(actor, fact).to_string()),
    ]
}

/// What a fact says, as far as this actor is shown it.
fn details(actor: &Actor, fact: &Fact) -> Value {
    let mut payload = fact.payload.clone();
    if fact.name == super::SENSITIVE_READ
        && !super::sees_reasons(actor)
        && let Some(reason) = payload.get_mut("reason")
    {
        *reason = super::WITHHELD.into();
    }
    payload
}

fn range(facts: &[Fact]) -> String {
    match (facts.first(), facts.last()) {
        (Some(first), Some(last)) => format!("Facts {} to {}", first.seq, last.seq),
        _ => String::new(),
    }
}

fn wanted(query: &Query) -> (Wanted, FieldErrors) {
    let mut errors = FieldErrors::default();
    let text = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
    let number = |name: &'static str, errors: &mut FieldErrors| {
        text(name).and_then(|value| {
            value.parse().map_err(|_| errors.add(name, "enter the number of a fact, like 104233")).ok()
        })
    };
    let day = |name: &'static str, errors: &mut FieldErrors| {
        text(name)
            .and_then(|value| value.parse::<Day>().map_err(|_| errors.add(name, "enter a date, like 18/12/2026")).ok())
    };
    let wanted = Wanted {
        seq: number("seq", &mut errors),
        before: number("before", &mut errors),
        from: day("from", &mut errors),
        until: day("until", &mut errors),
        name: text("name"),
        reference: text("about").map(|reference| reference.to_uppercase()),
        actor: text("by"),
    };
    (wanted, errors)
}

fn filters(platform: &Platform, query: &Query, errors: &FieldErrors) -> Markup {
    let value = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let field = |name: &'static str, label: &'static str| Field::new(name, label).value(value(name)).errors(errors);
    let mut bar = FilterBar::new(query)
        .field(forms::text(field("about", "Home, person or case").hint("Reference, like R-104233")))
        .field(html! {
            (forms::text(field("name", "Kind of fact").hint("Or its beginning, like repair.").list("fact-names")))
            (forms::datalist("fact-names", platform.registry().facts.keys().copied()))
        })
        .field(forms::date(field("from", "Recorded from")))
        .field(forms::date(field("until", "Recorded until")))
        .field(forms::text(field("by", "By")))
        .field(forms::text(field("seq", "Number").size(Size::Chars10)));
    for (name, label) in
        [("about", "About"), ("name", "Kind"), ("from", "From"), ("until", "Until"), ("by", "By"), ("seq", "Number")]
    {
        if let Some(value) = query.get(name).filter(|value| !value.is_empty()) {
            bar = bar.chip(format!("{label}: {value}"), name, value);
        }
    }
    bar.actions(tables::exports(&query.clone().without("before"))).render()
}

fn table(platform: &Platform, actor: &Actor, facts: &[Fact], references: &HashMap<Uuid, String>) -> Table {
    let columns = vec![
        Column::number("Number"),
        Column::new("Recorded").nowrap(),
        Column::new("What"),
        Column::new("About"),
        Column::new("By"),
        Column::new("Happened").nowrap().desk_only(),
    ];
    let rows = facts.iter().map(|fact| {
        Row::new(vec![
            html! { (fact.seq) },
            html! { (fact.recorded_at.short()) },
            html! { (title(platform, &fact.name)) br; span.rt-muted { (fact.name) } },
            about(platform, actor, fact, references),
            html! { (fact.actor_name) @if fact.channel != "web" { " " span.rt-muted { "by " (fact.channel) } } },
            html! { @if fact.occurred_at != fact.recorded_at { (fact.occurred_at.short()) } },
        ])
        .href(format!("/journal/facts/{}", fact.seq))
    });
    Table::new("Facts", columns).caption_hidden().rows(rows.collect())
}

fn title<'a>(platform: &'a Platform, name: &'a str) -> &'a str {
    platform.registry().facts.get(name).map_or(name, |kind| kind.title)
}

/// The references that a fact is about, each leading to its page.
fn about(platform: &Platform, actor: &Actor, fact: &Fact, references: &HashMap<Uuid, String>) -> Markup {
    let mut ids: Vec<Uuid> = [fact.case_id, fact.home_id, fact.person_id].into_iter().flatten().collect();
    ids.dedup();
    html! {
        @for id in ids {
            @if let Some(reference) = references.get(&id) {
                (summary::reference(reference, platform.registry().lookups.path_of(reference, actor).as_deref())) " "
            }
        }
    }
}

/// One fact with its payload and the hash that its seal keeps.
pub async fn fact(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(seq): Path<String>,
) -> PageResult {
    let seq: i64 = seq.parse().map_err(|_| Error::NotFound("the fact"))?;
    let wanted = Wanted { seq: Some(seq), ..Wanted::default() };
    let facts = search::find(&app.platform, &wanted, 1).await?;
    let fact = facts.first().ok_or(Error::NotFound("the fact"))?;
    let references = search::references(&app.platform, &facts).await?;
    let hash = leaf_of(&app.platform, seq).await?;
    let waits = sqlx::query_scalar!(r#"select exists (select from fact_waiting where seq = $1) as "waits!""#, seq)
        .fetch_one(app.platform.reads())
        .await?;
    let payload = serde_json::to_string_pretty(&details(&session.actor, fact)).unwrap_or_default();
    let body = html! {
        (shell::heading(title(&app.platform, &fact.name), Some(&format!("Fact {seq}")), None))
        (summary::list(&[
            summary::Item::text("Kind", &fact.name),
            summary::Item::text("Happened", fact.occurred_at.long()),
            summary::Item::text("Recorded", fact.recorded_at.long()),
            summary::Item::text("By", format!("{}, by {}", fact.actor_name, fact.channel)),
            summary::Item::new("About", about(&app.platform, &session.actor, fact, &references)),
            summary::Item::new("Seal", match waits {
                true => summary::tag(summary::Tone::Neutral, "Waits for its seal"),
                false => summary::tag(summary::Tone::Success, "Sealed"),
            }),
            summary::Item::new("Hash", html! { code.rt-code-text { (hash) } }),
        ]))
        h2 { "Details" }
        pre.rt-payload { (payload) }
    };
    let page = pages::page(&app, &session, "/journal", format!("Fact {seq}"), body).crumb("Journal", "/journal");
    Ok(pages::show(&headers, page))
}

async fn leaf_of(platform: &Platform, seq: i64) -> Result<String, Error> {
    let mut connection = platform.reads().acquire().await?;
    let facts = leaf::load(&mut connection, &[seq]).await?;
    let leaf = facts.first().ok_or(Error::NotFound("the fact"))?.leaf()?;
    Ok(leaf.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_and_faults_named() {
        let (wanted, errors) =
            wanted(&Query::parse("/journal", "about=r-104233&name=repair.&from=01%2F11%2F2026&seq=&by=+Ada+"));
        assert!(errors.is_empty());
        assert_eq!(wanted.reference.as_deref(), Some("R-104233"));
        assert_eq!((wanted.name.as_deref(), wanted.actor.as_deref(), wanted.seq), (Some("repair."), Some("Ada"), None));
        assert_eq!(wanted.from, Day::new(2026, 11, 1));
        let (_, errors) = super::wanted(&Query::parse("/journal", "seq=abc&until=31%2F02%2F2026"));
        assert!(errors.get("seq").is_some() && errors.get("until").is_some());
    }
}
