use super::*;

fn declaration(id: &str, from: &str, until: &str, fact: &str) -> String {
    format!(
        "[[standard]]\nid = '{id}'\ntitle = 't'\npromise = 'p'\nsource = 's'\nconfidence = 'M'\nfrom = {from}\n{until}\n\
         [[standard.start]]\nfact = '{fact}'\n[standard.due]\nworking_days = 5\n[[standard.stop]]\nfact = 'case.closed'\n"
    )
}

fn load(files: &[(&str, &str)]) -> Result<StandardSet, Vec<DeclarationError>> {
    let facts = BTreeSet::from(["case.opened", "case.closed", "case.logged"]);
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
