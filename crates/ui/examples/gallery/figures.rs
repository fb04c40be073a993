//! A measure's page.

use crate::staff;
use rooftree_ui::{
    Markup, Page,
    charts::{self, Bar, Marker, Point, Segment, Stack, Strip, Trend, Unit},
    forms, html, shell, summary,
    summary::Tone,
};

pub fn page() -> Markup {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let values = [98.9, 99.2, 99.6, 99.4, 98.7, 99.1, 99.7, 99.8, 99.0, 98.2, 98.5, 97.4];
    let points = months.iter().zip(values).enumerate().map(|(index, (month, value))| Point {
        label: format!("{month} 2026"),
        short: (*month).into(),
        value: (index != 4).then_some(value),
        href: Some("list.html".into()),
        note: if index == 11 { "So far".into() } else { String::new() },
    });
    let trend = charts::trend(&Trend {
        title: "Emergency repairs made safe in 24 hours".into(),
        points: points.collect(),
        target: Some(99.6),
        unit: Unit::Percent,
    });
    let bar = |label: &str, value, marked| Bar {
        label: label.into(),
        value,
        marked,
        href: Some("#".into()),
        note: String::new(),
    };
    let bars = charts::bars(
        "By trade",
        "Trade",
        Unit::Count,
        &[
            bar("Plumbing and drainage", 1231.0, false),
            bar("Gas and heating", 1104.0, true),
            bar("Carpentry", 640.0, false),
            bar("Electrical", 512.0, false),
            bar("Roofing", 96.0, false),
        ],
    );
    let stack = |label: &str, values: &[f64]| Stack {
        label: label.into(),
        segments: values.iter().map(|value| Segment { value: *value, href: Some("#".into()) }).collect(),
    };
    let ageing = charts::stacks(
        "Work in progress by age",
        "Trade",
        Unit::Count,
        &["Under 7 days", "7–28 days", "29–60 days", "61–90 days", "Over 90 days"],
        &[
            stack("Plumbing", &[120.0, 80.0, 22.0, 9.0, 4.0]),
            stack("Gas", &[90.0, 30.0, 6.0, 2.0, 0.0]),
            stack("Carpentry", &[60.0, 95.0, 41.0, 18.0, 12.0]),
            stack("Damp and mould", &[12.0, 30.0, 25.0, 11.0, 19.0]),
        ],
    );
    let marker = |label: &str, value, own| Marker { label: label.into(), value, own };
    let strip = charts::quartiles(&Strip {
        title: "RP02(2): emergency repairs within target, 2023/24".into(),
        spread: [52.1, 88.4, 94.7, 98.1, 100.0],
        peers: 214,
        markers: vec![
            marker("Oxford", 96.2, true),
            marker("Warwick", 89.9, false),
            marker("Isis Vale (now)", 97.4, false),
        ],
        more_is_better: true,
        unit: Unit::Percent,
        source: "Regulator of Social Housing, tenant satisfaction measures 2023/24, management data".into(),
    });
    let body = html! {
        (shell::heading("Emergency repairs made safe in 24 hours", Some("Measure repairs.local-offer-2014.emergency"), Some(html! {
            (summary::tag(Tone::Danger, "Below target")) (forms::secondary_link("Freeze for publication", "#"))
        })))
        (trend)
        (summary::grid(&[summary::panel("Breakdown", None, bars), summary::panel("Ageing", None, ageing)]))
        (summary::panel("Among peers", None, strip))
    };
    staff(Page::new("Emergency repairs", body), "Measures").crumb("Measures", "#").render()
}
