//! The operative's pages. Each write is a form of its own; what is refused comes back with all that was typed.

use super::{
    commands::{self, Door, NoAccess, Recorded},
    ending::{self, Next, Safe},
    forms as read, queries, views,
    work::Work,
};
use crate::{cases, ids::AppointmentId};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, Uri},
    response::IntoResponse,
};
use maud::Markup;
use rooftree_frame::{App, Form, PageResult, Signed, UploadForm, forms::explained, pages};
use rooftree_homes::public::{acknowledged, alerts_for};
use rooftree_kernel::{FieldErrors, scope::OPERATIVE};
use rooftree_platform::{Ctx, Error, Result, clocks, documents, once};
use rooftree_promises::clocks::ClockState;
use rooftree_ui::clocks as pills;

/// A page of a visit: what it draws, and whether it is the visit's own page or one that leads back to it.
#[derive(Clone, Copy)]
struct View {
    draw: fn(&views::Page<'_>) -> Markup,
    is_own: bool,
}

const VISIT: View = View { draw: views::show, is_own: true };
const NO_ACCESS: View = View { draw: views::no_access, is_own: false };
const MADE_SAFE: View = View { draw: views::made_safe, is_own: false };
const FOLLOW_ON: View = View { draw: views::follow_on, is_own: false };
const MATERIALS: View = View { draw: views::await_materials, is_own: false };

/// The day's list.
pub async fn today(State(app): State<App>, signed: Signed, headers: HeaderMap) -> PageResult {
    let operative = signed
        .0
        .actor
        .scope
        .id(OPERATIVE)
        .ok_or(Error::NotFound("your jobs: your sign-in is not linked to an operative"))?;
    let now = app.platform.now();
    let jobs = queries::jobs(&app.platform, operative, now).await?;
    let body = views::today(&jobs, now.day());
    Ok(pages::show_operative(&headers, pages::page(&app, &signed.0, "/today", "Today", body)))
}

/// A visit.
pub async fn show(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AppointmentId>,
) -> PageResult {
    page(&app, &signed, &headers, id, VISIT).await
}

/// The page of an ending, by the last word of its address.
pub async fn form_page(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AppointmentId>,
    uri: Uri,
) -> PageResult {
    let view = match uri.path().rsplit('/').next() {
        Some("no-access") => NO_ACCESS,
        Some("made-safe") => MADE_SAFE,
        Some("follow-on") => FOLLOW_ON,
        _ => MATERIALS,
    };
    page(&app, &signed, &headers, id, view).await
}

async fn page(app: &App, signed: &Signed, headers: &HeaderMap, id: AppointmentId, view: View) -> PageResult {
    let page = render(app, signed, id, view, &Form::default(), &FieldErrors::default()).await?;
    // A form may still be on its way while the next job is opened: what it came to is said on the list or on its own job's page.
    let of_another = pages::notice(headers)
        .is_some_and(|said| begins_with_a_case(app, &said) && !said.starts_with(&format!("{} ", page.title)));
    if of_another {
        return Ok(page.operative().into_response());
    }
    Ok(pages::show_operative(headers, page))
}

/// Whether a notice names a case, as those of visits do.
fn begins_with_a_case(app: &App, said: &str) -> bool {
    cases::all(app.platform.registry()).any(|cases| said.starts_with(cases.names().letters))
}

/// Builds a page of a visit, with what was typed and what is wrong with it.
async fn render(
    app: &App,
    signed: &Signed,
    id: AppointmentId,
    view: View,
    form: &Form,
    errors: &FieldErrors,
) -> Result<rooftree_ui::Page> {
    let (pool, actor, now) = (app.platform.reads(), &signed.0.actor, app.platform.now());
    let visit = queries::show(&app.platform, id, &actor.scope).await?;
    let alerts = alerts_for(pool, visit.place, now.day()).await?;
    let read = match actor.user {
        Some(user) => acknowledged(pool, visit.case, user).await?,
        None => Vec::new(),
    };
    let person = match visit.person {
        Some(person) => Some(rooftree_people::public::person(pool, person).await?),
        None => None,
    };
    let visit_notes = rooftree_people::public::visit_notes(pool, visit.place, now.day()).await?;
    let owner = documents::Owner { case: Some(visit.case), ..Default::default() };
    let found = documents::of(&app.platform, owner).await?;
    let materials = queries::materials(pool, id).await?;
    let body = (view.draw)(&views::Page {
        csrf: &signed.0.csrf,
        names: cases::names(app.platform.registry(), &visit.reference),
        visit: &visit,
        alerts: &alerts,
        visit_notes: &visit_notes,
        read: &read,
        person: person.as_ref(),
        promise: promise(app, &visit, now).await?,
        documents: &found,
        materials: &materials,
        form,
        errors,
        now,
    });
    let mut page = pages::page(app, &signed.0, "/today", visit.reference.clone(), body).has_errors(!errors.is_empty());
    page = if view.is_own { page.crumb("Today", "/today") } else { page.crumb("the visit", format!("/today/{id}")) };
    Ok(page)
}

/// The promise for this case that falls due first, while it runs: the law's period may end before the landlord's own does.
async fn promise(app: &App, visit: &queries::Shown, now: rooftree_kernel::Moment) -> Result<Option<pills::Clock>> {
    let source = cases::of(app.platform.registry(), &visit.reference)?;
    let running = clocks::of_case(&app.platform, visit.case).await?.into_iter();
    let named = running
        .filter(|clock| clock.state == ClockState::Running)
        .filter_map(|clock| Some((source.promise_words(visit.priority, &clock.standard)?, clock)));
    Ok(named.min_by_key(|(_, clock)| clock.due_at).map(|(title, clock)| {
        let due = pills::Due::of(clock.due_at, clock.due_day);
        pills::Clock::new(title, clock.started_at, due, None, now)
    }))
}

/// What a form leads to once it is recorded.
struct After {
    to: String,
    said: &'static str,
}

/// Leads on with a notice that names the case: by then another job may be open. The address is not in it, since it travels in a cookie.
async fn said_of(app: &App, signed: &Signed, id: AppointmentId, after: &After, said: &str) -> PageResult {
    let visit = queries::show(&app.platform, id, &signed.0.actor.scope).await?;
    Ok(pages::done(&after.to, &format!("{} {}: {said}", visit.reference, visit.title)))
}

/// Does what a form asks for, once however often a phone sends it: commits it and leads on, or shows the page again with what was refused.
async fn recorded<F>(
    app: &App,
    signed: &Signed,
    id: AppointmentId,
    (view, form): (View, &Form),
    after: After,
    act: F,
) -> PageResult
where
    F: AsyncFnOnce(&mut Ctx) -> Result<Recorded>,
{
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = match once::first_time(&mut ctx, form.get(once::FIELD)).await {
        Ok(true) => act(&mut ctx).await,
        Ok(false) => Ok(Recorded::Before),
        Err(error) => Err(error),
    };
    let (status, errors) = match outcome {
        Ok(recorded) => {
            if recorded == Recorded::Before {
                drop(ctx);
            } else {
                ctx.commit().await?;
            }
            return said_of(app, signed, id, &after, &recorded.words(after.said)).await;
        }
        Err(error) => explained(error)?,
    };
    drop(ctx);
    Ok((status, render(app, signed, id, view, form, &errors).await?.operative()).into_response())
}

fn to_visit(id: AppointmentId, said: &'static str) -> After {
    After { to: format!("/today/{id}"), said }
}

fn to_list(said: &'static str) -> After {
    After { to: "/today".to_owned(), said }
}

/// Sets off.
pub async fn on_my_way(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AppointmentId>,
    form: Form,
) -> PageResult {
    let after = to_visit(id, "You are on your way. A message to the resident is written.");
    recorded(&app, &signed, id, (VISIT, &form), after, async |ctx: &mut Ctx| {
        let mut errors = FieldErrors::default();
        let door = read::door(&form, &mut errors);
        let minutes = form.parse("minutes", "choose how long it will take", &mut errors).unwrap_or_default();
        errors.into_result(())?;
        commands::on_my_way(ctx, id, minutes, &door).await
    })
    .await
}

/// Is at the door.
pub async fn arrived(State(app): State<App>, signed: Signed, Path(id): Path<AppointmentId>, form: Form) -> PageResult {
    let after = to_visit(id, "Your arrival is recorded.");
    recorded(&app, &signed, id, (VISIT, &form), after, async |ctx: &mut Ctx| {
        commands::arrived(ctx, id, &door_of(&form)?).await
    })
    .await
}

fn door_of(form: &Form) -> Result<Door> {
    let mut errors = FieldErrors::default();
    let door = read::door(form, &mut errors);
    Ok(errors.into_result(door)?)
}

/// Adds photos.
pub async fn photos(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AppointmentId>,
    upload: UploadForm,
) -> PageResult {
    let shows = if upload.form.get("shows") == "after" { "After" } else { "Before" };
    let mut looking = app.platform.begin(&signed.0.actor).await?;
    let begun = commands::begun(&mut looking, id).await;
    drop(looking);
    let files = match begun {
        Ok(_) => read::photos(&app, &upload, "photo", shows).await,
        Err(refused) => Err(refused),
    };
    let after = to_visit(id, "The photo is kept.");
    recorded(&app, &signed, id, (VISIT, &upload.form), after, async |ctx: &mut Ctx| {
        commands::photos(ctx, id, files?).await.map(|_| Recorded::Now)
    })
    .await
}

/// Could not get in.
pub async fn no_access(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AppointmentId>,
    upload: UploadForm,
) -> PageResult {
    let files = read::photos(&app, &upload, "photo", "Door, no access").await;
    let form = &upload.form;
    let after = to_list("No access is recorded, and the card to the resident is written.");
    recorded(&app, &signed, id, (NO_ACCESS, form), after, async |ctx: &mut Ctx| {
        let door = door_of(form)?;
        let input = NoAccess {
            reason: form.get("reason").to_owned(),
            note: form.lines("note").to_owned(),
            photos: files?,
            no_photo: form.get("no_photo").to_owned(),
        };
        commands::no_access(ctx, id, input, &door).await
    })
    .await
}

/// Everything that a form which ends the work hands in; bytes are stored before the unit of work begins.
async fn handed_in(app: &App, upload: &UploadForm) -> Result<(Work, Door)> {
    let mut errors = FieldErrors::default();
    let door = read::door(&upload.form, &mut errors);
    let mut work = read::work(&upload.form, &mut errors);
    work.check(&mut errors);
    errors.into_result(())?;
    work.photos = read::photos(app, upload, "photo_before", "Before").await?;
    work.photos.extend(read::photos(app, upload, "photo_after", "After").await?);
    work.signature = read::signature(app, &upload.form).await?;
    Ok((work, door))
}

/// Done.
pub async fn done(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AppointmentId>,
    upload: UploadForm,
) -> PageResult {
    let handed = handed_in(&app, &upload).await;
    let after = to_list("The work is recorded as done.");
    recorded(&app, &signed, id, (VISIT, &upload.form), after, async |ctx: &mut Ctx| {
        let (work, door) = handed?;
        ending::complete(ctx, id, work, &door).await
    })
    .await
}

/// Made safe.
pub async fn made_safe(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AppointmentId>,
    upload: UploadForm,
) -> PageResult {
    let handed = handed_in(&app, &upload).await;
    let form = &upload.form;
    let after = to_visit(id, "It is recorded as made safe. The rest stays open.");
    recorded(&app, &signed, id, (MADE_SAFE, form), after, async |ctx: &mut Ctx| {
        let (work, door) = handed?;
        let safe = Safe { how: form.get("how").to_owned(), next: form.get("next").to_owned() };
        ending::make_safe(ctx, id, safe, work, &door).await
    })
    .await
}

/// Another visit is needed.
pub async fn follow_on(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AppointmentId>,
    upload: UploadForm,
) -> PageResult {
    let handed = handed_in(&app, &upload).await;
    let form = &upload.form;
    let after = to_list("The planner will find a time for the next visit.");
    recorded(&app, &signed, id, (FOLLOW_ON, form), after, async |ctx: &mut Ctx| {
        let (work, door) = handed?;
        let next = Next { reason: form.get("reason").to_owned(), rate: read::code(form.get("rate")) };
        ending::follow_on(ctx, id, next, work, &door).await
    })
    .await
}

/// Work waits for materials.
pub async fn materials(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AppointmentId>,
    upload: UploadForm,
) -> PageResult {
    let handed = handed_in(&app, &upload).await;
    let form = &upload.form;
    let after = to_list("The work waits for materials.");
    recorded(&app, &signed, id, (MATERIALS, form), after, async |ctx: &mut Ctx| {
        let (work, door) = handed?;
        ending::await_materials(ctx, id, form.get("what"), work, &door).await
    })
    .await
}
