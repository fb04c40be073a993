//! The operative's pages. Each write is a form of its own; what is refused comes back with all that was typed.

use super::{
    commands::{self, Door, NoAccess, Recorded},
    ending::{self, Next, Safe},
    forms as read, queries, views,
    work::Work,
};
use crate::{aftercare::right_to_repair::STANDARDS, declared::DECLARED, declared::Priority, ids::AppointmentId};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::IntoResponse,
};
use maud::Markup;
use rooftree_frame::{App, Form, PageResult, Signed, UploadForm, forms::explained, pages};
use rooftree_homes::public::{acknowledged, alerts_for};
use rooftree_kernel::{FieldErrors, scope::OPERATIVE};
use rooftree_platform::{Ctx, Error, Result, clocks, documents, once};
use rooftree_promises::clocks::{Clock, ClockState};
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
    let jobs = queries::jobs(app.platform.reads(), operative, now).await?;
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

/// The page for no access.
pub async fn no_access_page(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AppointmentId>,
) -> PageResult {
    page(&app, &signed, &headers, id, NO_ACCESS).await
}

/// The page for made safe.
pub async fn made_safe_page(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AppointmentId>,
) -> PageResult {
    page(&app, &signed, &headers, id, MADE_SAFE).await
}

/// The page for another visit.
pub async fn follow_on_page(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AppointmentId>,
) -> PageResult {
    page(&app, &signed, &headers, id, FOLLOW_ON).await
}

/// The page for materials awaited.
pub async fn materials_page(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AppointmentId>,
) -> PageResult {
    page(&app, &signed, &headers, id, MATERIALS).await
}

async fn page(app: &App, signed: &Signed, headers: &HeaderMap, id: AppointmentId, view: View) -> PageResult {
    let page = render(app, signed, id, view, &Form::default(), &FieldErrors::default()).await?;
    // A form may still be on its way while the next job is opened: what it came to is said on the list or on its own job's page.
    let of_another = pages::notice(headers)
        .is_some_and(|said| said.starts_with("R-") && !said.starts_with(&format!("{} ", page.title)));
    if of_another {
        return Ok(page.operative().into_response());
    }
    Ok(pages::show_operative(headers, page))
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
    let visit = queries::show(pool, id, &actor.scope).await?;
    let alerts = alerts_for(pool, visit.place, now.day()).await?;
    let read = match actor.user {
        Some(user) => acknowledged(pool, visit.repair.into(), user).await?,
        None => Vec::new(),
    };
    let person = match visit.person {
        Some(person) => Some(rooftree_people::public::person(pool, person).await?),
        None => None,
    };
    let visit_notes = rooftree_people::public::visit_notes(pool, visit.place, now.day()).await?;
    let owner = documents::Owner { case: Some(visit.repair.into()), ..Default::default() };
    let found = documents::of(&app.platform, owner).await?;
    let materials = queries::materials(pool, id).await?;
    let body = (view.draw)(&views::Page {
        csrf: &signed.0.csrf,
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

/// The landlord's promise for this repair, while it runs.
async fn promise(app: &App, visit: &queries::Shown, now: rooftree_kernel::Moment) -> Result<Option<pills::Clock>> {
    let Some(words) = Priority::parse(&visit.priority).and_then(|priority| DECLARED.priority(priority)) else {
        return Ok(None);
    };
    let all = clocks::of_case(&app.platform, visit.repair.into()).await?;
    // The law's period may end before our own promise does: what is due first is what the operative must know.
    let theirs = |clock: &Clock| clock.standard == words.standard || clock.standard.starts_with(STANDARDS);
    let running = all.into_iter().filter(|clock| clock.state == ClockState::Running && theirs(clock));
    Ok(running.min_by_key(|clock| clock.due_at).map(|clock| {
        let due = pills::Due::of(clock.due_at, clock.due_day);
        let title = if clock.standard == words.standard { "Promise" } else { "Right to Repair" };
        pills::Clock::new(title, clock.started_at, due, None, now)
    }))
}

/// What a form leads to once it is recorded.
struct After {
    to: String,
    said: &'static str,
}

/// Leads on with a notice that names the repair: by then another job may be open. The address is not in it, since it travels in a cookie.
async fn said_of(app: &App, signed: &Signed, id: AppointmentId, after: &After, said: &str) -> PageResult {
    let visit = queries::show(app.platform.reads(), id, &signed.0.actor.scope).await?;
    Ok(pages::done(&after.to, &format!("{} {}: {said}", visit.reference, visit.title)))
}

/// Commits what was recorded, or shows the page again with what was refused.
async fn settle(
    app: &App,
    signed: &Signed,
    id: AppointmentId,
    (view, form): (View, &Form),
    (ctx, outcome): (Ctx, Result<Recorded>),
    after: After,
) -> PageResult {
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
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = async {
        let mut errors = FieldErrors::default();
        let door = read::door(&form, &mut errors);
        let minutes = form.parse("minutes", "choose how long it will take", &mut errors).unwrap_or_default();
        errors.into_result(())?;
        match once::first_time(&mut ctx, form.get(once::FIELD)).await? {
            true => commands::on_my_way(&mut ctx, id, minutes, &door).await,
            false => Ok(Recorded::Before),
        }
    }
    .await;
    settle(
        &app,
        &signed,
        id,
        (VISIT, &form),
        (ctx, outcome),
        to_visit(id, "You are on your way. A message to the resident is written."),
    )
    .await
}

/// Is at the door.
pub async fn arrived(State(app): State<App>, signed: Signed, Path(id): Path<AppointmentId>, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = async {
        let mut errors = FieldErrors::default();
        let door = read::door(&form, &mut errors);
        errors.into_result(())?;
        match once::first_time(&mut ctx, form.get(once::FIELD)).await? {
            true => commands::arrived(&mut ctx, id, &door).await,
            false => Ok(Recorded::Before),
        }
    }
    .await;
    settle(&app, &signed, id, (VISIT, &form), (ctx, outcome), to_visit(id, "Your arrival is recorded.")).await
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
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = async {
        match once::first_time(&mut ctx, upload.form.get(once::FIELD)).await? {
            true => commands::photos(&mut ctx, id, files?).await.map(|_| Recorded::Now),
            false => Ok(Recorded::Before),
        }
    }
    .await;
    settle(&app, &signed, id, (VISIT, &upload.form), (ctx, outcome), to_visit(id, "The photo is kept.")).await
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
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = async {
        let mut errors = FieldErrors::default();
        let door = read::door(form, &mut errors);
        errors.into_result(())?;
        let input = NoAccess {
            reason: form.get("reason").to_owned(),
            note: form.lines("note").to_owned(),
            photos: files?,
            no_photo: form.get("no_photo").to_owned(),
        };
        match once::first_time(&mut ctx, form.get(once::FIELD)).await? {
            true => commands::no_access(&mut ctx, id, input, &door).await,
            false => Ok(Recorded::Before),
        }
    }
    .await;
    settle(
        &app,
        &signed,
        id,
        (NO_ACCESS, form),
        (ctx, outcome),
        to_list("No access is recorded, and the card to the resident is written."),
    )
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
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = async {
        let (work, door) = handed?;
        match once::first_time(&mut ctx, upload.form.get(once::FIELD)).await? {
            true => ending::complete(&mut ctx, id, work, &door).await,
            false => Ok(Recorded::Before),
        }
    }
    .await;
    settle(&app, &signed, id, (VISIT, &upload.form), (ctx, outcome), to_list("The work is recorded as done.")).await
}

/// Made safe.
pub async fn made_safe(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AppointmentId>,
    upload: UploadForm,
) -> PageResult {
    let handed = handed_in(&app, &upload).await;
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = async {
        let (work, door) = handed?;
        let safe = Safe { how: upload.form.get("how").to_owned(), next: upload.form.get("next").to_owned() };
        match once::first_time(&mut ctx, upload.form.get(once::FIELD)).await? {
            true => ending::make_safe(&mut ctx, id, safe, work, &door).await,
            false => Ok(Recorded::Before),
        }
    }
    .await;
    settle(
        &app,
        &signed,
        id,
        (MADE_SAFE, &upload.form),
        (ctx, outcome),
        to_visit(id, "It is recorded as made safe. The rest stays open."),
    )
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
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = async {
        let (work, door) = handed?;
        let next = Next { reason: upload.form.get("reason").to_owned(), rate: read::code(upload.form.get("rate")) };
        match once::first_time(&mut ctx, upload.form.get(once::FIELD)).await? {
            true => ending::follow_on(&mut ctx, id, next, work, &door).await,
            false => Ok(Recorded::Before),
        }
    }
    .await;
    settle(
        &app,
        &signed,
        id,
        (FOLLOW_ON, &upload.form),
        (ctx, outcome),
        to_list("The planner will find a time for the next visit."),
    )
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
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = async {
        let (work, door) = handed?;
        match once::first_time(&mut ctx, upload.form.get(once::FIELD)).await? {
            true => ending::await_materials(&mut ctx, id, upload.form.get("what"), work, &door).await,
            false => Ok(Recorded::Before),
        }
    }
    .await;
    settle(&app, &signed, id, (MATERIALS, &upload.form), (ctx, outcome), to_list("The work waits for materials.")).await
}
