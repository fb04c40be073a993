//! The call: find the home, say what is wrong, answer the script, see the decision, log and book.

use super::{
    call::{Call, HITS_MAX, Reporter, SHOWN_PRIORITY, call, read},
    commands::{self, Assessment, assess},
    model::Report,
    views,
};
use crate::{
    declared::{Priority, SCRIPT},
    diagnosis::search,
    permissions, repair,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use rooftree_frame::{Access, App, Area, Asked, Form, PageResult, Signed, get, pages, post};
use rooftree_homes::public::place_by_reference;
use rooftree_kernel::{FieldErrors, Moment};
use rooftree_platform::{Ctx, Error, Result, once};
use rooftree_works::public::{
    booking::commands::book,
    slots::{self, SlotAsk},
};

/// How many days ahead slots are offered.
const DAYS_OFFERED: i64 = 14;

pub(crate) fn add(area: &mut Area) {
    let needs = || Access::Needs(permissions::REPORT);
    area.pages.extend([
        get("/repairs/new", needs(), start).scope("all homes"),
        post("/repairs/new", needs(), decide).scope("all homes"),
        post("/repairs", needs(), log).scope("all homes"),
        get("/r/{reference}", Access::Public, about).scope("nobody's rows: how to ask about a repair"),
    ]);
}

/// Where the links in texts and letters lead: how to ask about a repair. It shows nothing of the repair, since anybody may type a reference.
async fn about(State(app): State<App>, headers: HeaderMap, Path(reference): Path<String>) -> PageResult {
    let shown: String = reference.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(20).collect();
    let body = views::about(&shown, app.platform.config());
    Ok(pages::show_bare(&headers, pages::public_page(&app, format!("Your repair {shown}"), body)))
}

/// Sent in a slot's place: the repair is logged, and its visit chosen among later days.
const LATER: &str = "later";
async fn start(State(app): State<App>, signed: Signed, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let session = &signed.0;
    if let (None, Some(person)) = (query.get("place"), query.get("person")) {
        return from_person(&app, person).await;
    }
    let Some(reference) = query.get("place").filter(|text| !text.is_empty()) else {
        let typed = query.get("find").unwrap_or_default().trim().to_owned();
        let hits = find(&app, &signed, &typed).await?;
        let body = views::find_home(&typed, &hits);
        return Ok(pages::show(&headers, pages::page(&app, session, "/repairs", "Report a repair", body)));
    };
    let mut ctx = app.platform.begin(&session.actor).await?;
    let place = place_by_reference(ctx.conn(), reference).await?;
    let item = query.get("item").and_then(|key| SCRIPT.item(key));
    let reporter = Reporter { reference: query.get("reporter").unwrap_or_default(), name: "" };
    let call = call(&mut ctx, place, item.map_or("", |item| item.key.as_str()), reporter).await?;
    let title = format!("Report a repair: {}", call.place.reference);
    let body = match item {
        None => {
            let typed = query.get("q").unwrap_or_default();
            views::choose_item(&query, &call, typed, &search::find(&SCRIPT, typed))
        }
        Some(item) => {
            let form = Form::of(vec![
                ("channel".into(), "phone".into()),
                ("reporter".into(), query.get("reporter").map_or_else(|| call.first_reporter(), str::to_owned)),
            ]);
            views::questions(&session.csrf, &call, item, &form, &FieldErrors::default())
        }
    };
    Ok(pages::show(&headers, pages::page(&app, session, "/repairs", title, body).crumb("Repairs", "/repairs")))
}

/// Whoever rings about their own home: on to its script, with them as the reporter. Somebody without a home has only their page.
async fn from_person(app: &App, reference: &str) -> PageResult {
    let (pool, today) = (app.platform.reads(), app.platform.now().day());
    let person = rooftree_people::public::person_by_reference(pool, reference).await?;
    let next = match rooftree_people::public::home_of(pool, person.id, today).await? {
        Some(home) => {
            let place = rooftree_homes::public::place(pool, home).await?;
            format!("/repairs/new?place={}&reporter={}", place.reference, person.reference)
        }
        None => format!("/people/{}", person.reference),
    };
    Ok(Redirect::to(&next).into_response())
}

async fn find(app: &App, signed: &Signed, typed: &str) -> Result<Vec<rooftree_frame::Hit>> {
    let mut hits = Vec::new();
    if !typed.is_empty() {
        for source in &app.shared.search {
            hits.extend(source.search(app, &signed.caller(), typed, HITS_MAX).await?);
        }
    }
    hits.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(hits)
}

/// The decision and the slots, before anything is written.
async fn decide(State(app): State<App>, signed: Signed, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let mut errors = FieldErrors::default();
    let (report, call) = read(&mut ctx, &form, &mut errors).await?;
    if call.asks_which(&form) && errors.0.iter().all(|error| error.field == "reporter") {
        // A name that was looked for and found is a step, not a mistake.
        let item = SCRIPT.item(form.get("item")).ok_or(Error::NotFound("the repair"))?;
        let body = views::questions(&signed.0.csrf, &call, item, &form, &FieldErrors::default());
        return Ok(pages::page(&app, &signed.0, "/repairs", "Report a repair", body).render().into_response());
    }
    if !errors.is_empty() {
        return again(&app, &signed, &call, &form, &errors);
    }
    decision_page(&app, &signed, ctx, &report, &call, &form, &errors).await
}

/// The questions again, with what was typed and what is wrong.
fn again(app: &App, signed: &Signed, call: &Call, form: &Form, errors: &FieldErrors) -> PageResult {
    let item =
        SCRIPT.item(form.get("item")).ok_or_else(|| Error::field("item", "choose what is wrong from the list"))?;
    let body = views::questions(&signed.0.csrf, call, item, form, errors);
    let page = pages::page(app, &signed.0, "/repairs", "Report a repair", body).has_errors(true);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
}

async fn decision_page(
    app: &App,
    signed: &Signed,
    mut ctx: Ctx,
    report: &Report,
    call: &Call,
    form: &Form,
    errors: &FieldErrors,
) -> PageResult {
    let assessment = assess(&mut ctx, report).await?;
    let priority = report.override_priority.as_ref().map_or(assessment.decision.priority, |(chosen, _)| *chosen);
    let due = commands::promise(&ctx, priority);
    let ask = ask(&assessment, priority, ctx.now);
    let offered = slots::offer(ctx.conn(), &ask).await?;
    let body = views::decision(&signed.0.csrf, call, &assessment, priority, due.as_ref(), &offered, form, errors);
    let page = pages::page(app, &signed.0, "/repairs", "Log and book", body).has_errors(!errors.is_empty());
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, page.render()).into_response())
}

/// The times to offer: of the provider who would get the order.
fn ask(assessment: &Assessment, priority: Priority, now: Moment) -> SlotAsk {
    SlotAsk {
        trade: assessment.outcome.trade.clone(),
        ward: assessment.ward().to_owned(),
        minutes: assessment.outcome.minutes,
        priority,
        provider: Some(assessment.provider()),
        from: now,
        days: DAYS_OFFERED,
    }
}

/// Logs the repair and books the slot in one unit of work: both or neither. A form that is sent twice (a double click) raises one repair.
async fn log(State(app): State<App>, signed: Signed, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let mut errors = FieldErrors::default();
    let (report, call) = read(&mut ctx, &form, &mut errors).await?;
    if !errors.is_empty() && errors.0.iter().all(|error| error.field.starts_with("override_")) {
        // Asked for on the page of the decision: that is the page to mend it on, with the slot that was chosen.
        return decision_page(&app, &signed, ctx, &report, &call, &form, &errors).await;
    }
    if !errors.is_empty() {
        return again(&app, &signed, &call, &form, &errors);
    }
    if let Some(priority) = not_shown_yet(&report, &form) {
        let errors = FieldErrors::one(
            "slot",
            format!("The priority is now {}: say the new words, and choose a time that suits it", priority.title()),
        );
        return decision_page(&app, &signed, ctx, &report, &call, &form, &errors).await;
    }
    match record(ctx, &report, &form).await {
        Ok(reference) if chosen_slot(&form) == LATER => {
            Ok(Redirect::to(&format!("/repairs/{reference}/appointments/new")).into_response())
        }
        Ok(reference) => Ok(logged(&reference, &call)),
        Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => {
            let shown = match error {
                Error::Invalid(errors) => errors,
                other => FieldErrors::one("slot", other.to_string()),
            };
            let ctx = app.platform.begin(&signed.0.actor).await?;
            decision_page(&app, &signed, ctx, &report, &call, &form, &shown).await
        }
        Err(other) => Err(other.into()),
    }
}

/// A priority that was chosen on the page of the decision, whose words and times were those of another: an emergency would otherwise be
/// booked among the days of a routine repair.
fn not_shown_yet(report: &Report, form: &Form) -> Option<Priority> {
    let (chosen, _) = report.override_priority.as_ref()?;
    let shown = Priority::parse(form.get(SHOWN_PRIORITY))?;
    (shown != *chosen).then_some(*chosen)
}

/// The time to book. A button that says otherwise is sent after the time that stands chosen above it, and outweighs it.
fn chosen_slot(form: &Form) -> &str {
    form.fields().iter().rfind(|(name, _)| name == "slot").map_or("", |(_, value)| value.trim())
}

async fn record(mut ctx: Ctx, report: &Report, form: &Form) -> Result<String> {
    let form_name = form.get(once::FIELD);
    if !once::first_time(&mut ctx, form_name).await?
        && let Some(reference) = once::noted(&mut ctx, form_name).await?
    {
        return Ok(reference);
    }
    let assessment = assess(&mut ctx, report).await?;
    let reported = commands::report(&mut ctx, report, &assessment).await?;
    let chosen = chosen_slot(form);
    if !chosen.is_empty() && chosen != LATER && !reported.awaiting_approval {
        let repair = repair::commands::lock(&mut ctx, &reported.reference).await?;
        let slot = slots::find(ctx.conn(), chosen, &ask(&assessment, reported.priority, reported.reported_at)).await?;
        book(&mut ctx, &repair, Some(reported.order), &slot, reported.priority == Priority::Emergency).await?;
    }
    // The page of the repair says it when nobody could be told.
    let _ = commands::confirm(&mut ctx, report, &reported).await?;
    once::note(&mut ctx, form_name, &reported.reference).await?;
    ctx.commit().await?;
    Ok(reported.reference)
}

fn logged(reference: &str, call: &Call) -> Response {
    Redirect::to(&format!("/repairs/{reference}?logged={}", call.place.reference)).into_response()
}
