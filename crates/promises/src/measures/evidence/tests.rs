use crate::measures::{Known, Measure, MeasureSet};
use crate::{
    DeclarationError,
    measures::evidence::{Column, ColumnKind, EvidenceKind},
};
use std::collections::BTreeSet;

const COLUMNS: &[Column] = &[
    Column { key: "reported_day", title: "Reported on", kind: ColumnKind::Day },
    Column { key: "closed_day", title: "Closed on", kind: ColumnKind::Day },
    Column { key: "days", title: "Days", kind: ColumnKind::Number },
    Column { key: "cost_pence", title: "Cost", kind: ColumnKind::Pence },
    Column { key: "on_time", title: "In time", kind: ColumnKind::Flag },
    Column { key: "status", title: "State", kind: ColumnKind::Word(&[("open", "Open"), ("done", "Done")]) },
];
const TASKS: EvidenceKind = EvidenceKind {
    key: "tasks",
    title: "Tasks",
    facts: &["task.done"],
    columns: COLUMNS,
    dims: &["ward"],
    sql: "select * from task",
};

fn load(rest: &str) -> Result<Measure, Vec<DeclarationError>> {
    let text = format!(
        "[[measure]]\nid = \"tasks.mine\"\ntitle = \"t\"\ndefinition = \"d\"\nsource = \"s\"\nconfidence = \"M\"\ndirection = \"up\"\n\
         evidence = \"tasks\"\n{rest}"
    );
    let known = Known {
        facts: &BTreeSet::from(["task.done"]),
        dimensions: &BTreeSet::from(["ward", "trade"]),
        populations: &BTreeSet::from(["homes"]),
        evidence: &[TASKS],
    };
    MeasureSet::load(&[("tasks/mine.toml", &text)], &[], known)
        .map(|set| set.get("tasks.mine").expect("it loaded").clone())
}

const PERCENT: &str = "kind = \"percent\"\nunit = \"%\"\nday = \"closed_day\"\nhit = { on_time = true }\n";

#[test]
fn a_measure_is_built_from_evidence_and_conditions() {
    let rest = "only = { status = \"done\", ward = { not = \"Barton's\" } }\ncounted = { on_time = { exists = true } }\nbreakdown = [\"ward\"]\n";
    let measure = load(&format!("{PERCENT}{rest}")).unwrap();
    assert_eq!(measure.facts, ["task.done"], "those of the evidence");
    let sql = measure.sql.unwrap();
    for part in [
        "x.\"closed_day\" >= $1::date and x.\"closed_day\" < $2::date",
        "coalesce(x.\"status\"::text in ('done'), false)",
        "coalesce(x.\"ward\"::text not in ('Barton''s'), true)",
        "(x.\"on_time\" is not null) as counted",
        "(coalesce(x.\"on_time\" in (true), false)) as hit",
        ", x.\"ward\"",
        "from (select * from task) x",
    ] {
        assert!(sql.contains(part), "{part} in {sql}");
    }
}

#[test]
fn what_stands_on_a_day_begins_and_ceases() {
    let open = load(
        "kind = \"point-in-time\"\nfrom = \"reported_day\"\nuntil = \"closed_day\"\nonly = { days = { min = 10.5 } }\n",
    )
    .unwrap();
    let sql = open.sql.unwrap();
    assert!(
        sql.contains("x.\"reported_day\" < $2::date and (x.\"closed_day\" is null or x.\"closed_day\" >= $2::date)"),
        "{sql}"
    );
    assert!(sql.contains("coalesce(x.\"days\" >= 10.5, false)"), "{sql}");
}

#[test]
fn errors_name_the_key_and_what_the_column_holds() {
    for (rest, key) in [
        (PERCENT.replace("hit = { on_time = true }\n", ""), "hit"),
        (PERCENT.replace("\"closed_day\"", "\"days\""), "day"),
        (PERCENT.replace("day = \"closed_day\"\n", ""), "day"),
        (PERCENT.replace("on_time = true", "on_tim = true"), "hit.on_tim"),
        (PERCENT.replace("on_time = true", "on_time = \"yes\""), "hit.on_time"),
        (PERCENT.replace("on_time = true", "status = \"lost\""), "hit.status"),
        (PERCENT.replace("on_time = true", "ward = \"a $1 ward\""), "hit.ward"),
        (PERCENT.replace("on_time = true", "reported_day = { min = 3 }"), "hit.reported_day"),
        (format!("{PERCENT}breakdown = [\"trade\"]\n"), "breakdown"),
        (format!("{PERCENT}base = \"days\"\n"), "base"),
        (format!("{PERCENT}sql = \"x.sql\"\n"), "evidence"),
        (PERCENT.replace("percent", "average").replace("unit = \"%\"\n", ""), "value"),
        (PERCENT.replace("percent", "average").replace("unit = \"%\"\n", "value = \"on_time\"\n"), "value"),
        ("kind = \"point-in-time\"\nday = \"closed_day\"\n".to_owned(), "day"),
    ] {
        let errors = load(&rest).expect_err(&rest);
        assert_eq!(errors[0].key.as_deref(), Some(key), "{rest}: {}", errors[0]);
        assert!(!errors[0].remedy.is_empty());
    }
    let unknown = load(&PERCENT.replace("hit = ", "hitt = ")).unwrap_err();
    assert!(unknown[0].to_string().contains("hitt"), "{}", unknown[0]);
}
