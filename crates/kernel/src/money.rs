//! Money as whole pence. Sums are checked: an overflow is an error, never a wrong figure.

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
        let cleaned: String = text.trim().chars().filter(|c| !matches!(c, '£' | ',' | ' ')).collect();
        let (negative, digits) = match cleaned.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, cleaned.as_str()),
        };
        let (pounds, pence) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
        if pounds.is_empty() && pence.is_empty() || !all_digits(pounds) || !all_digits(pence) || pence.len() > 2 {
            return Err(MoneyError::NotAnAmount);
        }
        // Digits alone fail to be a number only when there are too many of them.
        let pounds: i64 = if pounds.is_empty() { 0 } else { pounds.parse().map_err(|_| MoneyError::TooLarge)? };
        let pence: i64 = format!("{pence:0<2}").parse().map_err(|_| MoneyError::NotAnAmount)?;
        let total = pounds.checked_mul(100).and_then(|p| p.checked_add(pence)).ok_or(MoneyError::TooLarge)?;
        if total > Self::TYPED_MAX.0 {
            return Err(MoneyError::TooLarge);
        }
        Ok(Self(if negative { -total } else { total }))
    }
}

/// The text is not an amount of money that can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// It is no amount at all.
    #[error("enter an amount in pounds, like 12 or 1,234.50")]
    NotAnAmount,
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
