//! How a value is shown.

use super::Measure;

/// A value as people read it: `99.6%`, `£1,234.50` (from pence), `12.4 days`, `1,234`, `£3.20 per m²`.
pub fn format_value(measure: &Measure, value: f64) -> String {
    with_decimals(measure, value, measure.decimals)
}

/// Digits after which a difference is noise.
const DECIMALS_TOLD: u8 = 6;

/// A value that misses its target though the two are shown alike, with as many decimals as tell them apart: 99.95% of a target of 100.0%.
pub fn told_apart(measure: &Measure, value: f64, target: f64) -> Option<String> {
    let shown = |decimals| (with_decimals(measure, value, decimals), with_decimals(measure, target, decimals));
    let (value, target) = shown(measure.decimals);
    if value != target {
        return None;
    }
    (measure.decimals + 1..=DECIMALS_TOLD).map(shown).find(|(value, target)| value != target).map(|(value, _)| value)
}

fn with_decimals(measure: &Measure, value: f64, decimals: u8) -> String {
    let text = match measure.unit.as_str() {
        "%" => format!("{}%", number(value, decimals)),
        "£" => {
            let pounds = number(value.abs() / 100.0, decimals);
            // What rounds to nothing has no sign.
            let negative = value < 0.0 && pounds.chars().any(|c| ('1'..='9').contains(&c));
            format!("{}£{pounds}", if negative { "−" } else { "" })
        }
        "" => number(value, decimals),
        unit => format!("{} {unit}", number(value, decimals)),
    };
    match &measure.per {
        Some(per) => format!("{text} per {per}"),
        None => text,
    }
}

/// Rounded half away from zero.
fn rounded(value: f64, decimals: u8) -> f64 {
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
