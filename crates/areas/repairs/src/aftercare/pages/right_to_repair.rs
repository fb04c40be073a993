//! The Right to Repair: whose period runs or has lapsed, who may ask for a second contractor, what is owed.

use crate::{
    aftercare::right_to_repair::{compensation, second_contractor, standard},
    repair::{queries, words::period_words},
};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::IntoResponse,
};
use maud::{Markup, html};
use rooftree_frame::{
    App, Asked, Form, PageResult, Signed,
    exports::{self, Format},
    forms::explained,
    pages,
};
use rooftree_kernel::{Day, FieldErrors, Moment, Pence, ProviderId, Scope, scope::PROVIDER};
use rooftree_platform::{Error, Pool, Result, ports::SheetCell};
use rooftree_ui::{
    clocks as pills,
    forms::{self, Choice, Field},
    shell,
    summary::{self, Tone},
    tables::{self, Column, Row, Table},
};
use rooftree_works::public::providers;

/// Rows of the list; all are in the file.
const ROWS_MAX: i64 = 200;

struct Line {
    reference: String,
    title: String,
    address: String,
    period: String,
    status: String,
    completed_day: Option<Day>,
    first_started: Option<Moment>,
    first_due: Option<Moment>,
    first_stopped: Option<Moment>,
    second_started: Option<Moment>,
    second_due: Option<Moment>,
    second_stopped: Option<Moment>,
    /// Since when the right no longer holds: nobody let us in.
    ended_at: Option<Moment>,
}

impl Line {
    /// What is owed today, or was when the work was done.
    fn owed(&self, today: Day) -> Pence {
        let last = self.second_due.map(|due| due.plus_seconds(-1).day());
        last.map_or(Pence::ZERO, |last| compensation(last, self.completed_day.unwrap_or(today)))
    }

    fn may_ask(&self, now: Moment) -> bool {
        self.status == "open" && self.second_due.is_none() && self.first_due.is_some_and(|due| due <= now)
    }
}

/// The filter of the list: only those whose tenant may ask for a second contractor now.
const LAPSED: &str = "lapsed";

/// How many tenants may ask for a second contractor now: what the list shows under [`LAPSED`].
pub(in crate::aftercare) async fn lapsed(pool: &Pool, scope: &Scope, now: Moment) -> Result<i64> {
    Ok(lines(pool, scope, Some(now), exports::ROWS_MAX).await?.len() as i64)
}

/// Where the list shows those.
pub(in crate::aftercare) const LAPSED_HREF: &str = "/right-to-repair?show=lapsed";

async fn lines(pool: &Pool, scope: &Scope, lapsed_by: Option<Moment>, limit: i64) -> Result<Vec<Line>> {
    let [provider] = scope.ids(["provider"]);
    Ok(sqlx::query_as!(
        Line,
        r#"select r.reference, r.title, p.address, r.right_to_repair as "period!", r.status, r.completed_day as "completed_day: Day",
                  a.started_at as "first_started?: Moment", a.due_at as "first_due?: Moment", a.stopped_at as "first_stopped: Moment",
                  b.started_at as "second_started?: Moment", b.due_at as "second_due?: Moment", b.stopped_at as "second_stopped: Moment",
                  case when a.id is null then
                      (select max(e.stopped_at) from clock e where e.case_id = r.id and e.state = 'cancelled'
                       and e.standard = 'repairs.right-to-repair-1994.' || r.right_to_repair) end as "ended_at: Moment"
           from repair r join place p on p.id = r.place_id
           left join clock a on a.case_id = r.id and a.standard = 'repairs.right-to-repair-1994.' || r.right_to_repair and a.state <> 'cancelled'
           left join clock b on b.case_id = r.id and b.standard = 'repairs.right-to-repair-1994.second-' || r.right_to_repair and b.state <> 'cancelled'
           where r.right_to_repair is not null and ($1::uuid is null or r.provider_id = $1)
             and (r.status = 'open' or (b.id is not null and r.status = 'completed'))
             and ($3::timestamptz is null or (r.status = 'open' and b.id is null and a.due_at <= $3))
           order by (r.status = 'open') desc, a.due_at nulls last, r.id limit $2"#,
        provider,
        limit,
        lapsed_by as _
    )
    .fetch_all(pool)
    .await?)
}

fn pill(started: Option<Moment>, due: Option<Moment>, stopped: Option<Moment>, now: Moment) -> Markup {
    match (started, due) {
        (Some(started), Some(due)) => pills::pill(
            &pills::Clock::new("Right to Repair", started, pills::Due::By(due.plus_seconds(-1).day()), stopped, now),
            now,
        ),
        _ => html! {},
    }
}

/// The list.
pub async fn index(State(app): State<App>, signed: Signed, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let now = app.platform.now();
    let lapsed_by = query.get("show").is_some_and(|show| show == LAPSED).then_some(now);
    let found = lines(app.platform.reads(), &signed.0.actor.scope, lapsed_by, ROWS_MAX).await?;
    let may_send = signed.0.actor.may(&crate::permissions::PLAN) && signed.0.actor.scope.id(PROVIDER).is_none();
    let rows = found
        .iter()
        .map(|line| {
            let owed = line.owed(now.day());
            Row::new(vec![
                html! { (line.reference) },
                html! { (line.title) },
                html! { (line.address) },
                html! { (period_words(&line.period)) },
                match line.ended_at {
                    Some(ended) => html! { (summary::muted(&format!("Ended on {}: nobody let us in", ended.day().short()))) },
                    None => pill(line.first_started, line.first_due, line.first_stopped, now),
                },
                html! {
                    (pill(line.second_started, line.second_due, line.second_stopped, now))
                    @if may_send && line.may_ask(now) { a href={ "/repairs/" (line.reference) "/second-contractor" } { "Send a second contractor" } }
                },
                html! { @if owed > Pence::ZERO { strong { (owed.to_string()) } } },
            ])
            .href(format!("/repairs/{}", line.reference))
            .urgent(line.may_ask(now) || owed > Pence::ZERO)
        })
        .collect();
    let columns = vec![
        Column::new("Repair").nowrap(),
        Column::new("What"),
        Column::new("Home"),
        Column::new("Period"),
        Column::new("First contractor"),
        Column::new("Second contractor").nowrap(),
        Column::number("Owed"),
    ];
    let body = html! {
        (shell::heading("Right to Repair", Some("Aftercare"), None))
        (pages::tabs(&app, &signed.0.actor, "Aftercare", "/right-to-repair"))
        p { "Small repairs that council tenants have a legal right to within one, three or seven working days (SI 1994/133). When the first period lapses the tenant may ask for a second contractor, who has the same time again. When that lapses too we owe £10, and £2 for each day until it is done, up to £50." }
        p {
            @if lapsed_by.is_some() { "Only those that have lapsed and wait for a second contractor. " a href="/right-to-repair" { "Show all" } }
            @else { a href=(LAPSED_HREF) { "Show only those that have lapsed" } }
        }
        (tables::exports(&query))
        (Table::new("Right to Repair", columns).caption_hidden().rows(rows).empty(html! { p { @if lapsed_by.is_some() { "None has lapsed." } @else { "No open repair falls under the Right to Repair." } } }).render())
    };
    Ok(pages::show(&headers, super::page(&app, &signed, "Right to Repair", body)))
}

/// The list as a file.
pub async fn export(State(app): State<App>, signed: Signed, Asked(query): Asked, format: Format) -> PageResult {
    let scope = &signed.0.actor.scope;
    let lapsed_by = query.get("show").is_some_and(|show| show == LAPSED).then_some(app.platform.now());
    let found = lines(app.platform.reads(), scope, lapsed_by, exports::ROWS_MAX).await?;
    let text = |text: &str| SheetCell::Text(text.to_owned());
    let moment = |at: Option<Moment>| at.map_or(SheetCell::Empty, SheetCell::Moment);
    let last_day =
        |due: Option<Moment>| due.map_or(SheetCell::Empty, |due| text(&due.plus_seconds(-1).day().to_string()));
    let today = app.platform.now().day();
    let rows = found.iter().map(|line| {
        vec![
            text(&line.reference),
            text(&line.title),
            text(&line.address),
            text(period_words(&line.period)),
            text(&line.status),
            last_day(line.first_due),
            moment(line.first_stopped),
            moment(line.ended_at),
            last_day(line.second_due),
            moment(line.second_stopped),
            SheetCell::Pence(line.owed(today)),
        ]
    });
    let headings = [
        "Repair",
        "What",
        "Home",
        "Period",
        "Status",
        "First due",
        "First done",
        "Ended without access",
        "Second due",
        "Second done",
        "Owed",
    ];
    exports::file(&app, format, "right-to-repair", &headings, rows)
}

/// Who could come instead of the first contractor.
async fn contractors(pool: &Pool, repair: &queries::Repair) -> Result<Vec<(String, String)>> {
    let able = providers::able(pool, &repair.trade, None).await?;
    let others = able.into_iter().filter(|(id, _)| Some(*id) != repair.provider_id);
    Ok(others.map(|(id, name)| (id.to_string(), name)).collect())
}

/// The form to send a second contractor.
pub async fn second_form(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let body = view(&app, &signed, &reference, &Form::default(), &FieldErrors::default()).await?;
    let page = super::page(&app, &signed, format!("Second contractor for {reference}"), body)
        .crumb("Right to Repair", "/right-to-repair");
    Ok(pages::show(&headers, page))
}

async fn view(app: &App, signed: &Signed, reference: &str, form: &Form, errors: &FieldErrors) -> Result<Markup> {
    let pool = app.platform.reads();
    let repair = queries::by_reference(pool, reference, &signed.0.actor.scope).await?;
    let period = repair
        .right_to_repair
        .clone()
        .ok_or_else(|| Error::conflict(format!("{reference} does not fall under the Right to Repair.")))?;
    let rules = app.platform.rules();
    let now = app.platform.now();
    let due = rules
        .standards
        .get(&standard(&period, true), now.day())
        .and_then(|found| found.due_from(now, &rules.calendars).ok());
    let found = contractors(pool, &repair).await?;
    let choices: Vec<Choice<'_>> = found.iter().map(|(id, name)| Choice::new(id.as_str(), name.as_str())).collect();
    Ok(html! {
        (forms::error_summary(errors))
        (shell::heading("Send a second contractor", Some(&format!("{} {}", repair.reference, repair.title)), None))
        p { "The tenant asks for it because " (repair.provider_name.as_deref().unwrap_or("the first contractor")) " did not do the repair in " (period_words(&period)) ". The first order ends, booked visits are called off, and the tenant gets the second notice." }
        @if let Some(day) = due.and_then(|due| due.day) { p { "The second contractor has until the end of " strong { (day.long()) } "." } }
        @if choices.is_empty() {
            (summary::banner(Tone::Warning, html! { p { "No other contractor has somebody of this trade. The regulations ask for a second contractor only where one is to be had." } }))
        } @else {
            (forms::form(&format!("/repairs/{}/second-contractor", repair.reference), &signed.0.csrf, html! {
                (forms::radios(Field::new("provider", "Who comes now?").value(form.get("provider")).errors(errors), &choices))
                (forms::buttons(&[forms::submit("Send them"), forms::cancel("/right-to-repair")]))
            }))
        }
    })
}

/// Sends a second contractor.
pub async fn second(State(app): State<App>, signed: Signed, Path(reference): Path<String>, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = match form.get("provider").parse::<ProviderId>() {
        Ok(provider) => second_contractor(&mut ctx, &reference, provider).await,
        Err(_) => Err(Error::field("provider", "choose a contractor")),
    };
    match outcome {
        Ok(told) => {
            ctx.commit().await?;
            let said = format!("The second contractor has the order. {} Book a visit now.", told.words());
            Ok(pages::done(&format!("/repairs/{reference}"), &said))
        }
        Err(error) => {
            drop(ctx);
            let (status, errors) = explained(error)?;
            let body = view(&app, &signed, &reference, &form, &errors).await?;
            Ok((status, super::page(&app, &signed, "Second contractor", body).has_errors(true).render())
                .into_response())
        }
    }
}
