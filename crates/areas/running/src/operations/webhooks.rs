//! Webhooks: other systems that are called when facts are recorded.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use rooftree_frame::{App, Form, PageResult, Signed, pages};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{
    Error,
    signin::sessions::Session,
    webhooks::{self, Webhook},
};
use rooftree_ui::{
    forms::{self, Field},
    shell,
    summary::{self, Tone},
    tables::{Column, Row, Table},
};

/// All webhooks.
pub async fn list(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    let hooks = webhooks::list(&app.platform).await?;
    let rows = hooks.iter().map(|hook| {
        Row::new(vec![
            html! { (hook.url) },
            html! { (hook.facts.len()) },
            state(hook),
            html! { (hook.delivered) },
            html! { (hook.failing) },
        ])
        .href(format!("/webhooks/{}", hook.id))
        .faint(hook.disabled_at.is_some())
    });
    let columns = vec![
        Column::new("Address"),
        Column::number("Kinds of fact"),
        Column::new("State"),
        Column::number("Arrived"),
        Column::number("Not arrived"),
    ];
    let body = html! {
        (super::sections(&session, "/webhooks"))
        (shell::heading("Webhooks", None, Some(forms::button_link("Add a webhook", "/webhooks/new"))))
        (Table::new("Webhooks", columns).caption_hidden().rows(rows.collect()).empty(html! {
            p { "No other system is called. Add a webhook to tell one at once when something happens." }
        }).render())
    };
    Ok(pages::show(&headers, pages::page(&app, &session, "/users", "Webhooks", body)))
}

fn state(hook: &Webhook) -> Markup {
    match hook.disabled_at {
        Some(at) => summary::tag(Tone::Neutral, &format!("Disabled {}", at.day().short())),
        None if hook.failing > 0 => summary::tag(Tone::Warning, "Some calls fail"),
        None => summary::tag(Tone::Success, "Active"),
    }
}

/// The form.
pub async fn new(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    let body = body(&app, &session, &Form::default(), &FieldErrors::default());
    Ok(pages::show(
        &headers,
        pages::page(&app, &session, "/users", "Add a webhook", body).crumb("Webhooks", "/webhooks"),
    ))
}

/// Adds it and shows its secret, once.
pub async fn add(State(app): State<App>, Signed(session): Signed, form: Form) -> PageResult<Response> {
    let known: Vec<&'static str> = app.platform.registry().facts.keys().copied().collect();
    let facts = kinds(form.lines("facts"), &known);
    let mut ctx = app.platform.begin(&session.actor).await?;
    match webhooks::add(&mut ctx, form.get("url"), &facts).await {
        Ok((id, secret)) => {
            ctx.commit().await?;
            let body = html! {
                (shell::heading("The secret", Some("Webhook"), None))
                p { "The receiver checks with it that a call comes from here. Copy it now: it is not shown again." }
                p { code.rt-code-text { (secret) } (forms::copy_button(&secret)) }
                (forms::button_link("I have kept it", &format!("/webhooks/{id}")))
            };
            let page = pages::page(&app, &session, "/users", "The secret", body).crumb("Webhooks", "/webhooks");
            let mut response = page.render().into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        }
        Err(Error::Invalid(errors)) => {
            let body = body(&app, &session, &form, &errors);
            let page = pages::page(&app, &session, "/users", "Add a webhook", body)
                .crumb("Webhooks", "/webhooks")
                .has_errors(true);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn body(app: &App, session: &Session, form: &Form, errors: &FieldErrors) -> Markup {
    let known = || app.platform.registry().facts.values().filter(|kind| !kind.fields.is_empty());
    let hint = match app.platform.config().webhooks_private {
        true => "Private addresses and http are allowed by ROOFTREE_WEBHOOKS_PRIVATE",
        false => "It must begin with https:// and lead to the public Internet",
    };
    html! {
        (forms::error_summary(errors))
        (shell::heading("Add a webhook", None, None))
        (forms::form("/webhooks/new", &session.csrf, html! {
            (forms::text(Field::new("url", "Address").hint(hint).value(form.get("url")).errors(errors)))
            (forms::textarea(Field::new("facts", "At which facts?").value(form.lines("facts")).errors(errors)
                .hint("One kind a line, like repair.completed; repair.* stands for all about repairs"), 5, None))
            (forms::buttons(&[forms::submit("Add the webhook"), forms::cancel("/webhooks")]))
        }))
        (summary::details("Kinds of fact", html! {
            ul.govuk-list { @for kind in known() { li { code.rt-code-text { (kind.name) } " " (kind.title) } } }
        }))
    }
}

/// The kinds that the lines name; `repair.*` stands for all that begin so. A line that names none is kept, to be refused by its name.
fn kinds(lines: &str, known: &[&'static str]) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for line in lines.split_whitespace() {
        let of_area: Vec<&str> = match line.strip_suffix('*') {
            Some(prefix) => known.iter().copied().filter(|name| name.starts_with(prefix)).collect(),
            None => Vec::new(),
        };
        match of_area.is_empty() {
            true => named.push(line.to_owned()),
            false => named.extend(of_area.into_iter().map(str::to_owned)),
        }
    }
    named.sort();
    named.dedup();
    named
}

/// One webhook and its latest calls.
pub async fn show(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> PageResult {
    let id = id.parse().map_err(|_| Error::NotFound("the webhook"))?;
    let hook = webhooks::list(&app.platform)
        .await?
        .into_iter()
        .find(|hook| hook.id == id)
        .ok_or(Error::NotFound("the webhook"))?;
    let calls = webhooks::deliveries(&app.platform, id).await?;
    let rows = calls.iter().map(|call| {
        let outcome = match (call.delivered_at, &call.last_error) {
            (Some(at), _) => html! { "Arrived " (at.short()) },
            (None, Some(error)) => html! { (summary::tag(Tone::Warning, "Not arrived")) " " (error) },
            (None, None) => html! { "Waiting" },
        };
        let fact = format!("/journal/facts/{}", call.fact_seq);
        Row::new(vec![
            html! { a href=(fact) { (call.fact_seq) } },
            outcome,
            html! { @if let Some(status) = call.status { (status) } },
        ])
    });
    let body = html! {
        (shell::heading("Webhook", None, None))
        (summary::list(&[
            summary::Item::text("Address", &hook.url),
            summary::Item::text("Called at", hook.facts.join(", ")),
            summary::Item::new("State", state(&hook)),
            summary::Item::text("Added", hook.created_at.long()),
        ]))
        @if hook.disabled_at.is_none() { (forms::action(&format!("/webhooks/{id}/disable"), &session.csrf, "Disable", &[])) }
        (Table::new("Latest calls", vec![Column::new("Fact"), Column::new("Outcome"), Column::number("Answer")]).rows(rows.collect())
            .empty(html! { p { "It was not called yet." } }).render())
    };
    Ok(pages::show(&headers, pages::page(&app, &session, "/users", "Webhook", body).crumb("Webhooks", "/webhooks")))
}

/// Stops its calls.
pub async fn disable(State(app): State<App>, Signed(session): Signed, Path(id): Path<String>) -> PageResult {
    let mut ctx = app.platform.begin(&session.actor).await?;
    webhooks::disable(&mut ctx, id.parse().map_err(|_| Error::NotFound("the webhook"))?, "by hand").await?;
    ctx.commit().await?;
    Ok(pages::done("/webhooks", "The webhook is disabled: it is not called any more."))
}

#[cfg(test)]
mod tests {
    use super::kinds;

    #[test]
    fn lines_name_kinds_or_all_of_a_thing() {
        let known = ["repair.completed", "repair.reported", "user.added"];
        assert_eq!(
            kinds("user.added\r\nrepair.*\nrepair.reported ", &known),
            ["repair.completed", "repair.reported", "user.added"]
        );
        assert_eq!(
            kinds("nonsense.* x", &known),
            ["nonsense.*", "x"],
            "what names nothing is refused later, by its name"
        );
    }
}
