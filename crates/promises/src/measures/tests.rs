use super::*;
use crate::standards::KnownFacts;
use rooftree_kernel::calendar::Calendars;

const GOOD: &str = r#"
[[measure]]
id = "repairs.rp02-emergency"
title = "Emergency repairs completed within target"
definition = "Completed in the period and within the target, of all completed in the period"
source = "Regulator of Social Housing, TSM RP02(2)"
confidence = "M"
kind = "percent"
unit = "%"
direction = "up"
target = 99.6
decimals = 1
breakdown = ["ward", "trade"]
facts = ["repair.completed"]
owner = "Repairs manager"
sql = "rp02.sql"
external = "RP02-emergency"
"#;
const SQL: &[(&str, &str)] = &[("repairs/measures/rp02.sql", "SELECT 1"), ("empty.sql", " ")];

fn load(text: &str) -> Result<MeasureSet, Vec<DeclarationError>> {
    let names = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<&str>>();
    let (facts, dimensions, populations) =
        (names(&["repair.completed"]), names(&["ward", "trade", "provider"]), names(&["homes", "tenancies"]));
    let known = Known { facts: &facts, dimensions: &dimensions, populations: &populations, evidence: &[] };
    MeasureSet::load(&[("repairs/measures/rp02.toml", text)], SQL, known)
}

fn dimension(name: &str) -> Dimension {
    Dimension::read(name).unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn good() -> Measure {
    load(GOOD).unwrap().get("repairs.rp02-emergency").unwrap().clone()
}

#[test]
fn reads_every_key() {
    let measure = good();
    assert_eq!((measure.kind, measure.direction, measure.decimals), (MeasureKind::Percent, Direction::Up, 1));
    assert_eq!(measure.sql.as_deref(), Some("SELECT 1"));
    assert_eq!(measure.breakdown, [dimension("ward"), dimension("trade")]);
    assert_eq!(measure.external.as_deref(), Some("RP02-emergency"));
    assert_eq!(measure.target_on(day("1999-01-01")), Some(99.6));
    assert_eq!(measure.facts, ["repair.completed"]);
}

#[test]
fn every_kind_is_written_as_the_guide_says() {
    for (text, kind) in [
        ("percent", MeasureKind::Percent),
        ("count", MeasureKind::Count),
        ("average", MeasureKind::Average),
        ("median", MeasureKind::Median),
        ("ratio\"\nper = \"m²", MeasureKind::Ratio),
        ("rate-per-1000", MeasureKind::RatePer1000),
        ("rate-per-1000-homes", MeasureKind::RatePer1000),
        ("share", MeasureKind::Share),
        ("sum", MeasureKind::Sum),
        ("point-in-time", MeasureKind::PointInTime),
    ] {
        let set = load(&GOOD.replace("kind = \"percent\"", &format!("kind = \"{text}\""))).unwrap();
        assert_eq!(set.all().next().unwrap().kind, kind);
    }
}

#[test]
fn an_average_may_be_taken_at_the_end_of_the_period() {
    let snapshot = GOOD.replace("kind = \"percent\"", "kind = \"average\"\nas_of = true");
    assert_eq!(load(&snapshot).unwrap().all().next().unwrap().over_months(), OverMonths::Last);
    let plain = GOOD.replace("kind = \"percent\"", "kind = \"average\"");
    assert_eq!(load(&plain).unwrap().all().next().unwrap().over_months(), OverMonths::Added);
    let median = GOOD.replace("kind = \"percent\"", "kind = \"median\"");
    assert_eq!(load(&median).unwrap().all().next().unwrap().over_months(), OverMonths::Whole);
}

#[test]
fn targets_may_change_with_time() {
    let dated = GOOD
        .replace("target = 99.6", "targets = [{ from = 2026-04-01, value = 98 }, { from = 2025-04-01, value = 95.0 }]");
    let set = load(&dated).unwrap();
    let measure = set.all().next().unwrap();
    assert_eq!(measure.target_on(day("2025-03-31")), None);
    assert_eq!(measure.target_on(day("2026-03-31")), Some(95.0));
    assert_eq!(measure.target_on(day("2026-04-01")), Some(98.0));
}

#[test]
fn a_target_is_met_by_the_value_itself_and_not_by_what_is_shown_of_it() {
    let mut measure = good();
    let on = day("2026-01-01");
    assert_eq!(measure.meets_target(99.6, on), Some(true));
    assert_eq!(measure.meets_target(99.55, on), Some(false), "it reads 99.6%");
    assert_eq!(told_apart(&measure, 99.55, 99.6).as_deref(), Some("99.55%"));
    assert_eq!(told_apart(&measure, 99.4, 99.6), None, "what is shown says it already");
    assert_eq!(measure.meets_target(100.0 * 249.0 / 250.0, on), Some(true));
    measure.direction = Direction::Down;
    assert_eq!(measure.meets_target(99.6, on), Some(true));
    assert_eq!(measure.meets_target(99.64, on), Some(false));
    // A mean of thirds: what the machine cannot write down exactly is not a miss.
    measure.targets[0].value = 0.3;
    assert_eq!(measure.meets_target(0.1 + 0.2, on), Some(true));
    measure.direction = Direction::None;
    assert_eq!(measure.meets_target(99.7, on), None);
    measure.targets.clear();
    assert_eq!(measure.meets_target(99.7, on), None);
}

#[test]
fn a_part_may_have_a_target_of_its_own() {
    let text = GOOD.replace(
        "target = 99.6",
        "targets = [{ from = 2025-04-01, value = 95 }, { from = 2025-04-01, value = 80, for = { ward = 'Barton' } }, \
         { from = 2026-04-01, value = 90, for = { ward = 'Barton' } }, { value = 70, for = { provider = 'Ash Ltd' } }]",
    );
    let set = load(&text).unwrap();
    let measure = set.all().next().unwrap();
    let ward = |on: &str, name: &str| measure.target_of_part(day(on), &dimension("ward"), [name, name]);
    assert_eq!(measure.target_on(day("2026-05-01")), Some(95.0));
    assert_eq!((ward("2025-05-01", "Barton"), ward("2026-05-01", "Barton")), (Some(80.0), Some(90.0)));
    assert_eq!(ward("2026-05-01", "Lye Valley"), Some(95.0), "without one of its own it has that of the whole");
    let provider = measure.target_of_part(day("2020-01-01"), &dimension("provider"), ["0199", "Ash Ltd"]);
    assert_eq!(provider, Some(70.0), "by its name, from the beginning");
}

#[test]
fn errors_name_file_id_key_and_remedy() {
    for (from, to, key) in [
        ("kind = \"percent\"", "kind = \"mode\"", "kind"),
        ("kind = \"percent\"", "kind = \"ratio\"", "per"),
        ("kind = \"percent\"", "kind = \"percent\"\nper = \"m²\"", "per"),
        ("kind = \"percent\"", "kind = \"percent\"\npopulation = \"homes\"", "population"),
        ("kind = \"percent\"", "kind = \"share\"\npopulation = \"tenants\"", "population"),
        ("target = 99.6", "targets = [{ value = 1 }]", "targets.from"),
        ("target = 99.6", "targets = [{ value = 1, for = { ward = 'a', trade = 'b' } }]", "targets.for"),
        ("target = 99.6", "targets = [{ value = 1, for = { street = 'a' } }]", "targets"),
        ("breakdown = [\"ward\", \"trade\"]", "breakdown = [\"Ward; drop\"]", "breakdown"),
        ("unit = \"%\"", "unit = \"days\"", "unit"),
        ("direction = \"up\"", "direction = \"sideways\"", "direction"),
        ("kind = \"percent\"", "kind = \"percent\"\nas_of = true", "as_of"),
        ("decimals = 1", "decimals = 9", "decimals"),
        ("decimals = 1", "decimal = 1", "decimal"),
        ("target = 99.6", "target = 99.6\ntargets = [{ from = 2025-04-01, value = 1 }]", "target"),
        ("target = 99.6", "targets = [{ from = 'x', value = 1 }]", "targets"),
        ("target = 99.6", "targets = [{ from = 2025-04-01, value = 1 }, { from = 2025-04-01, value = 2 }]", "targets"),
        ("breakdown = [\"ward\", \"trade\"]", "breakdown = [\"street\"]", "breakdown"),
        ("facts = [\"repair.completed\"]", "facts = [\"repair.complete\"]", "facts"),
        ("sql = \"rp02.sql\"", "sql = \"rp2.sql\"", "sql"),
        ("sql = \"rp02.sql\"", "sql = \"empty.sql\"", "sql"),
        ("sql = \"rp02.sql\"", "", "sql"),
        ("definition = ", "definition = \"\"\n#", "definition"),
        ("id = \"repairs.rp02-emergency\"", "id = \"rp02\"", "id"),
    ] {
        let errors = load(&GOOD.replacen(from, to, 1)).expect_err(to);
        assert_eq!(errors[0].file, "repairs/measures/rp02.toml");
        assert!(errors[0].key.as_deref().unwrap_or("").starts_with(key), "{to}: {:?}", errors[0]);
        assert!(!errors[0].remedy.is_empty());
    }
    let twice = load(&format!("{GOOD}{GOOD}")).unwrap_err();
    assert_eq!(twice[0].key.as_deref(), Some("id"));
    let near = load(&GOOD.replace("sql = \"rp02.sql\"", "sql = \"rp2.sql\"")).unwrap_err();
    assert!(near[0].remedy.contains("Did you mean ‘repairs/measures/rp02.sql’?"), "{}", near[0]);
}

fn standard(id: &str, from: &str, until: &str, target: &str) -> String {
    format!(
        "[[standard]]\nid='{id}'\ntitle='Plain'\npromise='We do it'\nsource='S'\nconfidence='M'\nfrom={from}\n{until}\n\
         [[standard.start]]\nfact='a.b'\n[standard.due]\ndays=1\n[[standard.stop]]\nfact='a.c'\n{target}\n"
    )
}

#[test]
fn a_standard_with_a_target_is_a_measure() {
    let files = [
        standard("a.b.c", "2014-07-03", "until=2020-01-01", "[standard.target]\npercent=90\ntitle='Old'"),
        standard(
            "a.b.c",
            "2020-01-01",
            "",
            "[standard.target]\npercent=99.6\ntitle='Done in a day'\nbreakdown=['ward']",
        ),
        standard("a.b.d", "2020-01-01", "", ""),
    ];
    let text = files.concat();
    let facts = KnownFacts::from([("a.b", None), ("a.c", None)]);
    let standards = StandardSet::load(&[("s.toml", &text)], &facts, &Calendars::built_in()).unwrap();
    let set = load(GOOD).unwrap().with_standards(&standards, |_| vec![dimension("trade")]);
    assert_eq!(set.all().map(|measure| measure.id.as_str()).collect::<Vec<_>>(), ["a.b.c", "repairs.rp02-emergency"]);
    let measure = set.get("a.b.c").unwrap();
    assert_eq!(measure.title, "Done in a day");
    assert_eq!(measure.from_standard.as_deref(), Some("a.b.c"));
    assert_eq!((measure.sql.as_ref(), measure.breakdown.as_slice()), (None, [dimension("ward")].as_slice()));
    assert_eq!(measure.target_on(day("2019-12-31")), Some(90.0));
    assert_eq!(measure.target_on(day("2020-01-01")), Some(99.6));
    assert_eq!(measure.facts, ["a.b", "a.c"]);
}

#[test]
fn a_standard_is_broken_down_as_its_cases_are_and_may_have_later_targets() {
    let target =
        "[standard.target]\npercent=90\ntargets=[{from=2022-04-01, value=95.0},{value=80.0, for={ward='Barton'}}]";
    let text = standard("a.b.c", "2020-01-01", "", target);
    let facts = KnownFacts::from([("a.b", None), ("a.c", None)]);
    let standards = StandardSet::load(&[("s.toml", &text)], &facts, &Calendars::built_in()).unwrap();
    let set = MeasureSet::default().with_standards(&standards, |standard| vec![dimension(&standard.id[4..])]);
    let measure = set.get("a.b.c").unwrap();
    assert_eq!(measure.breakdown, [dimension("c")]);
    assert_eq!((measure.target_on(day("2021-01-01")), measure.target_on(day("2023-01-01"))), (Some(90.0), Some(95.0)));
    let ward = |on: &str| measure.target_of_part(day(on), &dimension("ward"), ["Barton", "Barton"]);
    assert_eq!((ward("2019-01-01"), ward("2023-01-01")), (None, Some(80.0)));
}

fn shown(unit: &str, decimals: u8, value: f64) -> String {
    format_value(&Measure { unit: unit.into(), decimals, ..good() }, value)
}

#[test]
fn values_read_as_people_write_them() {
    for (unit, decimals, value, text) in [
        ("%", 1, 99.55, "99.6%"),
        ("%", 1, 100.0, "100.0%"),
        ("%", 2, 1.005, "1.01%"),
        ("", 0, 1_234_567.0, "1,234,567"),
        ("", 0, 999.5, "1,000"),
        ("days", 1, 12.44, "12.4 days"),
        ("£", 2, 123_450.0, "£1,234.50"),
        ("£", 0, 123_450.0, "£1,235"),
        ("£", 2, -5.0, "−£0.05"),
        ("£", 0, -5.0, "£0"),
        ("", 1, -0.04, "0.0"),
        ("", 1, -1234.56, "−1,234.6"),
    ] {
        assert_eq!(shown(unit, decimals, value), text);
    }
}
