//! What is sensitive about a person: protected characteristics, sensitive needs and their notes. Shown once, to whoever says why;
//! every look is kept in the read audit and in the journal.

use super::{
    model::{CHARACTERISTICS, PREFER_NOT_TO_SAY},
    parts,
    queries::everybody,
    store::{self, Stored},
};
use crate::{EDIT, SENSITIVE, facts};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use rooftree_frame::{App, Done, Form, PageResult, Signed, Turn, pages};
use rooftree_kernel::{Day, FieldErrors, PersonId};
use rooftree_platform::{Ctx, Error, Result, signin::sessions::Session};
use rooftree_ui::{
    Markup, Page,
    forms::{self, Field},
    html, shell,
    summary::{self, Item, Tone},
};

/// What was read.
pub struct Sensitive {
    /// Characteristic, answer, day.
    pub characteristics: Vec<(String, String, Day)>,
    /// Sensitive needs with their notes.
    pub needs: Vec<parts::Recorded>,
}

/// Reads what is sensitive, and keeps who did and why in the same transaction.
pub async fn read(ctx: &mut Ctx, reference: &str, reason: &str) -> Result<Sensitive> {
    ctx.require(&SENSITIVE)?;
    let reason = reason.trim();
    if !(5..=300).contains(&reason.chars().count()) {
        return Err(Error::field("reason", "say in 5 to 300 characters why you need to know"));
    }
    let person = store::by_reference(ctx.conn(), reference).await?;
    let (now, user, by) = (ctx.now, ctx.actor.user, ctx.actor.name.clone());
    sqlx::query!(
        "insert into read_audit (read_at, user_id, user_name, what, person_id, reason) values ($1, $2, $3, 'characteristics and sensitive needs', $4, $5)",
        now as _,
        user as _,
        by,
        person.id as _,
        reason
    )
    .execute(ctx.conn())
    .await?;
    let fact = facts::SENSITIVE_READ
        .at(now)
        .person(person.id)
        .with("what", "characteristics and sensitive needs")
        .with("reason", reason);
    ctx.record(fact).await?;
    let characteristics = characteristics(ctx, person.id).await?;
    let mut needs = parts::needs(ctx.conn(), person.id, now.day()).await?;
    needs.retain(parts::Recorded::is_sensitive);
    Ok(Sensitive { characteristics, needs })
}

async fn characteristics(ctx: &mut Ctx, person: PersonId) -> Result<Vec<(String, String, Day)>> {
    let rows = sqlx::query!(
        r#"select characteristic, value, recorded_on as "recorded_on: Day" from person_characteristic where person_id = $1 order by characteristic"#,
        person as _
    )
    .fetch_all(ctx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.characteristic, row.value, row.recorded_on)).collect())
}

/// Records answers about characteristics, each optional. Needs the right to read them, because whoever asks also hears.
pub async fn record(ctx: &mut Ctx, reference: &str, answers: &[(String, String)]) -> Result<usize> {
    ctx.require(&SENSITIVE)?;
    ctx.require(&EDIT)?;
    let person = store::lock(ctx.conn(), reference).await?;
    let mut errors = FieldErrors::default();
    for (characteristic, value) in answers {
        if !CHARACTERISTICS.iter().any(|known| known.0 == characteristic) || value.chars().count() > 80 {
            errors.add(characteristic.clone(), "use at most 80 characters");
        }
    }
    errors.into_result(())?;
    if answers.is_empty() {
        return Ok(0);
    }
    let (names, values): (Vec<String>, Vec<String>) = answers.iter().cloned().unzip();
    let (now, today) = (ctx.now, ctx.now.day());
    sqlx::query!(
        "insert into person_characteristic (person_id, characteristic, value, recorded_on)
         select $1, a.characteristic, a.value, $4 from unnest($2::text[], $3::text[]) as a(characteristic, value)
         on conflict (person_id, characteristic) do update set value = excluded.value, recorded_on = excluded.recorded_on",
        person.id as _,
        &names,
        &values,
        today as _
    )
    .execute(ctx.conn())
    .await?;
    ctx.record(facts::PERSON_CHANGED.at(now).person(person.id).with("fields", ["Characteristics"])).await?;
    Ok(answers.len())
}

/// GET `/people/{reference}/sensitive`
pub async fn ask(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let person = store::by_reference(app.platform.reads(), &reference).await?;
    let body = ask_body(&session, &person, "", &FieldErrors::default());
    Ok(pages::show(&headers, framed(&app, &session, &person, body)))
}

fn ask_body(session: &Session, person: &Stored, reason: &str, errors: &FieldErrors) -> Markup {
    let here = format!("/people/{}", person.reference);
    html! {
        (forms::error_summary(errors))
        (shell::heading("Read what is sensitive", Some(&person.details.name()), None))
        p { "Protected characteristics and sensitive needs are shown once. Your name, the time and your reason are kept, and the person may ask who looked." }
        (forms::form(&format!("{here}/sensitive"), &session.csrf, html! {
            (forms::text(Field::new("reason", "Why do you need to know?").hint("Like: arranging a visit after her call about the stairs").value(reason).errors(errors)))
            (forms::buttons(&[forms::submit("Show"), forms::cancel(&here)]))
        }))
    }
}

fn framed(app: &App, session: &Session, person: &Stored, body: Markup) -> Page {
    pages::page(app, session, "/people", format!("Sensitive information ({})", person.reference), body)
        .crumb("People", "/people")
        .crumb(person.reference.clone(), format!("/people/{}", person.reference))
}

/// POST `/people/{reference}/sensitive`: the answer itself, not a page that could be opened again.
pub async fn show(Path(reference): Path<String>, turn: Turn) -> PageResult {
    let (app, session, reason) = (&turn.app, &turn.session, turn.form.get("reason"));
    everybody(&session.actor.scope)?;
    let person = store::by_reference(app.platform.reads(), &reference).await?;
    let act = async |ctx: &mut Ctx, reason: &str| {
        let found = read(ctx, &reference, reason).await?;
        Ok(Done::shown(framed(app, session, &person, shown(session, &person, &found))))
    };
    let again =
        async |errors: &FieldErrors| Ok(framed(app, session, &person, ask_body(session, &person, reason, errors)));
    turn.take(Ok(reason), act, again).await
}

fn shown(session: &Session, person: &Stored, found: &Sensitive) -> Markup {
    let here = format!("/people/{}", person.reference);
    let answer = |key: &str| found.characteristics.iter().find(|answer| answer.0 == key);
    let items: Vec<Item> = CHARACTERISTICS
        .iter()
        .map(|(key, label)| match answer(key) {
            Some((_, value, day)) => {
                Item::new(*label, html! { (value) " " (summary::muted(&format!("recorded {}", day.long()))) })
            }
            None => Item::text(*label, ""),
        })
        .collect();
    html! {
        (shell::heading("Sensitive information", Some(&person.details.name()), None))
        (summary::banner(Tone::Warning, html! { p { "Shown once. That you read it, and why, has been kept." } }))
        (summary::panel("Sensitive needs", None, html! {
            @if found.needs.is_empty() { p.rt-muted { "None recorded." } }
            @for need in &found.needs {
                p { strong { (need.title()) } " " (summary::muted(&format!("since {}, recorded by {}", need.from_day.long(), need.added_by))) }
                @if !need.note.is_empty() { p { (need.note) } }
            }
        }))
        (summary::panel("Protected characteristics", None, summary::list(&items)))
        @if session.actor.may(&EDIT) {
            (summary::details("Record answers", forms::form(&format!("{here}/characteristics"), &session.csrf, html! {
                p { "Every question is optional, and ‘" (PREFER_NOT_TO_SAY) "’ is an answer. Leave a field empty to keep what is recorded." }
                (forms::datalist("characteristic-answers", [PREFER_NOT_TO_SAY]))
                @for (key, label) in CHARACTERISTICS { (forms::text(Field::new(*key, *label).list("characteristic-answers").optional())) }
                (forms::submit("Save answers"))
            })))
        }
        p { a href=(here) { "Back to the person" } }
    }
}

/// POST `/people/{reference}/characteristics`
pub async fn save(
    State(app): State<App>,
    Signed(session): Signed,
    Path(reference): Path<String>,
    form: Form,
) -> PageResult {
    everybody(&session.actor.scope)?;
    let answer = |known: &(&str, &str)| form.optional(known.0).map(|value| (known.0.to_owned(), value));
    let answers: Vec<(String, String)> = CHARACTERISTICS.iter().filter_map(answer).collect();
    let mut ctx = app.platform.begin(&session.actor).await?;
    let count = record(&mut ctx, &reference, &answers).await?;
    ctx.commit().await?;
    let said = if count == 0 { "Nothing was entered, so nothing was changed." } else { "The answers are kept." };
    Ok(pages::done(&format!("/people/{reference}"), said))
}
