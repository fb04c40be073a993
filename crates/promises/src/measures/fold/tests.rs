use super::*;
use proptest::prelude::*;

fn row(counted: bool, hit: bool, value: Option<f64>) -> Evidence {
    Evidence { counted, hit, value, base: None }
}

#[test]
fn percent_counts_only_what_is_counted() {
    let rows = [row(true, true, None), row(true, false, None), row(true, true, None), row(false, true, None)];
    assert_eq!(fold(MeasureKind::Percent, &rows, 0), Some(200.0 / 3.0));
    assert_eq!(fold(MeasureKind::Count, &rows, 0), Some(2.0));
    assert_eq!(fold(MeasureKind::Percent, &[], 0), None);
    assert_eq!(fold(MeasureKind::Percent, &rows[3..], 0), None);
    assert_eq!(fold(MeasureKind::Count, &[], 0), Some(0.0));
}

#[test]
fn a_rate_divides_by_homes() {
    let rows = vec![row(true, true, None); 87];
    assert_eq!(fold(MeasureKind::RatePer1000, &rows, 8_700), Some(10.0));
    assert_eq!(fold(MeasureKind::RatePer1000, &rows, 0), None);
}

#[test]
fn a_share_is_of_the_whole_population_and_not_of_the_rows() {
    let rows = vec![row(true, true, None); 30];
    assert_eq!(fold(MeasureKind::Share, &rows, 120), Some(25.0));
    assert_eq!(fold(MeasureKind::Share, &rows, 0), None);
}

#[test]
fn a_ratio_divides_one_sum_by_another() {
    let of = |value: f64, base: f64| Evidence { base: Some(base), ..row(true, true, Some(value)) };
    let left_out = Evidence { counted: false, ..of(9_000.0, 1.0) };
    assert_eq!(fold(MeasureKind::Ratio, &[of(100.0, 10.0), of(200.0, 50.0), left_out], 0), Some(5.0));
    assert_eq!(fold(MeasureKind::Ratio, &[of(100.0, 0.0)], 0), None, "nothing to divide by");
    assert_eq!(fold(MeasureKind::Ratio, &[row(true, true, Some(1.0))], 0), None);
}

#[test]
fn averages_sums_and_medians_use_the_values() {
    let rows = [
        row(true, true, Some(4.0)),
        row(true, true, Some(1.0)),
        row(true, true, Some(10.0)),
        row(false, true, Some(99.0)),
    ];
    assert_eq!(fold(MeasureKind::Average, &rows, 0), Some(5.0));
    assert_eq!(fold(MeasureKind::Sum, &rows, 0), Some(15.0));
    assert_eq!(fold(MeasureKind::Median, &rows, 0), Some(4.0));
    assert_eq!(fold(MeasureKind::Median, &rows[..2], 0), Some(2.5));
    assert_eq!(fold(MeasureKind::Median, &[], 0), None);
    assert_eq!(fold(MeasureKind::Average, &[], 0), None);
    assert_eq!(fold(MeasureKind::Sum, &[], 0), Some(0.0));
}

#[test]
fn a_point_in_time_is_a_number_or_an_amount() {
    assert_eq!(fold(MeasureKind::PointInTime, &[row(true, true, None), row(false, true, None)], 0), Some(1.0));
    assert_eq!(
        fold(MeasureKind::PointInTime, &[row(true, true, Some(250.0)), row(true, true, Some(50.0))], 0),
        Some(300.0)
    );
}

fn rows() -> impl Strategy<Value = Vec<Evidence>> {
    // Whole numbers, so that adding in another order gives the same float.
    let value = prop_oneof![Just(None), (-1000i32..1000).prop_map(|n| Some(f64::from(n)))];
    proptest::collection::vec((any::<bool>(), any::<bool>(), value).prop_map(|(c, h, v)| row(c, h, v)), 0..40)
}

proptest! {
    #[test]
    fn cells_add_up_however_the_rows_are_split(all in rows(), at in 0usize..40) {
        let (left, right) = all.split_at(at.min(all.len()));
        prop_assert_eq!(Cell::of(left).merge(Cell::of(right)), Cell::of(&all));
        prop_assert_eq!(Cell::of(right).merge(Cell::of(left)), Cell::of(&all));
        prop_assert_eq!(Cell::of(&all).merge(Cell::default()), Cell::of(&all));
    }

    #[test]
    fn a_percentage_is_one(all in rows()) {
        if let Some(value) = fold(MeasureKind::Percent, &all, 0) {
            prop_assert!((0.0..=100.0).contains(&value));
        }
    }

    #[test]
    fn half_lie_on_either_side_of_the_median(all in rows()) {
        if let Some(middle) = median(&all) {
            let values: Vec<f64> = all.iter().filter(|row| row.counted).filter_map(|row| row.value).collect();
            prop_assert!(2 * values.iter().filter(|value| **value < middle).count() <= values.len());
            prop_assert!(2 * values.iter().filter(|value| **value > middle).count() <= values.len());
        }
    }
}
