//! Who lives there: the block that people add to a home's page.

use crate::{
    VIEW,
    needs::{self, NeedKind},
    public::{self, Need, Resident},
    rules::spoken_phone,
    tenancies::model,
};
use async_trait::async_trait;
use rooftree_frame::{App, Caller, Panel};
use rooftree_kernel::{Day, PlaceId};
use rooftree_platform::Result;
use rooftree_ui::{
    Markup, html,
    summary::{self, Tone},
};

/// Adds who lives there to a home's page.
pub struct WhoLivesThere;

#[async_trait]
impl Panel for WhoLivesThere {
    async fn about_place(&self, app: &App, caller: &Caller, place: PlaceId) -> Result<Option<Markup>> {
        if !caller.actor.may(&VIEW) || super::queries::everybody(caller.scope()).is_err() {
            return Ok(None);
        }
        let today = app.platform.now().day();
        let mut db = app.platform.reads().acquire().await?;
        let place = rooftree_homes::public::place(&mut db, place).await?;
        if !matches!(place.kind.as_str(), "home" | "garage" | "other") {
            return Ok(None);
        }
        let residents = public::who_lives_at(&mut db, place.id, today).await?;
        let needs = public::needs_of(&mut db, &residents, today).await?;
        let may_start = caller.actor.may(&crate::EDIT) && residents.is_empty();
        let start =
            may_start.then(|| html! { a href={ "/tenancies/new?place=" (place.reference) } { "Start a tenancy" } });
        Ok(Some(summary::panel("Who lives there", start, body(&residents, &needs, today))))
    }
}

fn body(residents: &[Resident], needs: &[Need], today: Day) -> Markup {
    html! {
        @if residents.is_empty() { p.rt-muted { "Nobody, as far as we know." } }
        @if let Some(first) = residents.first() {
            p {
                (model::kind_words(&first.tenancy_kind)) " " a.rt-ref href={ "/tenancies/" (first.tenancy_reference) } { (first.tenancy_reference) }
            }
        }
        @for resident in residents {
            @let own: Vec<&Need> = needs.iter().filter(|need| need.person == resident.person.id).collect();
            div.rt-list__row {
                div {
                    strong { a href={ "/people/" (resident.person.reference) } { (resident.person.name) } }
                    br; (summary::muted(&role_words(resident, today)))
                }
                div {
                    @for (index, phone) in resident.phones.iter().enumerate() { @if index > 0 { ", " } (call(phone)) }
                    (language(resident))
                    @if !resident.person.contact_notes.is_empty() { p { (resident.person.contact_notes) } }
                    (need_tags(&own))
                }
            }
        }
    }
}

/// A number that a phone can call.
pub fn call(phone: &str) -> Markup {
    html! { a href={ "tel:+" (phone) } { (spoken_phone(phone)) } }
}

fn role_words(resident: &Resident, today: Day) -> String {
    let mut words = vec![model::role_words(&resident.role).to_owned()];
    if !resident.relation.is_empty() {
        words.push(resident.relation.clone());
    }
    if let Some(born) = resident.birth_day {
        let age = needs::age_years(born, today);
        if age < 18 {
            words.push(format!("aged {age}"));
        }
    }
    words.join(", ")
}

fn language(resident: &Resident) -> Markup {
    html! {
        @if resident.person.interpreter || !resident.person.language.eq_ignore_ascii_case("english") {
            p { "Speaks " (resident.person.language) @if resident.person.interpreter { ". " strong { "Needs an interpreter." } } }
        }
    }
}

/// Needs that are not sensitive as tags, and what a visitor must know because of any of them.
fn need_tags(own: &[&Need]) -> Markup {
    let kinds: Vec<&NeedKind> = own.iter().filter_map(|need| need.kind()).collect();
    let hidden = kinds.iter().filter(|kind| kind.sensitive).count();
    let mut notes: Vec<&str> = kinds.iter().filter_map(|kind| kind.visit_note.as_deref()).collect();
    notes.sort_unstable();
    notes.dedup();
    html! {
        @if !kinds.is_empty() {
            p {
                @for kind in kinds.iter().filter(|kind| !kind.sensitive) { (summary::tag(Tone::Info, &kind.title)) " " }
                @if hidden > 0 { (summary::tag(Tone::Neutral, &format!("{hidden} sensitive"))) }
            }
        }
        @for note in notes { p { strong { "When visiting: " } (note) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rooftree_kernel::PersonId;

    #[test]
    fn a_sensitive_need_shows_only_what_a_visitor_must_do() {
        let need = |key: &str| Need { key: key.into(), person: PersonId::new(), derived: false };
        let (secret, open) = (need("respiratory"), need("large-print"));
        let html = need_tags(&[&secret, &open]).into_string();
        let kind = needs::get("respiratory").unwrap();
        assert!(!html.contains(&kind.title), "{html}");
        assert!(html.contains("1 sensitive") && html.contains(kind.visit_note.as_deref().unwrap()));
        assert!(html.contains(&needs::get("large-print").unwrap().title));
    }
}
