//! The import engine with a target of its own: a table of things with a name, a size and a parent.

use crate::bench::{Bench, HAPPENED, LOOK};
use async_trait::async_trait;
use rooftree_kernel::{Actor, Channel, Permission};
use rooftree_platform::{
    Ctx, Error, Result,
    imports::{
        Column, ImportTarget, Outcome, StagedRow, batches,
        batches::{Batch, Status},
        engine::{self, Work},
        job::RunImport,
        lifetime,
    },
    jobs::JobHandler,
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};
use uuid::Uuid;

/// Whether the database has broken off under a row called AWAY, which it does once.
static GONE: AtomicBool = AtomicBool::new(false);

/// A target that writes its rows in sets, as the real ones do.
pub struct Things;

#[async_trait]
impl ImportTarget for Things {
    fn key(&self) -> &'static str {
        "things"
    }
    fn title(&self) -> &'static str {
        "Things"
    }
    fn permission(&self) -> Permission {
        LOOK
    }
    fn columns(&self) -> &'static [Column] {
        &[
            Column {
                key: "external_ref",
                title: "Reference",
                required: true,
                example: "T1",
                aliases: &["thing id"],
                instead: None,
            },
            Column { key: "name", title: "Name", required: true, example: "Spanner", aliases: &[], instead: None },
            Column { key: "size", title: "Size", required: false, example: "12", aliases: &["size mm"], instead: None },
            Column { key: "parent", title: "Parent", required: false, example: "T0", aliases: &[], instead: None },
        ]
    }

    async fn apply(&self, ctx: &mut Ctx, rows: &[StagedRow]) -> Result<Vec<Outcome>> {
        let text = |row: &StagedRow, key: &str| row.cells.get(key).cloned();
        if rows.iter().any(|row| text(row, "name").as_deref() == Some("BUG")) {
            return Err(Error::Internal("a fault of the program".into()));
        }
        if rows.iter().any(|row| text(row, "name").as_deref() == Some("AWAY")) && !GONE.swap(true, Relaxed) {
            return Err(Error::Database(sqlx::Error::WorkerCrashed));
        }
        let refs: Vec<String> = rows.iter().filter_map(|row| text(row, "external_ref")).collect();
        let known: HashMap<String, (Uuid, String)> = sqlx::query_as::<_, (String, Uuid, String)>(
            "select external_ref, id, name from thing where external_ref = any($1)",
        )
        .bind(&refs)
        .fetch_all(ctx.conn())
        .await?
        .into_iter()
        .map(|(reference, id, name)| (reference, (id, name)))
        .collect();
        let mut outcomes = Vec::new();
        let (mut ids, mut new_refs, mut names, mut sizes, mut parents) = (vec![], vec![], vec![], vec![], vec![]);
        for row in rows {
            let (reference, name) = (text(row, "external_ref").unwrap(), text(row, "name").unwrap());
            let Ok(size) = text(row, "size").map(|size| size.parse::<i32>()).transpose() else {
                outcomes.push(Outcome::Refused(vec![("size".into(), "enter a whole number, like 12".into())]));
                continue;
            };
            match known.get(&reference) {
                Some((id, old)) if *old == name => outcomes.push(Outcome::Unchanged(*id)),
                Some((id, old)) => {
                    sqlx::query("update thing set name = $2 where id = $1")
                        .bind(id)
                        .bind(&name)
                        .execute(ctx.conn())
                        .await?;
                    outcomes.push(Outcome::Updated { id: *id, before: json!({ "name": old }) });
                }
                None => {
                    let id = Uuid::now_v7();
                    outcomes.push(Outcome::Created(id));
                    ids.push(id);
                    new_refs.push(reference);
                    names.push(name);
                    sizes.push(size);
                    parents.push(text(row, "parent"));
                }
            }
        }
        sqlx::query(
            "insert into thing (id, external_ref, name, size, parent) select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[])",
        )
        .bind(&ids)
        .bind(&new_refs)
        .bind(&names)
        .bind(&sizes)
        .bind(&parents)
        .execute(ctx.conn())
        .await?;
        let now = ctx.now;
        ctx.record_all(ids.iter().map(|_| HAPPENED.at(now).with("what", "thing added")).collect()).await?;
        Ok(outcomes)
    }

    async fn undo(&self, ctx: &mut Ctx, created: &[Uuid], updated: &[(Uuid, Value)]) -> Result<()> {
        let used: i64 = sqlx::query_scalar("select count(*) from thing where id = any($1) and in_use")
            .bind(created)
            .fetch_one(ctx.conn())
            .await?;
        if used > 0 {
            return Err(Error::conflict(format!("{used} things are in use")));
        }
        sqlx::query("delete from thing where id = any($1)").bind(created).execute(ctx.conn()).await?;
        for (id, before) in updated {
            sqlx::query("update thing set name = $2 where id = $1")
                .bind(id)
                .bind(before["name"].as_str())
                .execute(ctx.conn())
                .await?;
        }
        Ok(())
    }
}

const TABLE: &str = "create table thing (id uuid primary key, external_ref text not null unique, name text not null,
    size integer check (size > 0), parent text references thing (external_ref) deferrable, in_use boolean not null default false)";

async fn bench() -> Option<Bench> {
    let bench = Bench::new().await?;
    sqlx::raw_sql(TABLE).execute(bench.platform.writes()).await.unwrap();
    Some(bench)
}

fn system() -> Actor {
    Actor::system(Channel::Cli)
}

async fn stage(bench: &Bench, csv: &str) -> Uuid {
    engine::stage(&bench.platform, &system(), "things", "Old system", "things.csv", csv.as_bytes().to_vec())
        .await
        .unwrap()
}

async fn run(bench: &Bench, id: Uuid, work: Work) -> Result<Batch> {
    engine::run_now(&bench.platform, &system(), id, work, |_| {}).await
}

async fn names(bench: &Bench) -> Vec<String> {
    sqlx::query_scalar("select external_ref || '=' || name from thing order by 1")
        .fetch_all(bench.platform.writes())
        .await
        .unwrap()
}

fn counts(batch: &Batch) -> [i32; 5] {
    [batch.created, batch.updated, batch.unchanged, batch.bad, batch.good]
}

const MIXED: &str = "Thing ID,Name,Size mm\nT1,Spanner,12\nT2,,5\nT3,Hammer,big\nT4,Saw,-3\nT5,Drill,\n";

#[tokio::test]
async fn a_dry_run_tells_all_and_writes_nothing() {
    let Some(bench) = bench().await else { return };
    let id = stage(&bench, MIXED).await;
    let batch = run(&bench, id, Work::Check).await.unwrap();
    assert_eq!((batch.status, counts(&batch)), (Status::Checked, [2, 0, 0, 3, 2]));
    assert!(names(&bench).await.is_empty());
    let facts: i64 = sqlx::query_scalar("select count(*) from fact").fetch_one(bench.platform.writes()).await.unwrap();
    assert_eq!(facts, 0);
    let bad = batches::bad_rows(&bench.platform, id, 0, 10).await.unwrap();
    let told: Vec<(i32, &str)> = bad.iter().map(|row| (row.number, row.faults[0].field.as_str())).collect();
    assert_eq!(told, [(3, "name"), (4, "size"), (5, "row")], "gap, wrong number, and what only the database refuses");
    assert!(bad[0].faults[0].message.contains("like Spanner") && bad[2].faults[0].message.contains("thing_size_check"));
    assert_eq!(bad[1].cells, ["T3", "Hammer", "big"], "the row as it stood in the file");
    bench.end().await;
}

#[tokio::test]
async fn good_rows_go_in_and_the_same_file_twice_changes_nothing() {
    let Some(bench) = bench().await else { return };
    let id = stage(&bench, MIXED).await;
    run(&bench, id, Work::Check).await.unwrap();
    let batch = run(&bench, id, Work::Apply).await.unwrap();
    assert_eq!((batch.status, counts(&batch)), (Status::Done, [2, 0, 0, 3, 2]));
    assert_eq!(names(&bench).await, ["T1=Spanner", "T5=Drill"]);
    assert!(matches!(run(&bench, id, Work::Apply).await, Err(Error::Conflict(_))), "a batch goes in once");
    let again = run(&bench, stage(&bench, MIXED).await, Work::Apply).await.unwrap();
    assert_eq!(counts(&again), [0, 0, 2, 3, 2]);
    bench.end().await;
}

#[tokio::test]
async fn a_database_that_is_away_ends_no_import_that_a_job_comes_back_to() {
    let Some(bench) = bench().await else { return };
    let id = stage(&bench, "external_ref,name\nT1,AWAY\n").await;
    engine::begin(&bench.platform, &system(), id, Work::Apply).await.unwrap();
    let payload = json!({ "batch": id, "work": "apply", "user": null });
    assert!(RunImport.run(&bench.platform, &payload).await.is_err());
    assert_eq!(batches::get(&bench.platform, id).await.unwrap().status, Status::Running);
    RunImport.run(&bench.platform, &payload).await.unwrap();
    assert_eq!(batches::get(&bench.platform, id).await.unwrap().status, Status::Done);
    // On the command line nothing comes back: the batch says so, and can be run again.
    GONE.store(false, Relaxed);
    let id = stage(&bench, "external_ref,name\nT2,AWAY\n").await;
    assert!(run(&bench, id, Work::Apply).await.is_err());
    assert_eq!(batches::get(&bench.platform, id).await.unwrap().status, Status::Failed);
    assert_eq!(run(&bench, id, Work::Apply).await.unwrap().status, Status::Done);
    bench.end().await;
}

#[tokio::test]
async fn undo_restores_what_was_there_and_refuses_what_is_in_use() {
    let Some(bench) = bench().await else { return };
    run(&bench, stage(&bench, "external_ref,name\nT1,Spanner\n").await, Work::Apply).await.unwrap();
    let id = stage(&bench, "external_ref,name\nT1,Wrench\nT2,Hammer\n").await;
    let batch = run(&bench, id, Work::Apply).await.unwrap();
    assert_eq!(counts(&batch), [1, 1, 0, 0, 2]);
    sqlx::query("update thing set in_use = true where external_ref = 'T2'")
        .execute(bench.platform.writes())
        .await
        .unwrap();
    assert!(matches!(run(&bench, id, Work::Undo).await, Err(Error::Conflict(_))));
    let batch = batches::get(&bench.platform, id).await.unwrap();
    assert_eq!(batch.status, Status::Done);
    assert!(batch.message.unwrap().contains("1 things are in use. Nothing was taken back."));
    assert_eq!(names(&bench).await, ["T1=Wrench", "T2=Hammer"]);
    sqlx::query("update thing set in_use = false").execute(bench.platform.writes()).await.unwrap();
    assert_eq!(run(&bench, id, Work::Undo).await.unwrap().status, Status::Undone);
    assert_eq!(names(&bench).await, ["T1=Spanner"]);
    assert!(matches!(run(&bench, id, Work::Undo).await, Err(Error::Conflict(_))), "only once");
    bench.end().await;
}

#[tokio::test]
async fn the_cells_of_an_import_are_forgotten_and_it_can_still_be_taken_back() {
    let Some(bench) = bench().await else { return };
    let id = stage(&bench, "Thing ID,Name,Size mm\nT1,Spanner,12\nT2,Hammer,big\n").await;
    run(&bench, id, Work::Apply).await.unwrap();
    let refused = async || batches::bad_rows(&bench.platform, id, 0, 10).await.unwrap();
    bench.pass(89 * 86_400);
    lifetime::forget_old(&bench.platform).await.unwrap();
    assert_eq!(refused().await[0].cells.len(), 3);
    bench.pass(2 * 86_400);
    lifetime::forget_old(&bench.platform).await.unwrap();
    let left = refused().await;
    assert!(left[0].cells.is_empty() && left[0].faults.len() == 1, "what was wrong stays: {left:?}");
    run(&bench, id, Work::Undo).await.unwrap();
    assert!(names(&bench).await.is_empty());
    bench.end().await;
}

#[tokio::test]
async fn a_row_may_refer_to_one_far_before_it_even_in_a_dry_run() {
    let Some(bench) = bench().await else { return };
    let mut csv = "external_ref,name,parent\nROOT,Root,\n".to_owned();
    for number in 0..batches::ROWS_AT_ONCE + 10 {
        csv.push_str(&format!("T{number},Thing {number},ROOT\n"));
    }
    let id = stage(&bench, &csv).await;
    let total = batches::ROWS_AT_ONCE as i32 + 11;
    assert_eq!(counts(&run(&bench, id, Work::Check).await.unwrap()), [total, 0, 0, 0, total]);
    assert_eq!(counts(&run(&bench, id, Work::Apply).await.unwrap()), [total, 0, 0, 0, total]);
    assert_eq!(run(&bench, id, Work::Undo).await.unwrap().status, Status::Undone, "children go before their parent");
    assert!(names(&bench).await.is_empty());
    bench.end().await;
}

#[tokio::test]
async fn an_import_that_stops_half_way_goes_on_where_it_stopped() {
    let Some(bench) = bench().await else { return };
    let mut csv = "external_ref,name\n".to_owned();
    for number in 0..batches::ROWS_AT_ONCE {
        csv.push_str(&format!("T{number},Thing {number}\n"));
    }
    csv.push_str("X1,BUG\n");
    let id = stage(&bench, &csv).await;
    assert!(run(&bench, id, Work::Apply).await.is_err());
    let batch = batches::get(&bench.platform, id).await.unwrap();
    assert_eq!((batch.status, batch.created), (Status::Failed, batches::ROWS_AT_ONCE as i32));
    assert!(batch.message.unwrap().contains("Run it again to go on"));
    sqlx::query("update import_row set cells = '[\"X1\", \"Mended\"]' where cells ->> 0 = 'X1'")
        .execute(bench.platform.writes())
        .await
        .unwrap();
    let batch = run(&bench, id, Work::Apply).await.unwrap();
    assert_eq!(
        (batch.status, batch.created, batch.good),
        (Status::Done, batches::ROWS_AT_ONCE as i32 + 1, batch.total)
    );
    bench.end().await;
}

#[tokio::test]
async fn mappings_are_remembered_by_source_and_files_that_are_no_tables_refused() {
    let Some(bench) = bench().await else { return };
    let id = stage(&bench, "Code,Label\nT1,Spanner\n").await;
    assert!(
        matches!(run(&bench, id, Work::Check).await, Err(Error::Invalid(_))),
        "the required columns are not known yet"
    );
    let columns = [("external_ref".to_owned(), 0), ("name".to_owned(), 1)];
    engine::map(&bench.platform, &system(), id, columns).await.unwrap();
    let next = stage(&bench, "Label,Other,Code\nHammer,x,T2\n").await;
    let batch = run(&bench, next, Work::Apply).await.unwrap();
    assert_eq!(batch.status, Status::Done);
    assert_eq!(
        names(&bench).await,
        ["T2=Hammer"],
        "the next file of the same source needs no mapping, whatever its order"
    );
    for (csv, field) in [("a,b\n", "file"), (",\n1,2\n", "file")] {
        let staged = engine::stage(&bench.platform, &system(), "things", "s", "x.csv", csv.into()).await;
        assert!(matches!(&staged, Err(Error::Invalid(errors)) if errors.get(field).is_some()), "{csv:?}: {staged:?}");
    }
    let nameless = engine::stage(&bench.platform, &system(), "things", " ", "x.csv", b"a\n1\n".to_vec()).await;
    assert!(matches!(&nameless, Err(Error::Invalid(errors)) if errors.get("source").is_some()));
    bench.end().await;
}

#[tokio::test]
async fn without_the_targets_permission_nothing_begins() {
    let Some(bench) = bench().await else { return };
    let id = stage(&bench, MIXED).await;
    let mut actor = system();
    actor.role = "clerk".into();
    actor.permissions = std::sync::Arc::new([LOOK].into());
    assert!(
        matches!(engine::begin(&bench.platform, &actor, id, Work::Apply).await, Err(Error::Forbidden(p)) if p == engine::RUN)
    );
    actor.permissions = std::sync::Arc::new([engine::RUN].into());
    assert!(
        matches!(engine::begin(&bench.platform, &actor, id, Work::Apply).await, Err(Error::Forbidden(p)) if p == LOOK)
    );
    assert_eq!(batches::get(&bench.platform, id).await.unwrap().status, Status::Staged);
    bench.end().await;
}
