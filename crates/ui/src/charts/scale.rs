//! The arithmetic of an axis.

/// A linear axis from `low` to `high` with marks a `step` apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
    pub step: f64,
}

impl Scale {
    /// An axis of about `marks` marks that holds every value. With `zero` it starts there; `limit` is a value that it never
    /// passes (100 for a percentage).
    pub fn over(values: impl Iterator<Item = f64>, marks: u8, zero: bool, limit: Option<f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if zero {
            low = low.min(0.0);
            high = high.max(0.0);
        }
        if high - low < 1e-9 {
            high = low + low.abs().max(1.0);
        }
        let step = nice((high - low) / f64::from(marks.max(1)));
        let low = (low / step).floor() * step;
        let high = (high / step).ceil() * step;
        Self { low, high: limit.map_or(high, |limit| if high > limit { limit.max(low + step) } else { high }), step }
    }

    /// Where a value lies between 0 and 1.
    pub fn share(self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The marks, from low to high.
    pub fn marks(self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step + 1e-9).floor() as u16;
        (0..=count.min(20)).map(|index| self.low + f64::from(index) * self.step).collect()
    }
}

/// The smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is not below `raw`.
fn nice(raw: f64) -> f64 {
    let power = 10_f64.powf(raw.log10().floor());
    let factors = [1.0, 2.0, 2.5, 5.0, 10.0];
    factors.iter().map(|factor| factor * power).find(|step| *step >= raw * (1.0 - 1e-9)).unwrap_or(power * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_holds_its_values_in_round_steps() {
        let scale = Scale::over([91.3, 99.6].into_iter(), 4, false, Some(100.0));
        assert_eq!((scale.low, scale.high, scale.step), (90.0, 100.0, 2.5));
        assert_eq!(scale.marks(), [90.0, 92.5, 95.0, 97.5, 100.0]);
        let scale = Scale::over([3.0, 1234.0].into_iter(), 4, true, None);
        assert_eq!((scale.low, scale.high, scale.step), (0.0, 1500.0, 500.0));
    }

    #[test]
    fn odd_input_still_gives_an_axis() {
        for values in [vec![], vec![5.0, 5.0], vec![f64::NAN], vec![0.0], vec![-3.0, -3.0], vec![100.0, 100.0]] {
            let scale = Scale::over(values.iter().copied(), 4, false, Some(100.0));
            assert!(scale.high > scale.low && scale.step > 0.0, "{values:?} {scale:?}");
            assert!(scale.share(5.0).is_finite());
        }
    }
}
