//! API tokens: made with scopes and an end, shown once, revoked.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use rooftree_frame::{App, Form, PageResult, Signed, pages};
use rooftree_kernel::{Day, FieldErrors, UserId, typed::Span};
use rooftree_platform::{
    Error, Result,
    signin::{admin, sessions::Session, tokens},
};
use rooftree_ui::{
    forms::{self, Choice, Field},
    shell,
    summary::{self, Tone},
    tables::{Column, Row, Table},
};

/// A token lives this long unless another day is chosen.
const DAYS_USUAL: i64 = 365;

/// All tokens.
pub async fn list(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    let now = app.platform.now();
    let tokens = tokens::list(&app.platform).await?;
    let rows = tokens.iter().map(|token| {
        let live = token.revoked_at.is_none() && token.expires_at > now;
        let state = match (token.revoked_at, live) {
            (Some(at), _) => summary::tag(Tone::Neutral, &format!("Revoked {}", at.day().short())),
            (None, true) => html! { "Until " (token.expires_at.day().short()) },
            (None, false) => summary::tag(Tone::Neutral, "Over"),
        };
        let revoke = forms::action(&format!("/tokens/{}/revoke", token.id), &session.csrf, "Revoke", &[]);
        Row::new(vec![
            html! { (token.name) },
            html! { (token.user_name) },
            html! { (token.scopes.join(", ")) },
            state,
            html! { @match token.used_at { Some(at) => (at.short()), None => span.rt-muted { "Never" } } },
            html! { @if live { (revoke) } },
        ])
        .faint(!live)
    });
    let columns = vec![
        Column::new("For"),
        Column::new("With the rights of"),
        Column::new("May"),
        Column::new("Valid").nowrap(),
        Column::new("Last used").nowrap(),
        Column::new("Now"),
    ];
    let body = html! {
        (super::sections(&session, "/tokens"))
        (shell::heading("API tokens", None, Some(forms::button_link("Make a token", "/tokens/new"))))
        p { "Other programs sign in with a token. What they may do is what both the token and its user may. "
            a href="/api/v1/openapi.json" { "Description of the API" } }
        (Table::new("Tokens", columns).caption_hidden().rows(rows.collect()).empty(html! { p { "No token was made yet." } }).render())
    };
    Ok(pages::show(&headers, pages::page(&app, &session, "/users", "API tokens", body)))
}

/// The form.
pub async fn new(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    let body = body(&app, &session, &Form::default(), &FieldErrors::default()).await?;
    Ok(pages::show(
        &headers,
        pages::page(&app, &session, "/users", "Make a token", body).crumb("API tokens", "/tokens"),
    ))
}

/// Makes it and shows it, once.
pub async fn make(State(app): State<App>, Signed(session): Signed, form: Form) -> PageResult<Response> {
    match make_one(&app, &session, &form).await {
        Ok(secret) => {
            let body = html! {
                (shell::heading("The token", Some(form.get("name")), None))
                p { "Copy it now: it is not shown again. Whoever has it can do what it may." }
                p { code.rt-code-text { (secret) } (forms::copy_button(&secret)) }
                (forms::button_link("I have kept it", "/tokens"))
            };
            let page = pages::page(&app, &session, "/users", "The token", body).crumb("API tokens", "/tokens");
            let mut response = page.render().into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        }
        Err(Error::Invalid(errors)) => {
            let body = body(&app, &session, &form, &errors).await?;
            let page = pages::page(&app, &session, "/users", "Make a token", body)
                .crumb("API tokens", "/tokens")
                .has_errors(true);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn make_one(app: &App, session: &Session, form: &Form) -> Result<String> {
    let mut errors = FieldErrors::default();
    let user: Option<UserId> = form.parse("user", "choose whose rights it has", &mut errors);
    let until: Option<Day> = form.day_within("expires", Span::until_years(app.platform.now().day(), 20), &mut errors);
    let (Some(user), Some(until)) = (user, until) else { return Err(Error::Invalid(errors)) };
    if admin::get(&app.platform, user).await.is_ok_and(|user| user.disabled_at.is_some()) {
        return Err(Error::field("user", "this user is disabled"));
    }
    let scopes: Vec<String> = form.all("scopes").into_iter().map(str::to_owned).collect();
    let mut ctx = app.platform.begin(&session.actor).await?;
    let secret = tokens::make(&mut ctx, user, form.get("name"), &scopes, until.end()).await?;
    ctx.commit().await?;
    Ok(secret)
}

/// Revokes it.
pub async fn revoke(State(app): State<App>, Signed(session): Signed, Path(id): Path<String>) -> PageResult {
    let mut ctx = app.platform.begin(&session.actor).await?;
    tokens::revoke(&mut ctx, id.parse().map_err(|_| Error::NotFound("the token"))?).await?;
    ctx.commit().await?;
    Ok(pages::done("/tokens", "The token no longer opens anything."))
}

async fn body(app: &App, session: &Session, form: &Form, errors: &FieldErrors) -> Result<Markup> {
    let users = admin::list(&app.platform, None, None, Some(false)).await?;
    let options: Vec<(String, String)> =
        users.iter().map(|user| (user.id.to_string(), format!("{} ({})", user.name, user.email))).collect();
    let users: Vec<Choice<'_>> = options.iter().map(|(id, name)| Choice::new(id.as_str(), name.as_str())).collect();
    let permissions = &app.platform.registry().permissions;
    let scopes: Vec<Choice<'_>> = permissions
        .iter()
        .map(|(permission, words)| Choice::new(permission.0.as_ref(), permission.0.as_ref()).hint(*words))
        .collect();
    let chosen = form.all("scopes");
    let usual = forms::day_value(app.platform.now().day().plus_days(DAYS_USUAL));
    let until = form.optional("expires").unwrap_or(usual);
    Ok(html! {
        (forms::error_summary(errors))
        (shell::heading("Make a token", None, None))
        (forms::form("/tokens/new", &session.csrf, html! {
            (forms::text(Field::new("name", "What is it for?").value(form.get("name")).errors(errors)))
            (forms::select(Field::new("user", "Whose rights does it have?").value(form.get("user")).errors(errors), Some("Choose"), &users))
            (forms::checkboxes(Field::new("scopes", "What may it do of these?").errors(errors), &scopes, &chosen))
            (forms::date(Field::new("expires", "Until when?").value(until).errors(errors)))
            (forms::buttons(&[forms::submit("Make the token"), forms::cancel("/tokens")]))
        }))
    })
}
