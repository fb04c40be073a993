use super::*;

fn declaration(id: &str, from: &str, until: &str, fact: &str) -> String {
    format!(
        "[[standard]]\nid = '{id}'\ntitle = 't'\npromise = 'p'\nsource = 's'\nconfidence = 'M'\nfrom = {from}\n{until}\n\
         [[standard.start]]\nfact = '{fact}'\n[standard.due]\nworking_days = 5\n[[standard.stop]]\nfact = 'case.closed'\n"
    )
}

fn load(files: &[(&str, &str)]) -> Result<StandardSet, Vec<DeclarationError>> {
    let fields: &[&str] = &["stage", "sent_at", "new_date", "visit"];
    let facts = KnownFacts::from([
        ("case.opened", Some(fields)),
        ("case.closed", Some(fields)),
        ("case.logged", Some(&[][..])),
        ("case.foreseen", None),
    ]);
    StandardSet::load(files, &facts, &Calendars::built_in())
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn the_day_chooses_the_version() {
    let old = declaration("a.b.c", "2022-04-01", "until = 2024-04-01", "case.logged");
    let new = declaration("a.b.c", "2024-04-01", "", "case.opened");
    let other = declaration("a.b.d", "2024-04-01", "", "case.opened");
    let set = load(&[("new.toml", &new), ("old.toml", &old), ("other.toml", &other)]).unwrap();
    assert_eq!(set.get("a.b.c", day("2022-03-31")), None);
    assert_eq!(set.get("a.b.c", day("2024-03-31")).unwrap().file, "old.toml");
    assert_eq!(set.get("a.b.c", day("2024-04-01")).unwrap().file, "new.toml");
    assert_eq!(set.versions("a.b.c").len(), 2);
    assert_eq!(set.version("a.b.c", day("2022-04-01")).unwrap().file, "old.toml");
    assert_eq!(set.versions("a.b"), Vec::<&Standard>::new());
    assert_eq!(set.listening_to("case.opened").map(|s| s.id.as_str()).collect::<Vec<_>>(), ["a.b.c", "a.b.d"]);
    assert_eq!(set.listening_to("case.closed").count(), 3);
    assert_eq!(set.listening_to("case.unknown").count(), 0);
    assert_eq!(set.all().count(), 3);
}

#[test]
fn versions_may_not_overlap() {
    let first = declaration("a.b.c", "2022-04-01", "until = 2024-04-02", "case.opened");
    let second = declaration("a.b.c", "2024-04-01", "", "case.opened");
    for files in [
        [("1.toml", first.as_str()), ("2.toml", second.as_str())],
        [("1.toml", second.as_str()), ("2.toml", second.as_str())],
    ] {
        let errors = load(&files).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert_eq!((errors[0].file.as_str(), errors[0].key.as_deref()), ("2.toml", Some("from")));
        assert!(errors[0].remedy.contains("until = 2024-04-01"), "{}", errors[0]);
    }
}

#[test]
fn every_error_is_reported_with_a_suggestion() {
    let misspelt = declaration("a.b.c", "2022-04-01", "", "case.opend");
    let nowhere = declaration("a.b.d", "2022-04-01", "calendar = 'scotlnd'", "case.opened");
    let errors = load(&[("1.toml", &misspelt), ("2.toml", &nowhere), ("3.toml", "nonsense")]).unwrap_err();
    assert_eq!(errors.len(), 3);
    let all = errors.iter().map(DeclarationError::to_string).collect::<Vec<_>>().join("\n");
    assert!(all.contains("Did you mean ‘case.opened’?"), "{all}");
    assert!(all.contains("Did you mean ‘scotland’?"), "{all}");
    assert!(all.contains("‘a.b.c’, key ‘start.fact’: no area records a fact called ‘case.opend’."), "{all}");
}

/// A standard that reads payload fields everywhere it can.
const FIELDS: &str = "[[standard]]\nid = 'a.b.c'\ntitle = 't'\npromise = 'p'\nsource = 's'\nconfidence = 'M'\nfrom = 2022-04-01\n\
     subject = 'payload.visit.id'\n[[standard.start]]\nfact = 'case.opened'\nwhen = { stage = 1 }\nat = 'sent_at'\n\
     [standard.due]\nworking_days = 5\n[[standard.stop]]\nfact = 'case.closed'\n\
     [[standard.extend]]\nfact = 'case.opened'\nto = 'new_date'\n";

#[test]
fn a_field_that_the_fact_does_not_have_is_refused_with_a_suggestion() {
    assert_eq!(load(&[("f.toml", FIELDS)]).unwrap().all().count(), 1);
    for (right, wrong, key, remedy) in [
        ("stage = 1", "stge = 1", "start.when.stge", "Did you mean ‘stage’?"),
        ("at = 'sent_at'", "at = 'sent_on'", "start.at", "Did you mean ‘sent_at’?"),
        ("to = 'new_date'", "to = 'newdate'", "extend.to", "Did you mean ‘new_date’?"),
        ("working_days = 5", "on_field = 'newdate'", "due.on_field", "Did you mean ‘new_date’?"),
        ("payload.visit.id", "payload.inspection", "subject", "one of its fields: stage, sent_at, new_date, visit."),
        ("fact = 'case.closed'", "fact = 'case.logged'", "subject", "It has none"),
    ] {
        let errors = load(&[("f.toml", &FIELDS.replace(right, wrong))]).expect_err(wrong);
        let found =
            errors.iter().find(|error| error.key.as_deref() == Some(key)).unwrap_or_else(|| panic!("{errors:?}"));
        assert_eq!((found.file.as_str(), found.id.as_deref()), ("f.toml", Some("a.b.c")));
        assert!(found.problem.contains("has no field") && found.remedy.contains(remedy), "{found}");
    }
}

#[test]
fn a_fact_that_no_area_records_yet_may_carry_anything() {
    let ahead = FIELDS.replace("case.opened", "case.foreseen").replace("case.closed", "case.foreseen");
    assert!(load(&[("f.toml", &ahead.replace("stage", "anything"))]).is_ok());
    assert!(StandardSet::load(shelf::FILES, &shelf::known(), &Calendars::built_in()).is_ok());
}

#[test]
fn a_letter_must_be_a_template() {
    let text = declaration("a.b.c", "2022-04-01", "letters = ['a.sent', 'a.sennt']", "case.opened");
    let templates = BTreeSet::from(["a.sent", "a.other"]);
    let errors = load(&[("l.toml", &text)]).unwrap().unknown_letters(&templates);
    assert_eq!(errors.len(), 1);
    let words = "l.toml: ‘a.b.c’, key ‘letters’: there is no template ‘a.sennt’. Did you mean ‘a.sent’?";
    assert_eq!(errors[0].to_string(), words);
    // On the shelf a letter may be named before the area comes that writes it.
    let shelved = load(&[(shelf::FILES[0].0, &text)]).unwrap();
    assert_eq!(shelved.unknown_letters(&templates), []);
}
