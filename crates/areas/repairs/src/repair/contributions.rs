//! What repairs contribute to other areas' pages: a block on a home's and a person's page, search by reference, landing-page tasks.

use super::{
    list::{self, Filter},
    words::stage_words,
};
use crate::{permissions, work::unrecorded};
use async_trait::async_trait;
use maud::{Markup, html};
use rooftree_frame::{App, CaseSource, Hit, Panel, SearchSource, Task, TaskSource, guard::Caller};
use rooftree_kernel::{Moment, Permission, PersonId, PlaceId, scope::PROVIDER};
use rooftree_platform::Result;
use rooftree_ui::{Query, summary, tables};
use rooftree_works::public::{windows::brief_words, words::priority_tag};
use uuid::Uuid;

/// Repairs shown in a block; the rest is one click away.
const BLOCK_ROWS: i64 = 10;
/// For so long a finished repair of somebody's home is shown on their page although somebody else reported it, in days.
const RECENT_DAYS: i64 = 90;

/// The block on a home's and a person's page.
pub struct Block;

struct Line {
    reference: String,
    title: String,
    priority: String,
    status: String,
    stage: String,
    reported_at: Moment,
    from: Option<Moment>,
    until: Option<Moment>,
    /// On a person's page: of the home where they live, reported by somebody else.
    of_home: bool,
}

#[async_trait]
impl Panel for Block {
    async fn about_place(&self, app: &App, caller: &Caller, place: PlaceId) -> Result<Option<Markup>> {
        if !caller.actor.may(&permissions::VIEW) {
            return Ok(None);
        }
        let [provider] = caller.scope().ids(["provider"]);
        let lines = sqlx::query_as!(
            Line,
            r#"select r.reference, r.title, r.priority, r.status, r.stage, r.reported_at,
                      v.window_starts_at as "from?: Moment", v.window_ends_at as "until?: Moment", false as "of_home!"
               from repair r
               left join lateral (select a.window_starts_at, a.window_ends_at from appointment a
                                  where a.case_id = r.id and a.status = 'booked' order by a.window_starts_at limit 1) v on true
               where r.place_id = $1 and ($2::uuid is null or provider_may_open(r, $2))
               order by (r.status = 'open') desc, r.reported_at desc limit $3"#,
            place as _,
            provider,
            BLOCK_ROWS
        )
        .fetch_all(app.platform.reads())
        .await?;
        let reference = sqlx::query_scalar!("select reference from place where id = $1", place as _)
            .fetch_one(app.platform.reads())
            .await?;
        let action =
            caller.actor.may(&permissions::REPORT).then(|| report_button(&format!("/repairs/new?place={reference}")));
        Ok(Some(block("Repairs", action, &lines)))
    }

    async fn about_person(&self, app: &App, caller: &Caller, person: PersonId) -> Result<Option<Markup>> {
        if !caller.actor.may(&permissions::VIEW) {
            return Ok(None);
        }
        let now = app.platform.now();
        // Each of the two ways to a person's repairs has an index of its own.
        let [provider] = caller.scope().ids(["provider"]);
        let lines = sqlx::query_as!(
            Line,
            r#"select r.reference, r.title, r.priority, r.status, r.stage, r.reported_at,
                      v.window_starts_at as "from?: Moment", v.window_ends_at as "until?: Moment",
                      (r.reporter_id is distinct from $1) as "of_home!"
               from (select r.id from repair r where r.reporter_id = $1
                     union
                     select r.id from tenancy_person m join tenancy t on t.id = m.tenancy_id join repair r on r.place_id = t.place_id
                     where m.person_id = $1 and t.start_day <= $4 and (t.end_day is null or t.end_day >= $4)
                       and m.from_day <= $4 and (m.until_day is null or m.until_day >= $4)
                       and (r.status = 'open' or r.reported_at > $5)) mine
               join repair r on r.id = mine.id
               left join lateral (select a.window_starts_at, a.window_ends_at from appointment a
                                  where a.case_id = r.id and a.status = 'booked' order by a.window_starts_at limit 1) v on true
               where ($2::uuid is null or provider_may_open(r, $2))
               order by (r.status = 'open') desc, r.reported_at desc limit $3"#,
            person as _,
            provider,
            BLOCK_ROWS,
            now.day() as _,
            now.plus_seconds(-RECENT_DAYS * 86_400) as _
        )
        .fetch_all(app.platform.reads())
        .await?;
        let home = sqlx::query!(
            "select p.reference from tenancy_person m join tenancy t on t.id = m.tenancy_id join place p on p.id = t.place_id
             where m.person_id = $1 and t.end_day is null and m.until_day is null order by t.start_day desc limit 1",
            person as _
        )
        .fetch_optional(app.platform.reads())
        .await?;
        let name = sqlx::query_scalar!("select reference from person where id = $1", person as _)
            .fetch_one(app.platform.reads())
            .await?;
        let action = home
            .filter(|_| caller.actor.may(&permissions::REPORT))
            .map(|home| report_button(&format!("/repairs/new?place={}&reporter={name}", home.reference)));
        Ok(Some(block("Repairs they reported, and of their home", action, &lines)))
    }
}

/// Reports for this home or person; the key does on such a page what its button does.
fn report_button(href: &str) -> Markup {
    html! { a.govuk-button href=(href) data-module="govuk-button" data-shortcut="r" aria-keyshortcuts="r" { "Report a repair" } }
}

/// "Where is my operative?" is half of all calls: the stage and the next visit stand in the line itself.
fn block(title: &str, action: Option<Markup>, lines: &[Line]) -> Markup {
    let columns = vec![
        tables::Column::new("Reference").nowrap(),
        tables::Column::new("Repair"),
        tables::Column::new("Priority"),
        tables::Column::new("Stage"),
        tables::Column::new("Next visit").nowrap(),
        tables::Column::new("Reported").nowrap(),
    ];
    let rows = lines
        .iter()
        .map(|line| {
            tables::Row::new(vec![
                html! { (line.reference) },
                html! { (line.title) @if line.of_home { " " (summary::tag(summary::Tone::Neutral, "Their home, reported by somebody else")) } },
                priority_tag(&line.priority),
                html! { (stage_words(&line.stage)) },
                html! { @if let (Some(from), Some(until)) = (line.from, line.until) { (brief_words(from, until)) } },
                html! { (line.reported_at.short()) },
            ])
            .href(format!("/repairs/{}", line.reference))
            .faint(line.status != "open")
        })
        .collect();
    let table = tables::Table::new(title, columns).caption_hidden().rows(rows).empty(html! { p { "No repairs yet." } });
    summary::panel(title, action, table.render())
}

/// Search by reference, whole or in part.
pub struct Search;

#[async_trait]
impl SearchSource for Search {
    async fn search(&self, app: &App, caller: &Caller, query: &str, limit: i64) -> Result<Vec<Hit>> {
        if !caller.actor.may(&permissions::VIEW) {
            return Ok(Vec::new());
        }
        let typed = query.trim().to_uppercase();
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        let is_order = typed.starts_with("WO");
        if digits.len() < 4 || !(typed.starts_with("R-") || is_order || digits.len() == typed.len()) {
            return Ok(Vec::new());
        }
        let wanted = if is_order { format!("WO-{digits}") } else { format!("R-{digits}") };
        let [provider] = caller.scope().ids(["provider"]);
        let rows = sqlx::query!(
            r#"select r.reference, r.title, r.stage, p.address from repair r join place p on p.id = r.place_id
               where (r.reference = $1 or r.id = (select case_id from works_order where reference = $1))
                 and ($2::uuid is null or provider_may_open(r, $2)) limit $3"#,
            wanted,
            provider,
            limit
        )
        .fetch_all(app.platform.reads())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Hit {
                kind: "Repair",
                title: format!("{} {}", row.reference, row.title),
                detail: format!("{}, {}", row.address, stage_words(&row.stage)),
                href: format!("/repairs/{}", row.reference),
                score: 1.0,
            })
            .collect())
    }
}

/// What is broken, at risk or due today, for whoever works with repairs.
pub struct Tasks;

/// (filter value, label, urgency)
const TASKS: &[(&str, &str, u8)] = &[
    ("overdue", "Repairs past their promise", 0),
    ("contradicted", "Residents say not done", 0),
    ("at-risk", "Repairs at risk", 1),
    (list::BOOKED_LATE, "Visits booked after the promise", 1),
    ("due-today", "Repairs due today", 2),
    ("no-appointment", "Repairs without an appointment", 3),
];

/// Those whose day it is: who takes part in the work, or speaks with residents. Whoever only reads the list (finance) has other work.
const TAKING_PART: [Permission; 7] = [
    permissions::REPORT,
    permissions::PLAN,
    permissions::VISIT,
    permissions::ORDER,
    permissions::APPROVE,
    permissions::INSPECT,
    rooftree_people::public::VIEW,
];

#[async_trait]
impl TaskSource for Tasks {
    async fn tasks(&self, app: &App, caller: &Caller) -> Result<Vec<Task>> {
        if !caller.actor.may(&permissions::VIEW) || !TAKING_PART.iter().any(|permission| caller.actor.may(permission)) {
            return Ok(Vec::new());
        }
        let mut tasks = Vec::new();
        // Whoever looks after a patch begins with it; the whole landlord is one filter away.
        let patch = caller.session.as_ref().and_then(|session| session.patch.clone());
        let filters = TASKS.iter().map(|(due, ..)| Filter {
            due: Some((*due).to_owned()),
            status: (*due != "contradicted").then(|| "open".to_owned()),
            patch: patch.clone(),
            ..Filter::default()
        });
        let filters: Vec<Filter> = filters.collect();
        // Six bounded counts, each on its own index; a landing page is not worth one clever query.
        let counts = async {
            let mut counts = Vec::new();
            for filter in &filters {
                counts.push(list::count(app.platform.reads(), filter, caller.scope(), app.platform.now()).await?);
            }
            Result::<Vec<i64>>::Ok(counts)
        };
        let key = format!("{:?} {patch:?}", caller.scope());
        let counts = app.platform.kept("repairs.tasks", key, counts).await?;
        for (((due, label, urgency), filter), count) in TASKS.iter().zip(&filters).zip(counts.iter()) {
            let mut list = Query::new("/repairs").with("due", *due);
            if let Some(status) = &filter.status {
                list = list.with("status", status.as_str());
            }
            if let Some(patch) = &patch {
                list = list.with("patch", patch.as_str());
            }
            tasks.push(Task {
                label: if patch.is_some() { format!("{label}, your patch") } else { (*label).to_owned() },
                count: *count,
                href: list.href(),
                urgency: *urgency,
            });
        }
        Ok(tasks)
    }
}

/// What waits for a planner of the repairs themselves: visits that nobody has told the end of, emergencies nobody has attended, work whose
/// time runs out without a visit. What waits of the visits works says.
pub struct Planner;

#[async_trait]
impl TaskSource for Planner {
    async fn tasks(&self, app: &App, caller: &Caller) -> Result<Vec<Task>> {
        if !caller.actor.may(&permissions::PLAN) {
            return Ok(Vec::new());
        }
        let counts = async {
            let mut conn = app.platform.reads().acquire().await?;
            Ok([
                unrecorded(&mut conn, caller.scope().id(PROVIDER), app.platform.now().day()).await?,
                waiting(app, caller, list::UNATTENDED).await?,
                waiting(app, caller, list::SOON).await?,
            ])
        };
        let counts = app.platform.kept("repairs.planner", format!("{:?}", caller.scope()), counts).await?;
        let [untold, unattended, soon] = *counts;
        let task = |label: &str, count: i64, due: &str, urgency: u8| Task {
            label: label.to_owned(),
            count,
            href: format!("/repairs?due={due}"),
            urgency,
        };
        Ok(vec![
            task("Visits of earlier days with nothing recorded", untold, "no-outcome", 0),
            task("Emergencies not safe yet, no visit booked", unattended, list::UNATTENDED, 0),
            task("Due within two days without a visit", soon, list::SOON, 1),
        ])
    }
}

/// How many repairs the list shows that the tile opens.
async fn waiting(app: &App, caller: &Caller, due: &str) -> Result<i64> {
    let filter = Filter { due: Some(due.to_owned()), ..Filter::default() };
    list::count(app.platform.reads(), &filter, caller.scope(), app.platform.now()).await
}

/// Who may see what hangs on a repair: whoever may see the repair.
pub struct Visible;

#[async_trait]
impl CaseSource for Visible {
    async fn visible(&self, app: &App, caller: &Caller, cases: &[Uuid]) -> Result<Vec<Uuid>> {
        if !caller.actor.may(&permissions::VIEW) {
            return Ok(Vec::new());
        }
        let [provider] = caller.scope().ids(["provider"]);
        Ok(sqlx::query_scalar!(
            "select r.id from repair r where r.id = any($1) and ($2::uuid is null or provider_may_open(r, $2))",
            cases,
            provider
        )
        .fetch_all(app.platform.reads())
        .await?)
    }
}
