//! The draw explained, and drawn again: after a month is over anybody who may see repairs can check that nobody chose.

use crate::{declared::INSPECTION, ids::RepairId};
use axum::{extract::State, http::HeaderMap};
use maud::{Markup, html};
use rooftree_frame::{
    App, Asked, PageResult, Signed,
    exports::{self, Format},
    pages,
};
use rooftree_kernel::{Day, Moment, Scope};
use rooftree_platform::{
    Error, Pool, Result,
    ports::SheetCell,
    sample::{commitment, draw, is_revealed, of_bytes, picks},
};
use rooftree_ui::{
    shell,
    summary::{self, Item, Tone},
    tables::{Column, Row, Table},
};

/// Months shown.
const MONTHS_MAX: i64 = 24;
/// Completions of one month that are drawn again.
const DRAWS_MAX: i64 = 100_000;

struct Month {
    month: Day,
    seed: Vec<u8>,
    made_at: Moment,
    picked: i64,
}

struct Drawn {
    id: RepairId,
    reference: String,
    recorded_at: Moment,
    picked: bool,
}

async fn months(pool: &Pool) -> Result<Vec<Month>> {
    Ok(sqlx::query_as!(
        Month,
        r#"select s.month, s.seed, s.made_at,
                  (select count(*) from inspection i where i.selected_day >= s.month and i.selected_day < s.month + interval '1 month') as "picked!"
           from inspection_seed s order by s.month desc limit $1"#,
        MONTHS_MAX
    )
    .fetch_all(pool)
    .await?)
}

/// The repairs whose completion was recorded in a month: these the draw is about.
async fn drawn(pool: &Pool, month: Day, scope: &Scope) -> Result<Vec<Drawn>> {
    if !scope.is_within(&["provider"]) {
        return Err(Error::NotFound("the draw"));
    }
    let [provider] = scope.ids(["provider"]);
    Ok(sqlx::query_as!(
        Drawn,
        r#"select r.id as "id: RepairId", r.reference, min(f.recorded_at) as "recorded_at!: Moment", i.id is not null as "picked!"
           from fact f join repair r on r.id = f.case_id left join inspection i on i.case_id = r.id
           where f.name = 'repair.completed' and f.recorded_at >= $1 and f.recorded_at < $2 and ($3::uuid is null or r.provider_id = $3)
           group by r.id, r.reference, i.id order by r.id limit $4"#,
        month.start() as _,
        month.plus_months(1).start() as _,
        provider,
        DRAWS_MAX
    )
    .fetch_all(pool)
    .await?)
}

/// The page.
pub async fn show(State(app): State<App>, signed: Signed, headers: HeaderMap, Asked(query): Asked) -> PageResult {
    let (pool, now) = (app.platform.reads(), app.platform.now());
    let months = months(pool).await?;
    let chosen = query.get("month").and_then(|text| text.parse::<Day>().ok());
    let over = chosen.and_then(|day| months.iter().find(|month| month.month == day && is_revealed(month.month, now)));
    let again = match over {
        Some(month) => Some(check(month, &drawn(pool, month.month, &signed.0.actor.scope).await?)?),
        None => None,
    };
    let body = html! {
        (shell::heading("The draw", Some("Aftercare"), None))
        (pages::tabs(&app, &signed.0.actor, "Aftercare", "/inspections/draw"))
        (explained())
        @if let Some(again) = &again { (again) }
        (list(&months, now))
    };
    Ok(pages::show(&headers, super::page(&app, &signed, "The draw", body)))
}

fn explained() -> Markup {
    html! {
        p { "We inspect at least " (INSPECTION.share_percent) " in a hundred of the repairs that are completed. Nobody picks them: not the provider, not the client, not this program's operator." }
        ol {
            li { "Before a month begins the program makes 32 random bytes, the month's seed, and keeps them to itself. It records their SHA-256, the commitment, in the journal at once." }
            li { "When a completion is recorded, the SHA-256 of the seed followed by the 16 bytes of the repair's id is the draw. Its first 8 bytes are read as a number and divided by 2" sup { "64" } "; below 0.13 the repair is inspected." }
            li { "The month that counts is the one in which the completion is " em { "recorded" } ". A time given later cannot move it into a month whose seed is known." }
            li { "When the month is over the seed is shown here. Whoever has it can draw again and compare, and can compare the seed with its commitment in the journal." }
        }
        (summary::details("Draw again yourself", html! {
            p { "Open a month below, take its file, and run this over it with Python. It prints every repair for which the draw and our list differ; there must be none." }
            pre { code {
                "import csv, hashlib, sys, uuid\n"
                "seed = bytes.fromhex(sys.argv[2])\n"
                "for row in csv.DictReader(open(sys.argv[1], encoding='utf-8-sig')):\n"
                "    drawn = hashlib.sha256(seed + uuid.UUID(row['Id']).bytes).digest()\n"
                "    picked = int.from_bytes(drawn[:8], 'big') < 13 * 2**64 // 100\n"
                "    if picked != (row['Picked'] == 'yes'): print(row['Repair'])\n"
            } }
        }))
    }
}

/// Draws a month again.
fn check(month: &Month, drawn: &[Drawn]) -> Result<Markup> {
    let seed = of_bytes(&month.seed)?;
    let wrong: Vec<&Drawn> =
        drawn.iter().filter(|one| picks(&draw(&seed, one.id), INSPECTION.share_percent) != one.picked).collect();
    let picked = drawn.iter().filter(|one| one.picked).count();
    let share = if drawn.is_empty() { 0.0 } else { picked as f64 * 100.0 / drawn.len() as f64 };
    let name = month.month.0.strftime("%B %Y").to_string();
    Ok(summary::panel(
        &format!("{name}, drawn again"),
        Some(html! { a href={ "/inspections/draw.csv?month=" (month.month) } { "Every draw as a file" } }),
        html! {
            @if wrong.is_empty() {
                (summary::banner(Tone::Success, html! { p { "All " (drawn.len()) " draws come out as they were made: " (picked) " picked, " (format!("{share:.1}")) " in a hundred." } }))
            } @else {
                (summary::banner(Tone::Danger, html! { p { (wrong.len()) " of " (drawn.len()) " draws differ: " (wrong.iter().take(20).map(|one| one.reference.as_str()).collect::<Vec<_>>().join(", ")) } }))
            }
            (summary::list(&[
                Item::new("Seed", html! { code { (hex::encode(&month.seed)) } }),
                Item::new("Commitment", html! { code { (hex::encode(commitment(&seed))) } }),
                Item::text("Seed made", made_words(month)),
            ]))
        },
    ))
}

fn made_words(month: &Month) -> String {
    if month.made_at < month.month.start() {
        format!("{}, before the month began", month.made_at.long())
    } else {
        format!("{}, after the month had begun: it was the first month of use", month.made_at.long())
    }
}

fn list(months: &[Month], now: Moment) -> Markup {
    let rows = months
        .iter()
        .map(|month| {
            let hash = of_bytes(&month.seed).map_or_else(|_| String::new(), |seed| hex::encode(commitment(&seed)));
            let row = Row::new(vec![
                html! { (month.month.0.strftime("%B %Y")) },
                html! { code { (hash.get(..16).unwrap_or_default()) "…" } },
                html! { (month.made_at.long()) },
                html! { (month.picked) },
                html! { @if is_revealed(month.month, now) { "Shown" } @else { "Secret until the month is over" } },
            ]);
            if is_revealed(month.month, now) {
                row.href(format!("/inspections/draw?month={}", month.month))
            } else {
                row
            }
        })
        .collect();
    let columns = vec![
        Column::new("Month").nowrap(),
        Column::new("Commitment"),
        Column::new("Seed made").nowrap(),
        Column::number("Picked"),
        Column::new("Seed"),
    ];
    html! {
        h2 { "Months" }
        (Table::new("Months", columns).caption_hidden().rows(rows).empty(html! { p { "No seed has been made yet." } }).render())
    }
}

/// A month's draws as a file.
pub async fn csv(State(app): State<App>, signed: Signed, Asked(query): Asked) -> PageResult {
    let (pool, now) = (app.platform.reads(), app.platform.now());
    let month: Day = query
        .get("month")
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::field("month", "give a month, like 2026-10-01"))?;
    if !is_revealed(month, now) {
        return Err(Error::conflict("The seed of this month is secret until the month is over.").into());
    }
    let seed = sqlx::query_scalar!("select seed from inspection_seed where month = $1", month as _)
        .fetch_optional(pool)
        .await?;
    let seed = of_bytes(&seed.ok_or(Error::NotFound("the month's seed"))?)?;
    let drawn = drawn(pool, month, &signed.0.actor.scope).await?;
    let rows = drawn.iter().map(|one| {
        vec![
            SheetCell::Text(one.reference.clone()),
            SheetCell::Text(one.id.to_string()),
            SheetCell::Text(one.recorded_at.to_string()),
            SheetCell::Text(hex::encode(draw(&seed, one.id))),
            SheetCell::Text(if one.picked { "yes" } else { "no" }.to_owned()),
        ]
    });
    exports::file(&app, Format::Csv, &format!("draw-{month}"), &["Repair", "Id", "Recorded", "Draw", "Picked"], rows)
}
