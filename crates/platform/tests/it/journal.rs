//! Sealing, and what verification says when somebody with the keys to the database changes something.

use crate::bench::Bench;
use rooftree_platform::journal::{
    fresh, seal,
    verify::{self, Finding, Noted, Report},
};
use std::process::Command;

async fn verified(bench: &Bench) -> Report {
    verify::run(&bench.platform, None, None, |_| {}).await.unwrap()
}

/// Three seals of ten facts each and two facts that wait.
async fn sealed() -> Option<Bench> {
    let bench = Bench::new().await?;
    for _ in 0..3 {
        bench.record(10).await;
        assert_eq!(seal::seal_all(&bench.platform).await.unwrap(), 10);
    }
    bench.record(2).await;
    Some(bench)
}

#[tokio::test]
async fn an_untouched_journal_is_sound() {
    let Some(bench) = sealed().await else { return };
    let report = verified(&bench).await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.seals, report.sealed, report.unsealed, report.last_seal), (3, 30, 2, 3));
    assert_eq!(seal::seal_all(&bench.platform).await.unwrap(), 2, "those that waited are sealed next");
    assert_eq!(seal::seal_all(&bench.platform).await.unwrap(), 0, "and only once");
    assert!(verified(&bench).await.is_sound());
    bench.end().await;
}

#[tokio::test]
async fn the_database_refuses_to_change_the_journal() {
    let Some(bench) = sealed().await else { return };
    for sql in [
        "update fact set name = 'x' where seq = 5",
        "delete from fact where seq = 5",
        "truncate fact",
        "update seal set hash = ''",
        "delete from seal",
        "truncate seal",
    ] {
        let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(bench.platform.writes()).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
    }
    bench.end().await;
}

#[tokio::test]
async fn every_tampering_is_named() {
    let attacks = [
        ("update fact set payload = '{\"what\": \"nothing\"}' where seq = 15", Finding::Altered { seq: 15, seal: 2 }),
        ("update fact set occurred_at = occurred_at - interval '1 microsecond' where seq = 30", Finding::Altered { seq: 30, seal: 3 }),
        ("update fact set actor_name = 'Somebody else' where seq = 1", Finding::Altered { seq: 1, seal: 1 }),
        ("delete from fact where seq = 11", Finding::Missing { seq: 11, seal: Some(2) }),
        ("delete from fact where seq = 31", Finding::Missing { seq: 31, seal: None }),
        (
            "insert into fact select 33, recorded_at, occurred_at, name, actor_id, actor_name, channel, on_behalf_of, home_id, person_id,
                    case_id, payload from fact where seq = 7",
            Finding::Inserted { seq: 33 },
        ),
        (
            "insert into fact select seq, recorded_at + interval '1 second', occurred_at, name, actor_id, actor_name, channel,
                    on_behalf_of, home_id, person_id, case_id, payload from fact where seq = 7",
            Finding::Inserted { seq: 7 },
        ),
        (
            "insert into fact select -5, recorded_at, occurred_at, name, actor_id, actor_name, channel, on_behalf_of, home_id, person_id,
                    case_id, payload from fact where seq = 7",
            Finding::Inserted { seq: -5 },
        ),
        ("update fact_fresh set seqs = array_remove(seqs, 32::bigint)", Finding::Inserted { seq: 32 }),
        ("delete from seal where number = 2; delete from fact where seq between 11 and 20", Finding::SealMissing { seal: 2 }),
        ("update seal set previous_hash = hash where number = 2", Finding::SealAltered { seal: 2 }),
        ("update seal set leaves = leaves || '\\x00' where number = 1", Finding::SealAltered { seal: 1 }),
    ];
    for (sql, expected) in attacks {
        let Some(bench) = sealed().await else { return };
        bench.tamper(sql).await;
        let report = verified(&bench).await;
        assert_eq!(report.first(), Some(&expected), "{sql}: {report:?}");
        bench.end().await;
    }
}

#[tokio::test]
async fn an_altered_fact_whose_leaf_was_altered_too_breaks_the_chain() {
    let Some(bench) = sealed().await else { return };
    // Turned over, not set: one hash in 256 begins with any given byte.
    bench.tamper("update seal set leaves = set_byte(leaves, 0, get_byte(leaves, 0) # 1) where number = 2").await;
    let report = verified(&bench).await;
    assert!(report.findings.contains(&Finding::SealAltered { seal: 2 }), "{report:?}");
    bench.end().await;
}

#[tokio::test]
async fn a_chain_that_was_cut_short_is_found_by_the_noted_seal() {
    let Some(bench) = sealed().await else { return };
    let report = verified(&bench).await;
    let noted: Noted = format!("{}:{}", report.last_seal, report.last_hash).parse().unwrap();
    let check = async |noted: &Noted| verify::run(&bench.platform, Some(noted), None, |_| {}).await.unwrap();
    assert!(check(&noted).await.is_sound());
    let other = Noted { hash: "00".repeat(32), ..noted.clone() };
    assert_eq!(check(&other).await.first(), Some(&Finding::NotAsNoted { seal: 3 }));
    bench.tamper("delete from seal where number = 3; delete from fact where seq > 20; delete from fact_fresh").await;
    assert!(verified(&bench).await.is_sound(), "without the note the cut does not show");
    assert_eq!(check(&noted).await.first(), Some(&Finding::SealMissing { seal: 3 }));
    bench.end().await;
}

/// The notes of a large import are passed on in several turns, and every fact arrives once.
#[tokio::test]
async fn many_facts_are_passed_on_in_turns() {
    let Some(bench) = Bench::new().await else { return };
    bench.record(25_000).await;
    let (one, two) = tokio::join!(fresh::pass_on(&bench.platform), fresh::pass_on(&bench.platform));
    one.and(two).unwrap();
    let counts: (i64, i64) =
        sqlx::query_as("select (select count(*) from fact_fresh), (select count(*) from fact_unsealed)")
            .fetch_one(bench.platform.writes())
            .await
            .unwrap();
    assert_eq!(counts, (0, 25_000));
    bench.end().await;
}

/// A fact that went before it was sealed stays in the queue, where verification names it, and keeps no other from its seal.
#[tokio::test]
async fn a_fact_that_is_gone_does_not_hold_up_the_sealer() {
    let Some(bench) = sealed().await else { return };
    bench.tamper("delete from fact where seq = 31").await;
    assert_eq!(seal::seal_all(&bench.platform).await.unwrap(), 1);
    assert_eq!(seal::seal_all(&bench.platform).await.unwrap(), 0);
    assert_eq!(verified(&bench).await.first(), Some(&Finding::Missing { seq: 31, seal: None }));
    bench.end().await;
}

#[tokio::test]
async fn two_sealers_at_once_make_one_chain() {
    let Some(bench) = Bench::new().await else { return };
    bench.record(50).await;
    let (one, two) = tokio::join!(seal::seal_all(&bench.platform), seal::seal_all(&bench.platform));
    assert_eq!(one.unwrap() + two.unwrap(), 50);
    let report = verified(&bench).await;
    assert!(report.is_sound() && report.sealed == 50, "{report:?}");
    bench.end().await;
}

/// The documented script, taken from the document, agrees with `verify` on a sound journal and on an altered one.
#[tokio::test]
async fn the_documented_procedure_needs_only_the_bundle() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: no python3");
        return;
    }
    let Some(bench) = sealed().await else { return };
    let document = include_str!("../../../../docs/journal-verification.md");
    let script = document.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("check.py"), script).unwrap();
    let check = async || {
        let path = folder.path().join("journal.jsonl");
        let mut file = std::fs::File::create(&path).unwrap();
        let report = verify::run(&bench.platform, None, Some(&mut file), |_| {}).await.unwrap();
        let output = Command::new("python3").arg(folder.path().join("check.py")).arg(&path).output().unwrap();
        (
            report,
            output.status.success(),
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (report, sound, text) = check().await;
    assert!(sound && text.contains(&format!("30 facts sealed, 2 waiting, last seal 3:{}", report.last_hash)), "{text}");
    bench.tamper("update fact set payload = '{}' where seq = 12; delete from fact where seq = 25").await;
    let (_, sound, text) = check().await;
    assert!(!sound && text.contains("fact 12 was altered") && text.contains("fact 25 is missing"), "{text}");
    bench.end().await;
}
