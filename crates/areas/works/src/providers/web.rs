//! The pages of providers: a list, a form, an end.

use super::commands::{self, Details, KINDS, NAME_MAX};
use crate::permissions::{self, PROVIDERS};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use maud::{Markup, html};
use rooftree_frame::{
    Access, App, Area, Form, PageResult, Section, Signed,
    area::Nav,
    exports::{self, Format},
    get, pages, post,
};
use rooftree_kernel::{FieldErrors, ProviderId};
use rooftree_platform::{Error, Pool, Result, ports::SheetCell};
use rooftree_ui::{
    Query,
    forms::{self, Choice, Field},
    shell,
    summary::{self, Tone},
    tables::{self, Column, Row, Table},
};

pub(crate) fn add(area: &mut Area) {
    area.nav.push(Nav {
        section: Section::SetUp,
        label: "Providers",
        href: "/providers",
        permission: PROVIDERS,
        order: 72,
        shortcut: None,
    });
    let needs = || Access::Needs(PROVIDERS);
    let routes = [
        get("/providers", needs(), index),
        get("/providers.csv", exports::access(PROVIDERS), export),
        get("/providers.xlsx", exports::access(PROVIDERS), export),
        get("/providers/new", needs(), new_form),
        post("/providers/new", needs(), new_post),
        get("/providers/{id}/edit", needs(), edit_form),
        post("/providers/{id}/edit", needs(), edit_post),
        post("/providers/{id}/end", needs(), end_post),
    ];
    area.pages.extend(routes.map(|route| route.scope("all providers")));
}

struct Line {
    id: ProviderId,
    name: String,
    kind: String,
    email: String,
    parent_id: Option<ProviderId>,
    parent: Option<String>,
    operatives: i64,
    open_orders: i64,
    ended: bool,
    version: i32,
}

/// All of them: a landlord has dozens, not thousands.
async fn lines(pool: &Pool) -> Result<Vec<Line>> {
    Ok(sqlx::query_as!(
        Line,
        r#"select p.id as "id: ProviderId", p.name, p.kind, p.email, p.parent_id as "parent_id: ProviderId", c.name as "parent?",
                  (select count(*) from operative o where o.provider_id = p.id and o.ended_at is null) as "operatives!",
                  (select count(*) from works_order w where w.provider_id = p.id and w.status in ('awaiting-approval', 'issued', 'accepted')) as "open_orders!",
                  (p.ended_at is not null) as "ended!", p.version
           from provider p left join provider c on c.id = p.parent_id
           order by (p.ended_at is not null), (p.kind = 'subcontractor'), p.name limit 1000"#
    )
    .fetch_all(pool)
    .await?)
}

fn kind_words(kind: &str) -> &str {
    KINDS.iter().find(|(key, _)| *key == kind).map_or(kind, |(_, words)| words)
}

async fn index(State(app): State<App>, signed: Signed, headers: HeaderMap) -> PageResult {
    let found = lines(app.platform.reads()).await?;
    let rows = found
        .iter()
        .map(|line| {
            Row::new(vec![
                html! { (line.name) @if line.ended { " " (summary::tag(Tone::Neutral, "Ended")) } },
                html! { (kind_words(&line.kind)) @if let Some(parent) = &line.parent { br; (summary::muted(&format!("for {parent}"))) } },
                html! { (line.email) },
                html! { (line.operatives) },
                html! { (line.open_orders) },
            ])
            .href(format!("/providers/{}/edit", line.id))
            .faint(line.ended)
        })
        .collect();
    let columns = vec![
        Column::new("Name"),
        Column::new("What it is"),
        Column::new("E-mail").desk_only(),
        Column::number("Operatives"),
        Column::number("Open orders"),
    ];
    let body = html! {
        (shell::heading("Providers", None, Some(forms::button_link("Add a provider", "/providers/new"))))
        p { "Who does the work: the works company and its subcontractors. Their operatives are under " @if signed.0.actor.may(&permissions::PLAN) { a href="/operatives" { "Operatives" } } @else { "Operatives" } "." }
        (tables::exports(&Query::new("/providers")))
        (Table::new("Providers", columns).caption_hidden().rows(rows).empty(html! { p { "None yet. Add the company that does your repairs; then its operatives. After that repairs can be logged." } }).render())
    };
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/providers", "Providers", body)))
}

/// The list as a file.
async fn export(State(app): State<App>, format: Format) -> PageResult {
    let found = lines(app.platform.reads()).await?;
    let text = |text: &str| SheetCell::Text(text.to_owned());
    let rows = found.iter().map(|line| {
        vec![
            text(&line.name),
            text(kind_words(&line.kind)),
            text(line.parent.as_deref().unwrap_or_default()),
            text(&line.email),
            text(&line.operatives.to_string()),
            text(&line.open_orders.to_string()),
            text(if line.ended { "yes" } else { "no" }),
        ]
    });
    let headings = ["Name", "What it is", "Works for", "E-mail", "Operatives", "Open orders", "Ended"];
    exports::file(&app, format, "providers", &headings, rows)
}

fn read(form: &Form) -> Details {
    Details {
        name: form.get("name").to_owned(),
        kind: form.get("kind").to_owned(),
        parent: form.get("parent").parse().ok(),
        email: form.get("email").to_owned(),
        version: form.version(),
    }
}

/// The form; `known` when one is changed.
fn view(csrf: &str, all: &[Line], known: Option<&Line>, form: &Form, errors: &FieldErrors) -> Markup {
    let kinds: Vec<Choice<'_>> = KINDS.iter().map(|(key, words)| Choice::new(*key, *words)).collect();
    let parents: Vec<Choice<'_>> = all
        .iter()
        .filter(|line| line.kind == "works-company" && !line.ended && known.is_none_or(|known| known.id != line.id))
        .map(|line| Choice::new(line.id.to_string(), line.name.as_str()))
        .collect();
    let to = known.map_or_else(|| "/providers/new".to_owned(), |line| format!("/providers/{}/edit", line.id));
    let title = known.map_or("Add a provider", |line| line.name.as_str());
    html! {
        (forms::error_summary(errors))
        (shell::heading(title, Some("Providers"), None))
        @if known.is_some_and(|line| line.ended) { (summary::banner(Tone::Info, html! { p { "It has ended: its history stays, it gets no more work." } })) }
        (forms::form(&to, csrf, html! {
            @if let Some(line) = known { (forms::hidden("version", &form.version_to_show(line.version, errors))) }
            (forms::text(Field::new("name", "Name").value(form.get("name")).errors(errors)))
            (forms::radios(Field::new("kind", "What it is").value(form.get("kind")).errors(errors), &kinds))
            (forms::select(Field::new("parent", "Works for").hint("Of a subcontractor: the works company that sends it").value(form.get("parent")).errors(errors).optional(), Some("The landlord itself"), &parents))
            (forms::text(Field::new("email", "E-mail").hint("Where orders and questions go").value(form.get("email")).errors(errors).optional()))
            (forms::buttons(&[forms::submit("Save"), forms::cancel("/providers")]))
        }))
        @if let Some(line) = known.filter(|line| !line.ended) {
            (summary::details("End this provider", html! {
                p { (line.operatives) " operatives and " (line.open_orders) " open orders are with it. It can end when none is left." }
                (forms::form(&format!("/providers/{}/end", line.id), csrf, html! { (forms::buttons(&[forms::warning("End it", None)])) }))
            }))
        }
    }
}

fn shown_name(form: &Form) -> String {
    form.get("name").chars().take(NAME_MAX).collect()
}

async fn new_form(State(app): State<App>, signed: Signed, headers: HeaderMap) -> PageResult {
    let all = lines(app.platform.reads()).await?;
    let kind = if all.is_empty() { "works-company" } else { "subcontractor" };
    let form = Form::of(vec![("kind".into(), kind.into())]);
    let body = view(&signed.0.csrf, &all, None, &form, &FieldErrors::default());
    let page = pages::page(&app, &signed.0, "/providers", "Add a provider", body);
    Ok(pages::show(&headers, page.crumb("Providers", "/providers")))
}

async fn new_post(State(app): State<App>, signed: Signed, form: Form) -> PageResult {
    save(&app, &signed, ProviderId::new(), &form).await
}

async fn one(app: &App, id: ProviderId) -> Result<(Vec<Line>, usize)> {
    let all = lines(app.platform.reads()).await?;
    let place = all.iter().position(|line| line.id == id).ok_or(Error::NotFound("the provider"))?;
    Ok((all, place))
}

async fn edit_form(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<uuid::Uuid>,
) -> PageResult {
    let (all, place) = one(&app, id.into()).await?;
    let line = &all[place];
    let form = Form::of(vec![
        ("name".into(), line.name.clone()),
        ("kind".into(), line.kind.clone()),
        ("parent".into(), line.parent_id.map(|id| id.to_string()).unwrap_or_default()),
        ("email".into(), line.email.clone()),
    ]);
    let body = view(&signed.0.csrf, &all, Some(line), &form, &FieldErrors::default());
    let page = pages::page(&app, &signed.0, "/providers", line.name.clone(), body);
    Ok(pages::show(&headers, page.crumb("Providers", "/providers")))
}

async fn edit_post(State(app): State<App>, signed: Signed, Path(id): Path<uuid::Uuid>, form: Form) -> PageResult {
    one(&app, id.into()).await?;
    save(&app, &signed, id.into(), &form).await
}

async fn save(app: &App, signed: &Signed, id: ProviderId, form: &Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    match commands::save(&mut ctx, id, &read(form)).await {
        Ok(()) => {
            ctx.commit().await?;
            Ok(pages::done("/providers", "The provider is saved."))
        }
        Err(Error::Invalid(errors)) => {
            drop(ctx);
            let all = lines(app.platform.reads()).await?;
            let place = all.iter().position(|line| line.id == id);
            let body = view(&signed.0.csrf, &all, place.map(|place| &all[place]), form, &errors);
            let page = pages::page(app, &signed.0, "/providers", shown_name(form), body).has_errors(true);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn end_post(State(app): State<App>, signed: Signed, Path(id): Path<uuid::Uuid>) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    match commands::end(&mut ctx, id.into()).await {
        Ok(()) => {
            ctx.commit().await?;
            Ok(pages::done("/providers", "The provider has ended. Its history stays."))
        }
        Err(Error::Conflict(why)) => Ok(pages::flash(
            axum::response::Redirect::to(&format!("/providers/{id}/edit")).into_response(),
            "warning",
            &why,
        )),
        Err(other) => Err(other.into()),
    }
}
