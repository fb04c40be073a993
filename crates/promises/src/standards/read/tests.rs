use super::*;
use crate::standards::Test;

/// A good declaration; each test spoils one thing.
const GOOD: &str = r#"
[[standard]]
id = "repairs.local-offer-2014.emergency"
title = "Emergency repair made safe within 24 hours"
promise = "We make the situation safe within 24 hours"
source = "Local Offer for tenants, 3 July 2014, ¶7"
confidence = "✔"
from = 2014-07-03
until = 2030-01-01
calendar = "scotland"
subject = "payload.visit"
repeat = true
owner = "Repairs manager"
letters = ["repairs.appointment-letter"]
[[standard.start]]
fact = "repair.prioritised"
when = { priority = "emergency" }
at = "reported_at"
[standard.due]
working_days = 5
inclusive = true
roll = "next-working-day"
[standard.earliest]
working_days = 2
[[standard.stop]]
fact = "visit.made-safe"
[[standard.cancel]]
fact = "repair.cancelled"
[[standard.pause]]
fact = "repair.paused"
[[standard.resume]]
fact = "repair.resumed"
[[standard.extend]]
fact = "repair.extended"
working_days = 10
to = "new_date"
max_times = 1
[standard.target]
percent = 99.6
breakdown = ["ward", "trade"]
"#;

fn good() -> Standard {
    parse("good.toml", GOOD).unwrap().remove(0)
}

#[test]
fn reads_every_key() {
    let standard = good();
    assert_eq!(standard.file, "good.toml");
    assert_eq!(standard.from.to_string(), "2014-07-03");
    assert_eq!(standard.until.unwrap().to_string(), "2030-01-01");
    assert_eq!(standard.subject, Subject::Payload("visit".into()));
    assert_eq!(standard.confidence, Confidence::Read);
    assert!(standard.repeat && standard.due.inclusive && !standard.due.before);
    assert_eq!(standard.due.quantity, Quantity::WorkingDays(5));
    assert_eq!(standard.due.calendar, "scotland");
    assert_eq!(standard.earliest.as_ref().unwrap().calendar, "scotland");
    assert_eq!(standard.start[0].at.as_deref(), Some("reported_at"));
    assert!(matches!(standard.start[0].when.0[0].test, Test::AnyOf(_)));
    let extend = &standard.extend[0];
    assert_eq!((&extend.most, extend.max_times), (&Some(Quantity::WorkingDays(10)), Some(1)));
    assert_eq!(
        standard.target.as_ref().unwrap().breakdown,
        Some(["ward", "trade"].map(|name| Dimension::read(name).unwrap()).to_vec())
    );
    assert_eq!(standard.triggers().count(), 6);
}

#[test]
fn what_is_left_out_has_its_default() {
    let text = GOOD.replace("calendar = \"scotland\"", "").replace("subject = \"payload.visit\"", "");
    let text = text.replace("breakdown = [\"ward\", \"trade\"]", "").replace("until = 2030-01-01", "");
    let standard = parse("x", &text).unwrap().remove(0);
    assert_eq!(standard.due.calendar, ENGLAND_AND_WALES);
    assert_eq!(standard.subject, Subject::Case);
    assert_eq!(standard.until, None);
    assert_eq!(standard.target.unwrap().breakdown, None, "all that its cases have");
}

#[test]
fn a_version_applies_from_its_first_day_to_the_day_before_until() {
    let standard = good();
    let on = |text: &str| standard.in_force(text.parse().unwrap());
    assert!(!on("2014-07-02") && on("2014-07-03") && on("2029-12-31") && !on("2030-01-01"));
}

/// Spoils the good declaration and gives the key the error names.
fn spoilt(from: &str, to: &str) -> DeclarationError {
    assert!(GOOD.contains(from), "the declaration has no {from}");
    let error = parse("bad.toml", &GOOD.replacen(from, to, 1)).expect_err(to);
    assert_eq!(error.file, "bad.toml");
    assert!(!error.problem.is_empty() && !error.remedy.is_empty());
    error
}

#[test]
fn errors_name_file_id_key_and_remedy() {
    for (from, to, key) in [
        ("repeat = true", "repaet = true", "repaet"),
        ("repeat = true", "repeat = \"yes\"", "repeat"),
        ("at = \"reported_at\"", "ta = \"reported_at\"", "start.ta"),
        ("working_days = 5", "workingdays = 5", "due.workingdays"),
        ("working_days = 5", "hours = 5\ndays = 5", "due.days"),
        ("working_days = 5", "", "due"),
        ("working_days = 5", "working_days = -5", "due.working_days"),
        ("working_days = 5", "working_days = 0", "due.working_days"),
        ("working_days = 5", "working_days = 10001", "due.working_days"),
        ("working_days = 5", "hours = 5", "due.inclusive"),
        ("working_days = 5", "on = \"31-08\"", "due.on"),
        ("working_days = 5", "on_field = \"\"", "due"),
        ("working_days = 5", "on_field = \"agreed_for\"", "due.inclusive"),
        ("working_days = 5\ninclusive = true", "on_field = \"agreed_for\"", "due.roll"),
        ("working_days = 5\ninclusive = true", "on_field = \"agreed_for\"\nbefore = true", "due.before"),
        ("working_days = 5\ninclusive = true\nroll = \"next-working-day\"", "on_field = \"agreed_for\"", "repeat"),
        ("working_days = 2", "on_field = \"agreed_for\"", "earliest.on_field"),
        ("inclusive = true", "inclusive = 1", "due.inclusive"),
        ("until = 2030-01-01", "until = 2014-07-03", "until"),
        ("from = 2014-07-03", "from = 2014-07-03T09:00:00", "from"),
        ("from = 2014-07-03", "from = \"soon\"", "from"),
        ("subject = \"payload.visit\"", "subject = \"tenant\"", "subject"),
        ("subject = \"payload.visit\"", "subject = \"payload.\"", "subject"),
        ("confidence = \"✔\"", "confidence = \"sure\"", "confidence"),
        ("title = \"Emergency repair made safe within 24 hours\"", "", "title"),
        ("source = \"Local Offer for tenants, 3 July 2014, ¶7\"", "source = \" \"", "source"),
        ("when = { priority = \"emergency\" }", "when = { priority = { nto = 1 } }", "start[0].when.priority.nto"),
        ("percent = 99.6", "percent = 101", "target.percent"),
        ("breakdown = [\"ward\", \"trade\"]", "breakdown = [\"street; drop\"]", "target.breakdown"),
        ("max_times = 1", "max_times = 0", "extend[0].max_times"),
        ("[[standard.resume]]\nfact = \"repair.resumed\"", "", "resume"),
        ("[[standard.pause]]\nfact = \"repair.paused\"", "", "pause"),
        ("[[standard.stop]]\nfact = \"visit.made-safe\"", "", "stop"),
    ] {
        let error = spoilt(from, to);
        assert_eq!(error.id.as_deref(), Some("repairs.local-offer-2014.emergency"), "{to}: {error}");
        assert!(error.key.as_deref().unwrap_or("").starts_with(key), "{to}: {error:?}");
    }
}

#[test]
fn an_id_has_three_parts() {
    for id in ["repairs.emergency", "Repairs.local.x", "a..b", "a.b.c.d", "a.b.c d"] {
        assert_eq!(spoilt("repairs.local-offer-2014.emergency", id).key.as_deref(), Some("id"), "{id}");
    }
}

#[test]
fn an_extension_must_say_how_far() {
    let text = GOOD.replace("working_days = 10\nto = \"new_date\"\n", "");
    assert_eq!(parse("x", &text).unwrap_err().key.as_deref(), Some("extend[0]"));
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_its_line() {
    let error = parse("bad.toml", "[[standard]]\nid = \n").unwrap_err();
    assert!(error.to_string().starts_with("bad.toml: "), "{error}");
    assert!(error.problem.contains("line 2"), "{error}");
    let error = parse("bad.toml", "[[standrad]]\nid = 'x'").unwrap_err();
    assert_eq!(error.key.as_deref(), Some("standrad"));
    assert_eq!(parse("empty.toml", "").unwrap(), []);
}
