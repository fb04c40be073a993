//! A value over time, with its target.

use super::{Unit, coordinate, scale::Scale};
use maud::{Markup, html};

/// A value at a time.
#[derive(Clone, Debug, Default)]
pub struct Point {
    /// The time in full, for the table: `March 2026`.
    pub label: String,
    /// The time in short, for the axis: `Mar`.
    pub short: String,
    /// The value; `None` leaves a gap.
    pub value: Option<f64>,
    /// The rows behind it.
    pub href: Option<String>,
    /// A remark for the table: `so far`, `1,203 of 1,240`.
    pub note: String,
}

/// A line over time.
#[derive(Clone, Debug, Default)]
pub struct Trend {
    /// What is shown.
    pub title: String,
    /// The points, oldest first.
    pub points: Vec<Point>,
    /// The target, drawn as a dashed line.
    pub target: Option<f64>,
    /// The unit of the values.
    pub unit: Unit,
}

/// The size of a drawing, in units of its view box.
struct Frame {
    class: &'static str,
    width: f64,
    height: f64,
    labels_max: usize,
}

const FRAMES: [Frame; 3] = [
    Frame { class: "rt-chart__broad", width: 1120.0, height: 310.0, labels_max: 25 },
    Frame { class: "rt-chart__wide", width: 760.0, height: 290.0, labels_max: 13 },
    Frame { class: "rt-chart__narrow", width: 360.0, height: 250.0, labels_max: 5 },
];
const LEFT: f64 = 46.0;
/// Room for the last value, which stands beside its point.
const RIGHT: f64 = 76.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 30.0;

impl Frame {
    fn x(&self, index: usize, count: usize) -> f64 {
        let room = self.width - LEFT - RIGHT;
        if count < 2 { LEFT + room / 2.0 } else { LEFT + room * index as f64 / (count - 1) as f64 }
    }

    fn y(&self, share: f64) -> f64 {
        self.height - BOTTOM - (self.height - TOP - BOTTOM) * share
    }
}

/// The chart, and its data as a table.
pub fn trend(trend: &Trend) -> Markup {
    html! {
        figure.rt-chart {
            figcaption.rt-chart__title { (trend.title) }
            @for frame in &FRAMES { (drawing(trend, frame)) }
            (table(trend))
        }
    }
}

fn drawing(trend: &Trend, frame: &Frame) -> Markup {
    let values = trend.points.iter().filter_map(|point| point.value).chain(trend.target);
    let limit = (trend.unit == Unit::Percent).then_some(100.0);
    let scale = Scale::over(values, 4, trend.unit != Unit::Percent, limit);
    let right = coordinate(frame.width - RIGHT);
    html! {
        svg class={ "rt-chart__svg " (frame.class) } viewBox={ "0 0 " (frame.width) " " (frame.height) } role="img" {
            title { (trend.title) }
            desc { (describe(trend)) }
            @for mark in scale.marks() {
                @let y = frame.y(scale.share(mark));
                line.rt-chart__grid x1=(LEFT) x2=(right) y1=(coordinate(y)) y2=(coordinate(y)) {}
                text.rt-chart__tick x=(LEFT - 8.0) y=(coordinate(y + 4.0)) text-anchor="end" {
                    (trend.unit.tick(mark, scale.step))
                }
            }
            (times(trend, frame))
            @if let Some(target) = trend.target {
                @let y = frame.y(scale.share(target));
                line.rt-chart__target x1=(LEFT) x2=(right) y1=(coordinate(y)) y2=(coordinate(y)) {}
                text.rt-chart__target-label x=(LEFT + 4.0) y=(coordinate(y - 6.0)) {
                    "Target " (trend.unit.format(target))
                }
            }
            (line(trend, frame, scale))
        }
    }
}

/// The times under the axis, as many as are readable; the last always.
fn times(trend: &Trend, frame: &Frame) -> Markup {
    let count = trend.points.len();
    let every = count.div_ceil(frame.labels_max).max(1);
    html! {
        @for (index, point) in trend.points.iter().enumerate() {
            @if (count - 1 - index).is_multiple_of(every) {
                text.rt-chart__tick x=(coordinate(frame.x(index, count))) y=(frame.height - 8.0) text-anchor="middle" {
                    (point.short)
                }
            }
        }
    }
}

fn line(trend: &Trend, frame: &Frame, scale: Scale) -> Markup {
    let count = trend.points.len();
    let place = |index: usize, value: f64| (frame.x(index, count), frame.y(scale.share(value)));
    let mut path = String::new();
    let mut pen_down = false;
    for (index, point) in trend.points.iter().enumerate() {
        if let Some(value) = point.value {
            let (x, y) = place(index, value);
            path += &format!("{}{} {}", if pen_down { "L" } else { "M" }, coordinate(x), coordinate(y));
        }
        pen_down = point.value.is_some();
    }
    let last = trend.points.iter().enumerate().rev().find_map(|(index, point)| Some((index, point.value?)));
    html! {
        path.rt-chart__line d=(path) fill="none" {}
        @for (index, point) in trend.points.iter().enumerate() {
            @if let Some(value) = point.value {
                @let (x, y) = place(index, value);
                circle.rt-chart__dot cx=(coordinate(x)) cy=(coordinate(y)) r="3.5" {
                    title { (point.label) ": " (trend.unit.format(value)) }
                }
            }
        }
        @if let Some((index, value)) = last {
            @let (x, y) = place(index, value);
            circle.rt-chart__last cx=(coordinate(x)) cy=(coordinate(y)) r="5.5" {}
            text.rt-chart__value x=(coordinate(x + 11.0)) y=(coordinate(y + 5.0)) { (trend.unit.format(value)) }
        }
    }
}

/// The chart in a sentence.
fn describe(trend: &Trend) -> String {
    let known: Vec<(&Point, f64)> = trend.points.iter().filter_map(|point| Some((point, point.value?))).collect();
    let (Some((first, from)), Some((last, to))) = (known.first(), known.last()) else {
        return "There are no values yet.".to_owned();
    };
    let format = |value: f64| trend.unit.format(value);
    let target = trend.target.map(|target| format!(" The target is {}.", format(target))).unwrap_or_default();
    format!("From {} in {} to {} in {}.{target}", format(*from), first.label, format(*to), last.label)
}

fn table(trend: &Trend) -> Markup {
    let notes = trend.points.iter().any(|point| !point.note.is_empty());
    html! {
        details.rt-chart__data {
            summary { "Show the data" span.govuk-visually-hidden { " of " (trend.title) } }
            table.rt-table.rt-table--plain {
                caption.govuk-visually-hidden { (trend.title) }
                thead {
                    tr {
                        th scope="col" { "Period" } th.rt-table__number scope="col" { "Value" }
                        @if notes { th scope="col" { "Note" } }
                    }
                }
                tbody {
                    @for point in &trend.points {
                        @let value = point.value.map_or("–".to_owned(), |value| trend.unit.format(value));
                        tr {
                            th scope="row" { (point.label) }
                            td.rt-table__number {
                                @if let Some(href) = &point.href { a href=(href) { (value) } } @else { (value) }
                            }
                            @if notes { td { (point.note) } }
                        }
                    }
                }
            }
        }
    }
}

/// A small line without axes; the words beside it carry the value.
pub fn sparkline(values: &[f64], label: &str) -> Markup {
    let values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let scale = Scale::over(values.iter().copied(), 4, false, None);
    let last = values.len().saturating_sub(1).max(1) as f64;
    let place = |index: usize, value: f64| (4.0 + 112.0 * index as f64 / last, 32.0 - 28.0 * scale.share(value));
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let (x, y) = place(index, *value);
            format!("{},{}", coordinate(x), coordinate(y))
        })
        .collect();
    let end = values.last().map(|value| place(values.len() - 1, *value));
    html! {
        svg.rt-spark viewBox="0 0 120 36" role="img" {
            title { "Recent course of " (label) }
            polyline.rt-spark__line points=(points.join(" ")) fill="none" {}
            @if let Some((x, y)) = end { circle.rt-spark__end cx=(coordinate(x)) cy=(coordinate(y)) r="3.5" {} }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[Option<f64>]) -> String {
        let point = |(index, value): (usize, &Option<f64>)| Point {
            label: format!("Month <{index}>"),
            short: index.to_string(),
            value: *value,
            ..Point::default()
        };
        let points = values.iter().enumerate().map(point).collect();
        trend(&Trend { title: "On time".into(), points, target: Some(99.0), unit: Unit::Percent }).into_string()
    }

    #[test]
    fn a_gap_lifts_the_pen() {
        let html = sample(&[Some(95.0), None, Some(97.0), Some(98.0)]);
        let path = html.split(" d=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        assert_eq!((path.matches('M').count(), path.matches('L').count()), (2, 1), "{path}");
    }

    #[test]
    fn it_is_described_and_its_data_are_behind_it() {
        let html = sample(&[Some(95.0), Some(98.0)]);
        assert!(html.contains("From 95.0% in Month &lt;0&gt; to 98.0% in Month &lt;1&gt;. The target is 99.0%."));
        assert!(html.contains("<th scope=\"row\">Month &lt;1&gt;</th><td class=\"rt-table__number\">98.0%</td>"));
    }

    #[test]
    fn nothing_is_drawn_from_nothing() {
        assert!(sample(&[]).contains("There are no values yet."));
        assert!(!sample(&[None]).contains("NaN"));
        assert!(!sparkline(&[], "x").into_string().contains("NaN"));
    }
}
