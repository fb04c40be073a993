//! The survey behind its link: public, spacious, names nobody.

use super::{
    commands::{self, Asked},
    questions::{Answers, COMMENT_MAX, Kind, QuestionSet},
};
use crate::cases::{self, Cases};
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use rooftree_frame::{App, Caller, Form, PageResult, pages};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{Error, Result};
use rooftree_ui::{
    forms::{self, Choice, Field},
    shell::{Audience, Width},
    summary,
};
use std::sync::Arc;

const YES_NO: [(&str, &str); 2] = [("yes", "Yes"), ("no", "No")];
const SCORES: [(&str, &str); 5] =
    [("5", "5, very happy"), ("4", "4, happy"), ("3", "3, neither"), ("2", "2, unhappy"), ("1", "1, very unhappy")];

/// The questions, or what became of them.
pub async fn show(State(app): State<App>, caller: Option<Extension<Caller>>, Path(token): Path<String>) -> PageResult {
    let asked = commands::find(&app.platform, &token).await?;
    let source = source(&app, &asked)?;
    let body = match (asked.answered_day, asked.is_over) {
        (Some(_), _) => answered(&app, source.as_ref()),
        (None, true) => over(&app, source.as_ref()),
        (None, false) => {
            let (form, errors) = (Form::default(), FieldErrors::default());
            questions(&csrf(caller), &token, source.questions(), &asked, &form, &errors)
        }
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
    let asked = commands::find(&app.platform, &token).await?;
    if asked.answered_day.is_some() {
        return Ok(shown(&app, StatusCode::OK, answered(&app, source(&app, &asked)?.as_ref()), false));
    }
    let source = source(&app, &asked)?;
    let set = source.questions();
    let answers = read(set, &form);
    match commands::answer(&app.platform, &asked, &answers).await {
        Ok(()) => Ok(shown(&app, StatusCode::OK, thanks(&app, set, &answers), false)),
        Err(Error::Invalid(errors)) => Ok(shown(
            &app,
            StatusCode::UNPROCESSABLE_ENTITY,
            questions(&csrf(caller), &token, set, &asked, &form, &errors),
            true,
        )),
        Err(other) => Err(other.into()),
    }
}

/// Somebody of the staff who opens the link is signed in, and their forms carry their token.
fn csrf(caller: Option<Extension<Caller>>) -> String {
    caller.and_then(|Extension(caller)| caller.session.map(|session| session.csrf.clone())).unwrap_or_default()
}

fn source(app: &App, asked: &Asked) -> Result<Arc<dyn Cases>> {
    cases::of(app.platform.registry(), &asked.reference)
}

fn read(set: &QuestionSet, form: &Form) -> Answers {
    let given = set.question.iter().filter_map(|question| {
        let answer = question.kind.read(form.get(&question.key))?;
        Some((question.key.clone(), answer))
    });
    Answers { given: given.collect(), comment: form.lines("comment").to_owned() }
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

fn questions(csrf: &str, token: &str, set: &QuestionSet, asked: &Asked, form: &Form, errors: &FieldErrors) -> Markup {
    let choices = |kind: Kind| match kind {
        Kind::YesNo => YES_NO.iter().map(|(key, label)| Choice::new(*key, *label)).collect::<Vec<_>>(),
        Kind::Score => SCORES.iter().map(|(key, label)| Choice::new(*key, *label)).collect(),
    };
    html! {
        (forms::error_summary(errors))
        h1 { "How did we do?" }
        p { (set.about) ": " strong { (asked.title) } @if let Some(day) = asked.finished_day { ", finished on " (day.long()) } "." }
        p { "It takes one minute. Your name is not on this page and will not be on the results." }
        (forms::form(&format!("/survey/{token}"), csrf, html! {
            @for question in &set.question {
                @let field = Field::new(&question.key, question.ask.as_str()).value(form.get(&question.key)).errors(errors);
                (forms::radios(if question.kind == Kind::YesNo { field.inline() } else { field }, &choices(question.kind)))
            }
            (forms::textarea(Field::new("comment", "Anything else?").value(form.lines("comment")).errors(errors).optional(), 4, Some(COMMENT_MAX)))
            (forms::submit("Send"))
        }))
    }
}

fn thanks(app: &App, set: &QuestionSet, answers: &Answers) -> Markup {
    let said: Vec<&String> =
        set.question.iter().filter(|question| answers.is_no(&question.key)).filter_map(|q| q.if_no.as_ref()).collect();
    summary::outcome(
        "Thank you",
        None,
        html! {
            @for words in &said { p { (words) } }
            @if said.is_empty() { p { "Your answers help us to do better. You can close this page." } }
            @else { p { "If there is danger, or water is coming in, do not wait. Ring " strong { (app.platform.config().phone) } " now." } }
        },
    )
}

fn answered(app: &App, source: &dyn Cases) -> Markup {
    html! {
        h1 { "You have answered already" }
        p { "Thank you. If something is wrong with the " (source.names().one) ", ring us on " strong { (app.platform.config().phone) } "." }
    }
}

fn over(app: &App, source: &dyn Cases) -> Markup {
    html! {
        h1 { "This survey has closed" }
        p { "If something is wrong with the " (source.names().one) ", ring us on " strong { (app.platform.config().phone) } "." }
    }
}
