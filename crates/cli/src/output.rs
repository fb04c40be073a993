//! What commands print: results to standard output, progress to standard error and only where somebody watches.

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{ErrorKind, IsTerminal, Write},
    time::Duration,
};

/// Prints to standard output. A reader that has had enough (`| head`) is no error.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// A progress bar on a terminal; nothing elsewhere.
pub fn progress(total: Option<u64>, what: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = match total {
        Some(_) => "{msg:<28} {bar:30} {human_pos} of {human_len} {elapsed}",
        None => "{msg:<28} {spinner} {human_pos} {elapsed}",
    };
    // The template is ours; were it wrong, the plain style would do.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = match total {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::new_spinner(),
    };
    bar.set_style(style);
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// A table of texts: columns as wide as their widest cell.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.max().unwrap_or(0).max(headings[column].chars().count())
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().fold(line(headings.to_vec()), |text, row| text + &line(row.iter().map(String::as_str).collect()))
}

/// `1 fact`, `3 facts`, `12,000 facts`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_agree_with_their_noun() {
        assert_eq!(count(1, "fact", "facts"), "1 fact");
        assert_eq!(count(0, "fact", "facts"), "0 facts");
        assert_eq!(count(1_234_567, "fact", "facts"), "1,234,567 facts");
    }

    #[test]
    fn columns_line_up() {
        assert_eq!(table(&["a", "b"], &[vec!["é…".into(), "x".into()]]), "a   b\né…  x\n");
    }
}
