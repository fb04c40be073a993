//! Figures against a real database.

mod house;

use house::{CHECK_WITHDRAWN, CHECKED, House, WATCHED};
use rooftree_kernel::{Actor, CaseId, Channel, ProviderId, Scope, periods::Period, scope::PROVIDER};
use rooftree_platform::clocks::{self, WITHDRAWN};
use rooftree_platform::figures::{self, Filter, Status, Whose, evidence, external, frozen, health};
use rooftree_platform::imports::{ImportTarget, Outcome, StagedRow};
use rooftree_promises::measures::{Dimension, Measure};
use uuid::Uuid;

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

fn measure<'a>(house: &'a House, id: &str) -> &'a Measure {
    house.platform.rules().measures.get(id).unwrap()
}

fn ward() -> Dimension {
    Dimension::read("ward").unwrap()
}

fn provider() -> Dimension {
    Dimension::read("provider").unwrap()
}

async fn value(house: &House, id: &str, when: &str) -> Option<f64> {
    figures::read(&house.platform, measure(house, id), period(when), None, &Whose::Landlord).await.unwrap().value
}

#[tokio::test]
async fn a_figure_moves_at_once_and_only_the_months_concerned_are_counted_again() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    let old = house.report(1, "East", "Ash", "2026-05-04T09:00").await;
    house.done(old, "2026-05-05T09:00", 1).await;
    let task = house.report(2, "West", "Ash", "2026-11-18T09:00").await;
    assert_eq!(value(&house, "tasks.done-in-time", "2026-27").await, Some(100.0));
    let may = house.computed_at("tasks.done-in-time", "2026-05-01").await;
    house.set("2026-11-20T10:01");
    house.done(task, "2026-11-20T10:01", 3).await;
    assert_eq!(value(&house, "tasks.done-in-time", "2026-27").await, Some(50.0));
    assert_eq!(house.computed_at("tasks.done-in-time", "2026-05-01").await, may);
    assert!(house.computed_at("tasks.done-in-time", "2026-11-01").await > may);
    house.close().await;
}

#[tokio::test]
async fn a_fact_of_a_long_transaction_is_not_missed() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    let task = house.report(1, "East", "Ash", "2026-11-18T09:00").await;
    let mut slow = house.platform.begin(&Actor::system(Channel::Job)).await.unwrap();
    house.done_in(&mut slow, task, "2026-11-19T09:00", Some(1)).await;
    house.set("2026-11-20T10:30");
    assert_eq!(value(&house, "tasks.done-in-time", "2026-11").await, None);
    slow.commit().await.unwrap();
    assert_eq!(value(&house, "tasks.done-in-time", "2026-11").await, Some(100.0));
    house.close().await;
}

#[tokio::test]
async fn a_late_fact_about_a_past_month_changes_that_month() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    let task = house.report(1, "East", "Ash", "2026-08-03T09:00").await;
    assert_eq!(value(&house, "tasks.open", "2026-09").await, Some(1.0));
    assert_eq!(value(&house, "tasks.done-in-time", "2026-08").await, None);
    house.done(task, "2026-08-04T09:00", 1).await;
    assert_eq!(value(&house, "tasks.done-in-time", "2026-08").await, Some(100.0));
    assert_eq!(value(&house, "tasks.open", "2026-09").await, Some(0.0), "it was not open then, as we know now");
    house.close().await;
}

#[tokio::test]
async fn the_rows_are_those_that_were_counted_and_the_parts_make_the_whole() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    for (number, ward, at, done) in [
        (1, "East", "2026-10-01T09:00", true),
        (2, "East", "2026-10-30T09:00", false),
        (3, "West", "2026-11-02T09:00", false),
        (4, "West", "2026-11-19T09:00", false),
        (5, "", "2026-11-19T09:00", true),
    ] {
        let task = house.report(number, ward, "Ash", at).await;
        if done {
            house.done(task, "2026-11-20T09:00", 1).await;
        }
    }
    let reported = measure(&house, "tasks.reported-and-done");
    let year = period("2026-27");
    let figure = figures::read(&house.platform, reported, year, Some(&ward()), &Whose::Landlord).await.unwrap();
    // T-2 was open and young at the end of October, T-4 is today: both are left out of their months, and so of the year.
    assert_eq!((figure.tally.numerator, figure.tally.denominator, figure.tally.excluded), (2, 3, 2));
    let parts: Vec<(&str, i64)> = figure.parts.iter().map(|p| (p.name.as_str(), p.tally.denominator)).collect();
    assert_eq!(parts, [("", 1), ("East", 1), ("West", 1)]);
    let rows = |filter: Filter| {
        let platform = house.platform.clone();
        async move { evidence::all(&platform, measure_of(&platform), year, &filter, 100).await.unwrap() }
    };
    let only = |status| Filter { status: Some(status), ..Filter::default() };
    assert_eq!(rows(Filter::default()).await.len(), 5);
    assert_eq!(rows(only(Status::Kept)).await.len() as i64, figure.tally.numerator);
    assert_eq!(rows(only(Status::Counted)).await.len() as i64, figure.tally.denominator);
    assert_eq!(rows(only(Status::Excluded)).await.len() as i64, figure.tally.excluded);
    let nowhere = Filter { dims: [(ward(), String::new())].into(), ..Filter::default() };
    assert_eq!(rows(nowhere).await[0].reference, "T-5");
    house.close().await;
}

fn measure_of(platform: &rooftree_platform::Platform) -> &Measure {
    platform.rules().measures.get("tasks.reported-and-done").unwrap()
}

#[tokio::test]
async fn pages_of_rows_follow_each_other_without_gap_or_repeat() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    for number in 0..7 {
        let task = house.report(number, "East", "Ash", "2026-11-10T09:00").await;
        house.done(task, "2026-11-11T09:00", 1).await;
    }
    let done = measure(&house, "tasks.done-in-time");
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = evidence::page(&house.platform, done, period("2026-27"), &Filter::default(), after.as_deref(), 3)
            .await
            .unwrap();
        seen.extend(page.rows.into_iter().map(|row| row.reference));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 7);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 7);
    for broken in ["", "2026-11-10", "2026-11-10_x", "soon_00000000000000000000000000000000"] {
        let page = evidence::page(&house.platform, done, period("2026-27"), &Filter::default(), Some(broken), 3).await;
        assert!(matches!(page, Err(rooftree_platform::Error::Invalid(_))), "‘{broken}’ is not taken for the beginning");
    }
    house.close().await;
}

#[tokio::test]
async fn a_median_of_a_quarter_is_that_of_its_rows() {
    let Some(house) = House::at("2026-12-20T10:00").await else { return };
    for (number, at, days) in [
        (1, "2026-10-05T09:00", 1),
        (2, "2026-10-06T09:00", 9),
        (3, "2026-11-05T09:00", 2),
        (4, "2026-12-05T09:00", 40),
    ] {
        let task = house.report(number, "East", "Ash", at).await;
        house.done(task, at, days).await;
    }
    assert_eq!(value(&house, "tasks.days-median", "2026-10").await, Some(5.0));
    assert_eq!(value(&house, "tasks.days-median", "2026-27-Q3").await, Some(5.5));
    assert_eq!(value(&house, "tasks.days-median", "2026-27").await, Some(5.5));
    assert_eq!(value(&house, "tasks.days-average", "2026-27-Q3").await, Some(13.0));
    let more = house.report(5, "West", "Ash", "2026-12-19T09:00").await;
    house.done(more, "2026-12-20T09:00", 2).await;
    assert_eq!(value(&house, "tasks.days-median", "2026-27-Q3").await, Some(2.0));
    house.close().await;
}

#[tokio::test]
async fn a_standard_with_a_target_is_a_figure_without_sql() {
    let Some(house) = House::at("2026-11-03T10:00").await else { return };
    let kept = house.report(1, "East", "Ash", "2026-11-02T09:00").await;
    let late = house.report(2, "West", "Birch", "2026-11-02T09:00").await;
    let off = house.report(3, "West", "Ash", "2026-11-02T09:00").await;
    house.report(4, "East", "Ash", "2026-11-03T09:00").await;
    house.done(kept, "2026-11-03T09:00", 1).await;
    let id = "tasks.test.two-days";
    assert_eq!(value(&house, id, "2026-11").await, Some(100.0));
    let mut ctx = house.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
    ctx.record(house::CALLED_OFF.at(ctx.now).case(CaseId(off))).await.unwrap();
    ctx.commit().await.unwrap();
    house.set("2026-11-05T10:00");
    rooftree_platform::clocks::watch(&house.platform).await.unwrap();
    let figure =
        figures::read(&house.platform, measure(&house, id), period("2026-11"), Some(&provider()), &Whose::Landlord)
            .await
            .unwrap();
    assert_eq!((figure.value, figure.tally.denominator, figure.tally.excluded), (Some(50.0), 2, 1));
    assert_eq!((figure.target, figure.met), (Some(90.0), Some(false)));
    assert_eq!(figure.parts.iter().find(|part| part.name == "Birch").unwrap().value, Some(0.0));
    house.done(late, "2026-11-06T09:00", 4).await;
    let rows =
        evidence::all(&house.platform, measure(&house, id), period("2026-11"), &Filter::default(), 10).await.unwrap();
    let reason = |reference: &str| rows.iter().find(|row| row.reference == reference).unwrap().reason.clone();
    assert_eq!(reason("T-2"), "Kept too late");
    assert_eq!(reason("T-3"), "Called off before its time was up: not counted");
    house.close().await;
}

#[tokio::test]
async fn rates_divide_by_homes_and_points_in_time_take_the_last_day() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    for number in 0..3 {
        let task = house.report(number, "East", "Ash", "2026-09-10T09:00").await;
        if number > 0 {
            house.done(task, "2026-10-11T09:00", 1).await;
        }
    }
    assert_eq!(value(&house, "tasks.rate", "2026-27").await, Some(2.0));
    let wards = ward();
    let by = figures::read(
        &house.platform,
        measure(&house, "tasks.rate"),
        period("2026-27"),
        Some(&wards),
        &Whose::Landlord,
    );
    assert_eq!(by.await.unwrap().parts[0].value.map(|v| (v * 100.0).round()), Some(667.0));
    assert_eq!(value(&house, "tasks.open", "2026-27-Q2").await, Some(3.0));
    assert_eq!(value(&house, "tasks.open", "2026-27").await, Some(1.0));
    let points = figures::series(
        &house.platform,
        measure(&house, "tasks.open"),
        period("2026-08"),
        period("2026-12"),
        &Whose::Landlord,
    );
    let values: Vec<_> = points.await.unwrap().into_iter().map(|figure| figure.value).collect();
    assert_eq!(values, [Some(0.0), Some(3.0), Some(1.0), Some(1.0)]);
    house.close().await;
}

#[tokio::test]
async fn an_average_of_what_stands_open_is_that_of_the_last_day() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    for (number, at) in [(0, "2026-04-10T09:00"), (1, "2026-09-10T09:00"), (2, "2026-09-20T09:00")] {
        house.report(number, "East", "Ash", at).await;
    }
    for (when, average, median) in [("2026-09", 68.0, 20.0), ("2026-27-Q2", 68.0, 20.0), ("2026-27", 119.0, 71.0)] {
        assert_eq!(value(&house, "tasks.age", when).await.map(f64::round), Some(average), "{when}");
        assert_eq!(value(&house, "tasks.age-median", when).await, Some(median), "{when}");
    }
    for id in ["tasks.age", "tasks.age-median"] {
        let kept = figures::read(&house.platform, measure(&house, id), period("2026-27"), None, &Whose::Landlord);
        let mut ctx = house.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
        let frozen = frozen::freeze(&mut ctx, measure(&house, id), period("2026-27"), "").await.unwrap();
        ctx.commit().await.unwrap();
        let frozen = frozen::get(&house.platform, frozen).await.unwrap();
        assert_eq!((frozen.value, frozen.denominator), (kept.await.unwrap().value, 3), "{id}");
    }
    house.report(3, "East", "Ash", "2026-06-01T09:00").await;
    assert_eq!(
        value(&house, "tasks.age-median", "2026-27-Q2").await,
        Some(70.5),
        "late news reaches the months between"
    );
    house.close().await;
}

#[tokio::test]
async fn what_was_frozen_is_compared_row_by_row() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    let first = house.report(1, "East", "Ash", "2026-10-01T09:00").await;
    house.done(first, "2026-10-02T09:00", 1).await;
    let late = house.report(2, "East", "Ash", "2026-10-01T09:00").await;
    let slow = house.report(3, "West", "Ash", "2026-10-01T09:00").await;
    house.done(slow, "2026-10-02T09:00", 2).await;
    let done = measure(&house, "tasks.done-in-time");
    let mut ctx = house.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
    let id = frozen::freeze(&mut ctx, done, period("2026-10"), "Panel of November").await.unwrap();
    ctx.commit().await.unwrap();
    let compare =
        || async { frozen::compare(&house.platform, frozen::get(&house.platform, id).await.unwrap()).await.unwrap() };
    let same = compare().await;
    assert_eq!((same.counts, same.frozen.shown.as_str(), same.same_definition), ((0, 0, 0), "100.0%", true));
    house.done(late, "2026-10-09T09:00", 8).await;
    house.done(first, "2026-10-05T09:00", 4).await;
    let moved = compare().await;
    assert_eq!(moved.counts, (1, 0, 1));
    assert_eq!((moved.frozen.value, moved.now.value), (Some(100.0), Some(100.0 / 3.0)), "one of three is in time now");
    let changed = moved.differences.iter().find(|d| d.change == frozen::Change::Changed).unwrap();
    assert_eq!((changed.then.as_ref().unwrap().hit, changed.now.as_ref().unwrap().hit), (true, false));
    let version = frozen::get(&house.platform, id).await.unwrap();
    assert_eq!(version.rows_hash, hash_by_hand(&house, id).await, "the procedure of the guide gives the same hash");
    let refused = sqlx::query("update figure_frozen set value = 1").execute(house.platform.writes()).await;
    assert!(refused.unwrap_err().to_string().contains("append-only"));
    house.close().await;
}

/// The hash as the guide tells anybody to compute it, from the rows alone.
async fn hash_by_hand(house: &House, id: Uuid) -> String {
    use sha2::{Digest, Sha256};
    type Row = (Uuid, String, rooftree_kernel::Day, bool, bool, Option<f64>, String);
    let rows: Vec<Row> = sqlx::query_as(
        "select subject_id, reference, day, counted, hit, value, reason from figure_frozen_row where frozen_id = $1 order by subject_id",
    )
    .bind(id)
    .fetch_all(house.platform.writes())
    .await
    .unwrap();
    let flag = |yes: bool| if yes { 't' } else { 'f' };
    let lines: Vec<String> = rows
        .into_iter()
        .map(|(subject, reference, day, counted, hit, value, reason)| {
            let value = value.map(|value| value.to_string()).unwrap_or_default();
            format!("{subject}|{reference}|{day}|{}|{}|{value}|{reason}", flag(counted), flag(hit))
        })
        .collect();
    hex::encode(Sha256::digest(lines.join("\n").as_bytes()))
}

#[tokio::test]
async fn a_comparison_never_contradicts_its_own_rows() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    let task = house.report(1, "East", "Ash", "2026-10-01T09:00").await;
    house.done(task, "2026-10-02T09:00", 1).await;
    let done = measure(&house, "tasks.done-in-time");
    let freeze = async || {
        let mut ctx = house.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
        let id = frozen::freeze(&mut ctx, done, period("2026-10"), "").await.unwrap();
        ctx.commit().await.unwrap();
        id
    };
    let first = freeze().await;
    // Somebody changes a row past the unit of work: no fact, so the kept cells still say 100 %.
    sqlx::query("update task set days = 9").execute(house.platform.writes()).await.unwrap();
    let compared = frozen::compare(&house.platform, frozen::get(&house.platform, first).await.unwrap()).await.unwrap();
    assert_eq!((compared.counts, compared.now.value), ((0, 0, 1), Some(0.0)));
    let second = frozen::get(&house.platform, freeze().await).await.unwrap();
    assert_eq!(
        (second.value, second.numerator, second.denominator),
        (Some(0.0), 0, 1),
        "value and rows are frozen together"
    );
    house.close().await;
}

#[tokio::test]
async fn a_figure_frozen_within_its_period_is_compared_over_the_same_days() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    let early = house.report(1, "East", "Ash", "2026-11-10T09:00").await;
    house.done(early, "2026-11-11T09:00", 1).await;
    for id in ["tasks.done-in-time", "tasks.days-median", "tasks.days-average", "tasks.rate"] {
        let mut ctx = house.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
        frozen::freeze(&mut ctx, measure(&house, id), period("2026-11"), "").await.unwrap();
        ctx.commit().await.unwrap();
    }
    house.set("2026-11-28T10:00");
    let late = house.report(2, "East", "Ash", "2026-11-24T09:00").await;
    house.done(late, "2026-11-27T09:00", 7).await;
    for id in ["tasks.done-in-time", "tasks.days-median", "tasks.days-average", "tasks.rate"] {
        let version = frozen::versions(&house.platform, id).await.unwrap().remove(0);
        let compared = frozen::compare(&house.platform, version).await.unwrap();
        assert_eq!((compared.counts, compared.now.value), ((0, 0, 0), compared.frozen.value), "{id}");
        assert_eq!(compared.now.until.to_string(), "2026-11-21", "{id}");
        let month = figures::read(&house.platform, measure(&house, id), period("2026-11"), None, &Whose::Landlord)
            .await
            .unwrap();
        assert_eq!(
            (month.tally.denominator, compared.now.tally.denominator),
            (2, 1),
            "{id}: the month itself has moved on"
        );
    }
    house.close().await;
}

#[tokio::test]
async fn a_provider_sees_its_own_figure_and_nobody_elses() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    let ash = Uuid::now_v7();
    sqlx::query("insert into provider values ($1, 'Ash')").bind(ash).execute(house.platform.writes()).await.unwrap();
    let id = ash.to_string();
    for (number, who, days) in [(1, id.as_str(), 1), (2, &id, 5), (3, "Birch", 9), (4, "Birch", 9)] {
        let task = house.report(number, "East", who, "2026-11-10T09:00").await;
        house.done(task, "2026-11-11T09:00", days).await;
    }
    let scope = Scope::of(PROVIDER, ProviderId(ash));
    let whose = figures::whose(&house.platform, &scope).await.unwrap();
    assert_eq!(whose, Whose::Only { dimension: provider(), key: id.clone(), name: "Ash".to_owned() });
    for id in ["tasks.done-in-time", "tasks.days-median"] {
        let figure = figures::read(&house.platform, measure(&house, id), period("2026-11"), Some(&ward()), &whose)
            .await
            .unwrap();
        assert_eq!(figure.tally.denominator, 2, "{id}");
        assert_eq!(figure.parts[0].value, figure.value, "{id}");
    }
    let stranger = Scope::of(PROVIDER, ProviderId(Uuid::now_v7()));
    assert!(figures::whose(&house.platform, &stranger).await.is_err());
    assert!(health::by_standard(&house.platform, "tasks.", &scope).await.unwrap().is_empty());
    house.close().await;
}

#[tokio::test]
async fn health_counts_each_open_promise_once() {
    let Some(house) = House::at("2026-11-16T10:00").await else { return };
    for (number, at) in
        [(1, "2026-11-09T09:00"), (2, "2026-11-14T09:00"), (3, "2026-11-15T09:00"), (4, "2026-11-16T09:00")]
    {
        house.report(number, "East", "Ash", at).await;
    }
    let open = async |prefix: &str| health::by_standard(&house.platform, prefix, &Scope::default()).await.unwrap();
    let health = open("tasks.").await["tasks.test.two-days"];
    assert_eq!((health.breached, health.due_today, health.at_risk, health.running), (1, 1, 0, 2));
    house.set("2026-11-17T16:00");
    let later = open("tasks.test.two-days").await["tasks.test.two-days"];
    assert_eq!((later.breached, later.due_today, later.at_risk, later.running), (2, 1, 0, 1));
    assert!(open("other.").await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn the_regulators_figures_show_where_two_councils_stand() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/tsm-2023-24/management_info_long.csv");
    let Ok(text) = std::fs::read(path) else {
        eprintln!("skipped: ../shared/data/tsm-2023-24 is not there");
        return;
    };
    let Some(house) = House::at("2026-11-16T10:00").await else { return };
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let headings = reader.headers().unwrap().clone();
    let rows: Vec<StagedRow> = (2..)
        .zip(reader.records())
        .map(|(number, record)| {
            let record = record.unwrap();
            let cells = headings.iter().zip(&record).filter(|(_, cell)| !cell.trim().is_empty());
            let cells = cells.map(|(heading, cell)| (heading.to_owned(), cell.to_owned())).collect();
            StagedRow { number, source: "Regulator".into(), cells }
        })
        .collect();
    for time in 0..2 {
        let mut ctx = house.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
        let outcomes = external::ExternalFigures.apply(&mut ctx, &rows).await.unwrap();
        ctx.commit().await.unwrap();
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Refused(_))).count();
        let new = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Created(_))).count();
        assert_eq!((refused, new > 0), (0, time == 0), "the second time nothing is new");
    }
    let peers = external::peers(&house.platform, "RP02-emergency").await.unwrap();
    assert_eq!(peers.len(), 1);
    let names: Vec<&str> = peers[0].marked.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(names, ["Oxford City Council", "Warwick District Council"]);
    assert_eq!(peers[0].group, "local authorities with 5,000 to 40,000 homes");
    assert!((80..130).contains(&peers[0].count), "{}", peers[0].count);
    assert!(peers[0].spread.windows(2).all(|pair| pair[0] <= pair[1]));
    assert!(external::peers(&house.platform, "XX99").await.unwrap().is_empty());
    house.close().await;
}

#[tokio::test]
async fn the_night_counts_once_however_many_processes_ask() {
    let Some(house) = House::at("2026-11-20T03:10").await else { return };
    assert!(figures::nightly(&house.platform).await.unwrap().is_some());
    assert_eq!(figures::nightly(&house.platform).await.unwrap(), None);
    house.set("2026-11-21T03:05");
    assert!(figures::nightly(&house.platform).await.unwrap().is_some());
    house.close().await;
}

#[tokio::test]
async fn counting_by_night_and_an_import_of_history_give_the_same() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    let task = house.report(1, "East", "Ash", "2026-10-01T09:00").await;
    house.done(task, "2026-10-02T09:00", 1).await;
    assert_eq!(value(&house, "tasks.done-in-time", "2026-10").await, Some(100.0));
    sqlx::query("update task set days = 9").execute(house.platform.writes()).await.unwrap();
    assert_eq!(value(&house, "tasks.done-in-time", "2026-10").await, Some(100.0), "no fact, no count");
    figures::recompute(&house.platform, None, "2024-11-01".parse().unwrap()).await.unwrap();
    assert_eq!(value(&house, "tasks.done-in-time", "2026-10").await, Some(0.0));
    sqlx::query("update task set days = 1").execute(house.platform.writes()).await.unwrap();
    sqlx::query("insert into figure_pending select 'task.done', null, now() from generate_series(1, 6000)")
        .execute(house.platform.writes())
        .await
        .unwrap();
    assert_eq!(value(&house, "tasks.done-in-time", "2026-10").await, Some(100.0));
    house.close().await;
}

#[tokio::test]
async fn the_next_turn_of_a_promise_begins_where_the_last_one_ends_and_a_check_taken_back_ends_none() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    let task = house.report(1, "East", "Ash", "2026-11-01T09:00").await;
    let turns =
        "select state, due_day::text from clock where standard = 'tasks.test.checked-again' order by started_at";
    let at = |day: &str| CHECKED.at(format!("2026-11-{day}T09:00").parse().unwrap());
    let read = || sqlx::query_as::<_, (String, String)>(turns).fetch_all(house.platform.writes());
    let said = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(state, due)| ((*state).to_owned(), (*due).to_owned())).collect()
    };
    house.record(WATCHED.at("2026-11-01T09:00".parse().unwrap()), task).await;
    house.record(at("05"), task).await;
    let once = said(&[("met", "2026-11-11"), ("running", "2026-11-15")]);
    assert_eq!(read().await.unwrap(), once);
    let mistaken = house.record(at("09"), task).await;
    assert_eq!(read().await.unwrap(), said(&[("met", "2026-11-11"), ("met", "2026-11-15"), ("running", "2026-11-19")]));
    let now = house.platform.now();
    house.record(CHECK_WITHDRAWN.at(now).with(WITHDRAWN, vec![mistaken]), task).await;
    assert_eq!(read().await.unwrap(), once);
    let mut lived = clocks::of_case(&house.platform, CaseId(task)).await.unwrap();
    lived.sort_by_key(|clock| clock.id);
    for clock in &mut lived {
        clock.breached_at = clock.breached_at.filter(|_| !clock.state.is_open());
    }
    assert_eq!(lived, clocks::rebuild(&house.platform, Some(&[task])).await.unwrap());
    house.close().await;
}

#[tokio::test]
async fn a_fact_that_takes_others_back_counts_every_figure_again() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    let topics = &house.platform.rules().figure_topics;
    let mut all: Vec<_> = house.platform.rules().measures.all().map(|measure| measure.id.clone()).collect();
    let mut counted: Vec<_> = topics.get(CHECK_WITHDRAWN.name).expect("it has its figures").to_vec();
    all.sort();
    counted.sort();
    assert_eq!(counted, all);
    house.close().await;
}

#[tokio::test]
async fn a_part_is_found_by_its_id_and_read_by_its_name_which_may_change() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    let ash = Uuid::now_v7();
    sqlx::query("insert into provider values ($1, 'Ash')").bind(ash).execute(house.platform.writes()).await.unwrap();
    let task = house.report(1, "East", &ash.to_string(), "2026-11-10T09:00").await;
    house.done(task, "2026-11-11T09:00", 1).await;
    let done = measure(&house, "tasks.done-in-time");
    let part = async || {
        let figure = figures::read(&house.platform, done, period("2026-11"), Some(&provider()), &Whose::Landlord).await;
        let part = figure.unwrap().parts.remove(0);
        (part.key, part.name)
    };
    assert_eq!(part().await, (ash.to_string(), "Ash".to_owned()));
    sqlx::query("update provider set name = 'Ash & Daughter'").execute(house.platform.writes()).await.unwrap();
    assert_eq!(part().await, (ash.to_string(), "Ash & Daughter".to_owned()), "nothing is counted again");
    for text in [ash.to_string().as_str(), "Ash & Daughter"] {
        assert_eq!(figures::names::meant(&house.platform, &provider(), text).await.unwrap(), ash.to_string());
    }
    let rows = evidence::all(&house.platform, done, period("2026-11"), &Filter::default(), 10).await.unwrap();
    assert_eq!((rows[0].part(&provider()), rows[0].part(&ward())), ("Ash & Daughter", "East"));
    house.close().await;
}

#[tokio::test]
async fn two_dimensions_at_once_add_up_to_each_of_them() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    for (number, ward, provider, days) in [
        (1, "East", "Ash", 1),
        (2, "East", "Birch", 9),
        (3, "West", "Ash", 1),
        (4, "West", "Ash", 5),
        (5, "East", "Ash", 2),
    ] {
        let task = house.report(number, ward, provider, "2026-10-10T09:00").await;
        house.done(task, if number < 3 { "2026-10-11T09:00" } else { "2026-11-11T09:00" }, days).await;
    }
    for id in ["tasks.done-in-time", "tasks.days-median"] {
        let measure = measure(&house, id);
        let crossed =
            figures::cross(&house.platform, measure, period("2026-27"), [&ward(), &provider()], &Whose::Landlord)
                .await
                .unwrap();
        let names = |side: &[(String, String)]| side.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>();
        assert_eq!(
            (names(&crossed.rows), names(&crossed.columns)),
            (vec!["East".into(), "West".into()], vec!["Ash".into(), "Birch".into()])
        );
        let cell = |ward: &str, provider: &str| crossed.cells.get(&(ward.to_owned(), provider.to_owned())).copied();
        assert_eq!(cell("West", "Birch"), None, "nothing was counted there");
        let (value, tally) = cell("West", "Ash").unwrap();
        assert_eq!((value, tally.denominator), (Some(if id.ends_with("median") { 3.0 } else { 50.0 }), 2));
        let by_ward =
            figures::read(&house.platform, measure, period("2026-27"), Some(&ward()), &Whose::Landlord).await.unwrap();
        for part in by_ward.parts {
            let counted: i64 = crossed
                .cells
                .iter()
                .filter(|((ward, _), _)| *ward == part.key)
                .map(|(_, (_, tally))| tally.denominator)
                .sum();
            assert_eq!(counted, part.tally.denominator, "{}", part.key);
        }
        let twice =
            figures::cross(&house.platform, measure, period("2026-27"), [&ward(), &ward()], &Whose::Landlord).await;
        assert!(matches!(twice, Err(rooftree_platform::Error::Invalid(_))));
    }
    house.close().await;
}

#[tokio::test]
async fn a_ratio_divides_sums_and_a_share_is_of_its_population() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    for (number, days) in [(1, 1), (2, 6)] {
        let task = house.report(number, "East", "Ash", "2026-11-10T09:00").await;
        house.done(task, "2026-11-11T09:00", days).await;
    }
    // Seven days for five visits.
    assert_eq!(value(&house, "tasks.days-per-visit", "2026-11").await, Some(1.4));
    let ratio = measure(&house, "tasks.days-per-visit");
    let mut ctx = house.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
    let id = frozen::freeze(&mut ctx, ratio, period("2026-11"), "").await.unwrap();
    ctx.commit().await.unwrap();
    let frozen = frozen::get(&house.platform, id).await.unwrap();
    assert_eq!((frozen.value, frozen.shown.as_str()), (Some(1.4), "1.4 days per visit"));
    assert_eq!(frozen::compare(&house.platform, frozen).await.unwrap().counts, (0, 0, 0));

    for (number, ward, at) in
        [(3, "East", "2026-10-01T09:00"), (4, "East", "2026-11-19T09:00"), (5, "West", "2026-11-19T09:00")]
    {
        house.report(number, ward, "Ash", at).await;
    }
    let share = measure(&house, "tasks.old-share");
    let figure =
        figures::read(&house.platform, share, period("2026-11"), Some(&ward()), &Whose::Landlord).await.unwrap();
    assert_eq!((figure.value.map(f64::round), figure.members, figure.tally.numerator), (Some(33.0), Some(3), 1));
    assert_eq!(figure.parts[0].value, Some(50.0), "one of the two that are open in the East");
    let october = figures::read(&house.platform, share, period("2026-10"), None, &Whose::Landlord).await.unwrap();
    assert_eq!((october.value, october.members), (Some(100.0), Some(1)), "of those open at the end of that day");
    house.close().await;
}

#[tokio::test]
async fn a_measure_that_cannot_be_counted_holds_up_no_other() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    let task = house.report(1, "East", "Ash", "2026-11-10T09:00").await;
    house.done(task, "2026-11-11T09:00", 1).await;
    let broken =
        figures::read(&house.platform, measure(&house, "tasks.broken"), period("2026-11"), None, &Whose::Landlord)
            .await;
    assert!(broken.is_err());
    let all = figures::listed(&house.platform, &Whose::Landlord);
    let lines = figures::overview(&house.platform, &all, period("2026-11"), &Whose::Landlord).await.unwrap();
    let waiting: Vec<&str> =
        lines.iter().filter(|line| line.figure.waiting).map(|line| line.measure.id.as_str()).collect();
    assert_eq!(waiting, ["tasks.broken"]);
    figures::keep_fresh(&house.platform).await.unwrap();
    assert!(figures::nightly(&house.platform).await.unwrap().is_some());
    house.close().await;
}

#[tokio::test]
async fn whoever_reads_a_figure_writes_nothing() {
    let Some(house) = House::at("2026-11-20T10:00").await else { return };
    let task = house.report(1, "East", "Ash", "2026-11-10T09:00").await;
    house.done(task, "2026-11-11T09:00", 1).await;
    assert_eq!(value(&house, "tasks.done-in-time", "2026-11").await, Some(100.0));
    // As on a standby: what is counted can be read.
    let name: String =
        sqlx::query_scalar("select current_database()").fetch_one(house.platform.writes()).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("alter database {name} set default_transaction_read_only = on")))
        .execute(house.platform.writes())
        .await
        .unwrap();
    let standby = house.again().await;
    assert_eq!(
        figures::read(&standby, measure(&house, "tasks.done-in-time"), period("2026-11"), None, &Whose::Landlord)
            .await
            .unwrap()
            .value,
        Some(100.0)
    );
    standby.writes().close().await;
    house.close().await;
}

#[tokio::test]
async fn what_was_known_on_a_day_stays_known() {
    let Some(house) = House::at("2026-11-03T10:00").await else { return };
    let done = measure(&house, "tasks.done-in-time");
    let known = async |day: &str| {
        figures::past::known_on(&house.platform, done, period("2026-10"), day.parse().unwrap()).await.unwrap()
    };
    let value_on = async |day: &str| match known(day).await {
        figures::past::Known::Figure(figure) => (figure.value, figure.tally.denominator),
        other => panic!("{other:?}"),
    };
    let first = house.report(1, "East", "Ash", "2026-10-10T09:00").await;
    house.done(first, "2026-10-11T09:00", 1).await;
    assert_eq!(value(&house, "tasks.done-in-time", "2026-10").await, Some(100.0));
    house.set("2026-11-20T10:00");
    for (number, days) in [(2, 9), (3, 9)] {
        let late = house.report(number, "East", "Ash", "2026-10-10T09:00").await;
        house.done(late, "2026-10-19T09:00", days).await;
    }
    assert_eq!(value(&house, "tasks.done-in-time", "2026-10").await.map(f64::round), Some(33.0));
    assert_eq!(value_on("2026-11-03").await, (Some(100.0), 1));
    assert_eq!(value_on("2026-11-19").await, (Some(100.0), 1), "until the day before anybody knew better");
    assert_eq!(value_on("2026-11-20").await.1, 3);
    assert_eq!(known("2026-11-02").await, figures::past::Known::KeptSince(Some("2026-11-03".parse().unwrap())));
    let day = |day: &str| day.parse().unwrap();
    for wrong in ["2026-11-21", "2026-09-30"] {
        let refused = figures::past::known_on(&house.platform, done, period("2026-10"), day(wrong)).await;
        assert!(matches!(refused, Err(rooftree_platform::Error::Invalid(_))), "{wrong}");
    }
    house.close().await;
}
