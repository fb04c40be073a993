//! Letters: how one will look or looked on paper, and writing one by hand, from a letter that was, through a draft that is read before it goes.

use super::{WRITE, paper, sees_messages};
use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use rooftree_frame::{App, Done, Form, PageResult, Signed, Turn, cases, pages};
use rooftree_kernel::FieldErrors;
use rooftree_platform::{
    Ctx, Error, Result, documents,
    letters::{
        drafts::{self, Changes, PART_CHARACTERS_MAX},
        print,
        written::{self, Written},
    },
};
use rooftree_ui::{
    choices,
    forms::{self, Field},
    shell, summary,
};
use uuid::Uuid;

/// The letter, for whoever may see messages and the case that it is about.
async fn letter(app: &App, signed: &Signed, id: &str) -> Result<Written> {
    sees_messages(&signed.0.actor.scope)?;
    let uuid: Uuid = id.parse().map_err(|_| Error::NotFound("the letter"))?;
    let written = written::get(&app.platform, uuid).await?;
    match written.case() {
        Some(case) if !cases::may_see(app, &signed.caller(), case).await? => Err(Error::NotFound("the letter")),
        _ => Ok(written),
    }
}

/// GET `/messages/{id}/letter.pdf`: the PDF that was sent or waits to be posted; of any other letter the one that would be printed now.
pub async fn pdf(State(app): State<App>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let written = letter(&app, &signed, &id).await?;
    let bytes = match written.document_id {
        Some(document) => documents::bytes(&app.platform, document, false).await?,
        None => print(&app.platform, vec![written.letter(&app.platform)?]).await?,
    };
    Ok(file(bytes, "letter.pdf"))
}

/// A PDF of ours, to be opened in the browser. It is nobody else's business, not even the browser's.
pub fn file(bytes: impl IntoResponse, name: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// POST `/messages/{id}/write`: a draft with the words of this letter.
pub async fn write(State(app): State<App>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let of = letter(&app, &signed, &id).await?;
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    ctx.require(&WRITE)?;
    let draft = drafts::again(&mut ctx, &of).await?;
    ctx.commit().await?;
    Ok(pages::done(&format!("/messages/{draft}"), "A draft is made. Read it, change what you want, then send it."))
}

/// POST `/messages/{id}/draft`: keeps what was changed.
pub async fn change(Path(id): Path<String>, turn: Turn) -> PageResult {
    let (app, session, form) = (&turn.app, &turn.session, &turn.form);
    let draft = letter(app, &Signed(session.clone()), &id).await?;
    let sent = |place: &usize| form.fields().iter().any(|(name, _)| *name == field_name(*place));
    let places = (0..draft.parts().len()).filter(sent);
    let words = places.map(|place| (place, form.lines(&field_name(place)).to_owned()));
    let changes = Changes {
        words: words.collect(),
        large_print: form.ticked("large_print"),
        plain_words: form.ticked("plain_words"),
    };
    let act = async |ctx: &mut Ctx, changes: Changes| {
        ctx.require(&WRITE)?;
        drafts::change(ctx, draft.id, &changes).await?;
        Ok(Done::at(format!("/messages/{id}"), "The draft is kept."))
    };
    let again = async |errors: &FieldErrors| {
        let body = html! {
            (forms::error_summary(errors))
            (shell::heading("Change the letter", None, None))
            (draft_form(&draft, &session.csrf, Some(form), errors))
        };
        let page = pages::page(app, session, "/messages", "Change the letter", body).crumb("Messages", "/messages");
        Ok(page.crumb("Draft", format!("/messages/{id}")))
    };
    turn.take(Ok(changes), act, again).await
}

/// POST `/messages/{id}/send`
pub async fn send(State(app): State<App>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let draft = letter(&app, &signed, &id).await?;
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    ctx.require(&WRITE)?;
    drafts::send(&mut ctx, draft.id).await?;
    ctx.commit().await?;
    Ok(pages::done(&format!("/messages/{id}"), "The letter goes to the post."))
}

/// POST `/messages/{id}/discard`
pub async fn discard(State(app): State<App>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let draft = letter(&app, &signed, &id).await?;
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    ctx.require(&WRITE)?;
    drafts::discard(&mut ctx, draft.id).await?;
    ctx.commit().await?;
    Ok(pages::done(&format!("/messages/{id}"), "The draft is thrown away. It stays on record as withdrawn."))
}

/// What the page of a letter shows of it: its words as they will be read, the PDF, and for a draft its form.
pub async fn panel(app: &App, signed: &Signed, id: Uuid) -> Result<Markup> {
    let written = written::get(&app.platform, id).await?;
    let session = &signed.0;
    let writes = session.actor.may(&WRITE);
    let is_draft = written.status == "draft";
    let lacks = written.lacks(&app.platform, app.platform.now().day());
    let letter = written.letter(&app.platform)?;
    let sent = match written.document_id {
        Some(document) => Some(documents::sha256(&app.platform, document).await?),
        None => None,
    };
    let pdf = format!("/messages/{id}/letter.pdf");
    let words = match (&sent, written.status.as_str()) {
        (Some(_), _) => "Open the PDF that was printed",
        (None, "sent" | "delivered") => "See it on paper (PDF); the one that was sent was not kept",
        (None, _) => "See it as it will be printed (PDF)",
    };
    let mut facts = vec![summary::Item::new("On paper", html! { a href=(pdf) { (words) } })];
    if let Some(sha256) = &sent {
        facts.push(summary::Item::new(
            "SHA-256 of the PDF, as the journal has it",
            html! { code.rt-code-text { (sha256) } },
        ));
    }
    let print = match (written.large_print, written.plain_words) {
        (true, true) => "Large print, plainer words",
        (true, false) => "Large print",
        (false, true) => "Plainer words",
        (false, false) => "Ordinary",
    };
    facts.push(summary::Item::text("Print", print));
    if let Some(language) = written.language.as_deref().filter(|language| *language != "English") {
        facts.push(summary::Item::text("The reader speaks", language));
    }
    Ok(html! {
        @if let Some(lacks) = lacks.filter(|_| sent.is_none()) { (summary::banner(summary::Tone::Warning, html! { p { "It cannot be sent: " (lacks) "." } })) }
        (summary::list(&facts))
        @if is_draft && writes {
            (draft_form(&written, &session.csrf, None, &FieldErrors::default()))
            (forms::buttons(&[
                forms::action(&format!("/messages/{id}/send"), &session.csrf, "Send the letter", &[]),
                forms::action(&format!("/messages/{id}/discard"), &session.csrf, "Throw the draft away", &[]),
            ]))
        } @else if writes && written.parts.is_some() {
            (forms::action(&format!("/messages/{id}/write"), &session.csrf, "Write it again", &[]))
        }
        h2 { "The words" }
        (paper::show(&letter))
    })
}

fn field_name(place: usize) -> String {
    format!("part_{place}")
}

/// What may be changed in a draft. Locked parts are seen below, in the letter.
fn draft_form(draft: &Written, csrf: &str, typed: Option<&Form>, errors: &FieldErrors) -> Markup {
    let parts = draft.parts();
    let editable = parts.iter().enumerate().filter(|(_, part)| part.editable);
    let ticked = |name: &str, kept: bool| typed.map_or(kept, |form| form.ticked(name));
    let body = html! {
        @for (place, part) in editable {
            @let name = field_name(place);
            @let words = typed.map_or_else(|| part.words.clone(), |form| form.lines(&name).to_owned());
            @let hint = if part.required { "The letter must have this part." } else { "Leave it empty to leave it out." };
            (forms::textarea(Field::new(name.clone(), capital(&part.name)).hint(hint).value(words).errors(errors), 5, Some(PART_CHARACTERS_MAX)))
        }
        (choices::checkbox(Field::new("large_print", "In large print (18 points)"), ticked("large_print", draft.large_print)))
        @if draft.has_plain_words() {
            (choices::checkbox(Field::new("plain_words", "In plainer words, where there are some"), ticked("plain_words", draft.plain_words)))
        }
        (forms::secondary("Keep the draft", None))
    };
    forms::form(&format!("/messages/{}/draft", draft.id), csrf, body)
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
