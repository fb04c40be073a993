//! Parts of the operative's page on a phone: job cards, the steps of a visit, and large quick links.

use crate::{
    icons::{Icon, icon},
    summary::{Tone, tag},
};
use maud::{Markup, html};

/// A job on today's list.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// The page of the visit.
    pub href: String,
    /// When: `8:00–10:00`.
    pub time: String,
    /// Its state in words: `Next`, `Done`.
    pub state: String,
    /// Its colour.
    pub tone: Tone,
    /// Where.
    pub address: String,
    /// What.
    pub work: String,
    /// What to know before the door: `Asbestos`, `Two visits only`.
    pub alerts: Vec<(Tone, String)>,
}

/// A job as a card; the whole card is the target.
pub fn job(job: &Job) -> Markup {
    html! {
        a class={ "rt-job rt-job--" (job.tone.suffix()) } href=(job.href) {
            span.rt-job__top { span.rt-job__time { (job.time) } @if !job.state.is_empty() { (tag(job.tone, &job.state)) } }
            span.rt-job__address { (job.address) }
            span.rt-job__work { (job.work) }
            @if !job.alerts.is_empty() {
                span.rt-job__alerts { @for (tone, text) in &job.alerts { (tag(*tone, text)) } }
            }
        }
    }
}

/// The steps of a visit; `now` is the index of the present one.
pub fn steps(names: &[&str], now: usize) -> Markup {
    html! {
        ol.rt-steps {
            @for (index, name) in names.iter().enumerate() {
                @let class = match index.cmp(&now) {
                    std::cmp::Ordering::Less => "rt-steps__step rt-steps__step--done",
                    std::cmp::Ordering::Equal => "rt-steps__step rt-steps__step--now",
                    std::cmp::Ordering::Greater => "rt-steps__step",
                };
                li class=(class) aria-current=[(index == now).then_some("step")] {
                    (name) @if index < now { span.govuk-visually-hidden { " (done)" } }
                }
            }
        }
    }
}

/// Large links side by side: call, map.
pub fn quick(links: &[(Icon, &str, &str)]) -> Markup {
    html! {
        div.rt-quick { @for (picture, label, href) in links { a.rt-quick__link href=(href) { (icon(*picture)) (label) } } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_step_is_marked() {
        let html = steps(&["On my way", "Arrived", "Done"], 1).into_string();
        assert!(html.contains("aria-current=\"step\">Arrived") && html.contains("On my way<span"));
    }
}
