//! Freezing many figures at once for a board or a panel, and the list of what was frozen.

use super::words;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use maud::{Markup, html};
use rooftree_frame::{App, Asked, Form, PageResult, Signed, pages};
use rooftree_kernel::{FieldErrors, periods::Period};
use rooftree_platform::{
    Error,
    figures::{
        self, Whose,
        frozen::{self as freezing, Frozen},
    },
};
use rooftree_promises::measures::Measure;
use rooftree_ui::{
    Query,
    filters::FilterBar,
    forms::{self, Field},
    shell,
    tables::{self, Column, Row, Table},
};
use uuid::Uuid;

const PAGE_ROWS: usize = 50;

/// `GET /figures/freeze`: the figures to tick.
pub(super) async fn form(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Asked(query): Asked,
) -> PageResult {
    let period = words::period(&query, app.platform.now().day());
    let body = view(&app, &signed, period, &Form::default(), &FieldErrors::default()).await?;
    let page = pages::page(&app, &signed.0, "/figures", "Freeze figures", body).crumb("Figures", "/figures");
    Ok(pages::show(&headers, page))
}

/// `POST /figures/freeze`: puts it in hand.
pub(super) async fn freeze(State(app): State<App>, signed: Signed, form: Form) -> PageResult {
    let period: Period = form
        .get("period")
        .parse()
        .map_err(|_| Error::field("period", "choose a month, a quarter or a financial year"))?;
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let done = match (form.get("note"), chosen(&app, &form)) {
        ("", _) => Err(Error::field("note", "say where they are published, such as ‘Board, 12 March’")),
        (note, Ok(measures)) => {
            let frozen = freezing::freeze_together(&mut ctx, &measures, period, note).await;
            frozen.map(|()| measures.len())
        }
        (_, Err(error)) => Err(error),
    };
    match done {
        Ok(count) => {
            ctx.commit().await?;
            let what = if count == 1 { "1 figure is".to_owned() } else { format!("{count} figures are") };
            Ok(pages::done(
                "/figures/frozen",
                &format!("{what} being frozen for {}. They stand here in a minute.", period.label()),
            ))
        }
        Err(Error::Invalid(errors)) => {
            drop(ctx);
            let body = view(&app, &signed, period, &form, &errors).await?;
            let page = pages::page(&app, &signed.0, "/figures", "Freeze figures", body).crumb("Figures", "/figures");
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page.has_errors(true).render()).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// The measures that are ticked.
fn chosen<'a>(app: &'a App, form: &Form) -> Result<Vec<&'a Measure>, Error> {
    let mut ids = form.all("measures");
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(|id| figures::measure(&app.platform, id, &Whose::Landlord)).collect()
}

async fn view(app: &App, signed: &Signed, period: Period, form: &Form, errors: &FieldErrors) -> PageResult<Markup> {
    let today = app.platform.now().day();
    let all = figures::listed(&app.platform, &Whose::Landlord);
    let lines = figures::overview(&app.platform, &all, period, &Whose::Landlord).await?;
    let row = |line: &figures::Line<'_>| {
        Row::new(vec![
            html! { (line.measure.title) br; span.rt-muted { (words::area(&line.measure.id)) } },
            html! { (words::value(line.measure, line.figure.value)) },
            words::target_tag(line.measure, &line.figure),
        ])
        .tick(&line.measure.id, &line.measure.title)
    };
    // What was never counted is nobody's to publish.
    let rows = lines.iter().filter(|line| line.figure.value.is_some()).map(row).collect();
    let columns = vec![Column::new("Measure"), Column::number(period.label()).nowrap(), Column::new("Target")];
    let query = Query::new("/figures/freeze").with("period", words::period_key(period));
    let note = Field::new("note", "Where they are published")
        .hint("Such as ‘Board, 12 March’. Frozen figures stay as they are: later facts show as a difference")
        .value(form.get("note"))
        .errors(errors);
    Ok(html! {
        (forms::error_summary(errors))
        (shell::heading("Freeze figures", Some(&period.label()), Some(forms::secondary_link("What was frozen", "/figures/frozen"))))
        (FilterBar::new(&query).field(words::period_field(period, today)).render())
        (forms::form("/figures/freeze", &signed.0.csrf, html! {
            (forms::hidden("period", &words::period_key(period)))
            (forms::text(note))
            (Table::new("Figures of this period", columns)
                .rows(rows)
                .ticks("measures")
                .ticked(&form.all("measures"))
                .empty(html! { p { "No figure has a value in this period. Choose another." } })
                .render())
            (forms::buttons(&[forms::submit("Freeze those ticked"), forms::cancel("/figures")]))
        }))
    })
}

/// `GET /figures/frozen`: what was frozen last.
pub(super) async fn list(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Asked(query): Asked,
) -> PageResult {
    if figures::whose(&app.platform, &signed.0.actor.scope).await? != Whose::Landlord {
        return Err(Error::NotFound("the frozen figures").into());
    }
    let after = match query.get("after") {
        None => None,
        Some(text) => Some(
            text.parse::<Uuid>().map_err(|_| Error::field("after", "send the cursor of the page before, unchanged"))?,
        ),
    };
    let mut frozen = freezing::newest(&app.platform, after, PAGE_ROWS as i64 + 1).await?;
    let more = frozen.len() > PAGE_ROWS;
    frozen.truncate(PAGE_ROWS);
    let list = Query::new("/figures/frozen");
    let next = frozen.last().filter(|_| more).map(|last| list.clone().with("after", last.id.to_string()).href());
    let previous = after.map(|_| list.href());
    let may_freeze = signed.0.actor.may(&super::FREEZE);
    let body = html! {
        (shell::heading("Frozen figures", None, may_freeze.then(|| forms::button_link("Freeze figures", "/figures/freeze"))))
        (table(&frozen))
        (tables::cursor_pages(&format!("{} shown", frozen.len()), previous.as_deref(), next.as_deref()))
    };
    let page = pages::page(&app, &signed.0, "/figures", "Frozen figures", body).crumb("Figures", "/figures");
    Ok(pages::show(&headers, page))
}

fn table(frozen: &[Frozen]) -> Markup {
    let row = |one: &Frozen| {
        let period = one.period.parse::<Period>().map_or_else(|_| one.period.clone(), Period::label);
        Row::new(vec![
            html! { (one.title) },
            html! { (period) },
            html! { strong { (one.shown) } },
            html! { (one.frozen_at.short()) " by " (one.frozen_by) },
            html! { (one.note) },
        ])
        .href(format!("/figures/{}/frozen/{}", one.measure, one.id))
    };
    let columns = vec![
        Column::new("Measure"),
        Column::new("Period").nowrap(),
        Column::number("As published"),
        Column::new("Frozen").desk_only(),
        Column::new("Where"),
    ];
    Table::new("Frozen figures, the newest first", columns)
        .caption_hidden()
        .rows(frozen.iter().map(row).collect())
        .empty(html! { p { "None yet. Freeze figures when you publish them: later facts then show as a difference, not as a silent change." } })
        .render()
}
