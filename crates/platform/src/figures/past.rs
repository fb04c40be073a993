//! What was known on a day: the figure as it stood, before later facts changed it.

use super::{
    Figure, Whose,
    cells::{Place, Tally},
    compute::population_cells,
    months_of,
    read::Shelf,
};
use crate::{Error, Platform, Result, boxed};
use rooftree_kernel::{Day, periods::Period};
use rooftree_promises::measures::Measure;
use std::collections::BTreeSet;

/// A figure as it stood at the end of a day.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub enum Known {
    /// It came to this, counted up to that day.
    Figure(Box<Figure>),
    /// Nobody kept it then: it is kept since this day (`None`: it was never counted).
    KeptSince(Option<Day>),
}

/// The landlord's figure of a period as it stood at the end of a day.
#[boxed]
pub async fn known_on(platform: &Platform, measure: &Measure, period: Period, day: Day) -> Result<Known> {
    let today = platform.now().day();
    if day > today {
        return Err(Error::field("on", "this day has not come yet"));
    }
    if period.first_day() > day {
        return Err(Error::field("on", format!("{} had not begun on that day", period.label())));
    }
    let months = months_of(period, day);
    let names: Vec<String> =
        std::iter::once(measure.id.clone()).chain(measure.population.as_deref().map(population_cells)).collect();
    let kept = sqlx::query!(
        r#"select max(s.kept_from) as "since: Day", count(*) as "months!" from figure_state s where s.measure = $1 and s.first_day = any($2)"#,
        measure.id,
        &months as _
    )
    .fetch_one(platform.writes())
    .await?;
    let complete = usize::try_from(kept.months).is_ok_and(|counted| counted == months.len());
    if !complete || kept.since.is_none_or(|since| since > day) {
        return Ok(Known::KeptSince(kept.since.filter(|_| complete)));
    }
    let firsts: BTreeSet<Day> = months.iter().copied().chain([period.first_day()]).collect();
    let whose = Whose::Landlord;
    let mut shelf = Shelf::load(platform, &[measure], &firsts, None, &whose).await?;
    let firsts: Vec<Day> = firsts.into_iter().collect();
    let replaced = sqlx::query!(
        r#"select distinct on (measure, first_day, months) measure, first_day as "first_day: Day", months, numerator, denominator, excluded,
                  total, base, median
           from figure_past where measure = any($1) and first_day = any($2) and known_until >= $3
           order by measure, first_day, months, known_until"#,
        &names,
        &firsts as _,
        day as _
    )
    .fetch_all(platform.writes())
    .await?;
    for row in replaced {
        let tally = Tally {
            numerator: row.numerator,
            denominator: row.denominator,
            excluded: row.excluded,
            total: row.total,
            base: row.base,
            median: row.median,
        };
        shelf.cells.entry(row.measure).or_default().0.insert(Place::whole(row.first_day, row.months), tally);
    }
    Ok(Known::Figure(Box::new(shelf.figure(measure, period, &months, day))))
}
