//! Values side by side, and wholes split into parts. The table is the chart: each row has its bar.

use super::{Unit, coordinate};
use maud::{Markup, html};

/// A bar.
#[derive(Clone, Debug, Default)]
pub struct Bar {
    /// What it is.
    pub label: String,
    /// Its value, not below zero.
    pub value: f64,
    /// The rows behind it.
    pub href: Option<String>,
    /// A remark beside the value: `of 312`.
    pub note: String,
    /// True for the one to look at.
    pub marked: bool,
}

/// Horizontal bars, in the order given.
pub fn bars(title: &str, heading: &str, unit: Unit, bars: &[Bar]) -> Markup {
    let most = bars.iter().map(|bar| bar.value).filter(|value| value.is_finite()).fold(0.0, f64::max);
    let most = if unit == Unit::Percent { most.max(100.0) } else { most };
    html! {
        figure.rt-chart {
            table.rt-bars {
                caption.rt-chart__title { (title) }
                thead.govuk-visually-hidden { tr { th scope="col" { (heading) } td aria-hidden="true" {} th scope="col" { "Value" } } }
                tbody {
                    @for bar in bars {
                        tr.rt-bars__row {
                            th.rt-bars__label scope="row" {
                                @if let Some(href) = &bar.href { a href=(href) { (bar.label) } } @else { (bar.label) }
                            }
                            // A column of its own: beside its value each bar would have another scale.
                            td.rt-bars__cell aria-hidden="true" {
                                (strip(&[(share(bar.value, most), if bar.marked { "rt-fill-accent" } else { "rt-fill-brand" })]))
                            }
                            td.rt-bars__value {
                                (unit.format(bar.value))
                                @if !bar.note.is_empty() { " " span.rt-muted { (bar.note) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A part of a stacked bar: the index into the legend is its place.
#[derive(Clone, Debug, Default)]
pub struct Segment {
    /// Its value, not below zero.
    pub value: f64,
    /// The rows behind it.
    pub href: Option<String>,
}

/// A bar of parts.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// What it is.
    pub label: String,
    /// One part for each name of the legend.
    pub segments: Vec<Segment>,
}

/// How many colours there are; a longer legend starts again.
const COLOURS: usize = 6;

/// Stacked horizontal bars with a legend, such as work in progress by trade and age; the numbers stand in a table behind.
pub fn stacks(title: &str, heading: &str, unit: Unit, legend: &[&str], stacks: &[Stack]) -> Markup {
    let total = |stack: &Stack| stack.segments.iter().map(|segment| segment.value.max(0.0)).sum::<f64>();
    let most = stacks.iter().map(total).fold(0.0, f64::max);
    html! {
        figure.rt-chart {
            figcaption.rt-chart__title { (title) }
            ul.rt-legend aria-hidden="true" {
                @for (index, name) in legend.iter().enumerate() { li { (swatch(index)) (name) } }
            }
            div.rt-stacks aria-hidden="true" {
                @for stack in stacks {
                    div.rt-stacks__row {
                        span.rt-stacks__label { (stack.label) }
                        (strip(&stack.segments.iter().enumerate().map(|(index, segment)| {
                            (share(segment.value, most), SERIES[index % COLOURS])
                        }).collect::<Vec<_>>()))
                        span.rt-stacks__total { (unit.format(total(stack))) }
                    }
                }
            }
            (table(title, heading, unit, legend, stacks))
        }
    }
}

const SERIES: [&str; COLOURS] =
    ["rt-series-1", "rt-series-2", "rt-series-3", "rt-series-4", "rt-series-5", "rt-series-6"];

fn swatch(index: usize) -> Markup {
    html! {
        svg.rt-legend__swatch viewBox="0 0 14 14" width="14" height="14" focusable="false" {
            rect class=(SERIES[index % COLOURS]) width="14" height="14" rx="3" {}
        }
    }
}

fn table(title: &str, heading: &str, unit: Unit, legend: &[&str], stacks: &[Stack]) -> Markup {
    html! {
        details.rt-chart__data {
            summary { "Show the data" span.govuk-visually-hidden { " of " (title) } }
            div.rt-table-wrap {
                table.rt-table.rt-table--plain {
                    caption.govuk-visually-hidden { (title) }
                    thead {
                        tr {
                            th scope="col" { (heading) }
                            @for name in legend { th.rt-table__number scope="col" { (name) } }
                        }
                    }
                    tbody {
                        @for stack in stacks {
                            tr {
                                th scope="row" { (stack.label) }
                                @for segment in &stack.segments {
                                    @let value = unit.format(segment.value);
                                    td.rt-table__number {
                                        @if let Some(href) = &segment.href { a href=(href) { (value) } } @else { (value) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A share of the longest bar, from 0 to 100.
fn share(value: f64, most: f64) -> f64 {
    if most > 0.0 && value.is_finite() { (value.max(0.0) / most * 100.0).min(100.0) } else { 0.0 }
}

/// Parts of a whole side by side, each a share of 100 and a class; it stretches to the room there is.
fn strip(parts: &[(f64, &str)]) -> Markup {
    let starts = parts.iter().scan(0.0, |end, (width, _)| {
        let start = *end;
        *end += width;
        Some(start)
    });
    html! {
        svg.rt-strip viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            @for (start, (width, class)) in starts.zip(parts) {
                rect class=(class) x=(coordinate(start)) y="0" width=(coordinate(*width)) height="10" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_the_room() {
        let bar = |label: &str, value| Bar { label: label.into(), value, ..Bar::default() };
        let html = bars("Jobs", "Trade", Unit::Count, &[bar("<Roof>", 50.0), bar("Drains", 200.0)]).into_string();
        assert!(html.contains("width=\"25\"") && html.contains("width=\"100\"") && html.contains("&lt;Roof&gt;"));
        let cell = html.split("<td class=\"rt-bars__cell\"").nth(1).and_then(|rest| rest.split("</td>").next());
        assert!(cell.is_some_and(|cell| !cell.contains("rt-bars__value")), "words would shorten the bar: {html}");
        assert!(!bars("x", "y", Unit::Count, &[bar("none", 0.0)]).into_string().contains("NaN"));
    }

    #[test]
    fn parts_follow_each_other() {
        let segment = |value| Segment { value, href: None };
        let stack = Stack { label: "Roof".into(), segments: vec![segment(1.0), segment(3.0)] };
        let html = stacks("Age", "Trade", Unit::Count, &["< 7 days", "older"], &[stack]).into_string();
        assert!(
            html.contains("x=\"0\" y=\"0\" width=\"25\"") && html.contains("x=\"25\" y=\"0\" width=\"75\""),
            "{html}"
        );
        assert!(html.contains("&lt; 7 days"));
    }
}
