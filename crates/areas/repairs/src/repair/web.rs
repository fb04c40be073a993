//! Pages of the list and of one repair.

use super::{
    commands, forms,
    list::{self, Cursor, Filter, PAGE_ROWS},
    queries,
    reopen::Mistake,
    views,
};
use crate::{declared::DECLARED, permissions};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use rooftree_frame::{
    Access, App, Area, Asked, Form, Nav, PageResult, Section, Signed,
    exports::{self, Format},
    forms::explained,
    get, pages, post,
};
use rooftree_homes::public::alerts_for;
use rooftree_kernel::{CaseId, FieldErrors, scope::PROVIDER};
use rooftree_platform::{
    Error, clocks, documents,
    journal::read::{About, timeline},
    ports::SheetCell,
};
use rooftree_works::public::{booking, orders, providers};

/// Facts shown on a repair's page; the rest is behind the journal.
const TIMELINE_ROWS: i64 = 100;
/// The scope words of the matrix.
const SCOPE: &str = "provider: own orders; operative: own visits";

pub(crate) fn add(area: &mut Area) {
    let view = || Access::Needs(permissions::VIEW);
    let cancel = || Access::Needs(permissions::CANCEL);
    let plan = || Access::Needs(permissions::PLAN);
    let report = || Access::Needs(permissions::REPORT);
    area.nav.push(Nav {
        section: Section::Works,
        label: "Repairs",
        href: "/repairs",
        permission: permissions::VIEW,
        order: 20,
        shortcut: Some("g r"),
    });
    area.starts.push(Nav {
        section: Section::MyWork,
        label: "Report a repair",
        href: "/repairs/new",
        permission: permissions::REPORT,
        order: 10,
        shortcut: Some("r"),
    });
    area.pages.extend(booking::web::routes_of_case("/repairs/{reference}/appointments/new"));
    area.pages.extend([
        get("/repairs", view(), index).scope(SCOPE),
        get("/repairs.csv", exports::access(permissions::VIEW), export).scope(SCOPE),
        get("/repairs.xlsx", exports::access(permissions::VIEW), export).scope(SCOPE),
        get("/repairs/{reference}", view(), show).scope(SCOPE),
        get("/repairs/{reference}/cancel", cancel(), cancel_form).scope(SCOPE),
        post("/repairs/{reference}/cancel", cancel(), cancel_post).scope(SCOPE),
        get("/repairs/{reference}/reopen", cancel(), reopen_form).scope(SCOPE),
        post("/repairs/{reference}/reopen", cancel(), reopen_post).scope(SCOPE),
        get("/repairs/{reference}/not-completed", plan(), not_completed_form).scope(SCOPE),
        post("/repairs/{reference}/not-completed", plan(), not_completed_post).scope(SCOPE),
        get("/repairs/{reference}/priority", report(), priority_form).scope(SCOPE),
        post("/repairs/{reference}/priority", report(), priority_post).scope(SCOPE),
    ]);
}

async fn index(State(app): State<App>, signed: Signed, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let filter = Filter::of(&query);
    let (pool, now, scope) = (app.platform.reads(), app.platform.now(), &signed.0.actor.scope);
    let after = query.get("after").and_then(Cursor::decode);
    let mut rows = list::rows(pool, &filter, scope, after, PAGE_ROWS + 1, now).await?;
    let more = rows.len() as i64 > PAGE_ROWS;
    rows.truncate(PAGE_ROWS as usize);
    let total = list::count(pool, &filter, scope, now).await?;
    let choices = views::Choices {
        wards: rooftree_homes::public::wards(pool).await?,
        patches: rooftree_homes::public::patches(pool).await?,
        providers: providers::working(pool, scope.id(PROVIDER)).await?,
    };
    let body = views::index(&query, &filter, &rows, more, total, &choices, &signed.0.actor, now);
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/repairs", "Repairs", body)))
}

/// The list as a file.
async fn export(State(app): State<App>, signed: Signed, Asked(query): Asked, format: Format) -> PageResult {
    let headings = [
        "Reference",
        "Repair",
        "Address",
        "Postcode",
        "Ward",
        "Priority",
        "Trade",
        "Status",
        "Stage",
        "Reported",
        "Due",
        "Completed",
        "Cost",
    ];
    let (filter, scope, now) = (Filter::of(&query), &signed.0.actor.scope, app.platform.now());
    let mut file = exports::begin(&app, format, "repairs", &headings)?;
    let mut after = None;
    loop {
        let rows = list::rows(app.platform.reads(), &filter, scope, after, exports::ROWS_AT_ONCE, now).await?;
        if !file.page(rows.iter().map(cells))? {
            break;
        }
        after = rows.last().map(|last| Cursor::after(last, &filter));
    }
    file.finish()
}

fn cells(row: &list::Row) -> Vec<SheetCell> {
    let text = |value: &str| SheetCell::Text(value.to_owned());
    vec![
        text(&row.reference),
        text(&row.title),
        text(&row.address),
        text(&row.postcode),
        text(&row.ward),
        text(&row.priority),
        text(DECLARED.trade(&row.trade)),
        text(&row.status),
        text(super::words::stage_words(&row.stage)),
        SheetCell::Moment(row.reported_at),
        row.due_day.map(SheetCell::Day).or(row.due_at.map(SheetCell::Moment)).unwrap_or(SheetCell::Empty),
        row.completed_at.map_or(SheetCell::Empty, SheetCell::Moment),
        SheetCell::Pence(row.cost_pence),
    ]
}

async fn show(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
    Asked(query): Asked,
) -> PageResult {
    let (pool, session, now) = (app.platform.reads(), &signed.0, app.platform.now());
    let repair = queries::by_reference(pool, &reference, &session.actor.scope).await?;
    let orders = orders::of_case::orders(pool, repair.id, &session.actor.scope).await?;
    let appointments = booking::of_case::appointments(pool, repair.id, &session.actor.scope).await?;
    let clocks = clocks::of_case(&app.platform, CaseId::from(repair.id)).await?;
    let facts = timeline(&app.platform, About::Case(repair.id.into()), None, TIMELINE_ROWS).await?;
    let documents =
        documents::of(&app.platform, documents::Owner { case: Some(repair.id.into()), ..Default::default() }).await?;
    let alerts = alerts_for(pool, repair.place_id, now.day()).await?;
    let reporter = match repair.reporter_id {
        Some(id) if queries::may_see_reporter(&session.actor) => Some(rooftree_people::public::person(pool, id).await?),
        _ => None,
    };
    let said = match queries::may_see_reporter(&session.actor) {
        true => queries::said(pool, repair.id).await?,
        false => Vec::new(),
    };
    let again = query.get("logged").map(str::to_owned);
    let phones = match &reporter {
        Some(person) => rooftree_people::public::phones(pool, person.id).await?,
        None => Vec::new(),
    };
    let messages = queries::messages(pool, repair.id).await?;
    let shown = views::Shown {
        repair,
        orders,
        appointments,
        clocks,
        facts,
        messages,
        documents,
        alerts,
        reporter,
        phones,
        said,
        again,
    };
    let body = views::show(&app, session, &shown, now);
    let page =
        pages::page(&app, session, "/repairs", format!("{} {}", shown.repair.reference, shown.repair.title), body);
    Ok(pages::show(&headers, page.crumb("Repairs", "/repairs")))
}

async fn cancel_form(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let repair = queries::by_reference(app.platform.reads(), &reference, &signed.0.actor.scope).await?;
    let body = forms::cancel(&signed.0.csrf, &repair, &Form::default(), &FieldErrors::default());
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/repairs", format!("Cancel {}", repair.reference), body)))
}

async fn cancel_post(State(app): State<App>, signed: Signed, Path(reference): Path<String>, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    match commands::cancel(&mut ctx, &reference, form.get("reason"), form.lines("note")).await {
        Ok(told) => {
            ctx.commit().await?;
            let said = format!("The repair is cancelled. {}", told.words());
            Ok(pages::done(&format!("/repairs/{reference}"), &said))
        }
        Err(Error::Invalid(errors)) => {
            drop(ctx);
            let repair = queries::by_reference(app.platform.reads(), &reference, &signed.0.actor.scope).await?;
            let body = forms::cancel(&signed.0.csrf, &repair, &form, &errors);
            let page = pages::page(&app, &signed.0, "/repairs", "Cancel a repair", body).has_errors(true);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn reopen_form(State(app): State<App>, signed: Signed, headers: HeaderMap, path: Path<String>) -> PageResult {
    mistake_form(&app, &signed, &headers, &path, Mistake::Cancellation).await
}

async fn reopen_post(State(app): State<App>, signed: Signed, path: Path<String>, form: Form) -> PageResult {
    mistake_post(&app, &signed, &path, &form, Mistake::Cancellation).await
}

async fn not_completed_form(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    path: Path<String>,
) -> PageResult {
    mistake_form(&app, &signed, &headers, &path, Mistake::Completion).await
}

async fn not_completed_post(State(app): State<App>, signed: Signed, path: Path<String>, form: Form) -> PageResult {
    mistake_post(&app, &signed, &path, &form, Mistake::Completion).await
}

async fn mistake_form(
    app: &App,
    signed: &Signed,
    headers: &HeaderMap,
    reference: &str,
    mistake: Mistake,
) -> PageResult {
    let repair = queries::by_reference(app.platform.reads(), reference, &signed.0.actor.scope).await?;
    let form = Form::of(vec![("version".into(), repair.version.to_string())]);
    let words = forms::mistake_words(mistake, &repair);
    let body = forms::mistake(&signed.0.csrf, &repair, &words, &form, &FieldErrors::default());
    Ok(pages::show(headers, pages::page(app, &signed.0, "/repairs", words.title, body)))
}

async fn mistake_post(app: &App, signed: &Signed, reference: &str, form: &Form, mistake: Mistake) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let (note, version) = (form.lines("note"), form.get("version").parse().unwrap_or_default());
    let taken_back = mistake.take_back(&mut ctx, reference, note, version).await;
    if taken_back.is_ok() {
        ctx.commit().await?;
    } else {
        drop(ctx);
    }
    let repair = queries::by_reference(app.platform.reads(), reference, &signed.0.actor.scope).await?;
    let words = forms::mistake_words(mistake, &repair);
    match taken_back {
        Ok(()) => Ok(pages::done(&format!("/repairs/{reference}"), words.done)),
        Err(Error::Invalid(errors)) => {
            let body = forms::mistake(&signed.0.csrf, &repair, &words, form, &errors);
            let page = pages::page(app, &signed.0, "/repairs", words.title, body).has_errors(true);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn priority_form(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let repair = queries::by_reference(app.platform.reads(), &reference, &signed.0.actor.scope).await?;
    let form = Form::of(vec![("version".into(), repair.version.to_string())]);
    let body = forms::priority(&signed.0.csrf, &repair, &form, &FieldErrors::default());
    Ok(pages::show(
        &headers,
        pages::page(&app, &signed.0, "/repairs", format!("Priority of {}", repair.reference), body),
    ))
}

async fn priority_post(
    State(app): State<App>,
    signed: Signed,
    Path(reference): Path<String>,
    form: Form,
) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let shown = form.get("version").parse().unwrap_or_default();
    let outcome =
        commands::prioritise(&mut ctx, &reference, form.get("priority"), form.get("reason"), form.lines("note"), shown)
            .await;
    let (status, errors) = match outcome {
        Ok(()) => {
            ctx.commit().await?;
            return Ok(pages::done(&format!("/repairs/{reference}"), "The priority is changed."));
        }
        Err(error) => explained(error)?,
    };
    drop(ctx);
    // Where somebody else was faster, what is there now is shown, and what was typed is kept.
    let repair = queries::by_reference(app.platform.reads(), &reference, &signed.0.actor.scope).await?;
    let mut kept = form;
    kept.set("version", repair.version.to_string());
    let body = forms::priority(&signed.0.csrf, &repair, &kept, &errors);
    let page = pages::page(&app, &signed.0, "/repairs", "Change the priority", body).has_errors(true);
    Ok((status, page.render()).into_response())
}
