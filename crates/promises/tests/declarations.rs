//! Every declaration in the repository loads: the areas' standards and measures, and those on the shelf.

use rooftree_kernel::calendar::Calendars;
use rooftree_promises::{
    measures::{Known, MeasureSet},
    shelf,
    standards::{StandardSet, parse},
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The files with that ending in `FOLDER/AREA/kind` of every area, with their names as errors show them.
fn files_of_areas(kind: &str, ending: &str) -> Vec<(String, String)> {
    let areas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../areas");
    let folders = fs::read_dir(&areas).expect("the areas lie beside this crate");
    let mut files: Vec<PathBuf> = folders
        .filter_map(|area| fs::read_dir(area.ok()?.path().join(kind)).ok())
        .flat_map(|folder| folder.filter_map(|file| Some(file.ok()?.path())))
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    files.sort();
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(&areas).unwrap_or(path).display().to_string();
        (name, fs::read_to_string(path).expect("a file just listed can be read"))
    };
    files.iter().map(read).collect()
}

fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

/// Every fact the declarations mention: which of them an area records is checked where the areas are put together.
fn mentioned(files: &[(&str, &str)]) -> BTreeSet<String> {
    let standards = files.iter().flat_map(|(name, text)| parse(name, text).unwrap_or_else(|error| panic!("{error}")));
    standards
        .flat_map(|standard| standard.triggers().map(|(_, trigger)| trigger.fact.clone()).collect::<Vec<_>>())
        .collect()
}

fn load(files: &[(&str, &str)]) -> StandardSet {
    let facts = mentioned(files);
    let known = facts.iter().map(|fact| (fact.as_str(), None)).collect();
    StandardSet::load(files, &known, &Calendars::built_in()).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    })
}

#[test]
fn every_standard_of_every_area_loads() {
    let areas = files_of_areas("standards", "toml");
    let files: Vec<(&str, &str)> = borrowed(&areas).into_iter().chain(shelf::FILES.iter().copied()).collect();
    let set = load(&files);
    println!("{} versions of standards in {} files", set.all().count(), files.len());
    let calendars = Calendars::built_in();
    for standard in set.all() {
        let from = standard.from.max("2015-01-05".parse().unwrap()).at(10, 0);
        let due = standard.explain_from(from, &calendars).unwrap_or_else(|error| panic!("{}: {error}", standard.id));
        assert!(!due.steps.is_empty(), "{}", standard.id);
    }
}

#[test]
fn every_measure_of_every_area_loads() {
    let measures = files_of_areas("measures", "toml");
    let sql = files_of_areas("measures", "sql");
    let facts: Vec<String> = measures.iter().flat_map(|(_, text)| named(text, "facts = [")).collect();
    let facts = facts.iter().map(String::as_str).collect();
    let dimensions: Vec<String> = measures.iter().flat_map(|(_, text)| named(text, "breakdown = [")).collect();
    let dimensions = dimensions.iter().map(String::as_str).collect();
    let known =
        Known { facts: &facts, dimensions: &dimensions, populations: &BTreeSet::from(["homes"]), evidence: &[] };
    let set = MeasureSet::load(&borrowed(&measures), &borrowed(&sql), known).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    });
    println!("{} measures in {} files", set.all().count(), measures.len());
    let used: BTreeSet<&str> = set.all().filter_map(|measure| measure.sql.as_deref()).collect();
    for (name, text) in &sql {
        assert!(used.contains(text.as_str()), "{name} belongs to no measure");
    }
}

/// The texts in every list that begins so, such as `facts = […]`.
fn named(text: &str, beginning: &str) -> Vec<String> {
    let lists = text.split(beginning).skip(1).filter_map(|rest| rest.split(']').next());
    lists.flat_map(|list| list.split('"').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn the_shelf_lists_its_files_and_its_facts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("standards");
    let mut there: Vec<String> = fs::read_dir(folder)
        .expect("the shelf is a folder of this crate")
        .map(|file| format!("promises/{}", file.expect("a listed file").file_name().display()))
        .collect();
    there.sort();
    assert_eq!(shelf::FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>(), there);
    assert_eq!(shelf::FACTS.iter().map(|fact| (*fact).to_owned()).collect::<BTreeSet<_>>(), mentioned(shelf::FILES));
}

#[test]
fn the_examples_of_the_guide_load() {
    let guide = include_str!("../DECLARATIONS.md");
    let examples: Vec<&str> = guide.split("```toml").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let of = |table: &str| {
        examples.iter().find(|example| example.contains(table)).expect("the guide shows a standard and a measure")
    };
    let (standard, measure) = (of("[[standard]]"), of("[[measure]]"));
    assert_eq!(load(&[("DECLARATIONS.md", standard)]).all().count(), 1);
    let sql = [("rp02-emergency.sql", "SELECT 1")];
    let known = Known {
        facts: &BTreeSet::from(["repair.completed"]),
        dimensions: &BTreeSet::from(["ward", "trade", "provider"]),
        populations: &BTreeSet::from(["homes"]),
        evidence: &[],
    };
    let measures = MeasureSet::load(&[("DECLARATIONS.md", measure)], &sql, known);
    assert_eq!(measures.map(|set| set.all().count()), Ok(1));
}
