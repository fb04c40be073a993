//! The survey behind its link: public, spacious, names nobody.

use crate::aftercare::surveys::{self, Answers, Asked, COMMENT_MAX};
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use rooftree_frame::{App, Caller, Form, PageResult, pages};
use rooftree_kernel::FieldErrors;
use rooftree_platform::Error;
use rooftree_ui::{
    forms::{self, Choice, Field},
    shell::{Audience, Width},
    summary,
};

const YES_NO: [(&str, &str); 2] = [("yes", "Yes"), ("no", "No")];

/// The questions, or what became of them.
pub async fn show(State(app): State<App>, caller: Option<Extension<Caller>>, Path(token): Path<String>) -> PageResult {
    let asked = surveys::find(&app.platform, &token).await?;
    let body = match (asked.answered_day, asked.is_over) {
        (Some(_), _) => answered(&app),
        (None, true) => over(&app),
        (None, false) => questions(&csrf(caller), &token, &asked, &Form::default(), &FieldErrors::default()),
    };
    Ok(shown(&app, StatusCode::OK, body, false))
}

/// Takes the answers.
pub async fn answer(
    State(app): State<App>,
    caller: Option<Extension<Caller>>,
    Path(token): Path<String>,
    form: Form,
) -> PageResult {
    let asked = surveys::find(&app.platform, &token).await?;
    if asked.answered_day.is_some() {
        return Ok(shown(&app, StatusCode::OK, answered(&app), false));
    }
    let answers = read(&form);
    match surveys::answer(&app.platform, &asked, &answers).await {
        Ok(()) => Ok(shown(&app, StatusCode::OK, thanks(&app, &answers), false)),
        Err(Error::Invalid(errors)) => Ok(shown(
            &app,
            StatusCode::UNPROCESSABLE_ENTITY,
            questions(&csrf(caller), &token, &asked, &form, &errors),
            true,
        )),
        Err(other) => Err(other.into()),
    }
}

/// Somebody of the staff who opens the link is signed in, and their forms carry their token.
fn csrf(caller: Option<Extension<Caller>>) -> String {
    caller.and_then(|Extension(caller)| caller.session.map(|session| session.csrf.clone())).unwrap_or_default()
}

fn read(form: &Form) -> Answers {
    let yes_no = |name: &str| match form.get(name) {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    Answers {
        score: form.get("score").parse().ok(),
        done: yes_no("done"),
        clean: yes_no("clean"),
        identified: yes_no("identified"),
        no_calls: yes_no("no_calls"),
        first_visit: yes_no("first_visit"),
        comment: form.lines("comment").to_owned(),
    }
}

fn shown(app: &App, status: StatusCode, body: Markup, has_errors: bool) -> Response {
    let page = pages::public_page(app, "How did we do?", body)
        .audience(Audience::Public)
        .width(Width::Narrow)
        .has_errors(has_errors);
    // The address is a secret: it must not leave with a click, and no search engine is to keep it.
    let headers = [("referrer-policy", "no-referrer"), ("x-robots-tag", "noindex")];
    (status, headers, page.render()).into_response()
}

fn questions(csrf: &str, token: &str, asked: &Asked, form: &Form, errors: &FieldErrors) -> Markup {
    let yes_no: Vec<Choice<'_>> = YES_NO.iter().map(|(key, label)| Choice::new(*key, *label)).collect();
    let ask = |name: &'static str, label: &'static str| {
        forms::radios(Field::new(name, label).value(form.get(name)).errors(errors).inline(), &yes_no)
    };
    let scores = [
        Choice::new("5", "5, very happy"),
        Choice::new("4", "4, happy"),
        Choice::new("3", "3, neither"),
        Choice::new("2", "2, unhappy"),
        Choice::new("1", "1, very unhappy"),
    ];
    html! {
        (forms::error_summary(errors))
        h1 { "How did we do?" }
        p { "Your repair: " strong { (asked.title) } @if let Some(day) = asked.completed_day { ", finished on " (day.long()) } "." }
        p { "It takes one minute. Your name is not on this page and will not be on the results." }
        (forms::form(&format!("/survey/{token}"), csrf, html! {
            (ask("done", "Is the work done?"))
            (forms::radios(Field::new("score", "How happy are you with the repair?").value(form.get("score")).errors(errors), &scores))
            (ask("first_visit", "Was it done on the first visit?"))
            (ask("clean", "Did we leave the place clean and tidy?"))
            (ask("identified", "Did our worker show a card and wear a uniform?"))
            (ask("no_calls", "Did our worker stay off the phone for private calls?"))
            (forms::textarea(Field::new("comment", "Anything else?").value(form.lines("comment")).errors(errors).optional(), 4, Some(COMMENT_MAX)))
            (forms::submit("Send"))
        }))
    }
}

fn thanks(app: &App, answers: &Answers) -> Markup {
    summary::outcome(
        "Thank you",
        None,
        html! {
            @if answers.done == Some(false) {
                p { "You told us that the work is not done. Somebody who did not do the work will look again. We will answer you within 5 working days." }
                p { "If there is danger, or water is coming in, do not wait. Ring " strong { (app.platform.config().phone) } " now." }
            } @else { p { "Your answers help us to do better. You can close this page." } }
        },
    )
}

fn answered(app: &App) -> Markup {
    html! {
        h1 { "You have answered already" }
        p { "Thank you. If something is wrong with the repair, ring us on " strong { (app.platform.config().phone) } "." }
    }
}

fn over(app: &App) -> Markup {
    html! {
        h1 { "This survey has closed" }
        p { "If something is wrong with the repair, ring us on " strong { (app.platform.config().phone) } "." }
    }
}
