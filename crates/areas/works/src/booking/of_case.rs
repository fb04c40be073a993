//! The appointments of a case.

use super::model::{MISSED, MOVED};
use crate::{declared::DECLARED, ids::AppointmentId, permissions};
use maud::{Markup, html};
use rooftree_kernel::{CaseId, Day, Moment, OperativeId, Scope, scope::PROVIDER};
use rooftree_platform::{Db, Result, boxed, signin::sessions::Session};
use rooftree_ui::{
    summary::{self, Tone},
    tables::{Column, Row, Table},
};

/// An appointment with its operative.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// Who comes.
    pub operative_id: OperativeId,
    /// Their name.
    pub operative_name: String,
    /// When the work is planned.
    pub starts_at: Moment,
    /// Until when.
    pub ends_at: Moment,
    /// What the resident was told: from.
    pub window_starts_at: Moment,
    /// And until.
    pub window_ends_at: Moment,
    /// Its day.
    pub day: Day,
    /// booked, kept, missed, cancelled, no-access.
    pub status: String,
    /// For an emergency.
    pub emergency: bool,
    /// Set off.
    pub on_my_way_at: Option<Moment>,
    /// At the door.
    pub arrived_at: Option<Moment>,
    /// Left.
    pub finished_at: Option<Moment>,
    /// What the operative wrote.
    pub outcome_note: String,
    /// Why it was moved, cancelled or missed: a reason's key.
    pub cancel_reason: Option<String>,
    /// Whose doing that was: resident, landlord, provider.
    pub cancelled_by: Option<String>,
    /// From when the resident was told that we come instead.
    pub moved_to: Option<Moment>,
}

/// Those of a case, oldest first; of a provider's own operatives alone.
#[boxed]
pub async fn appointments(db: impl Into<Db<'_>>, case: impl Into<CaseId>, scope: &Scope) -> Result<Vec<Appointment>> {
    Ok(sqlx::query_as!(
        Appointment,
        r#"select a.id as "id: AppointmentId", a.operative_id as "operative_id: OperativeId", o.name as operative_name, a.starts_at, a.ends_at,
                  a.window_starts_at, a.window_ends_at, a.day, a.status, a.emergency, a.on_my_way_at, a.arrived_at, a.finished_at,
                  a.outcome_note, a.cancel_reason, a.cancelled_by,
                  (select min(n.window_starts_at) from appointment n where n.case_id = a.case_id and n.moved_from = a.id) as "moved_to: Moment"
           from appointment a join operative o on o.id = a.operative_id where a.case_id = $1 and ($2::uuid is null or o.provider_id = $2)
           order by a.starts_at, a.id limit 100"#,
        case.0,
        scope.id(PROVIDER) as _
    )
    .fetch_all(db)
    .await?)
}

/// The visits of a case as a table; whoever may plan moves, cancels or records those of an open one.
pub fn table(session: &Session, is_open: bool, appointments: &[Appointment], now: Moment) -> Markup {
    let may_plan = session.actor.may(&permissions::PLAN) && is_open;
    let rows = appointments
        .iter()
        .map(|a| {
            Row::new(vec![
                html! { (a.day.short()) },
                html! { (a.window_starts_at.time_until(a.window_ends_at)) },
                html! { (a.operative_name) },
                appointment_tag(a),
                html! {
                    (end_words(a))
                    @if may_plan && a.status == "booked" {
                        a href={ "/appointments/" (a.id) "/move" } { "Move" } " "
                        a href={ "/appointments/" (a.id) "/cancel" } { "Cancel" }
                        @if a.starts_at <= now { " " a href={ "/visits/" (a.id) "/return" } { "Enter the paper return" } }
                    }
                },
            ])
            .faint(a.status == "cancelled")
        })
        .collect();
    let columns = vec![
        Column::new("Day").nowrap(),
        Column::new("Time").nowrap(),
        Column::new("Operative"),
        Column::new("Outcome"),
        Column::new("Notes"),
    ];
    html! {
        h2 { "Visits" }
        (Table::new("Visits", columns).caption_hidden().rows(rows).empty(html! { p { "No visit is booked." } }).render())
    }
}

/// Why a visit ended before it was made, and what was written of it: `Operative off sick or on leave (the provider's doing). Rang in at 7`.
fn end_words(visit: &Appointment) -> String {
    let why = ended_words(visit.cancel_reason.as_deref(), visit.cancelled_by.as_deref());
    let moved = visit.moved_to.filter(|_| visit.status == "missed").map(|to| format!("Then {}", to_words(to)));
    let parts = [Some(why), Some(visit.outcome_note.clone()), moved];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(". ")
}

/// `Tue 1 Dec 08:00`.
fn to_words(to: Moment) -> String {
    to.london().strftime("%a %-d %b %H:%M").to_string()
}

fn appointment_tag(appointment: &Appointment) -> Markup {
    if let ("cancelled", Some(to)) = (appointment.status.as_str(), appointment.moved_to) {
        return summary::tag(Tone::Neutral, &format!("Moved to {}", to_words(to)));
    }
    match appointment.status.as_str() {
        "kept" => summary::tag(Tone::Success, "Kept"),
        "missed" => summary::tag(Tone::Danger, "Missed"),
        "no-access" => summary::tag(Tone::Warning, "No access"),
        "cancelled" => summary::tag(Tone::Neutral, "Cancelled"),
        _ if appointment.arrived_at.is_some() => summary::tag(Tone::Info, "At the home"),
        _ if appointment.on_my_way_at.is_some() => summary::tag(Tone::Info, "On the way"),
        _ => summary::tag(Tone::Info, "Booked"),
    }
}

/// The hours that the resident was told, which are not the minute for which the work is planned; of visits taken in from elsewhere only
/// that is known.
pub fn hours_told<'a>(text: &impl Fn(&str) -> Option<&'a str>) -> String {
    let moment = |field: &str| text(field).and_then(|text| text.parse::<Moment>().ok());
    match (moment("window_starts_at"), moment("window_ends_at"), moment("starts_at")) {
        (Some(from), Some(until), _) => format!("{}, {}", from.day().short(), from.time_until(until)),
        (_, _, Some(start)) => format!("planned for {}", start.long()),
        _ => String::new(),
    }
}

/// Why an appointment was moved, called off or missed, and whose doing that was.
pub fn ended_words(reason: Option<&str>, by: Option<&str>) -> String {
    let Some(key) = reason else { return String::new() };
    let lists = [MOVED, MISSED];
    let reason = lists.iter().find_map(|list| DECLARED.reason(list, key));
    let title = reason.map_or(key, |reason| reason.title.as_str());
    match by {
        // What nobody could help is kept as the landlord's; the words need not blame it.
        Some(by) if reason.is_none_or(|reason| reason.by.as_deref() == Some(by)) => {
            format!("{title} (the {by}’s doing)")
        }
        _ => title.to_owned(),
    }
}
