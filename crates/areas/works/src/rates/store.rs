//! Reading and writing rates.

use crate::declared::DECLARED;
use rooftree_kernel::{Day, Pence};
use rooftree_platform::{Db, Error, Pool, Result, boxed};

/// A line of the schedule.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Rate {
    /// `PL-014`.
    pub code: String,
    /// `2026-04`.
    pub version: String,
    /// What the price buys.
    pub title: String,
    /// Trade key.
    pub trade: String,
    /// each, metre, hour, m2.
    pub unit: String,
    /// One unit, in pence, without VAT.
    pub price_pence: Pence,
    /// Time for one unit.
    pub minutes: i32,
    /// In force from.
    pub from_day: Day,
}

/// Writes the declared version; a line that is there already stays as it is.
pub async fn declare(pool: &Pool) -> Result<()> {
    let from: Day =
        DECLARED.rates_from.parse().map_err(|_| Error::Internal("rates.toml: `from` is not a date".into()))?;
    let rates: Vec<_> = DECLARED.rates.values().collect();
    sqlx::query!(
        "insert into rate (code, version, title, trade, unit, price_pence, minutes, from_day)
         select r.code, $1, r.title, r.trade, r.unit, r.price, r.minutes, $2
         from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::int[]) as r(code, title, trade, unit, price, minutes)
         on conflict (code, version) do nothing",
        DECLARED.rates_version,
        from as _,
        &rates.iter().map(|r| r.code.clone()).collect::<Vec<_>>(),
        &rates.iter().map(|r| r.title.clone()).collect::<Vec<_>>(),
        &rates.iter().map(|r| r.trade.clone()).collect::<Vec<_>>(),
        &rates.iter().map(|r| r.unit.clone()).collect::<Vec<_>>(),
        &rates.iter().map(|r| r.price_pence).collect::<Vec<_>>(),
        &rates.iter().map(|r| r.minutes).collect::<Vec<_>>(),
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The lines in force on a day with these codes, in no order. Codes that are not in force are absent.
#[boxed]
pub async fn in_force(db: impl Into<Db<'_>>, codes: &[String], day: Day) -> Result<Vec<Rate>> {
    Ok(sqlx::query_as!(
        Rate,
        r#"select r.code as "code!", r.version as "version!", r.title as "title!", r.trade as "trade!", r.unit as "unit!",
                  r.price_pence as "price_pence!: Pence", r.minutes as "minutes!", r.from_day as "from_day!: Day"
           from (select distinct unnest($1::text[]) as code) c cross join lateral rate_in_force(c.code, $2) r"#,
        codes,
        day as _
    )
    .fetch_all(db)
    .await?)
}

/// Every line in force on a day whose code or title holds the words, by code.
#[boxed]
pub async fn list(db: impl Into<Db<'_>>, words: &str, trade: &str, day: Day) -> Result<Vec<Rate>> {
    let like = format!("%{}%", words.trim().to_lowercase().replace(['%', '_', '\\'], " "));
    Ok(sqlx::query_as!(
        Rate,
        r#"select distinct on (code) code, version, title, trade, unit, price_pence as "price_pence: Pence", minutes, from_day
           from rate where from_day <= $1 and (until_day is null or until_day >= $1)
             and lower(code || ' ' || title) like $2 and ($3 = '' or trade = $3)
           order by code, from_day desc, version desc limit 5000"#,
        day as _,
        like,
        trade
    )
    .fetch_all(db)
    .await?)
}
