//! How a value is shown.

use super::Measure;

/// A value as people read it: `99.6%`, `£1,234.50` (from pence), `12.4 days`, `1,234`.
pub fn format_value(measure: &Measure, value: f64) -> String {
    match measure.unit.as_str() {
        "%" => format!("{}%", number(value, measure.decimals)),
        "£" => {
            let pounds = number(value.abs() / 100.0, measure.decimals);
            // What rounds to nothing has no sign.
            let negative = value < 0.0 && pounds.chars().any(|c| ('1'..='9').contains(&c));
            format!("{}£{pounds}", if negative { "−" } else { "" })
        }
        "" => number(value, measure.decimals),
        unit => format!("{} {unit}", number(value, measure.decimals)),
    }
}

/// Rounded half away from zero.
pub(super) fn rounded(value: f64, decimals: u8) -> f64 {
    let scale = 10f64.powi(i32::from(decimals));
    let scaled = value * scale;
    // A value such as 1.005 lies a hair below its decimal notation: what is that near to a half is a half.
    let nudged = scaled + scaled.signum() * scaled.abs().max(1.0) * f64::EPSILON;
    nudged.round() / scale
}

/// With thousands separated by commas and a true minus sign.
fn number(value: f64, decimals: u8) -> String {
    let text = format!("{:.*}", usize::from(decimals), rounded(value, decimals));
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("−", digits));
    let sign = if digits.chars().any(|c| ('1'..='9').contains(&c)) { sign } else { "" };
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{sign}{grouped}.{fraction}"),
        None => format!("{sign}{grouped}"),
    }
}
