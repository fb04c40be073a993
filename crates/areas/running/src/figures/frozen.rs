//! Freezing a figure for publication, and what has changed since.

use super::{page, words};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use maud::{Markup, html};
use rooftree_frame::{App, Form, PageResult, Signed, pages};
use rooftree_kernel::{Actor, FieldErrors, periods::Period};
use rooftree_platform::{
    Error,
    figures::{
        self, Whose,
        frozen::{self as freezing, Change, Comparison, Difference, Frozen, Side},
    },
};
use rooftree_promises::measures::Measure;
use rooftree_ui::{
    Query,
    forms::{self, Field},
    shell,
    summary::{self, Item, Tone, tag},
    tables::{Column, Row, Table},
};
use uuid::Uuid;

/// The versions that were frozen, newest first.
pub(super) fn list(measure: &Measure, versions: &[Frozen]) -> Markup {
    html! {
        @if versions.is_empty() {
            p.rt-muted { "None yet. Freeze a figure when you publish it: later facts then show as a difference, not as a silent change." }
        } @else {
            ul {
                @for version in versions {
                    li {
                        a href=(format!("/figures/{}/frozen/{}", measure.id, version.id)) {
                            (period_label(&version.period)) ": " (version.shown)
                        }
                        " " span.rt-muted { "frozen " (version.frozen_at.short()) " by " (version.frozen_by) }
                        @if !version.note.is_empty() { br; (version.note) }
                    }
                }
            }
        }
    }
}

fn period_label(key: &str) -> String {
    key.parse::<Period>().map_or_else(|_| key.to_owned(), Period::label)
}

/// The form that freezes the period shown.
pub(super) fn form(measure: &Measure, period: Period, csrf: &str, note: &str, errors: &FieldErrors) -> Markup {
    let field = Field::new("note", "Where it is published")
        .hint("Such as ‘Panel, 12 March’. A frozen figure stays as it is: later facts show as a difference")
        .value(note)
        .errors(errors);
    forms::form(
        &format!("/figures/{}/freeze", measure.id),
        csrf,
        html! {
            (forms::hidden("period", &words::period_key(period)))
            (forms::text(field))
            (forms::submit(&format!("Freeze {}", period.label())))
        },
    )
}

pub(super) async fn freeze(State(app): State<App>, signed: Signed, Path(id): Path<String>, form: Form) -> PageResult {
    let measure = figures::measure(&app.platform, &id, &Whose::Landlord)?;
    let period: Period = form
        .get("period")
        .parse()
        .map_err(|_| Error::field("period", "choose a month, a quarter or a financial year"))?;
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    // Nobody freezes by a slip: what is not published anywhere needs no frozen figure.
    let frozen = match form.get("note") {
        "" => Err(Error::field("note", "say where it is published, such as ‘Panel, 12 March’")),
        note => freezing::freeze(&mut ctx, measure, period, note).await,
    };
    match frozen {
        Ok(frozen) => {
            ctx.commit().await?;
            Ok(pages::done(&format!("/figures/{id}/frozen/{frozen}"), &format!("{} is frozen.", period.label())))
        }
        Err(Error::Invalid(errors)) => {
            drop(ctx);
            let query = Query::new(format!("/figures/{id}")).with("period", words::period_key(period));
            let body = page::body(&app, &signed.0, &id, &query, form.get("note"), &errors).await?;
            let page = pages::page(&app, &signed.0, "/figures", &measure.title, body).crumb("Figures", "/figures");
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page.has_errors(true).render()).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn show(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path((id, frozen)): Path<(String, Uuid)>,
) -> PageResult {
    if figures::whose(&app.platform, &signed.0.actor.scope).await? != Whose::Landlord {
        return Err(Error::NotFound("the frozen figure").into());
    }
    let frozen = freezing::get(&app.platform, frozen).await?;
    if frozen.measure != id {
        return Err(Error::NotFound("the frozen figure").into());
    }
    let measure = figures::measure(&app.platform, &id, &Whose::Landlord)?;
    let comparison = freezing::compare(&app.platform, frozen).await?;
    let body = view(&app, &signed.0.actor, measure, &comparison);
    let page = pages::page(&app, &signed.0, "/figures", format!("Frozen: {}", measure.title), body);
    let back = Query::new(format!("/figures/{id}")).with("period", comparison.frozen.period.as_str()).href();
    Ok(pages::show(&headers, page.crumb("Figures", "/figures").crumb(&measure.title, back)))
}

fn view(app: &App, actor: &Actor, measure: &Measure, comparison: &Comparison) -> Markup {
    let (frozen, now) = (&comparison.frozen, &comparison.now.tally);
    let number = |n: i64| rooftree_ui::cards::thousands(n.unsigned_abs());
    let (added, gone, changed) = comparison.counts;
    let total = added + gone + changed;
    html! {
        (shell::heading("Frozen figure", Some(&format!("{}, {}", measure.title, period_label(&frozen.period))), None))
        @if total == 0 {
            (summary::banner(Tone::Success, html! { p { "Counted again, it gives the same rows as when it was frozen." } }))
        } @else {
            (summary::banner(Tone::Warning, html! {
                p { "Counted again, " (total) " row" @if total != 1 { "s" } " differ: " (added) " added, " (gone) " gone, " (changed) " changed." }
            }))
        }
        @if !comparison.same_definition {
            (summary::banner(Tone::Info, html! { p { "The declaration of this measure has changed since: differences may come from it." } }))
        }
        (summary::list(&[
            Item::new("As published", html! { strong { (frozen.shown) } " (" (number(frozen.numerator)) " hits, " (number(frozen.denominator)) " counted, " (number(frozen.excluded)) " left out)" }),
            Item::new("Counted now", html! { strong { (words::value(measure, comparison.now.value)) } " (" (number(now.numerator)) " hits, " (number(now.denominator)) " counted, " (number(now.excluded)) " left out)" }),
            Item::text("Frozen", format!("{} by {}", frozen.frozen_at.long(), frozen.frozen_by)),
            Item::text("Published", &frozen.note),
            Item::text("Journal then", format!("up to fact {}", frozen.journal_seq)),
            Item::new("Hash of the rows", html! { code.rt-code-text { (frozen.rows_hash) } }),
        ]))
        h2 { "Rows that differ" }
        (differences(app, actor, measure, &comparison.differences))
        @if total > freezing::DIFFERENCES_MAX { p { "The first " (freezing::DIFFERENCES_MAX) " are listed." } }
    }
}

fn differences(app: &App, actor: &Actor, measure: &Measure, rows: &[Difference]) -> Markup {
    let side = |side: &Option<Side>| match side {
        None => html! { span.rt-muted { "not there" } },
        Some(side) => html! {
            (side.day.short()) ", "
            @match (side.counted, side.hit) {
                (false, _) => "left out",
                (true, true) => "hit",
                (true, false) => "missed",
            }
            @if side.value.is_some() { ", " (words::value(measure, side.value)) }
            @if !side.reason.is_empty() { br; span.rt-muted { (side.reason) } }
        },
    };
    let one = |difference: &Difference| {
        let (tone, word) = match difference.change {
            Change::Added => (Tone::Info, "Added"),
            Change::Gone => (Tone::Danger, "Gone"),
            Change::Changed => (Tone::Warning, "Changed"),
        };
        let row = Row::new(vec![
            html! { (difference.reference) },
            tag(tone, word),
            side(&difference.then),
            side(&difference.now),
        ]);
        match app.platform.registry().lookups.path_of(&difference.reference, actor) {
            Some(href) => row.href(href),
            None => row,
        }
    };
    let columns =
        vec![Column::new("Reference").nowrap(), Column::new("Change"), Column::new("As published"), Column::new("Now")];
    Table::new("Rows that differ", columns)
        .caption_hidden()
        .rows(rows.iter().map(one).collect())
        .empty(html! { p { "None." } })
        .render()
}
