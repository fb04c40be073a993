//! One clock, counted step by step: which fact started it, how the due moment was counted, what moved it, what ended it.

use super::words;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use maud::{Markup, html};
use rooftree_frame::{App, Caller, PageResult, Signed, cases, pages, promise};
use rooftree_kernel::{Actor, CaseId, Moment};
use rooftree_platform::{Error, clocks};
use rooftree_promises::{clocks::Clock, due::Quantity, standards::Standard};
use rooftree_ui::{
    clocks as shown, forms, shell,
    summary::{self, Item},
    timeline::{Entry, timeline},
};
use uuid::Uuid;

/// The most facts listed.
const FACTS_MAX: i64 = 100;

pub(super) async fn show(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<Uuid>,
) -> PageResult {
    let clock = clocks::get(&app.platform, id).await?;
    check(&app, &signed.caller(), &clock).await?;
    let Some(standard) = app.platform.rules().standards.version_of(&clock) else {
        return Err(Error::NotFound("the standard of this clock").into());
    };
    let reference = reference(&app, &clock).await?;
    let facts = facts(&app, &clock, standard).await?;
    let body = view(&app, &signed.0.actor, &clock, standard, &reference, &facts);
    let title = format!("Clock: {} for {reference}", standard.title);
    let page = pages::page(&app, &signed.0, "/standards", title, body)
        .crumb("Standards", "/standards")
        .crumb(&standard.title, format!("/standards/{}", standard.id));
    Ok(pages::show(&headers, page))
}

/// What people call the clock's case; of a clock without a case its subject.
async fn reference(app: &App, clock: &Clock) -> PageResult<String> {
    let dims = app.platform.registry().lookups.case_dims_sql(&[]);
    let sql = format!("select d.reference from ({dims}) d where d.case_id = $1 limit 1");
    let found: Option<Option<String>> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(clock.case).fetch_optional(app.platform.reads()).await?;
    Ok(found.flatten().filter(|reference| !reference.is_empty()).unwrap_or_else(|| clock.subject.clone()))
}

/// Whoever may see the case sees its clocks; one of no case they see who see all rows.
async fn check(app: &App, caller: &Caller, clock: &Clock) -> PageResult<()> {
    let scope = caller.scope();
    let allowed = match clock.case {
        Some(case) => cases::may_see(app, caller, CaseId(case)).await?,
        None => scope.sees_all(),
    };
    if allowed { Ok(()) } else { Err(Error::NotFound("the clock").into()) }
}

/// A fact of the clock's case that the standard listens to.
struct Heard {
    seq: i64,
    name: String,
    occurred_at: Moment,
    recorded_at: Moment,
    actor_name: String,
}

async fn facts(app: &App, clock: &Clock, standard: &Standard) -> PageResult<Vec<Heard>> {
    let names: Vec<String> = standard.triggers().map(|(_, trigger)| trigger.fact.clone()).collect();
    let found = sqlx::query_as!(
        Heard,
        r#"select seq, name, occurred_at as "occurred_at: Moment", recorded_at as "recorded_at: Moment", actor_name from fact
           where (case_id = $1 and name = any($2) and seq between $3 and coalesce($4, 9223372036854775807))
              or ($1::uuid is null and seq in ($3, $4))
           order by seq desc limit $5"#,
        clock.case,
        &names,
        clock.start_seq,
        clock.stop_seq,
        FACTS_MAX
    )
    .fetch_all(app.platform.reads())
    .await?;
    Ok(found)
}

fn view(app: &App, actor: &Actor, clock: &Clock, standard: &Standard, reference: &str, facts: &[Heard]) -> Markup {
    let hidden = actor.scope.no_personal_data;
    let (registry, rules) = (app.platform.registry(), app.platform.rules());
    let now = app.platform.now();
    let record = registry.lookups.path_of(reference, actor);
    let action = record.map(|href| forms::button_link(&format!("Open {reference}"), &href));
    // What the fact named stands in its payload; nothing was counted from when it came.
    let named = matches!(standard.due.quantity, Quantity::OnField(_));
    let counted = (!named).then(|| standard.explain_from(clock.started_at, &rules.calendars));
    let entry = |fact: &Heard| {
        let title = registry.facts.get(fact.name.as_str()).map_or(fact.name.as_str(), |kind| kind.title);
        let role = match fact.seq {
            seq if seq == clock.start_seq => "It started the clock.",
            seq if Some(seq) == clock.stop_seq => "It ended the clock.",
            _ => "",
        };
        let actor = if hidden { "" } else { fact.actor_name.as_str() };
        let entry = Entry::new(fact.occurred_at, actor, title).body(html! { @if !role.is_empty() { p { (role) } } });
        if fact.recorded_at.seconds_since(fact.occurred_at) > 3600 { entry.recorded(fact.recorded_at) } else { entry }
    };
    html! {
        (shell::heading(&standard.title, Some(&format!("Clock of {reference}")), action))
        (summary::columns(
            html! {
                (shown::card(&shown::Clock { href: None, ..promise::shown(rules, clock, now) }, now))
                @match &counted {
                    None => p { "The fact that started it names when it falls due; now that is " (moved(clock)) "." },
                    Some(Ok(due)) => {
                        p { "Counted from " (clock.started_at.long()) ", it falls due " (words::due(due)) "." }
                        @if due.at != clock.due_at {
                            p { "It was moved since and falls due " (moved(clock)) "." }
                        }
                        (words::steps(&due.steps))
                    }
                    Some(Err(error)) => p { (error) },
                }
                h2 { "The facts it heard" }
                (timeline(&facts.iter().map(entry).collect::<Vec<_>>()))
            },
            html! {
                (summary::panel("The clock", None, summary::list(&details(clock, standard))))
                (summary::panel("How this standard counts", None, summary::list(&words::declaration(&app.platform, standard))))
            },
        ))
    }
}

fn moved(clock: &Clock) -> String {
    clock.due_day.map_or_else(|| clock.due_at.long(), |day| format!("by the end of {}", day.short()))
}

fn details(clock: &Clock, standard: &Standard) -> Vec<Item> {
    let moment = |at: Option<Moment>| at.map_or_else(|| "–".to_owned(), Moment::long);
    vec![
        Item::new("Standard", html! { a href=(format!("/standards/{}", standard.id)) { (standard.id) } }),
        Item::text("Version", format!("from {}", standard.from.long())),
        Item::text("State", clock.state.as_str()),
        Item::text("Started by", format!("fact {}", clock.start_seq)),
        Item::text("Not before", moment(clock.earliest_at)),
        Item::text("Extended", format!("{} time{}", clock.extensions, if clock.extensions == 1 { "" } else { "s" })),
        Item::text("Paused since", moment(clock.paused_at)),
        Item::text("Ended", moment(clock.stopped_at)),
        Item::text("Ended by", clock.stop_seq.map_or_else(|| "–".to_owned(), |seq| format!("fact {seq}"))),
        Item::text("Time ran out", moment(clock.breached_at)),
    ]
}
