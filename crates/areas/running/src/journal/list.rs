//! Facts, newest first.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use maud::{Markup, html};
use rooftree_frame::{
    App, PageResult, Signed,
    lists::{Column, Filter, List, Order, Seen, Shown},
    pages,
};
use rooftree_kernel::{Actor, Moment};
use rooftree_platform::{
    Error, Platform, Result,
    journal::{leaf, search},
};
use rooftree_ui::{forms, shell, summary};
use serde_json::Value;
use uuid::Uuid;

/// A line of the list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Line {
    seq: i64,
    name: String,
    occurred_at: Moment,
    recorded_at: Moment,
    actor_name: String,
    channel: String,
    case_id: Option<Uuid>,
    home_id: Option<Uuid>,
    person_id: Option<Uuid>,
    payload: Value,
    /// References of case, home and person, looked up for all lines at once.
    #[sqlx(skip)]
    about: Vec<String>,
}

const COLUMNS: &str = "f.seq, f.name, f.occurred_at, f.recorded_at, f.actor_name, f.channel, f.case_id, f.home_id, f.person_id, f.payload";
const ABOUT: &str = "f.case_id = any({value}) or f.home_id = any({value}) or f.person_id = any({value})";

/// The whole journal.
pub fn list() -> List<Line> {
    List::new("/journal", "Journal", super::VIEW)
        .sql(COLUMNS, "fact f", "true")
        .id("f.seq::bigint", None)
        .whose(super::SCOPE, &[])
        .impersonal()
        .counted("fact", "facts")
        .counted_to(1_000)
        .empty("No fact fits. Take a filter away, or check the reference.")
        .above(ways)
        .filter(
            Filter::found("about", "Home, person or case", |app, typed| Box::pin(bearers(app, typed)), ABOUT)
                .hint("Reference, like R-104233"),
        )
        .filter(
            Filter::text("name", "Kind of fact", "starts_with(f.name, {value})")
                .hint("Or its beginning, like repair.")
                .suggest(kinds),
        )
        .filter(Filter::day("from", "Recorded from", "f.recorded_at >= {start}"))
        .filter(Filter::day("until", "Recorded until", "f.recorded_at < {end}"))
        .filter(Filter::text("by", "By", "position(lower({value}) in lower(f.actor_name)) > 0"))
        .filter(Filter::number("seq", "Number", "f.seq = {value}"))
        .order(Order::down("number", &[]))
        .column(Column::number("Number", |line: &Line| line.seq).sort("number").shown(|line| html! { (line.seq) }))
        .column(Column::new("Recorded", |line: &Line| line.recorded_at).nowrap())
        .column(Column::file("Happened", |line: &Line| line.occurred_at))
        .column(
            Column::new("What", |_: &Line| "")
                .value_to(|line, seen| title(&seen.app.platform, &line.name).to_owned())
                .shown_to(|line, seen| {
                    html! { (title(&seen.app.platform, &line.name)) br; span.rt-muted { (line.name) } }
                }),
        )
        .column(Column::file("Kind", |line: &Line| line.name.clone()))
        .column(
            Column::new("About", |line: &Line| line.about.join(", ")).shown_to(|line, seen| links(&line.about, seen)),
        )
        .column(Column::new("By", |line: &Line| line.actor_name.clone()).shown(|line| {
            html! { (line.actor_name) @if line.channel != "web" { " " span.rt-muted { "by " (line.channel) } } }
        }))
        .column(Column::file("Through", |line: &Line| line.channel.clone()))
        .column(
            Column::page(
                "Happened",
                |line: &Line| html! { @if line.occurred_at != line.recorded_at { (line.occurred_at.short()) } },
            )
            .nowrap()
            .desk_only(),
        )
        .column(
            Column::file("Details", |_: &Line| "")
                .value_to(|line, seen| details(seen.actor, &line.name, &line.payload).to_string()),
        )
        .complete(|app, lines| Box::pin(with_references(app, lines)))
        .link(|line| format!("/journal/facts/{}", line.seq))
}

/// What else the journal can be asked.
fn ways(shown: &Shown<'_>) -> Markup {
    forms::buttons(&[
        html! { @if shown.session.actor.may(&super::VERIFY) { (forms::secondary_link("Verify", "/journal/verify")) } },
        forms::secondary_link("Who read what", "/journal/reads"),
    ])
}

fn kinds(app: &App) -> Vec<String> {
    app.platform.registry().facts.keys().map(|name| (*name).to_owned()).collect()
}

/// The ids of what bears a reference.
pub(super) async fn bearers(app: App, reference: String) -> Result<Vec<Uuid>> {
    search::ids_of(&app.platform, &reference.to_uppercase()).await
}

async fn with_references(app: App, mut lines: Vec<Line>) -> Result<Vec<Line>> {
    let known = search::references_of(&app.platform, lines.iter().flat_map(ids).collect()).await?;
    for line in &mut lines {
        line.about = ids(line).filter_map(|id| known.get(&id).cloned()).collect();
        line.about.dedup();
    }
    Ok(lines)
}

fn ids(line: &Line) -> impl Iterator<Item = Uuid> + use<> {
    [line.case_id, line.home_id, line.person_id].into_iter().flatten()
}

/// References, each leading to its page for whoever may open that.
pub(super) fn links(references: &[String], seen: &Seen<'_>) -> Markup {
    let lookups = &seen.app.platform.registry().lookups;
    html! { @for reference in references { (summary::reference(reference, lookups.path_of(reference, seen.actor).as_deref())) " " } }
}

/// What a fact says, as far as this actor is shown it.
fn details(actor: &Actor, name: &str, payload: &Value) -> Value {
    let mut payload = payload.clone();
    if name == super::SENSITIVE_READ
        && !super::sees_reasons(actor)
        && let Some(reason) = payload.get_mut("reason")
    {
        *reason = super::WITHHELD.into();
    }
    payload
}

fn title<'a>(platform: &'a Platform, name: &'a str) -> &'a str {
    platform.registry().facts.get(name).map_or(name, |kind| kind.title)
}

/// One fact with its payload and the hash that its seal keeps.
pub async fn fact(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(seq): Path<String>,
) -> PageResult {
    let seq: i64 = seq.parse().map_err(|_| Error::NotFound("the fact"))?;
    let fact = search::fact(&app.platform, seq).await?;
    let ids = [fact.case_id, fact.home_id, fact.person_id].into_iter().flatten();
    let known = search::references_of(&app.platform, ids.clone().collect()).await?;
    let mut references: Vec<String> = ids.filter_map(|id| known.get(&id).cloned()).collect();
    references.dedup();
    let seen = Seen { app: &app, actor: &session.actor, now: app.platform.now() };
    let hash = leaf_of(&app.platform, seq).await?;
    let waits = sqlx::query_scalar!(r#"select exists (select from fact_waiting where seq = $1) as "waits!""#, seq)
        .fetch_one(app.platform.reads())
        .await?;
    let payload = serde_json::to_string_pretty(&details(&session.actor, &fact.name, &fact.payload)).unwrap_or_default();
    let body = html! {
        (shell::heading(title(&app.platform, &fact.name), Some(&format!("Fact {seq}")), None))
        (summary::list(&[
            summary::Item::text("Kind", &fact.name),
            summary::Item::text("Happened", fact.occurred_at.long()),
            summary::Item::text("Recorded", fact.recorded_at.long()),
            summary::Item::text("By", format!("{}, by {}", fact.actor_name, fact.channel)),
            summary::Item::new("About", links(&references, &seen)),
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
    use rooftree_ui::Query;

    #[test]
    fn filters_are_read_and_faults_named() {
        let given = |query: &str| list().given(&Query::parse("/journal", query));
        let some = given("about=r-104233&name=repair.&from=01%2F11%2F2026&seq=&by=+Ada+");
        assert!(some.errors.is_empty());
        assert_eq!(some.get("about"), Some("r-104233"));
        assert_eq!((some.get("name"), some.get("by"), some.get("seq")), (Some("repair."), Some("Ada"), None));
        assert_eq!(some.get("from"), Some("01/11/2026"));
        let wrong = given("seq=abc&until=31%2F02%2F2026");
        assert!(wrong.errors.get("seq").is_some() && wrong.errors.get("until").is_some());
        assert!(wrong.all.is_empty(), "what is not understood does not narrow");
    }
}
