//! Writes the landlord to an empty database: rows by COPY, and with them the journal, clocks and seals that the same history would
//! have left if it had been recorded day by day. Nothing is half-written: all of it is one transaction.
//!
//! The files of photos are put into the store before the rows that refer to them.
//!
//! Setting off and arriving are in the journal for the last thirty days only; of older visits the outcome stands there.

mod history;
mod indexes;
mod journal;
mod letters;
mod photos;
mod register;
mod sheet;

use crate::{Catalogue, Config, Landlord, errors::SeededError, providers::DEMO_PASSWORD, repairs::timeline::Timeline};
use anyhow::{Context, Result, bail};
use history::HistoryWriter;
use indexes::Aside;
pub use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use journal::{Journal, Standing};
use letters::Letters;
use register::Register;
use rooftree_kernel::{Day, Moment};
use rooftree_platform::{Conn, Platform, jobs, journal::seal};
use serde_json::json;
use sheet::Sheet;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Rows are sent to the database when so many bytes have gathered.
const PARCEL_BYTES: usize = 8 << 20;
/// Parcels that wait for the database, at most.
const PARCELS_WAITING: usize = 3;

/// Statistics for the tables that pages read first; those of the journal's months follow by themselves.
const ANALYSE: &str = "analyze place, place_alert, person, contact_point, person_need, tenancy, tenancy_person, operative, shift, repair, \
                       works_order, order_line, variation, appointment, survey, inspection, contradiction, message, clock";

/// What was loaded.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Homes of all tenures.
    pub homes: u64,
    /// People.
    pub people: u64,
    /// Repairs.
    pub repairs: u64,
    /// Facts in the journal.
    pub facts: u64,
    /// The errors seeded, for the data-quality page to find.
    pub errors: Vec<SeededError>,
    /// Who can sign in: role and address. All have the same password.
    pub sign_ins: Vec<(&'static str, String)>,
    /// That password.
    pub password: &'static str,
}

/// A progress bar for the terminal.
pub fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{msg:22} {bar:40} {pos}/{len} repairs, {elapsed} gone, {eta} to go");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

/// What the thread that makes the rows sends to the one that writes them.
struct Parcel {
    sheets: Vec<Sheet>,
    repairs: u64,
}

/// What the thread that makes the rows has to say at the end.
struct Made {
    summary: Summary,
    next_seq: i64,
    ends: [i64; 5],
}

/// Loads a landlord. `bar` shows the progress; use [`ProgressBar::hidden`] for none.
///
/// # Errors
/// When the database already holds places or repairs, or refuses a row. Nothing is written then.
pub async fn load(platform: &Platform, config: Config, bar: &ProgressBar) -> Result<Summary> {
    let catalogue = Catalogue::new(&rooftree_repairs::declared::SCRIPT);
    let mut tx = platform.writes().begin().await?;
    as_owner(&mut tx).await?;
    refuse_unless_empty(&mut tx).await?;
    let standing = standing(&mut tx).await?;
    let timeline = Timeline::new(&config);
    partitions(&mut tx, timeline.date(0), config.today()).await?;
    photos::store(platform).await?;
    let aside = Aside::set(&mut tx).await?;
    bar.set_length(config.repairs());
    bar.set_message("Loading repairs");
    let (sender, receiver) = channel(PARCELS_WAITING);
    let maker = {
        let platform = platform.clone();
        tokio::task::spawn_blocking(move || make(&platform, config, &catalogue, standing, &sender))
    };
    write(&mut tx, receiver, bar).await?;
    let made = maker.await.context("the generator stopped")??;
    bar.set_message("Building indexes");
    aside.restore(&mut tx).await?;
    settle(&mut tx, &made, platform.now()).await?;
    tx.commit().await?;
    bar.set_message("Counting for the planner");
    let mut tx = platform.writes().begin().await?;
    as_owner(&mut tx).await?;
    sqlx::query(ANALYSE).execute(&mut *tx).await?;
    // The rule says where each open repair stands, as it does after every command; the planner's statistics come first.
    sqlx::query("update repair r set stage = repair_stands(r) where status = 'open' and stage <> repair_stands(r)")
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    bar.finish_with_message("Loaded");
    Ok(made.summary)
}

/// Until the commit: as whoever signed in to the database rather than as the application's role, which may not touch indexes, and
/// without a limit on how long one statement takes.
async fn as_owner(conn: &mut Conn) -> Result<()> {
    sqlx::raw_sql("set local role none; set local statement_timeout = 0").execute(conn).await?;
    Ok(())
}

async fn refuse_unless_empty(conn: &mut Conn) -> Result<()> {
    // Two loads at once would both find it empty.
    sqlx::query("lock table place, repair in exclusive mode").execute(&mut *conn).await?;
    let taken: bool = sqlx::query_scalar(
        "select exists (select from place) or exists (select from repair) or exists (select from person) or exists (select from provider)",
    )
    .fetch_one(&mut *conn)
    .await?;
    if taken {
        bail!("this database already holds a landlord: load the demo into an empty one");
    }
    // A server that ran on the empty database has made seeds of its own, from which nothing was drawn.
    sqlx::query("delete from inspection_seed").execute(conn).await?;
    Ok(())
}

async fn standing(conn: &mut Conn) -> Result<Standing> {
    let next_seq: i64 = sqlx::query_scalar("select nextval('fact_seq')").fetch_one(&mut *conn).await?;
    Ok(Standing { next_seq, last_seal: seal::last(conn).await? })
}

async fn partitions(conn: &mut Conn, first: Day, last: Day) -> Result<()> {
    sqlx::query("select ensure_fact_partitions($1, $2)").bind(first).bind(last).execute(conn).await?;
    Ok(())
}

/// Writes the parcels as they come.
async fn write(conn: &mut Conn, mut parcels: Receiver<Parcel>, bar: &ProgressBar) -> Result<()> {
    while let Some(parcel) = parcels.recv().await {
        for sheet in parcel.sheets {
            sheet.copy(conn).await?;
        }
        bar.inc(parcel.repairs);
    }
    Ok(())
}

/// Makes the landlord and all rows; runs beside the database's work.
fn make(
    platform: &Platform,
    config: Config,
    catalogue: &Catalogue,
    standing: Standing,
    sender: &Sender<Parcel>,
) -> Result<Made> {
    let land = Landlord::generate(config, catalogue)?;
    let now = land.config.now;
    let began = Timeline::new(&land.config).at(0, 0);
    let mut journal = Journal::new(platform.clone(), standing, began);
    let mut register = Register { land: &land, began, journal: &mut journal, importer: "Former housing system".into() };
    register.write(|sheets| send(sender, sheets, 0))?;
    let mut writer = HistoryWriter::new(&land, catalogue, Letters { platform, land: &land, catalogue });
    let mut history = land.repairs(catalogue);
    let (mut repairs, mut sent) = (0_u64, 0);
    let mut orders = crate::repairs::FIRST_ORDER;
    for life in history.by_ref() {
        journal.write_before(life.repair.reported_at)?;
        orders = life.order.as_ref().map_or(orders, |order| order.number);
        writer.write(life, &mut journal)?;
        repairs += 1;
        if writer.len() + journal.len() > PARCEL_BYTES {
            send(sender, writer.take().into_iter().chain(journal.take()).collect(), repairs - sent)?;
            sent = repairs;
        }
    }
    journal.finish(now)?;
    send(sender, writer.take().into_iter().chain(journal.take()).collect(), repairs - sent)?;
    let errors = land.errors.iter().chain(history.errors()).cloned().collect();
    let ends = ends(&land, repairs, orders);
    let facts = (journal.next_seq() - standing.next_seq) as u64;
    Ok(Made { summary: summary(&land, repairs, facts, errors), next_seq: journal.next_seq(), ends })
}

fn send(sender: &Sender<Parcel>, sheets: Vec<Sheet>, repairs: u64) -> Result<()> {
    let sheets = sheets.into_iter().filter(|sheet| !sheet.is_empty()).collect();
    sender.blocking_send(Parcel { sheets, repairs }).ok().context("the database stopped taking rows")
}

fn summary(land: &Landlord, repairs: u64, facts: u64, errors: Vec<SeededError>) -> Summary {
    let mut sign_ins: Vec<(&'static str, String)> = Vec::new();
    for user in &land.providers.users {
        if !sign_ins.iter().any(|(role, _)| *role == user.role) {
            sign_ins.push((user.role, user.email.clone()));
        }
    }
    Summary {
        homes: land.world.homes.len() as u64,
        people: land.people.persons.len() as u64,
        repairs,
        facts,
        errors,
        sign_ins,
        password: DEMO_PASSWORD,
    }
}

/// The last numbers given out: places, people, tenancies, repairs, orders.
fn ends(land: &Landlord, repairs: u64, orders: u64) -> [i64; 5] {
    let (homes, places) = (land.world.homes.len() as i64, land.world.places.len() as i64);
    [
        (10_000 + homes).max(20_000 + places),
        50_000 + land.people.persons.len() as i64,
        30_000 + land.people.tenancies.len() as i64,
        (crate::repairs::FIRST_REPAIR + repairs) as i64 - 1,
        orders as i64,
    ]
}

/// Moves the counters past what was loaded and notes what the demo is.
async fn settle(conn: &mut Conn, made: &Made, now: Moment) -> Result<()> {
    let names = ["place_ref_seq", "person_ref_seq", "tenancy_ref_seq", "repair_ref_seq", "order_ref_seq"];
    for (name, last) in names.into_iter().zip(made.ends) {
        sqlx::query("select setval($1::regclass, $2)").bind(name).bind(last).execute(&mut *conn).await?;
    }
    sqlx::query("select setval('fact_seq', $1, false)").bind(made.next_seq).execute(&mut *conn).await?;
    let errors: Vec<serde_json::Value> = made
        .summary
        .errors
        .iter()
        .map(|error| {
            json!({ "kind": error.kind.key(), "subject": error.subject, "reference": error.reference, "note": error.note })
        })
        .collect();
    sqlx::query("insert into setting (key, value) values ('demo.seeded-errors', $1)")
        .bind(json!(errors))
        .execute(&mut *conn)
        .await?;
    // What a server found while the database was empty says nothing of this landlord: the next one searches at once.
    sqlx::query("delete from setting where key = 'quality.searched-at'").execute(&mut *conn).await?;
    jobs::enqueue(conn, rooftree_platform::quality::JOB, Some("search"), json!({}), now, now).await?;
    Ok(())
}
