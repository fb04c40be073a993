//! The first sheet of an XLSX workbook, cell by cell, so that a limit stops the reading and not the machine.

use crate::{Held, Limits, Table, push_row, refuse};
use calamine::{DataRef, ExcelDateTime, Reader, SheetVisible, Xlsx};
use rooftree_platform::ports::SheetError;
use std::{
    borrow::Cow,
    io::{BufRead, BufReader, Cursor},
};

pub(crate) fn table(name: &str, bytes: &[u8], limits: &Limits) -> Result<Table, SheetError> {
    match unpacked_bytes(bytes) {
        None => return refuse(damaged(name, "its directory is not readable")),
        Some(unpacked) if unpacked > limits.unpacked_bytes_max => {
            return refuse(format!(
                "‘{name}’ unpacks to {} MB; the limit is {} MB: save the sheet as CSV, or split it",
                unpacked >> 20,
                limits.unpacked_bytes_max >> 20
            ));
        }
        Some(_) => {}
    }
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|error: calamine::XlsxError| SheetError(damaged(name, &error.to_string())))?;
    let (place, sheet, mut notes) = chosen(name, &workbook)?;
    notes.extend(hidden_rows(bytes, place));
    let is_1904 = workbook.has_1904_epoch();
    let merged = workbook.merge_cells_by_sheet_name(&sheet).unwrap_or_default();
    let mut cells =
        workbook.worksheet_cells_reader(&sheet).map_err(|error| SheetError(damaged(name, &error.to_string())))?;

    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut row: Vec<String> = Vec::new();
    let mut held = Held::default();
    loop {
        let cell = cells.next_cell().map_err(|error| SheetError(damaged(name, &error.to_string())))?;
        let Some(cell) = cell else { break };
        let text = text(cell.get_value(), is_1904);
        if text.is_empty() {
            continue;
        }
        let (at_row, at_column) = (cell.get_position().0 as usize, cell.get_position().1 as usize);
        if at_row < rows.len() {
            return refuse(damaged(name, "its rows are out of order"));
        }
        while rows.len() < at_row {
            push_row(name, &mut rows, std::mem::take(&mut row), limits)?;
        }
        if at_column >= limits.columns_max {
            return refuse(format!(
                "row {} of ‘{name}’ reaches column {}; the limit is {} columns: remove those you do not need",
                at_row + 1,
                at_column + 1,
                limits.columns_max
            ));
        }
        // The row of headings is no row of cells.
        let more = if at_row > 0 { (at_column + 1).saturating_sub(row.len()) } else { 0 };
        held.take(name, &text, more, limits)?;
        if row.len() <= at_column {
            row.resize(at_column + 1, String::new());
        }
        row[at_column] = text.into_owned();
    }
    push_row(name, &mut rows, row, limits)?;
    // What is merged over several rows belongs to each of them.
    for region in merged.iter().filter(|region| region.end.0 > region.start.0) {
        let ((first, column), last) = ((region.start.0 as usize, region.start.1 as usize), region.end.0 as usize);
        let Some(text) = rows.get(first).and_then(|row| row.get(column)).filter(|text| !text.is_empty()).cloned()
        else {
            continue;
        };
        for row in rows.iter_mut().take(last + 1).skip(first + 1) {
            held.take(name, &text, (column + 1).saturating_sub(row.len()), limits)?;
            if row.len() <= column {
                row.resize(column + 1, String::new());
            }
            row[column].clone_from(&text);
        }
    }
    Ok(Table { rows, notes })
}

/// The first sheet that can be seen, its place in the workbook, and what is to be said of the others.
fn chosen(name: &str, workbook: &Xlsx<Cursor<&[u8]>>) -> Result<(usize, String, Vec<String>), SheetError> {
    let sheets = workbook.sheets_metadata();
    let visible = |sheet: &calamine::Sheet| sheet.visible == SheetVisible::Visible;
    let Some(place) = sheets.iter().position(visible).or((!sheets.is_empty()).then_some(0)) else {
        return refuse(format!("‘{name}’ has no sheet"));
    };
    let mut notes = Vec::new();
    let others: Vec<String> = sheets
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != place)
        .map(|(_, sheet)| if visible(sheet) { sheet.name.clone() } else { format!("{} (hidden)", sheet.name) })
        .collect();
    if !others.is_empty() {
        notes.push(format!("Only the sheet ‘{}’ was read, not {}.", sheets[place].name, others.join(", ")));
    }
    Ok((place, sheets[place].name.clone(), notes))
}

/// How many rows of the sheet are hidden: they are read like any other, and whoever sent the file may not know of them. Programs name the
/// sheets' files by their place.
fn hidden_rows(bytes: &[u8], place: usize) -> Option<String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let sheet = archive.by_name(&format!("xl/worksheets/sheet{}.xml", place + 1)).ok()?;
    let hides = |tag: &[u8]| {
        let text = String::from_utf8_lossy(tag);
        let row = text.rfind("<row ").map(|at| &text[at..]);
        row.is_some_and(|row| row.contains(" hidden=\"1\"") || row.contains(" hidden=\"true\""))
    };
    let hidden = BufReader::new(sheet).split(b'>').map_while(Result::ok).filter(|tag| hides(tag)).count();
    (hidden > 0).then(|| format!("{hidden} rows of the sheet are hidden and were read with the others."))
}

fn damaged(name: &str, why: &str) -> String {
    format!("‘{name}’ is not a readable XLSX workbook ({why}): open it in your spreadsheet program and save it again")
}

/// What the archive's members say they unpack to, in bytes; `None` when there is no sound directory. It is asked of the library that then
/// unpacks them: an archive may hold more than one directory, and the library refuses a member that is larger than it says.
fn unpacked_bytes(bytes: &[u8]) -> Option<u64> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    (0..archive.len())
        .try_fold(0_u64, |total, member| Some(total.saturating_add(archive.by_index_raw(member).ok()?.size())))
}

/// What the cell says, as plain text: dates as ISO, numbers as Excel shows them in full.
fn text<'a>(value: &'a DataRef<'_>, is_1904: bool) -> Cow<'a, str> {
    match value {
        DataRef::Int(number) => number.to_string().into(),
        DataRef::Float(number) => plain_number(*number).into(),
        DataRef::String(text) => text.trim().into(),
        DataRef::SharedString(text) => text.trim().into(),
        DataRef::Bool(truth) => truth.to_string().into(),
        DataRef::DateTime(date) if date.is_duration() => duration(date.as_f64()).into(),
        DataRef::DateTime(date) => date_text(date, is_1904).into(),
        DataRef::DateTimeIso(text) => text.trim_end_matches("T00:00:00").into(),
        DataRef::DurationIso(text) => text.as_str().into(),
        DataRef::Error(error) => error.to_string().into(),
        DataRef::Empty => Cow::Borrowed(""),
    }
}

/// Excel keeps 15 significant digits; what lies beyond is the noise of binary fractions.
fn plain_number(number: f64) -> String {
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    // Adding zero turns a negative zero positive.
    (rounded + 0.0).to_string()
}

fn date_text(date: &ExcelDateTime, is_1904: bool) -> String {
    // Half a millisecond more, because a clock time is a fraction of a day that is seldom exact.
    let nudged = date.as_f64() + 0.5 / 86_400_000.0;
    let nudged = ExcelDateTime::new(nudged, calamine::ExcelDateTimeType::DateTime, is_1904);
    let (year, month, day, hour, minute, second, _) = nudged.to_ymd_hms_milli();
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    if date.as_f64() < 1.0 {
        return clock;
    }
    // The calendar of spreadsheets has a day that there never was; the reader of days refuses it by its name.
    if !is_1904 && (60.0..61.0).contains(&date.as_f64()) {
        return "29/02/1900".to_owned();
    }
    if (hour, minute, second) == (0, 0, 0) {
        return format!("{year:04}-{month:02}-{day:02}");
    }
    format!("{year:04}-{month:02}-{day:02}T{clock}")
}

fn duration(days: f64) -> String {
    let seconds = (days * 86_400.0).round().max(0.0) as u64;
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    #[test]
    fn dates_become_iso_in_both_epochs() {
        let read = |value, is_1904| {
            text(&DataRef::DateTime(ExcelDateTime::new(value, DateTime, is_1904)), is_1904).into_owned()
        };
        assert_eq!(read(46_374.0, false), "2026-12-18");
        assert_eq!(read(46_374.0 - 1_462.0, true), "2026-12-18");
        // 16:05 is no exact fraction of a day.
        assert_eq!(read(46_374.0 + 965.0 / 1440.0, false), "2026-12-18T16:05:00");
        assert_eq!(read(965.0 / 1440.0, false), "16:05:00");
        assert_eq!([59.0, 60.0, 61.0].map(|day| read(day, false)), ["1900-02-28", "29/02/1900", "1900-03-01"]);
        let duration = ExcelDateTime::new(1.5, TimeDelta, false);
        assert_eq!(text(&DataRef::DateTime(duration), false), "36:00:00");
    }

    #[test]
    fn numbers_lose_their_binary_noise_only() {
        assert_eq!(plain_number(0.1 + 0.2), "0.3");
        assert_eq!(plain_number(100_120_345_678.0), "100120345678");
        assert_eq!(plain_number(-0.0), "0");
        assert_eq!(plain_number(1234.5), "1234.5");
    }

    #[test]
    fn an_archive_without_a_directory_is_not_measured() {
        assert_eq!(unpacked_bytes(b"PK\x03\x04"), None);
        assert_eq!(unpacked_bytes(&[0; 100]), None);
    }
}
