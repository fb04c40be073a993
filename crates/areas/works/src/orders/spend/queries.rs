//! What orders come to, in one statement; sums of parts are made from its rows.

use rooftree_kernel::{Day, Pence, ProviderId, Scope, periods::Period};
use rooftree_platform::{Db, Error, Result, boxed};
use rooftree_ui::Query;
use std::collections::BTreeMap;

/// Months, budgets and providers of a year are far fewer; a sum of some of them only would be untrue, so more are refused.
const CELLS_MAX: i64 = 20_000;

/// What is counted.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The financial year in which orders were issued.
    pub year: Period,
    /// A month of that year, for what budgets bear for providers.
    pub month: Option<Period>,
    /// A provider (a provider's own scope narrows anyway).
    pub provider: Option<ProviderId>,
    /// A revenue line.
    pub budget: Option<String>,
}

impl Filter {
    /// From the address. What cannot be read is ignored: the year is then the present one.
    pub fn of(query: &Query, today: Day) -> Self {
        let get = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty());
        let year: Option<Period> = get("year").and_then(|year| year.parse().ok());
        let year = year.filter(|year| matches!(year, Period::FinancialYear(_))).unwrap_or(Period::year_of(today));
        let month: Option<Period> = get("month").and_then(|month| month.parse().ok());
        let within = |month: &Period| matches!(month, Period::Month(..)) && Period::year_of(month.first_day()) == year;
        Self {
            year,
            month: month.filter(within),
            provider: get("provider").and_then(|id| id.parse().ok()),
            budget: get("budget").map(str::to_owned),
        }
    }

    /// What budgets bear for providers is shown of the month, or of the whole year.
    pub fn narrowest(&self) -> Period {
        self.month.unwrap_or(self.year)
    }

    /// The cells of [`Self::narrowest`].
    pub fn narrow(&self, cells: &[Cell]) -> Vec<Cell> {
        let wanted = |cell: &&Cell| self.month.is_none_or(|month| month == Period::month_of(cell.month));
        cells.iter().filter(wanted).cloned().collect()
    }
}

/// What some orders come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many they are.
    pub orders: i64,
    /// What they are worth, with the variations that were approved.
    pub ordered: Pence,
    /// The approved variations among it.
    pub varied: Pence,
    /// What those that are completed are worth.
    pub completed: Pence,
    /// What the providers have invoiced for them.
    pub invoiced: Pence,
}

impl Sums {
    /// What an order comes to on average, to the penny; none where there is none.
    pub fn average(self) -> Option<Pence> {
        (self.orders > 0).then(|| Pence((self.ordered.0 + self.orders / 2) / self.orders))
    }

    /// Both together, or `None` on overflow.
    fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            orders: self.orders.checked_add(other.orders)?,
            ordered: self.ordered.checked_add(other.ordered)?,
            varied: self.varied.checked_add(other.varied)?,
            completed: self.completed.checked_add(other.completed)?,
            invoiced: self.invoiced.checked_add(other.invoiced)?,
        })
    }
}

/// The orders that one budget bears for one provider, issued in one month.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The first day of the month.
    pub month: Day,
    /// The revenue line.
    pub budget: String,
    /// Who does the work.
    pub provider: ProviderId,
    /// Their name.
    pub provider_name: String,
    /// What they come to.
    pub sums: Sums,
}

/// What there is.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    /// The cells of the year.
    pub year: Vec<Cell>,
    /// Those of the month before it, which its first month is compared with.
    pub before: Vec<Cell>,
}

/// The cells of a year that are not empty, by month, budget and provider's name, and those of the month before. Orders, variations and
/// invoices are each read once and added up together: asked order by order, a large landlord's year took three times as long.
#[boxed]
pub async fn cells(db: impl Into<Db<'_>>, filter: &Filter, scope: &Scope) -> Result<Cells> {
    let first = filter.year.first_day();
    let [provider] = scope.ids(["provider"]);
    let rows = sqlx::query!(
        r#"with chosen as materialized (
               select o.id, date_trunc('month', o.issued_at at time zone 'Europe/London')::date as month, o.budget_code, o.provider_id,
                      o.value_pence, o.status
               from works_order o
               where o.issued_at >= $1 and o.issued_at < $2 and o.status <> 'cancelled'
                 and ($3::uuid is null or o.provider_id = $3) and ($4::text is null or o.budget_code = $4)
           ), part as (
               select month, budget_code, provider_id, count(*) as orders, sum(value_pence) as ordered, 0 as varied,
                      sum(value_pence) filter (where status = 'completed') as completed, 0 as invoiced
               from chosen group by 1, 2, 3
               union all
               select c.month, c.budget_code, c.provider_id, 0, 0, sum(v.value_pence), 0, 0
               from variation v join chosen c on c.id = v.order_id where v.status = 'approved' group by 1, 2, 3
               union all
               select c.month, c.budget_code, c.provider_id, 0, 0, 0, 0, sum(l.invoiced_pence)
               from order_line l join chosen c on c.id = l.order_id
               where l.removed_at is null and l.invoiced_pence is not null group by 1, 2, 3
           )
           select s.month as "month!: Day", s.budget_code as "budget!", s.provider_id as "provider!: ProviderId", p.name as "provider_name!",
                  sum(s.orders)::bigint as "orders!", sum(s.ordered)::bigint as "ordered!: Pence", sum(s.varied)::bigint as "varied!: Pence",
                  coalesce(sum(s.completed), 0)::bigint as "completed!: Pence", sum(s.invoiced)::bigint as "invoiced!: Pence"
           from part s join provider p on p.id = s.provider_id
           group by 1, 2, 3, 4 order by 1, 2, 4, 3 limit $5"#,
        first.plus_months(-1).start() as _,
        filter.year.end_day().start() as _,
        provider.or(filter.provider.map(Into::into)),
        filter.budget.as_deref(),
        CELLS_MAX + 1
    )
    .fetch_all(db)
    .await?;
    complete(rows.len())?;
    let (year, before) = rows
        .into_iter()
        .map(|row| Cell {
            month: row.month,
            budget: row.budget,
            provider: row.provider,
            provider_name: row.provider_name,
            sums: Sums {
                orders: row.orders,
                ordered: row.ordered,
                varied: row.varied,
                completed: row.completed,
                invoiced: row.invoiced,
            },
        })
        .partition(|cell| cell.month >= first);
    Ok(Cells { year, before })
}

/// Refuses to add up what was cut off.
fn complete(cells: usize) -> Result<()> {
    if cells as i64 > CELLS_MAX {
        return Err(Error::conflict(format!(
            "This year's spend has more than {CELLS_MAX} sums by month, budget and provider: choose one provider or one budget."
        )));
    }
    Ok(())
}

/// What the cells come to by whatever they share.
pub fn by<K: Ord>(cells: &[Cell], key: impl Fn(&Cell) -> K) -> Result<BTreeMap<K, Sums>> {
    let mut sums = BTreeMap::new();
    for cell in cells {
        let sum: &mut Sums = sums.entry(key(cell)).or_default();
        *sum = sum.plus(cell.sums).ok_or_else(|| Error::Internal("the value of orders cannot be counted".into()))?;
    }
    Ok(sums)
}

/// What all of them come to.
pub fn total(cells: &[Cell]) -> Result<Sums> {
    Ok(by(cells, |_| ())?.remove(&()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(month: &str, pence: i64) -> Cell {
        let sums = Sums { orders: 1, ordered: Pence(pence), ..Sums::default() };
        let month = month.parse().unwrap();
        Cell { month, budget: "B".into(), provider: ProviderId::new(), provider_name: "P".into(), sums }
    }

    #[test]
    fn parts_add_up_to_the_whole_and_never_run_over() {
        let cells = [cell("2026-11-01", 100), cell("2026-12-01", 20), cell("2026-11-01", 3)];
        let months: Vec<Pence> = by(&cells, |cell| cell.month).unwrap().into_values().map(|sum| sum.ordered).collect();
        assert_eq!(months, [Pence(103), Pence(20)]);
        assert_eq!(total(&cells).unwrap(), Sums { orders: 3, ordered: Pence(123), ..Sums::default() });
        assert_eq!(total(&[]).unwrap(), Sums::default());
        assert_eq!(total(&cells[..2]).unwrap().average(), Some(Pence(60)));
        assert_eq!(Sums::default().average(), None);
        assert!(total(&[cell("2026-11-01", i64::MAX), cell("2026-11-01", 1)]).is_err());
    }

    #[test]
    fn what_was_cut_off_is_not_added_up() {
        assert!(complete(CELLS_MAX as usize).is_ok());
        assert!(complete(CELLS_MAX as usize + 1).unwrap_err().to_string().contains("choose one provider"));
    }

    #[test]
    fn a_year_that_cannot_be_read_is_the_present_one() {
        let today = "2026-11-23".parse().unwrap();
        let year = |raw: &str| Filter::of(&Query::parse("/spend", raw), today).year.to_string();
        assert_eq!(year("year=2024-25"), "2024-25");
        for raw in ["", "year=", "year=2026-11", "year=soon"] {
            assert_eq!(year(raw), "2026-27", "{raw}");
        }
    }

    #[test]
    fn a_month_counts_within_its_year_alone() {
        let today = "2026-11-23".parse().unwrap();
        let narrowest = |raw: &str| Filter::of(&Query::parse("/spend", raw), today).narrowest().to_string();
        assert_eq!(narrowest("month=2026-10"), "2026-10");
        for raw in ["month=2026-03", "month=2026-27", "month=soon", "month="] {
            assert_eq!(narrowest(raw), "2026-27", "{raw}");
        }
    }
}
