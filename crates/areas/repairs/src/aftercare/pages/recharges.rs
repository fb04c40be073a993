//! Recharges: proposed from a repair, decided from the queue.

use crate::{
    aftercare::recharges::{self, NOTE_MAX, NOTICE, Proposal, is_charge},
    declared::DECLARED,
    repair::queries,
    tell::Told,
};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::IntoResponse,
};
use maud::{Markup, html};
use rooftree_frame::{
    App, Asked, Form, PageResult, Signed,
    exports::{self, Format},
    forms::explained,
    pages,
};
use rooftree_kernel::{FieldErrors, Moment, Pence};
use rooftree_platform::{Ctx, Error, Result, ports::SheetCell};
use rooftree_ui::{
    Query,
    forms::{self, Choice, Field},
    shell,
    summary::{self, Item, Tone},
    tables::{self, Column, Row, Table},
};
use uuid::Uuid;

/// Rows of the list; older ones are in the file.
const ROWS_MAX: i64 = 200;
/// The word in the address for those whose objection waits for its answer.
const OBJECTED: &str = "objected";

struct Line {
    id: Uuid,
    reference: String,
    title: String,
    address: String,
    amount: Pence,
    reason: String,
    note: String,
    status: String,
    proposed_by: String,
    made_at: Moment,
    decided_by: Option<String>,
    decided_at: Option<Moment>,
    decision_note: String,
    told_at: Option<Moment>,
    somebody_known: bool,
    objected_by: Option<String>,
    objected_at: Option<Moment>,
    objection: String,
    reviewed_by: Option<String>,
    reviewed_at: Option<Moment>,
    review_note: String,
    settled_at: Option<Moment>,
}

impl Line {
    fn is_objected(&self) -> bool {
        self.objected_at.is_some() && self.reviewed_at.is_none()
    }

    /// The word that the list is narrowed by.
    fn state(&self) -> &str {
        if self.is_objected() { OBJECTED } else { &self.status }
    }
}

async fn lines(app: &App, status: Option<&str>, id: Option<Uuid>, limit: i64) -> Result<Vec<Line>> {
    let today = app.platform.now().day();
    Ok(sqlx::query_as!(
        Line,
        r#"select c.id, r.reference, r.title, p.address, c.amount_pence as "amount: Pence", c.reason, c.note, c.status, c.proposed_by, c.made_at,
                  c.decided_by, c.decided_at as "decided_at: Moment", c.decision_note,
                  (select max(m.created_at) from message m where m.case_id = c.repair_id and m.template = $4) as "told_at: Moment",
                  (r.reporter_id is not null or exists (select from tenancy t
                      where t.place_id = r.place_id and t.start_day <= $5 and (t.end_day is null or t.end_day >= $5))) as "somebody_known!",
                  c.objected_by, c.objected_at as "objected_at: Moment", c.objection,
                  c.reviewed_by, c.reviewed_at as "reviewed_at: Moment", c.review_note, c.settled_at as "settled_at: Moment"
           from recharge c join repair r on r.id = c.repair_id join place p on p.id = r.place_id
           where ($1::text is null or c.status = $1 or ($1 = 'objected' and c.objected_at is not null and c.reviewed_at is null))
             and ($2::uuid is null or c.id = $2)
           order by (c.status = 'proposed') desc, c.made_at desc limit $3"#,
        status,
        id,
        limit,
        NOTICE,
        today as _
    )
    .fetch_all(app.platform.reads())
    .await?)
}

fn reason_words(key: &str) -> &str {
    DECLARED.reason_title("recharge", key)
}

fn status_words(status: &str) -> &'static str {
    match status {
        "agreed" => "Charged",
        OBJECTED => "Objected to",
        "waived" => "Not charged",
        _ => "To decide",
    }
}

fn status_tag(status: &str) -> Markup {
    let tone = match status {
        "agreed" => Tone::Success,
        "waived" => Tone::Neutral,
        _ => Tone::Warning,
    };
    summary::tag(tone, status_words(status))
}

/// The queue.
pub async fn index(State(app): State<App>, signed: Signed, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let status = chosen(&query);
    let found = lines(&app, status, None, ROWS_MAX).await?;
    let rows = found
        .iter()
        .map(|line| {
            Row::new(vec![
                html! { (line.reference) },
                html! { (line.title) },
                html! { (line.address) },
                html! { (reason_words(&line.reason)) },
                html! { (line.amount.to_string()) },
                html! { (line.made_at.day().short()) br; (summary::muted(&line.proposed_by)) },
                status_tag(line.state()),
            ])
            .href(format!("/recharges/{}", line.id))
        })
        .collect();
    let columns = vec![
        Column::new("Repair").nowrap(),
        Column::new("What"),
        Column::new("Home"),
        Column::new("Why"),
        Column::number("Amount"),
        Column::new("Proposed").nowrap(),
        Column::new("State"),
    ];
    let states = [
        ("", "All"),
        ("proposed", "To decide"),
        (OBJECTED, "Objected to"),
        ("agreed", "Charged"),
        ("waived", "Not charged"),
    ];
    let by_state: Vec<summary::Tab> = states
        .iter()
        .map(|(key, label)| {
            let href = if key.is_empty() { "/recharges".to_owned() } else { format!("/recharges?status={key}") };
            summary::Tab::new(*label, href, status.unwrap_or_default() == *key)
        })
        .collect();
    let body = html! {
        (shell::heading("Recharges", Some("Aftercare"), None))
        (pages::tabs(&app, &signed.0.actor, "Aftercare", "/recharges"))
        (summary::tabs("State", &by_state))
        (tables::exports(&query))
        (Table::new("Recharges", columns).caption_hidden().rows(rows).empty(html! { p { "None. A recharge is proposed from the page of a repair." } }).render())
    };
    Ok(pages::show(&headers, pages::page(&app, &signed.0, "/recharges", "Recharges", body)))
}

fn chosen(query: &Query) -> Option<&str> {
    query.get("status").filter(|status| ["proposed", OBJECTED, "agreed", "waived"].contains(status))
}

/// The list as a file.
pub async fn export(State(app): State<App>, Asked(query): Asked, format: Format) -> PageResult {
    let found = lines(&app, chosen(&query), None, exports::ROWS_MAX).await?;
    let text = |text: &str| SheetCell::Text(text.to_owned());
    let rows = found.iter().map(|line| {
        vec![
            text(&line.reference),
            text(&line.title),
            text(&line.address),
            text(reason_words(&line.reason)),
            SheetCell::Pence(line.amount),
            SheetCell::Moment(line.made_at),
            text(&line.proposed_by),
            text(status_words(line.state())),
            line.decided_at.map_or(SheetCell::Empty, SheetCell::Moment),
            text(line.decided_by.as_deref().unwrap_or_default()),
        ]
    });
    let headings =
        ["Repair", "What", "Home", "Why", "Amount", "Proposed", "Proposed by", "State", "Decided", "Decided by"];
    exports::file(&app, format, "recharges", &headings, rows)
}

/// One proposal.
pub async fn show(State(app): State<App>, signed: Signed, headers: HeaderMap, Path(id): Path<Uuid>) -> PageResult {
    let body = view(&app, &signed, id, &Form::default(), &FieldErrors::default()).await?;
    Ok(pages::show(
        &headers,
        pages::page(&app, &signed.0, "/recharges", "A recharge", body).crumb("Recharges", "/recharges"),
    ))
}

async fn view(app: &App, signed: &Signed, id: Uuid, form: &Form, errors: &FieldErrors) -> Result<Markup> {
    let line = lines(app, None, Some(id), 1).await?.pop().ok_or(Error::NotFound("the recharge"))?;
    let csrf = &signed.0.csrf;
    Ok(html! {
        (forms::error_summary(errors))
        (shell::heading(&line.title, Some(&format!("Recharge of {}", line.reference)), Some(status_tag(line.state()))))
        (summary::list(&items(&line)))
        @if line.status == "proposed" { (decide_form(csrf, id, form, errors)) }
        @if line.is_objected() { (review_form(csrf, id, form, errors)) }
        @if line.status == "agreed" {
            @if line.settled_at.is_none() { (settle_form(csrf, id)) }
            @if line.objected_at.is_none() { (object_form(csrf, id, form, errors)) }
        }
    })
}

fn items(line: &Line) -> Vec<Item> {
    let by = |who: &Option<String>, at: Option<Moment>| {
        at.map(|at| format!("{}, {}", who.as_deref().unwrap_or_default(), at.long()))
    };
    let mut items = vec![
        Item::new("Repair", summary::reference(&line.reference, Some(&format!("/repairs/{}", line.reference)))),
        Item::text("Home", &line.address),
        Item::text("Amount", line.amount.to_string()),
        Item::text("Why", reason_words(&line.reason)),
        Item::text("In words", &line.note),
        Item::text("Proposed", format!("{}, {}", line.proposed_by, line.made_at.long())),
    ];
    if let Some(decided) = by(&line.decided_by, line.decided_at) {
        items.extend([Item::text("Decided", decided), Item::text("Because", &line.decision_note)]);
    }
    if line.status == "agreed" {
        items.push(Item::text("Notice", notice_words(line)));
    }
    if let Some(objected) = by(&line.objected_by, line.objected_at) {
        items.extend([Item::text("Objected", objected), Item::text("They say", &line.objection)]);
    }
    if let Some(reviewed) = by(&line.reviewed_by, line.reviewed_at) {
        items.extend([Item::text("Looked at again", reviewed), Item::text("Answer", &line.review_note)]);
    }
    if let Some(at) = line.settled_at {
        items.push(Item::text("Paid, or payments agreed", at.long()));
    }
    items
}

fn decide_form(csrf: &str, id: Uuid, form: &Form, errors: &FieldErrors) -> Markup {
    html! {
        p { "Before you charge: was it wear and tear, a crime, or has somebody in the home a need that played a part? Then it is not charged." }
        (forms::form(&format!("/recharges/{id}"), csrf, html! {
            (forms::radios(Field::new("agreed", "Is the resident charged?").value(form.get("agreed")).errors(errors), &[
                Choice::new("yes", "Yes, charge").hint("The resident gets the notice, with the reason and the way to object"),
                Choice::new("no", "No, do not charge"),
            ]))
            (forms::textarea(Field::new("note", "Why").hint("Needed when it is not charged").value(form.lines("note")).errors(errors).optional(), 2, Some(NOTE_MAX)))
            (forms::buttons(&[forms::submit("Decide"), forms::cancel("/recharges")]))
        }))
    }
}

fn object_form(csrf: &str, id: Uuid, form: &Form, errors: &FieldErrors) -> Markup {
    html! {
        h2 { "The resident objects" }
        p { "Until somebody who did not decide it has answered, the time to pay stands still." }
        (forms::form(&format!("/recharges/{id}/objection"), csrf, html! {
            (forms::text(Field::new("who", "Who says so").hint("The resident, or somebody for them").value(form.get("who")).errors(errors)))
            (forms::textarea(Field::new("why", "What they say").value(form.lines("why")).errors(errors), 3, Some(NOTE_MAX)))
            (forms::buttons(&[forms::submit("Note the objection")]))
        }))
    }
}

fn review_form(csrf: &str, id: Uuid, form: &Form, errors: &FieldErrors) -> Markup {
    html! {
        h2 { "Look at it again" }
        p { "Neither who proposed the charge nor who decided it answers the resident." }
        (forms::form(&format!("/recharges/{id}/review"), csrf, html! {
            (forms::radios(Field::new("stands", "Does the charge stand?").value(form.get("stands")).errors(errors), &[
                Choice::new("yes", "Yes, it stands"),
                Choice::new("no", "No, nobody pays"),
            ]))
            (forms::textarea(Field::new("answer", "What the resident will read").value(form.lines("answer")).errors(errors), 3, Some(NOTE_MAX)))
            (forms::buttons(&[forms::submit("Answer"), forms::cancel("/recharges")]))
        }))
    }
}

fn settle_form(csrf: &str, id: Uuid) -> Markup {
    forms::form(&format!("/recharges/{id}/settled"), csrf, forms::submit("It is paid, or payments are agreed"))
}

/// When the resident was written to; or that nobody was, and why.
fn notice_words(line: &Line) -> String {
    match line.told_at {
        Some(at) => format!("Written, {}", at.long()),
        None if line.somebody_known => {
            "None went: the resident has no address that we can write to. Note one on their page, and tell them yourself."
                .to_owned()
        }
        None => "None went: nobody is known who lives there. Find out who is to pay, and tell them yourself.".to_owned(),
    }
}

/// A form's `yes` or `no`.
fn yes(form: &Form, field: &str, message: &str) -> Result<bool> {
    match form.get(field) {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Error::field(field, message)),
    }
}

/// Commits what was done and says so on the recharge's page, or shows the page again with what was refused.
async fn finish(
    app: &App,
    signed: &Signed,
    id: Uuid,
    form: &Form,
    (ctx, outcome): (Ctx, Result<String>),
) -> PageResult {
    let (status, errors) = match outcome {
        Ok(said) => {
            ctx.commit().await?;
            return Ok(pages::done(&format!("/recharges/{id}"), &said));
        }
        Err(error) => explained(error)?,
    };
    drop(ctx);
    let body = view(app, signed, id, form, &errors).await?;
    let page =
        pages::page(app, &signed.0, "/recharges", "A recharge", body).crumb("Recharges", "/recharges").has_errors(true);
    Ok((status, page.render()).into_response())
}

/// Decides.
pub async fn decide(State(app): State<App>, signed: Signed, Path(id): Path<Uuid>, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome: Result<String> = async {
        let agreed = yes(&form, "agreed", "choose whether the resident is charged")?;
        let told = recharges::decide(&mut ctx, id, agreed, form.lines("note")).await?;
        let said = format!("The recharge is decided. {}", told.map_or("", Told::words));
        Ok(said.trim_end().to_owned())
    }
    .await;
    finish(&app, &signed, id, &form, (ctx, outcome)).await
}

/// Notes an objection.
pub async fn object(State(app): State<App>, signed: Signed, Path(id): Path<Uuid>, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let noted = recharges::object(&mut ctx, id, form.get("who"), form.lines("why")).await;
    let outcome = noted.map(|()| "The objection is noted; somebody who did not decide it answers.".to_owned());
    finish(&app, &signed, id, &form, (ctx, outcome)).await
}

/// Answers an objection.
pub async fn review(State(app): State<App>, signed: Signed, Path(id): Path<Uuid>, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome: Result<String> = async {
        let stands = yes(&form, "stands", "choose whether the charge stands")?;
        let told = recharges::review(&mut ctx, id, stands, form.lines("answer")).await?;
        Ok(format!("The objection is answered. {}", told.words()))
    }
    .await;
    finish(&app, &signed, id, &form, (ctx, outcome)).await
}

/// Notes that it is paid.
pub async fn settle(State(app): State<App>, signed: Signed, Path(id): Path<Uuid>, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = recharges::settle(&mut ctx, id).await.map(|()| "The recharge is settled.".to_owned());
    finish(&app, &signed, id, &form, (ctx, outcome)).await
}

/// The form to propose one.
pub async fn propose_form(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> PageResult {
    let repair = queries::by_reference(app.platform.reads(), &reference, &signed.0.actor.scope).await?;
    let form = Form::of(vec![("amount".into(), forms::pounds(repair.cost_pence))]);
    let body = propose_view(&signed.0.csrf, &repair, &form, &FieldErrors::default());
    let page = pages::page(&app, &signed.0, "/repairs", format!("Recharge {}", repair.reference), body);
    Ok(pages::show(
        &headers,
        page.crumb("Repairs", "/repairs").crumb(repair.reference.clone(), format!("/repairs/{}", repair.reference)),
    ))
}

fn propose_view(csrf: &str, repair: &queries::Repair, form: &Form, errors: &FieldErrors) -> Markup {
    let reasons: Vec<Choice<'_>> = DECLARED
        .reasons("recharge")
        .filter(|reason| is_charge(&reason.key))
        .map(|reason| Choice::new(reason.key.as_str(), reason.title.as_str()))
        .collect();
    html! {
        (forms::error_summary(errors))
        (shell::heading("Propose a recharge", Some(&format!("{} {}", repair.reference, repair.title)), None))
        p { "Somebody else decides. The repair has cost " strong { (repair.cost_pence.to_string()) } " so far." }
        (forms::form(&format!("/repairs/{}/recharge", repair.reference), csrf, html! {
            (forms::money(Field::new("amount", "Amount").value(form.get("amount")).errors(errors)))
            (forms::radios(Field::new("reason", "Why should the resident pay?").value(form.get("reason")).errors(errors), &reasons))
            (forms::textarea(Field::new("note", "What happened").value(form.lines("note")).errors(errors).optional(), 3, Some(NOTE_MAX)))
            (forms::buttons(&[forms::submit("Propose"), forms::cancel(&format!("/repairs/{}", repair.reference))]))
        }))
    }
}

/// Proposes one.
pub async fn propose(State(app): State<App>, signed: Signed, Path(reference): Path<String>, form: Form) -> PageResult {
    let mut ctx = app.platform.begin(&signed.0.actor).await?;
    let outcome = async {
        let mut errors = FieldErrors::default();
        let amount = form.pence("amount", &mut errors);
        errors.into_result(())?;
        let proposal = Proposal { amount, reason: form.get("reason").to_owned(), note: form.lines("note").to_owned() };
        recharges::propose(&mut ctx, &reference, &proposal).await
    }
    .await;
    match outcome {
        Ok(_) => {
            ctx.commit().await?;
            Ok(pages::done(&format!("/repairs/{reference}"), "The recharge is proposed; somebody else decides."))
        }
        Err(error) => {
            drop(ctx);
            let (status, errors) = explained(error)?;
            let repair = queries::by_reference(app.platform.reads(), &reference, &signed.0.actor.scope).await?;
            let body = propose_view(&signed.0.csrf, &repair, &form, &errors);
            Ok((status, pages::page(&app, &signed.0, "/repairs", "Propose a recharge", body).has_errors(true).render())
                .into_response())
        }
    }
}
