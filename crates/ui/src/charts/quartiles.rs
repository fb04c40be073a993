//! Where some landlords stand among their peers.

use super::{Unit, coordinate, scale::Scale};
use crate::{summary::Tone, summary::tag};
use maud::{Markup, html};

/// A landlord to mark.
#[derive(Clone, Debug)]
pub struct Marker {
    /// Its name.
    pub label: String,
    /// Its value.
    pub value: f64,
    /// True for the landlord whose page this is.
    pub own: bool,
}

/// The spread of all values, and the landlords to mark in it.
#[derive(Clone, Debug)]
pub struct Strip {
    /// What is compared.
    pub title: String,
    /// Least, lower quartile, median, upper quartile, greatest.
    pub spread: [f64; 5],
    /// How many landlords the spread is made of.
    pub peers: u64,
    /// The landlords to mark.
    pub markers: Vec<Marker>,
    /// True when more is better.
    pub more_is_better: bool,
    /// The unit.
    pub unit: Unit,
    /// Where the numbers come from.
    pub source: String,
}

/// The words for a quarter, best first.
const QUARTERS: [&str; 4] = ["Best quarter", "Second quarter", "Third quarter", "Last quarter"];

impl Strip {
    /// In which quarter a value lies, from 0 (best) to 3.
    fn quarter(&self, value: f64) -> usize {
        let [_, lower, median, upper, _] = self.spread;
        let below = if value < lower {
            3
        } else if value < median {
            2
        } else {
            usize::from(value < upper)
        };
        if self.more_is_better { below } else { 3 - below }
    }
}

/// The strip with its markers, and a table of the same.
pub fn quartiles(strip: &Strip) -> Markup {
    let mut markers: Vec<&Marker> = strip.markers.iter().filter(|marker| marker.value.is_finite()).collect();
    markers.sort_by(|a, b| b.value.total_cmp(&a.value));
    html! {
        figure.rt-chart {
            figcaption.rt-chart__title { (strip.title) }
            @for (class, width) in [("rt-chart__broad", 1120.0), ("rt-chart__wide", 760.0), ("rt-chart__narrow", 360.0)] {
                (drawing(strip, &markers, class, width))
            }
            table.rt-table.rt-table--plain.rt-peers {
                caption.govuk-visually-hidden { (strip.title) }
                thead {
                    tr { th scope="col" { "Landlord" } th.rt-table__number scope="col" { "Value" } th scope="col" { "Among " (strip.peers) " peers" } }
                }
                tbody {
                    @for (index, marker) in markers.iter().enumerate() {
                        @let quarter = strip.quarter(marker.value);
                        @let tone = [Tone::Success, Tone::Info, Tone::Warning, Tone::Danger][quarter];
                        tr {
                            th scope="row" {
                                span class={ "rt-peers__key" @if marker.own { " rt-peers__key--own" } } aria-hidden="true" { (index + 1) }
                                (marker.label)
                            }
                            td.rt-table__number { (strip.unit.format(marker.value)) }
                            td { (tag(tone, QUARTERS[quarter])) }
                        }
                    }
                    @let [_, lower, median, upper, _] = strip.spread;
                    @for (name, value) in [("Upper quartile", upper), ("Median", median), ("Lower quartile", lower)] {
                        tr.rt-table__row--faint { th scope="row" { (name) } td.rt-table__number { (strip.unit.format(value)) } td {} }
                    }
                }
            }
            @if !strip.source.is_empty() { p.rt-chart__source { "Source: " (strip.source) } }
        }
    }
}

fn drawing(strip: &Strip, markers: &[&Marker], class: &str, width: f64) -> Markup {
    let [least, lower, median, upper, greatest] = strip.spread;
    let limit = (strip.unit == Unit::Percent).then_some(100.0);
    let values = strip.spread.into_iter().chain(markers.iter().map(|marker| marker.value));
    let scale = Scale::over(values, 4, false, limit);
    let x = |value: f64| 24.0 + (width - 48.0) * scale.share(value);
    let place = |value: f64| coordinate(x(value));
    let heights = stagger(&markers.iter().map(|marker| x(marker.value)).collect::<Vec<_>>());
    html! {
        svg class={ "rt-chart__svg " (class) } viewBox={ "0 0 " (width) " 120" } role="img" {
            title { (strip.title) }
            desc { (describe(strip, markers)) }
            line.rt-quartiles__reach x1=(place(least)) x2=(place(greatest)) y1="72" y2="72" {}
            rect.rt-quartiles__box x=(place(lower)) width=(coordinate((x(upper) - x(lower)).max(0.0))) y="60" height="24" rx="4" {}
            line.rt-quartiles__median x1=(place(median)) x2=(place(median)) y1="57" y2="87" {}
            @for mark in scale.marks() {
                text.rt-chart__tick x=(place(mark)) y="112" text-anchor="middle" { (strip.unit.tick(mark, scale.step)) }
                line.rt-chart__grid x1=(place(mark)) x2=(place(mark)) y1="92" y2="97" {}
            }
            @for (index, (marker, height)) in markers.iter().zip(&heights).enumerate() {
                g class=(if marker.own { "rt-quartiles__marker rt-quartiles__marker--own" } else { "rt-quartiles__marker" }) {
                    title { (marker.label) ": " (strip.unit.format(marker.value)) }
                    line x1=(place(marker.value)) x2=(place(marker.value)) y1=(coordinate(height + 10.0)) y2="84" {}
                    circle cx=(place(marker.value)) cy=(coordinate(*height)) r="11" {}
                    text x=(place(marker.value)) y=(coordinate(height + 4.5)) text-anchor="middle" { (index + 1) }
                }
            }
        }
    }
}

/// Heights for markers at these places, from right to left: one that would touch its neighbour goes a step up.
fn stagger(places: &[f64]) -> Vec<f64> {
    const HEIGHTS: [f64; 2] = [38.0, 14.0];
    let mut level = 0;
    let mut previous: Option<f64> = None;
    places
        .iter()
        .map(|place| {
            let touches = previous.is_some_and(|previous| (previous - place).abs() < 24.0);
            level = if touches { (level + 1) % HEIGHTS.len() } else { 0 };
            previous = Some(*place);
            HEIGHTS[level]
        })
        .collect()
}

fn describe(strip: &Strip, markers: &[&Marker]) -> String {
    let [least, lower, median, upper, greatest] = strip.spread.map(|value| strip.unit.format(value));
    let marked: Vec<String> = markers
        .iter()
        .map(|marker| {
            let quarter = QUARTERS[strip.quarter(marker.value)].to_lowercase();
            format!("{} {} ({quarter})", marker.label, strip.unit.format(marker.value))
        })
        .collect();
    format!(
        "{} landlords from {least} to {greatest}; half of them between {lower} and {upper}, median {median}. {}.",
        strip.peers,
        marked.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(more_is_better: bool) -> Strip {
        let marker = |label: &str, value| Marker { label: label.into(), value, own: label == "Oxford" };
        Strip {
            title: "Emergency repairs on time".into(),
            spread: [40.0, 80.0, 92.0, 97.0, 100.0],
            peers: 210,
            markers: vec![marker("Warwick", 85.0), marker("Oxford", 98.0)],
            more_is_better,
            unit: Unit::Percent,
            source: "The regulator".into(),
        }
    }

    #[test]
    fn the_quarter_depends_on_which_way_is_better() {
        let values = [98.0, 93.0, 85.0, 50.0];
        let quarters = |more| values.map(|value| strip(more).quarter(value));
        assert_eq!((quarters(true), quarters(false)), ([0, 1, 2, 3], [3, 2, 1, 0]));
    }

    #[test]
    fn it_says_where_each_landlord_stands() {
        let html = quartiles(&strip(true)).into_string();
        assert!(html.contains("Oxford 98.0% (best quarter); Warwick 85.0% (third quarter)."), "{html}");
    }

    #[test]
    fn touching_markers_stand_one_above_the_other() {
        assert_eq!(stagger(&[100.0, 90.0, 20.0]), [38.0, 14.0, 38.0]);
    }
}
