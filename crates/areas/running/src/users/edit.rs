//! Adding and changing a user: role and what it is linked to.

use super::one;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use rooftree_frame::{App, Form, PageResult, Signed, pages};
use rooftree_kernel::{FieldErrors, OperativeId, PersonId, ProviderId};
use rooftree_platform::{
    Error, Platform, Result,
    signin::{
        admin::{self, Change, UserRow},
        sessions::Session,
        users::NewUser,
    },
};
use rooftree_ui::{
    forms::{self, Choice, Field, Size},
    shell,
};
use uuid::Uuid;

/// What a user can be linked to, by kind.
const KINDS: [(&str, &str); 2] = [("provider", "Provider"), ("operative", "Operative")];

async fn linkable(platform: &Platform, kind: &str) -> Result<Vec<(Uuid, String)>> {
    match platform.registry().lookups.linkable.iter().find(|(known, _)| *known == kind) {
        Some((_, sql)) => Ok(sqlx::query_as(sqlx::AssertSqlSafe(*sql)).fetch_all(platform.reads()).await?),
        None => Ok(Vec::new()),
    }
}

async fn named(platform: &Platform, ids: &[Uuid], reference: Option<&str>) -> Result<Vec<(Uuid, String)>> {
    let sql = platform.registry().lookups.named_sql();
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(ids).bind(reference).fetch_all(platform.reads()).await?)
}

/// The names of what a user is linked to, with their labels.
pub async fn link_names(platform: &Platform, user: &UserRow) -> Result<Vec<(&'static str, String)>> {
    let mut links = Vec::new();
    for ((kind, label), id) in
        KINDS.into_iter().zip([user.provider_id.map(Uuid::from), user.operative_id.map(Uuid::from)])
    {
        if let Some(id) = id {
            let name =
                linkable(platform, kind).await?.into_iter().find(|(known, _)| *known == id).map(|(_, name)| name);
            links.push((label, name.unwrap_or_else(|| "No longer active".to_owned())));
        }
    }
    if let Some(person) = user.person_id {
        let reference = named(platform, &[person.into()], None).await?.pop().map(|(_, reference)| reference);
        links.push(("Resident", reference.unwrap_or_default()));
    }
    if let Some(patch) = &user.patch {
        links.push(("Patch", patch.clone()));
    }
    Ok(links)
}

/// The form to add.
pub async fn new(State(app): State<App>, Signed(session): Signed, headers: HeaderMap) -> PageResult {
    let body = body(&app.platform, &session, "/users/new", None, &Form::default(), &FieldErrors::default()).await?;
    let page = pages::page(&app, &session, "/users", "Add a user", body).crumb("Users", "/users");
    Ok(pages::show(&headers, page))
}

/// A new user comes in; the password that we made is shown, once.
pub async fn add(State(app): State<App>, Signed(session): Signed, form: Form) -> PageResult<Response> {
    let outcome = async {
        let links = links(&app.platform, &form).await?;
        let mut ctx = app.platform.begin(&session.actor).await?;
        let user = NewUser {
            email: form.get("email").to_owned(),
            name: form.get("name").to_owned(),
            role: form.get("role").to_owned(),
            password: None,
            provider: links.provider,
            operative: links.operative,
            person: links.person,
            patch: form.optional("patch"),
        };
        let added = admin::add(&mut ctx, user).await?;
        ctx.commit().await?;
        Ok(added)
    };
    match outcome.await {
        Ok((id, password)) => Ok(one::show_password(&app, &session, form.get("name"), &id.to_string(), &password)),
        Err(Error::Invalid(errors)) => refused(&app, &session, "/users/new", None, &form, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// The form to change.
pub async fn edit(
    State(app): State<App>,
    Signed(session): Signed,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> PageResult {
    let user = admin::get(&app.platform, one::id_of(&id)?).await?;
    let person = match user.person_id {
        Some(person) => named(&app.platform, &[person.into()], None).await?.pop().map(|(_, reference)| reference),
        None => None,
    };
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let form = Form::of(vec![
        ("name".into(), user.name.clone()),
        ("role".into(), user.role.clone()),
        ("provider".into(), text(user.provider_id.map(Uuid::from))),
        ("operative".into(), text(user.operative_id.map(Uuid::from))),
        ("person".into(), person.unwrap_or_default()),
        ("patch".into(), user.patch.clone().unwrap_or_default()),
    ]);
    let body = body(&app.platform, &session, &format!("/users/{id}/edit"), Some(&user), &form, &FieldErrors::default())
        .await?;
    let page = pages::page(&app, &session, "/users", "Change a user", body)
        .crumb("Users", "/users")
        .crumb(&user.name, format!("/users/{id}"));
    Ok(pages::show(&headers, page))
}

/// The change comes in.
pub async fn change(
    State(app): State<App>,
    Signed(session): Signed,
    Path(id): Path<String>,
    form: Form,
) -> PageResult<Response> {
    let user = admin::get(&app.platform, one::id_of(&id)?).await?;
    let outcome = async {
        let links = links(&app.platform, &form).await?;
        let mut ctx = app.platform.begin(&session.actor).await?;
        let change = Change {
            name: form.get("name").to_owned(),
            role: form.get("role").to_owned(),
            provider: links.provider,
            operative: links.operative,
            person: links.person,
            patch: form.optional("patch"),
            version: form.version(),
        };
        admin::change(&mut ctx, user.id, change).await?;
        ctx.commit().await
    };
    match outcome.await {
        Ok(()) => Ok(pages::done(&format!("/users/{id}"), "Saved. It holds from the next click of this user.")),
        Err(Error::Invalid(errors)) => {
            let user = admin::get(&app.platform, user.id).await?;
            refused(&app, &session, &format!("/users/{id}/edit"), Some(&user), &form, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

struct Links {
    provider: Option<ProviderId>,
    operative: Option<OperativeId>,
    person: Option<PersonId>,
}

/// What the form links the user to. Only what the lists offer is taken.
async fn links(platform: &Platform, form: &Form) -> Result<Links> {
    let mut chosen = [None, None];
    for (place, (kind, _)) in KINDS.into_iter().enumerate() {
        let given = form.get(kind);
        if !given.is_empty() {
            let known = linkable(platform, kind).await?.into_iter().find(|(id, _)| id.to_string() == given);
            chosen[place] = Some(known.ok_or_else(|| Error::field(kind, "choose from the list"))?.0);
        }
    }
    let reference = form.get("person").to_uppercase();
    let person = if reference.is_empty() { None } else { named(platform, &[], Some(&reference)).await?.pop() };
    if !reference.is_empty() && (person.is_none() || !reference.starts_with("N-")) {
        return Err(Error::field("person", "there is no resident with this reference; it looks like N-50001"));
    }
    Ok(Links {
        provider: chosen[0].map(ProviderId),
        operative: chosen[1].map(OperativeId),
        person: person.map(|(id, _)| PersonId(id)),
    })
}

async fn refused(
    app: &App,
    session: &Session,
    action: &str,
    user: Option<&UserRow>,
    form: &Form,
    errors: &FieldErrors,
) -> PageResult<Response> {
    let body = body(&app.platform, session, action, user, form, errors).await?;
    let page =
        pages::page(app, session, "/users", "Add or change a user", body).crumb("Users", "/users").has_errors(true);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page.render()).into_response())
}

async fn body(
    platform: &Platform,
    session: &Session,
    action: &str,
    user: Option<&UserRow>,
    form: &Form,
    errors: &FieldErrors,
) -> Result<Markup> {
    let roles: Vec<(&str, String)> =
        platform.rules().roles.all().map(|role| (role.key.as_str(), role_words(role))).collect();
    let roles: Vec<Choice<'_>> = roles.iter().map(|(key, words)| Choice::new(*key, words.as_str())).collect();
    let mut selects = Vec::new();
    for (kind, label) in KINDS {
        let options: Vec<(String, String)> =
            linkable(platform, kind).await?.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
        let choices: Vec<Choice<'_>> =
            options.iter().map(|(id, name)| Choice::new(id.as_str(), name.as_str())).collect();
        selects.push(forms::select(
            Field::new(kind, label).value(form.get(kind)).errors(errors).optional(),
            Some("None"),
            &choices,
        ));
    }
    let field = |name: &'static str, label: &'static str| Field::new(name, label).value(form.get(name)).errors(errors);
    Ok(html! {
        (forms::error_summary(errors))
        (shell::heading(if user.is_some() { "Change a user" } else { "Add a user" }, user.map(|user| user.email.as_str()), None))
        (forms::form(action, &session.csrf, html! {
            @if let Some(user) = user { (forms::hidden("version", &form.version_to_show(user.version, errors))) }
            @if user.is_none() { (forms::email(field("email", "E-mail address").hint("They sign in with it"))) }
            (forms::text(field("name", "Name").hint("As it stands in timelines")))
            (forms::select(field("role", "Role"), Some("Choose"), &roles))
            (forms::fieldset("What the role is limited to", html! {
                @for select in &selects { (select) }
                (forms::text(field("person", "Resident").hint("Reference, like N-50001").size(Size::Chars10).optional()))
                (forms::text(field("patch", "Patch").hint("Of a housing officer").size(Size::Chars20).optional()))
            }))
            (forms::buttons(&[
                forms::submit(if user.is_some() { "Save" } else { "Add the user and make a password" }),
                forms::cancel(action.trim_end_matches("/edit").trim_end_matches("/new")),
            ]))
        }))
    })
}

fn role_words(role: &rooftree_platform::roles::Role) -> String {
    let needs: Vec<&str> = role
        .scope
        .dimensions()
        .filter_map(|dimension| match dimension {
            "provider" => Some("a provider"),
            "operative" => Some("an operative"),
            "person" => Some("a resident"),
            "patch" => Some("a patch"),
            _ => None,
        })
        .collect();
    let limit = if needs.is_empty() { String::new() } else { format!(": needs {}", needs.join(" and ")) };
    let hidden = if role.scope.no_personal_data() { ": sees no personal data" } else { "" };
    format!("{}{limit}{hidden}", role.title)
}
