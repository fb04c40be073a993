//! A landlord's own prices from a spreadsheet, as a new version.

use crate::{declared::DECLARED, permissions};
use async_trait::async_trait;
use rooftree_kernel::{
    Day, MoneyError, Pence, Permission,
    typed::{self, Span},
};
use rooftree_platform::{
    Ctx, Error, Result,
    imports::{Column, ImportTarget, Outcome, StagedRow},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use uuid::Uuid;

/// The schedule of rates.
pub struct Rates;

const COLUMNS: &[Column] = &[
    Column::new("code", "Rate code", "PL-014", &["code", "sor code", "sor", "rate"]).required(),
    Column::new("version", "Version", "2027-04", &["schedule", "version"]).required(),
    Column::new(
        "title",
        "Description",
        "Leaking pipe or joint: repair",
        &["description", "title", "short description"],
    )
    .required(),
    Column::new("trade", "Trade", "plumber", &["trade", "trade code"]).required(),
    Column::new("unit", "Unit", "each", &["unit", "uom"]).required(),
    Column::new("price", "Price (£)", "68.00", &["price", "rate value", "cost", "price (£)"]).required(),
    Column::new("minutes", "Minutes", "60", &["minutes", "smv", "standard minutes"]),
    Column::new("from", "In force from", "2027-04-01", &["from", "effective from", "start date"]).required(),
];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    code: String,
    version: String,
    title: String,
    trade: String,
    unit: String,
    price_pence: i64,
    minutes: i32,
    from_day: Day,
}

impl Line {
    /// Rates are named by code and version; undo needs an id, so one is derived from the name.
    fn id(&self) -> Uuid {
        let digest = Sha256::digest(format!("rate {} {}", self.code, self.version));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Uuid::from_bytes(bytes)
    }
}

/// Our units, and the words that price lists have for each.
const UNITS: &[(&str, &[&str])] = &[
    ("each", &["each", "ea", "no", "nr", "item"]),
    ("metre", &["metre", "metres", "m", "lm", "lin m"]),
    ("hour", &["hour", "hours", "hr", "hrs", "h"]),
    ("m2", &["m2", "m²", "sqm", "sq m", "square metre"]),
];

/// When a price may come into force.
const IN_FORCE: Span =
    Span { earliest: Day(jiff::civil::date(1990, 1, 1)), latest: Day(jiff::civil::date(2099, 12, 31)) };

/// Reads a row, or says what is wrong with which cell.
fn read(row: &StagedRow) -> Result<Line, Vec<(String, String)>> {
    let cell = |key: &str| row.cells.get(key).map_or("", |text| text.trim());
    let mut errors = Vec::new();
    let mut wrong = |key: &str, message: &str| errors.push((key.to_owned(), message.to_owned()));
    for key in ["code", "version", "title"] {
        if cell(key).is_empty() {
            wrong(key, "is empty: give a value");
        }
    }
    let trade = cell("trade").to_lowercase().replace(' ', "-");
    if !DECLARED.trades.contains_key(&trade) {
        wrong("trade", "is no trade of this landlord: use a key such as plumber or gas-engineer");
    }
    let unit = UNITS.iter().find(|(_, words)| words.iter().any(|word| word.eq_ignore_ascii_case(cell("unit"))));
    if unit.is_none() {
        wrong("unit", "must be each, metre, hour or m2");
    }
    let price = match Pence::parse(cell("price")) {
        Ok(price) if price.0 >= 0 => Some(price),
        Err(error @ (MoneyError::TooLarge | MoneyError::Comma)) => {
            wrong("price", &error.to_string());
            None
        }
        Ok(_) | Err(MoneyError::NotAnAmount) => {
            wrong("price", "must be an amount in pounds, like 68.00");
            None
        }
    };
    let minutes = if cell("minutes").is_empty() {
        Some(60)
    } else {
        typed::whole(cell("minutes")).ok().and_then(|m| i32::try_from(m).ok()).filter(|m| (0..=10_000).contains(m))
    };
    if minutes.is_none() {
        wrong("minutes", "must be a whole number of minutes");
    }
    let from =
        rooftree_kernel::typed::day(cell("from")).map_err(|why| why.to_string()).and_then(|day| IN_FORCE.check(day));
    let from = from.map_err(|why| wrong("from", &why)).ok();
    match (price, minutes, from, unit) {
        (Some(price), Some(minutes), Some(from_day), Some((unit, _))) if errors.is_empty() => Ok(Line {
            code: cell("code").to_uppercase(),
            version: cell("version").to_owned(),
            title: cell("title").to_owned(),
            trade,
            unit: (*unit).to_owned(),
            price_pence: price.0,
            minutes,
            from_day,
        }),
        _ => Err(errors),
    }
}

async fn save(ctx: &mut Ctx, lines: &[&Line]) -> Result<()> {
    sqlx::query!(
        "insert into rate (code, version, title, trade, unit, price_pence, minutes, from_day)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::int[], $8::date[])
         on conflict (code, version) do update set title = excluded.title, trade = excluded.trade, unit = excluded.unit,
             price_pence = excluded.price_pence, minutes = excluded.minutes, from_day = excluded.from_day",
        &lines.iter().map(|l| l.code.clone()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.version.clone()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.title.clone()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.trade.clone()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.unit.clone()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.price_pence).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.minutes).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.from_day).collect::<Vec<_>>() as _,
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

#[async_trait]
impl ImportTarget for Rates {
    fn key(&self) -> &'static str {
        "rates"
    }
    fn title(&self) -> &'static str {
        "Schedule of rates"
    }
    fn permission(&self) -> Permission {
        permissions::RATES
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    async fn apply(&self, ctx: &mut Ctx, rows: &[StagedRow]) -> Result<Vec<Outcome>> {
        ctx.require(&permissions::RATES)?;
        let lines: Vec<Result<Line, Vec<(String, String)>>> = rows.iter().map(read).collect();
        let codes: Vec<String> = lines.iter().flatten().map(|line| line.code.clone()).collect();
        let known: HashMap<(String, String), Line> = sqlx::query_as!(
            Line,
            "select code, version, title, trade, unit, price_pence, minutes, from_day from rate where code = any($1)",
            &codes
        )
        .fetch_all(ctx.conn())
        .await?
        .into_iter()
        .map(|line| ((line.code.clone(), line.version.clone()), line))
        .collect();
        let mut seen = HashMap::new();
        let mut changed = Vec::new();
        let mut outcomes = Vec::with_capacity(rows.len());
        for (row, line) in rows.iter().zip(&lines) {
            outcomes.push(match line {
                Err(errors) => Outcome::Refused(errors.clone()),
                Ok(line) => match seen.insert((line.code.clone(), line.version.clone()), row.number) {
                    Some(earlier) => Outcome::Refused(vec![(
                        "code".into(),
                        format!("stands in row {earlier} already: keep one of the two"),
                    )]),
                    None => match known.get(&(line.code.clone(), line.version.clone())) {
                        Some(before) if before == line => Outcome::Unchanged(line.id()),
                        Some(before) => {
                            changed.push(line);
                            let before =
                                serde_json::to_value(before).map_err(|error| Error::Internal(error.to_string()))?;
                            Outcome::Updated { id: line.id(), before }
                        }
                        None => {
                            changed.push(line);
                            Outcome::Created(line.id())
                        }
                    },
                },
            });
        }
        save(ctx, &changed).await?;
        Ok(outcomes)
    }

    async fn undo(&self, ctx: &mut Ctx, created: &[Uuid], updated: &[(Uuid, Value)]) -> Result<()> {
        ctx.require(&permissions::RATES)?;
        let used = sqlx::query_as!(
            Line,
            "select r.code, r.version, r.title, r.trade, r.unit, r.price_pence, r.minutes, r.from_day from rate r
             where exists (select from order_line l where l.rate_code = r.code and l.rate_version = r.version)"
        )
        .fetch_all(ctx.conn())
        .await?;
        if let Some(line) = used.iter().find(|line| created.contains(&line.id())) {
            return Err(Error::conflict(format!(
                "{} of {} was used in an order; nothing was undone.",
                line.code, line.version
            )));
        }
        let before: Vec<Line> = updated
            .iter()
            .map(|(_, value)| serde_json::from_value(value.clone()).map_err(|error| Error::Internal(error.to_string())))
            .collect::<Result<_>>()?;
        save(ctx, &before.iter().collect::<Vec<_>>()).await?;
        let all = sqlx::query!("select code, version from rate").fetch_all(ctx.conn()).await?;
        let gone: Vec<(String, String)> = all
            .into_iter()
            .map(|row| (row.code, row.version))
            .filter(|(code, version)| {
                let digest = Sha256::digest(format!("rate {code} {version}"));
                created.iter().any(|id| id.as_bytes()[..] == digest[..16])
            })
            .collect();
        let (codes, versions): (Vec<String>, Vec<String>) = gone.into_iter().unzip();
        sqlx::query!(
            "delete from rate where (code, version) in (select * from unnest($1::text[], $2::text[]))",
            &codes,
            &versions
        )
        .execute(ctx.conn())
        .await?;
        Ok(())
    }
}
