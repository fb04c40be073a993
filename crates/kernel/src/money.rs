//! Money as whole pence. Sums are checked: an overflow is an error, never a wrong figure.

use crate::typed::{self, NumberError};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount of money in whole pence; negative amounts are credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Pence(pub i64);

impl Pence {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// The sum, or `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` on overflow.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The price of a quantity given in hundredths (150 is one and a half), rounded half away from zero to the penny.
    pub fn times_hundredths(self, quantity_hundredths: i64) -> Option<Self> {
        let product = i128::from(self.0) * i128::from(quantity_hundredths);
        let half = if product < 0 { -50 } else { 50 };
        i64::try_from((product + half) / 100).ok().map(Self)
    }

    /// The largest amount that people and files may give, as a payment or a credit. More than this is a slip, and sums of such slips
    /// could not be counted.
    pub const TYPED_MAX: Self = Self(1_000_000_000);

    /// Reads what people type: `12`, `£1,234.50`, `-3.5`. At most two decimals, and at most [`Self::TYPED_MAX`] either way.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        // The sign may stand on either side of the pound.
        let pence = typed::hundredths(&text.replacen('£', "", 1)).map_err(|error| match error {
            NumberError::TooLarge => MoneyError::TooLarge,
            NumberError::Comma => MoneyError::Comma,
            NumberError::NotANumber | NumberError::Decimals | NumberError::Shortened => MoneyError::NotAnAmount,
        })?;
        if pence.abs() > Self::TYPED_MAX.0 {
            return Err(MoneyError::TooLarge);
        }
        Ok(Self(pence))
    }
}

/// The text is not an amount of money that can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// It is no amount at all.
    #[error("enter an amount in pounds, like 12 or 1,234.50")]
    NotAnAmount,
    /// `68,00`: the comma of another country, or a slip; it might be sixty-eight pounds or six thousand eight hundred.
    #[error("a comma stands between thousands only: write 68.00 or 1,234.50")]
    Comma,
    /// It is beyond [`Pence::TYPED_MAX`].
    #[error("enter an amount of at most £10,000,000.00")]
    TooLarge,
}

impl fmt::Display for Pence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let absolute = self.0.unsigned_abs();
        let pounds = (absolute / 100).to_string();
        let mut grouped = String::new();
        for (index, digit) in pounds.chars().enumerate() {
            if index > 0 && (pounds.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "{}£{grouped}.{:02}", if self.0 < 0 { "-" } else { "" }, absolute % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prices_round_half_away_from_zero() {
        assert_eq!(Pence(333).times_hundredths(150), Some(Pence(500)));
        assert_eq!(Pence(1).times_hundredths(50), Some(Pence(1)));
        assert_eq!(Pence(-1).times_hundredths(50), Some(Pence(-1)));
        assert_eq!(Pence(i64::MAX).times_hundredths(200), None);
    }

    #[test]
    fn refuses_what_is_not_money() {
        for text in ["", "£", "1.234", "abc", "1-2", "."] {
            assert_eq!(Pence::parse(text), Err(MoneyError::NotAnAmount), "{text}");
        }
    }

    #[test]
    fn a_comma_that_may_be_a_point_is_refused() {
        for text in ["68,00", "£7,5", "1.234,50"] {
            assert_eq!(Pence::parse(text), Err(MoneyError::Comma), "{text}");
        }
        for (text, pence) in [("1,234.50", 123_450), ("£ 12", 1_200), ("£-3.5", -350), ("-£3.50", -350), ("0", 0)] {
            assert_eq!(Pence::parse(text), Ok(Pence(pence)), "{text}");
        }
        assert_eq!(Pence::parse("(12.00)"), Err(MoneyError::NotAnAmount));
    }

    #[test]
    fn refuses_more_than_anybody_means() {
        assert_eq!(Pence::parse("£10,000,000.00"), Ok(Pence::TYPED_MAX));
        for text in ["10000000.01", "-10000000.01", "92233720368547758.07", "99999999999999999999"] {
            assert_eq!(Pence::parse(text), Err(MoneyError::TooLarge), "{text}");
        }
        assert!(MoneyError::TooLarge.to_string().contains(&Pence::TYPED_MAX.to_string()));
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_read_back(pence in -1_000_000_000i64..=1_000_000_000) {
            prop_assert_eq!(Pence::parse(&Pence(pence).to_string()), Ok(Pence(pence)));
        }
    }
}
