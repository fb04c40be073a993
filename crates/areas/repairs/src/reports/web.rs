//! The call: find the home, say what is wrong, answer the script, see the decision, log and book.

use super::{
    commands::{self, Assessment, assess},
    model::{CHANNELS, Report},
    views,
};
use crate::{
    appointments::{
        commands::book,
        slots::{self, SlotAsk},
    },
    declared::{DECLARED, Priority},
    diagnosis::search,
    permissions, repair,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use rooftree_frame::{Access, App, Area, Asked, Form, PageResult, Signed, get, pages, post};
use rooftree_homes::public::{Alert, AlertId, Place, alerts_for, place_by_reference};
use rooftree_kernel::{FieldErrors, Moment, PersonId};
use rooftree_people::public::{Neighbour, Resident, who_lives_at, who_lives_below};
use rooftree_platform::{Ctx, Error, Result, once};
use std::collections::BTreeMap;

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
    super::api::add(area);
}

/// Where the links in texts and letters lead: how to ask about a repair. It shows nothing of the repair, since anybody may type a reference.
async fn about(State(app): State<App>, headers: HeaderMap, Path(reference): Path<String>) -> PageResult {
    let shown: String = reference.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(20).collect();
    let body = views::about(&shown, app.platform.config());
    Ok(pages::show_bare(&headers, pages::public_page(&app, format!("Your repair {shown}"), body)))
}

/// Sent in a slot's place: the repair is logged, and its visit chosen among later days.
const LATER: &str = "later";
/// The reporter's choice for whoever does not live there.
pub(super) const SOMEBODY_ELSE: &str = "other";
/// The reporter's choice for one of the many who live in a block or estate: their name is looked for.
pub(super) const A_RESIDENT: &str = "resident";
/// The priority that the page of the decision spoke of.
pub(super) const SHOWN_PRIORITY: &str = "shown_priority";
/// Hits of one kind that the search for the caller shows.
pub(super) const HITS_MAX: i64 = 8;
/// Who is younger than this is not offered as the reporter, in years.
const REPORTER_YEARS_MIN: i64 = 14;

/// What the pages of a call show beside the form.
pub(super) struct Call {
    pub place: Place,
    /// What a home lies in, for repairs of its shared parts.
    pub shared: Option<Place>,
    /// Of a home: its household.
    pub residents: Vec<Resident>,
    /// Of a block or estate: who was chosen among those who live in its homes, or found by name.
    pub neighbours: Vec<Neighbour>,
    pub alerts: Vec<Alert>,
    pub similar: Vec<repair::queries::Similar>,
}

/// Who is said to report it: a person's reference, and for shared parts a name that is looked for.
#[derive(Clone, Copy, Default)]
struct Reporter<'a> {
    reference: &'a str,
    name: &'a str,
}

async fn call(ctx: &mut Ctx, place: Place, item: &str, reporter: Reporter<'_>) -> Result<Call> {
    let (now, today) = (ctx.now, ctx.now.day());
    // A child of the household is not who reports.
    let youngest = today.plus_months(-12 * REPORTER_YEARS_MIN);
    let (mut residents, mut neighbours, mut shared) = (Vec::new(), Vec::new(), None);
    if place.kind == "home" {
        residents = who_lives_at(ctx.conn(), place.id, today).await?;
        if let Some(parent) = place.parent_id {
            shared = Some(rooftree_homes::public::place(ctx.conn(), parent).await?);
        }
    } else {
        let Reporter { reference, name } = reporter;
        neighbours = who_lives_below(ctx.conn(), place.id, reference, name, youngest, today).await?;
    }
    residents.retain(|resident| resident.birth_day.is_none_or(|birth| birth <= youngest));
    let alerts = alerts_for(ctx.conn(), place.id, today).await?;
    let similar = repair::queries::similar(ctx.conn(), place.id, item, now).await?;
    Ok(Call { place, shared, residents, neighbours, alerts, similar })
}

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
    let item = query.get("item").and_then(|key| DECLARED.item(key));
    let reporter = Reporter { reference: query.get("reporter").unwrap_or_default(), name: "" };
    let call = call(&mut ctx, place, item.map_or("", |item| item.key.as_str()), reporter).await?;
    let title = format!("Report a repair: {}", call.place.reference);
    let body = match item {
        None => {
            let typed = query.get("q").unwrap_or_default();
            views::choose_item(&query, &call, typed, &search::find(&DECLARED, typed))
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

impl Call {
    /// The tenant, who rings most often.
    pub(super) fn first_reporter(&self) -> String {
        self.residents.first().map_or_else(String::new, |resident| resident.person.reference.clone())
    }

    /// Whether it is about shared parts, where nobody lives and many may report.
    pub(super) fn is_shared(&self) -> bool {
        self.place.kind != "home"
    }

    /// A resident's name was looked for, and some were found: which of them it is remains to be said.
    pub(super) fn asks_which(&self, form: &Form) -> bool {
        form.get("reporter") == A_RESIDENT && !self.neighbours.is_empty()
    }

    /// The person with this reference, if they may be chosen here as who reports.
    fn reporter(&self, reference: &str) -> Option<PersonId> {
        let residents = self.residents.iter().map(|resident| &resident.person);
        let mut people = residents.chain(self.neighbours.iter().map(|neighbour| &neighbour.person));
        people.find(|person| person.reference == reference).map(|person| person.id)
    }
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

/// Reads the form into a report. What is wrong is noted by field.
pub(super) async fn read(ctx: &mut Ctx, form: &Form, errors: &mut FieldErrors) -> Result<(Report, Call)> {
    let place = place_by_reference(ctx.conn(), form.get("place")).await?;
    let item = form.get("item");
    let call = call(ctx, place, item, reporter_in(form)).await?;
    let reporter = call.reporter(form.get("reporter"));
    if reporter.is_none() {
        reporter_missing(&call, form, errors);
    }
    let channels: Vec<&str> = CHANNELS.iter().map(|(key, _)| *key).collect();
    let channel = form.choice("channel", &channels, "choose how it was reported", errors);
    let questions = DECLARED.item(item).map_or(&[][..], |item| &item.question);
    let mut answers = BTreeMap::new();
    for question in questions {
        match form.get(&format!("q-{}", question.key)) {
            "" => errors.add(format!("q-{}", question.key), "ask this question and choose the answer"),
            chosen => drop(answers.insert(question.key.clone(), chosen.to_owned())),
        }
    }
    let ticked = form.all("acknowledged");
    let acknowledged: Vec<AlertId> =
        call.alerts.iter().map(|alert| alert.id).filter(|id| ticked.contains(&id.to_string().as_str())).collect();
    if acknowledged.len() < call.alerts.len() {
        errors.add("acknowledged", "read the warnings about this place and tick that you have");
    }
    let recall_of =
        call.similar.iter().find(|similar| similar.reference == form.get("recall_of")).map(|similar| similar.id);
    if recall_of.is_none() && !form.get("recall_of").is_empty() {
        errors.add("recall_of", "choose a finished repair of this place");
    }
    let report = Report {
        place: call.place.id,
        reporter,
        reporter_name: form.get("reporter_name").to_owned(),
        channel,
        item: item.to_owned(),
        answers,
        description: form.lines("description").to_owned(),
        access_notes: form.lines("access_notes").to_owned(),
        override_priority: overridden(form, errors),
        acknowledged,
        recall_of,
    };
    if report.reporter.is_none() && report.reporter_name.is_empty() && form.get("reporter") != A_RESIDENT {
        errors.add("reporter", "say who reports it");
    }
    Ok((report, call))
}

/// Who the form says reports it. A name is looked for only while it is what was chosen.
fn reporter_in(form: &Form) -> Reporter<'_> {
    match form.get("reporter") {
        A_RESIDENT => Reporter { reference: "", name: form.get("resident") },
        SOMEBODY_ELSE => Reporter::default(),
        reference => Reporter { reference, name: "" },
    }
}

/// Nobody on record is chosen: what is wrong with that, if anything is.
fn reporter_missing(call: &Call, form: &Form, errors: &mut FieldErrors) {
    match form.get("reporter") {
        "" | SOMEBODY_ELSE => {}
        A_RESIDENT if call.is_shared() && form.get("resident").is_empty() => {
            errors.add("resident", "type the resident’s name, or a part of it");
        }
        A_RESIDENT if call.is_shared() && call.neighbours.is_empty() => {
            errors.add(
                "resident",
                "nobody of this name lives in the homes here: type less of it, or choose ‘Somebody else’",
            );
        }
        A_RESIDENT if call.is_shared() => errors.add("reporter", "choose who it is"),
        _ => errors.add("reporter", "choose somebody who lives there, or give the name of whoever reports it"),
    }
}

/// Another priority than the decided one needs a declared reason, and words where the reason asks for them.
fn overridden(form: &Form, errors: &mut FieldErrors) -> Option<(Priority, String)> {
    let given = form.get("override_priority");
    let Some(chosen) = Priority::parse(given) else {
        if !given.is_empty() {
            errors.add("override_priority", "choose a priority from the list");
        }
        return None;
    };
    let note = form.get("override_note");
    match DECLARED.reason("override", form.get("override_reason")) {
        None => errors.add("override_reason", "choose why the priority is different"),
        Some(reason) if reason.note && note.is_empty() => {
            errors.add("override_note", "this reason needs a few words of explanation")
        }
        Some(reason) => return Some((chosen, format!("{}: {note}", reason.key))),
    }
    None
}

/// The decision and the slots, before anything is written.
async fn decide(State(app): State<App>, signed: Signed, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let mut errors = FieldErrors::default();
    let (report, call) = read(&mut ctx, &form, &mut errors).await?;
    if call.asks_which(&form) && errors.0.iter().all(|error| error.field == "reporter") {
        // A name that was looked for and found is a step, not a mistake.
        let item = DECLARED.item(form.get("item")).ok_or(Error::NotFound("the repair"))?;
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
        DECLARED.item(form.get("item")).ok_or_else(|| Error::field("item", "choose what is wrong from the list"))?;
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
