//! How figures are said: values, changes, directions, periods, the marks of confidence.

use maud::{Markup, html};
use rooftree_kernel::{Day, periods::Period};
use rooftree_platform::{
    Lookups,
    figures::Figure,
    lookups::{DimensionKind, Names},
};
use rooftree_promises::{
    measures::{Dimension, Direction, Measure, MeasureKind, format_value, told_apart},
    standards::Confidence,
};
use rooftree_ui::{
    Query,
    cards::{Change, Direction as Way},
    charts::Unit,
    choices::{Choice, select},
    forms::Field,
    summary::{Tone, tag},
};

/// Months, quarters and years that a picker offers.
const MONTHS_OFFERED: i64 = 24;
const QUARTERS_OFFERED: i64 = 12;
const YEARS_OFFERED: i64 = 5;

/// A value as people read it; a dash where there is nothing to count.
pub fn value(measure: &Measure, value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format_value(measure, value))
}

/// The unit of its charts.
pub fn unit(measure: &Measure) -> Unit {
    match (measure.unit.as_str(), measure.kind) {
        ("%", _) => Unit::Percent,
        ("days", _) => Unit::Days,
        ("£", _) => Unit::Pounds,
        (_, MeasureKind::Count | MeasureKind::PointInTime) => Unit::Count,
        _ => Unit::Rate,
    }
}

/// The number that a chart draws: pounds are kept in pence.
pub fn drawn(measure: &Measure, value: f64) -> f64 {
    if measure.unit == "£" { value / 100.0 } else { value }
}

/// The area in words, from the measure's id: `Repairs`.
pub fn area(id: &str) -> String {
    match id.split('.').next().unwrap_or(id) {
        "asb" => "Anti-social behaviour".to_owned(),
        key => capital(key),
    }
}

/// A key such as `gas-heating` in words: `Gas heating`.
pub fn capital(key: &str) -> String {
    let text = key.replace(['-', '_'], " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A part of a breakdown in words: those of the area that declares the key, where the dimension's values are keys and no names.
pub fn part(lookups: &Lookups, dimension: &Dimension, name: &str) -> String {
    let is_key = matches!(lookups.dimension(dimension), Some(DimensionKind { names: Names::Words, .. }));
    match name {
        "" => "Not recorded".to_owned(),
        key if is_key => lookups.words(dimension.column(), key).map_or_else(|| capital(key), str::to_owned),
        name => name.to_owned(),
    }
}

/// A dimension in words.
pub fn dimension<'a>(lookups: &'a Lookups, dimension: &'a Dimension) -> &'a str {
    lookups.dimension(dimension).map_or(dimension.column(), |kind| kind.title)
}

/// The dimension of a measure that an address names.
pub fn dimension_of<'a>(measure: &'a Measure, key: &str) -> Option<&'a Dimension> {
    measure.breakdown.iter().find(|dimension| dimension.column() == key)
}

/// How a figure moved since the period before. A count so far is not compared with a whole period's.
pub fn change(measure: &Measure, now: &Figure, before: &Figure) -> Option<Change> {
    let adds_up = matches!(measure.kind, MeasureKind::Count | MeasureKind::Sum | MeasureKind::RatePer1000);
    if adds_up && !now.complete {
        return None;
    }
    let (now, then) = (now.value?, before.value?);
    let shown = format_value(measure, (now - then).abs());
    // A difference that rounds to nothing is none: nobody should read ‘improving, 0.0 points’.
    let level = shown == format_value(measure, 0.0);
    let direction = if level {
        Way::Level
    } else if now > then {
        Way::Up
    } else {
        Way::Down
    };
    let good = match (measure.direction, direction) {
        (Direction::None, _) | (_, Way::Level) => None,
        (Direction::Up, way) => Some(way == Way::Up),
        (Direction::Down, way) => Some(way == Way::Down),
    };
    let amount = match measure.unit.as_str() {
        "%" => format!("{} points", shown.trim_end_matches('%')),
        _ => shown,
    };
    let label = before.period.label();
    let text = if level { format!("on {label}") } else { format!("{amount} on {label}") };
    Some(Change { direction, good, text })
}

/// The direction of travel: improving, no change, reducing (worsening, where less is better).
pub fn travel(change: Option<&Change>) -> Markup {
    match change {
        None => html! { span.rt-muted { "–" } },
        Some(Change { direction: Way::Level, .. }) => tag(Tone::Neutral, "No change"),
        Some(Change { good: Some(true), .. }) => tag(Tone::Success, "Improving"),
        Some(Change { good: Some(false), direction: Way::Down, .. }) => tag(Tone::Warning, "Reducing"),
        Some(Change { good: Some(false), .. }) => tag(Tone::Warning, "Worsening"),
        Some(Change { direction: Way::Up, .. }) => tag(Tone::Neutral, "Up"),
        Some(_) => tag(Tone::Neutral, "Down"),
    }
}

/// Whether the target is met, in a tag; nothing where there is none.
pub fn target_tag(measure: &Measure, figure: &Figure) -> Markup {
    let target = figure.target.map(|target| format_value(measure, target));
    html! {
        @if let Some(target) = target {
            (target) " "
            @match figure.met {
                Some(true) => (tag(Tone::Success, "Met")),
                Some(false) => {
                    (tag(Tone::Danger, "Missed"))
                    @if let Some(exactly) = exactly(measure, figure) { " " span.rt-muted { (exactly) " exactly" } }
                },
                None => {},
            }
        } @else { span.rt-muted { "None" } }
    }
}

/// The value with more decimals, where it misses a target that it seems to have reached: 99.95% of 100.0%.
pub fn exactly(measure: &Measure, figure: &Figure) -> Option<String> {
    if figure.met != Some(false) { None } else { told_apart(measure, figure.value?, figure.target?) }
}

/// What a figure is made of: `1,203 of 1,240 counted, 12 left out`.
pub fn made_of(lookups: &Lookups, measure: &Measure, figure: &Figure) -> String {
    let number = |n: i64| rooftree_ui::cards::thousands(n.unsigned_abs());
    let tally = &figure.tally;
    let counted = match measure.kind {
        MeasureKind::Percent => format!("{} of {} counted", number(tally.numerator), number(tally.denominator)),
        MeasureKind::RatePer1000 | MeasureKind::Share => {
            let population = measure.population.as_deref().unwrap_or_default();
            let title = lookups.population(population).map_or(population, |population| population.title);
            let members =
                figure.members.map_or_else(|| format!("{title} not known"), |n| format!("{} {title}", number(n)));
            let of = if measure.kind == MeasureKind::Share { " of" } else { "," };
            format!("{}{of} {members}", number(tally.numerator))
        }
        _ => format!("{} counted", number(tally.denominator)),
    };
    if tally.excluded == 0 { counted } else { format!("{counted}, {} left out", number(tally.excluded)) }
}

/// What the mark of a source means.
pub fn confidence(mark: Confidence) -> &'static str {
    match mark {
        Confidence::Read => "The official text, or a page that reproduces it, was read.",
        Confidence::Secondary => "A secondary source only: check it against the original before relying on it.",
        Confidence::Memory => "No source has been checked yet: check it before relying on it.",
        Confidence::Unresolved => "Sources conflict or the question is open.",
    }
}

/// The period that an address names (`period=2025-26-Q2`); this financial year when it names none.
pub fn period(query: &Query, today: Day) -> Period {
    query.get("period").and_then(|text| text.parse().ok()).unwrap_or_else(|| Period::year_of(today))
}

/// A period as it stands in an address. The month of December 2011 and its like would read as a financial year.
pub fn period_key(period: Period) -> String {
    match period {
        Period::Month(year, month) => format!("{year}-m{month:02}"),
        other => other.to_string(),
    }
}

/// The control that chooses a period, for a filter bar.
pub fn period_field(chosen: Period, today: Day) -> Markup {
    let last = |first: Period, count: i64| (0..count).map(move |n| first.plus(-n));
    let groups = [
        ("Financial years", last(Period::year_of(today), YEARS_OFFERED).collect::<Vec<_>>()),
        ("Quarters", last(Period::quarter_of(today), QUARTERS_OFFERED).collect()),
        ("Months", last(Period::month_of(today), MONTHS_OFFERED).collect()),
    ];
    let mut choices: Vec<Choice<'_>> = groups
        .into_iter()
        .flat_map(|(group, periods)| {
            periods.into_iter().map(move |p| Choice::new(period_key(p), p.label()).group(group))
        })
        .collect();
    if !is_offered(chosen, today) {
        choices.insert(0, Choice::new(period_key(chosen), chosen.label()));
    }
    select(Field::new("period", "Period").value(period_key(chosen)), None, &choices)
}

/// Whether the chosen period is among those that the picker offers.
fn is_offered(chosen: Period, today: Day) -> bool {
    let newest = match chosen {
        Period::Month(..) => (Period::month_of(today), MONTHS_OFFERED),
        Period::Quarter(..) => (Period::quarter_of(today), QUARTERS_OFFERED),
        Period::FinancialYear(_) => (Period::year_of(today), YEARS_OFFERED),
    };
    chosen <= newest.0 && chosen > newest.0.plus(-newest.1)
}

/// A period in short, for an axis: `Mar`, `Q4`, `25/26`.
pub fn short(period: Period) -> String {
    match period {
        Period::Month(..) => period.first_day().0.strftime("%b").to_string(),
        Period::Quarter(_, quarter) => format!("Q{quarter}"),
        Period::FinancialYear(year) => format!("{:02}/{:02}", year % 100, (year + 1) % 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rooftree_promises::measures::Known;

    #[test]
    fn every_period_of_an_address_reads_back() {
        for text in ["2011-12", "2025-26-Q4", "2026-03"] {
            let period: Period = text.parse().unwrap();
            assert_eq!(period_key(period).parse::<Period>().unwrap(), period);
        }
        assert_eq!(period_key(Period::Month(2011, 12)).parse::<Period>().unwrap(), Period::Month(2011, 12));
    }

    #[test]
    fn an_odd_period_of_the_address_stays_in_the_picker() {
        let today: Day = "2026-11-20".parse().unwrap();
        let html = |text: &str| period_field(text.parse().unwrap(), today).into_string();
        assert!(html("2016-17").contains("value=\"2016-17\" selected"));
        assert_eq!(html("2026-27").matches("value=\"2026-27\"").count(), 1);
    }

    /// A measure in per cent with one decimal.
    fn percent() -> Measure {
        let text = "[[measure]]\nid = \"a.b\"\ntitle = \"t\"\ndefinition = \"d\"\nsource = \"s\"\nconfidence = \"M\"\nkind = \"percent\"\n\
                    unit = \"%\"\ndirection = \"up\"\ndecimals = 1\nfacts = [\"a.done\"]\nsql = \"a.sql\"\n";
        let known = Known { facts: &["a.done"].into(), dimensions: &[].into(), populations: &[].into(), evidence: &[] };
        let set = rooftree_promises::measures::MeasureSet::load(&[("a.toml", text)], &[("a.sql", "select 1")], known);
        set.unwrap().get("a.b").unwrap().clone()
    }

    fn figure(value: f64) -> Figure {
        Figure {
            period: Period::FinancialYear(2025),
            until: "2026-04-01".parse().unwrap(),
            complete: true,
            waiting: false,
            value: Some(value),
            tally: Default::default(),
            members: None,
            target: None,
            met: None,
            parts: Vec::new(),
        }
    }

    #[test]
    fn a_difference_that_rounds_to_nothing_is_no_change() {
        let measure = percent();
        let travel_of = |now: f64, then: f64| change(&measure, &figure(now), &figure(then)).unwrap();
        // 93.95 shows as 94.0 and 93.94 as 93.9: still no change of 0.0 points.
        assert_eq!(travel_of(93.95, 93.94).direction, Way::Level);
        let better = travel_of(94.2, 93.9);
        assert_eq!((better.good, better.text.as_str()), (Some(true), "0.3 points on 2025/26"));
        assert_eq!(travel_of(93.0, 94.0).good, Some(false));
    }

    #[test]
    fn a_target_that_is_missed_though_it_looks_reached_says_by_how_much() {
        let measure = percent();
        let said = |value: f64| {
            target_tag(&measure, &Figure { target: Some(100.0), met: Some(value >= 100.0), ..figure(value) })
                .into_string()
        };
        let missed = said(99.95);
        assert!(
            missed.contains("100.0%") && missed.contains("Missed") && missed.contains("99.95% exactly"),
            "{missed}"
        );
        assert!(!said(99.4).contains("exactly") && !said(100.0).contains("exactly"));
    }

    #[test]
    fn keys_become_words() {
        let kind = |key, names| DimensionKind { key, title: "Any", names, only: None };
        let lookups = Lookups {
            dimensions: vec![kind("trade", Names::Words), kind("ward", Names::Plain)],
            words: vec![|kind, key| ((kind, key) == ("trade", "upvc-fitter")).then_some("uPVC fitter")],
            ..Lookups::default()
        };
        let of = |name: &str| Dimension::read(name).unwrap();
        assert_eq!(part(&lookups, &of("trade"), "upvc-fitter"), "uPVC fitter");
        assert_eq!(part(&lookups, &of("trade"), "gas-heating"), "Gas heating");
        assert_eq!(part(&lookups, &of("ward"), "Rose Hill & Iffley"), "Rose Hill & Iffley");
        assert_eq!(part(&lookups, &of("ward"), ""), "Not recorded");
        assert_eq!(area("repairs.rp02-emergency"), "Repairs");
    }
}
