use super::*;
use proptest::prelude::*;
use rooftree_promises::measures::{Evidence, fold, median};

/// A row with the month (0–11) and the part in which it stands.
#[derive(Clone, Debug)]
struct Case {
    month: i64,
    part: usize,
    evidence: Evidence,
}

const PARTS: [&str; 3] = ["", "Hinksey Park", "Lye Valley"];
const YEAR: Period = Period::FinancialYear(2025);

fn cases() -> impl Strategy<Value = Vec<Case>> {
    let one =
        (0..12i64, 0..3usize, any::<bool>(), any::<bool>(), 0..60i32).prop_map(|(month, part, counted, hit, value)| {
            Case { month, part, evidence: Evidence { counted, hit, value: Some(f64::from(value)), base: None } }
        });
    prop::collection::vec(one, 0..80)
}

fn tally(rows: &[&Case]) -> Tally {
    rows.iter().fold(Tally::default(), |sum, row| {
        let counted = row.evidence.counted;
        sum.merge(Tally {
            numerator: i64::from(counted && row.evidence.hit),
            denominator: i64::from(counted),
            excluded: i64::from(!counted),
            total: row.evidence.value.filter(|_| counted),
            ..Tally::default()
        })
    })
}

fn cells(rows: &[Case], dimension: &str) -> Cells {
    let mut cells = Cells::default();
    for month in 0..12 {
        for (index, part) in PARTS.iter().enumerate() {
            let inside: Vec<&Case> =
                rows.iter().filter(|row| row.month == month && (dimension.is_empty() || row.part == index)).collect();
            let name = if dimension.is_empty() { "" } else { part };
            let whole = Place::whole(YEAR.first_day().plus_months(month), 1);
            let place = Place { dimension: dimension.to_owned(), part: name.to_owned(), ..whole };
            cells.0.insert(place, tally(&inside));
        }
    }
    cells
}

fn months() -> Vec<Day> {
    (0..12).map(|n| YEAR.first_day().plus_months(n)).collect()
}

proptest! {
    #[test]
    fn a_year_added_from_months_is_the_year_counted_at_once(rows in cases()) {
        let evidence: Vec<Evidence> = rows.iter().map(|row| row.evidence).collect();
        for kind in [MeasureKind::Percent, MeasureKind::Count, MeasureKind::Average, MeasureKind::Sum] {
            let parts = cells(&rows, "").parts(OverMonths::Added, YEAR, &months(), "");
            let whole = parts.values().copied().fold(Tally::default(), Tally::merge);
            prop_assert_eq!(whole.value(kind, None), fold(kind, &evidence, 0), "{:?}", kind);
        }
    }

    #[test]
    fn the_parts_add_up_to_the_whole(rows in cases()) {
        let parts = cells(&rows, "ward").parts(OverMonths::Added, YEAR, &months(), "ward");
        let whole = cells(&rows, "").parts(OverMonths::Added, YEAR, &months(), "");
        prop_assert_eq!(
            parts.values().copied().fold(Tally::default(), Tally::merge),
            whole.values().copied().fold(Tally::default(), Tally::merge)
        );
    }

    #[test]
    fn the_middle_of_a_histogram_is_the_median_of_its_rows(values in prop::collection::vec(0..30i32, 0..60)) {
        let rows: Vec<Evidence> =
            values.iter().map(|v| Evidence { counted: true, hit: true, value: Some(f64::from(*v)), base: None }).collect();
        let mut histogram: BTreeMap<i32, i64> = BTreeMap::new();
        for value in &values {
            *histogram.entry(*value).or_default() += 1;
        }
        let counts: Vec<(f64, i64)> = histogram.into_iter().map(|(v, n)| (f64::from(v), n)).collect();
        prop_assert_eq!(middle(&counts), median(&rows));
    }
}

#[test]
fn a_point_in_time_is_that_of_the_last_month() {
    let mut cells = Cells::default();
    for (month, open) in [(0, 40), (1, 55), (2, 31)] {
        let place = Place::whole(YEAR.first_day().plus_months(month), 1);
        cells.0.insert(place, Tally { numerator: open, denominator: open, ..Tally::default() });
    }
    let begun = &months()[..2];
    let parts = cells.parts(OverMonths::Last, YEAR, begun, "");
    assert_eq!(parts[""].value(MeasureKind::PointInTime, None), Some(55.0));
}

#[test]
fn a_median_of_a_year_is_its_own_cell_and_never_made_of_months() {
    let mut cells = Cells::default();
    let month = Place::whole(YEAR.first_day(), 1);
    let year = Place { months: 12, ..month.clone() };
    let of = |median| Tally { denominator: 3, median: Some(median), ..Tally::default() };
    cells.0.insert(month, of(4.0));
    let none = cells.parts(OverMonths::Whole, YEAR, &months(), "");
    assert!(none.is_empty());
    cells.0.insert(year, of(9.0));
    assert_eq!(cells.parts(OverMonths::Whole, YEAR, &months(), "")[""].median, Some(9.0));
    assert_eq!(of(4.0).merge(of(9.0)).median, None);
}

#[test]
fn a_rate_needs_homes() {
    let tally = Tally { numerator: 87, denominator: 87, ..Tally::default() };
    assert_eq!(tally.value(MeasureKind::RatePer1000, Some(8700)), Some(10.0));
    assert_eq!(tally.value(MeasureKind::RatePer1000, None), None);
}
