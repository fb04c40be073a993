//! Where councils stand among their peers, from the regulator's published figures.

use super::words;
use maud::{Markup, html};
use rooftree_frame::{App, PageResult};
use rooftree_kernel::{Actor, periods::Period};
use rooftree_platform::figures::{self, Whose, external};
use rooftree_promises::measures::{Direction, Measure};
use rooftree_ui::charts::{Marker, Strip, quartiles};

/// The strips of a measure, with the landlord's own last complete year (or the current one so far) among the markers.
pub(super) async fn strips(app: &App, actor: &Actor, measure: &Measure) -> PageResult<Vec<Markup>> {
    let Some(key) = &measure.external else { return Ok(Vec::new()) };
    let groups = external::peers(&app.platform, key).await?;
    if groups.is_empty() {
        return Ok(vec![html! {
            h2 { "Compared with peers" }
            p { "No published figures of other landlords are taken in yet." @if actor.may(&external::IMPORT) { " " a href="/figures/published" { "Take in the regulator’s file" } } }
        }]);
    }
    let own = own(app, measure).await?;
    Ok(groups.iter().map(|group| strip(measure, group, own.as_ref())).collect())
}

async fn own(app: &App, measure: &Measure) -> PageResult<Option<Marker>> {
    let this = Period::year_of(app.platform.now().day());
    for period in [this.plus(-1), this] {
        let figure = figures::read(&app.platform, measure, period, None, &Whose::Landlord).await?;
        if let Some(value) = figure.value {
            let so_far = if figure.complete { "" } else { " so far" };
            let label = format!("{} in {}{so_far}", app.platform.config().landlord, period.label());
            return Ok(Some(Marker { label, value: words::drawn(measure, value), own: true }));
        }
    }
    Ok(None)
}

fn strip(measure: &Measure, group: &external::Peers, own: Option<&Marker>) -> Markup {
    let year = group.period.replace('-', "/");
    let markers: Vec<Marker> = group
        .marked
        .iter()
        .map(|landlord| Marker { label: landlord.name.clone(), value: landlord.value, own: false })
        .chain(own.cloned())
        .collect();
    let made_of = group.marked.iter().filter_map(|landlord| {
        let of = |n: i64| rooftree_ui::cards::thousands(n.unsigned_abs());
        Some(format!("{}: {} of {}", landlord.name, of(landlord.numerator?), of(landlord.denominator?)))
    });
    let made_of: Vec<String> = made_of.collect();
    html! {
        h2 { "Compared with peers" }
        p {
            "Published for " (year) " by " (group.count) " " (group.group) ". "
            @if !made_of.is_empty() { (made_of.join("; ")) "." }
        }
        (quartiles(&Strip {
            title: format!("{}, {year}", measure.title),
            spread: group.spread,
            peers: group.count.unsigned_abs(),
            markers,
            more_is_better: measure.direction != Direction::Down,
            unit: words::unit(measure),
            source: group.source.clone(),
        }))
    }
}
