//! Comma-separated text as people really send it: with or without a byte-order mark, in UTF-8, UTF-16 or Windows-1252,
//! separated by commas, semicolons, tabs or bars.

use crate::{Held, Limits, Table, needs_mark, push_row, refuse};
use rooftree_platform::ports::SheetError;
use std::borrow::Cow;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// The most cells in a line, empty ones at its end included: a spreadsheet program writes no more. Each costs memory while the line is read.
const LINE_CELLS_MAX: usize = 16_384;

/// Windows-1252 from 0x80 to 0x9F; elsewhere it agrees with Latin-1. The five unused places keep their control character.
const WINDOWS_1252_HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

pub(crate) fn table(name: &str, bytes: &[u8], limits: &Limits) -> Result<Table, SheetError> {
    let text = decode(bytes);
    if text.contains('\0') {
        return refuse(format!("‘{name}’ is neither a CSV nor an XLSX file: choose one of those"));
    }
    let (text, delimiter) = delimiter(&text);
    // Within quotation marks a separator makes no cell, but a cell holds fewer than that anyway.
    let separators = |line: &[u8]| line.iter().filter(|&&byte| byte == delimiter).count();
    if text.as_bytes().split(|byte| matches!(byte, b'\n' | b'\r')).any(|line| separators(line) >= LINE_CELLS_MAX) {
        return refuse(too_wide(name));
    }
    let text = with_blank_rows(name, text, delimiter)?;
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut table, mut held) = (Table::default(), Held::default());
    for record in reader.records() {
        let record = record.map_err(|error| SheetError(format!("‘{name}’ cannot be read as CSV: {error}")))?;
        // A line within quotation marks goes on in the next.
        if record.len() > LINE_CELLS_MAX {
            return refuse(too_wide(name));
        }
        push_row(name, &mut table.rows, record.iter().map(unmarked).collect(), limits)?;
        // The row of headings is no row of cells.
        let cells = table.rows.last().map_or(0, Vec::len);
        held.take(name, "", if table.rows.len() > 1 { cells } else { 0 }, limits)?;
    }
    Ok(table)
}

/// The text with a separator in each empty line, so that the reader does not pass over it and rows keep the numbers that a spreadsheet shows.
/// A cell in quotation marks that runs into the next row is refused: somewhere a mark was lost.
fn with_blank_rows<'a>(name: &str, text: &'a str, delimiter: u8) -> Result<Cow<'a, str>, SheetError> {
    let unclosed = |row: usize| {
        refuse(format!(
            "in row {row} of ‘{name}’ a quotation mark opens a cell that runs on into the rows below: close it where the cell ends, or take it out"
        ))
    };
    let mut cells = Cells { delimiter, at_start: true, quoted: false, maybe_closed: false, lines: false };
    let (mut out, mut copied) = (None, 0);
    let (mut row, mut row_start) = (1, 0);
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        match cells.take(byte) {
            Step::Within => continue,
            Step::Astray => return unclosed(row),
            Step::RowEnds => {}
        }
        // The two marks of one line end are one.
        if byte != b'\n' || at == 0 || bytes[at - 1] != b'\r' {
            if row_start == at {
                let out = out.get_or_insert_with(String::new);
                out.push_str(&text[copied..at]);
                out.push(char::from(delimiter));
                copied = at;
            }
            row += 1;
        }
        row_start = at + 1;
    }
    if cells.quoted && !cells.maybe_closed {
        return unclosed(row);
    }
    Ok(out.map_or(Cow::Borrowed(text), |out| Cow::Owned(out + &text[copied..])))
}

/// Follows CSV byte by byte, as the reader does: a quotation mark counts at the beginning of a cell only.
struct Cells {
    delimiter: u8,
    /// A cell begins here.
    at_start: bool,
    quoted: bool,
    /// A quotation mark within a quoted cell: its end, or half of a doubled one.
    maybe_closed: bool,
    /// The quoted cell has several lines.
    lines: bool,
}

enum Step {
    /// Within a row.
    Within,
    /// At the end of one.
    RowEnds,
    /// What follows a quoted cell of several lines is neither a separator nor the row's end: the mark that closed it opens another.
    Astray,
}

impl Cells {
    fn take(&mut self, byte: u8) -> Step {
        let ends = matches!(byte, b'\n' | b'\r');
        if self.quoted && byte == b'"' {
            self.maybe_closed = !self.maybe_closed;
            return Step::Within;
        }
        if self.maybe_closed {
            (self.quoted, self.maybe_closed) = (false, false);
            if self.lines && !ends && byte != self.delimiter {
                return Step::Astray;
            }
        }
        if self.quoted {
            self.lines |= ends;
            return Step::Within;
        }
        if byte == b'"' && self.at_start {
            (self.quoted, self.lines) = (true, false);
        }
        self.at_start = ends || byte == self.delimiter;
        if ends { Step::RowEnds } else { Step::Within }
    }
}

fn too_wide(name: &str) -> String {
    format!(
        "‘{name}’ has a line of more than {LINE_CELLS_MAX} cells: remove the empty columns at its end, or save the sheet anew"
    )
}

/// Takes off the apostrophe that our own export puts before what looks like a formula.
fn unmarked(cell: &str) -> String {
    cell.strip_prefix('\'').filter(|rest| needs_mark(rest)).unwrap_or(cell).trim().to_owned()
}

fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |bytes: &[u8], from: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| from([pair[0], pair[1]]));
        Cow::Owned(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    };
    if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        return utf16(rest, u16::from_be_bytes);
    }
    match unmarked_utf16(bytes) {
        Some(from) => utf16(bytes, from),
        None => eight_bits(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)),
    }
}

/// UTF-16 without its mark: in English text every other byte is a nought.
fn unmarked_utf16(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    let head = &bytes[..bytes.len().min(400) & !1];
    let noughts = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second, pairs) = (noughts(0), noughts(1), head.len() / 2);
    match () {
        () if pairs < 4 => None,
        () if second * 10 >= pairs * 8 && first == 0 => Some(u16::from_le_bytes),
        () if first * 10 >= pairs * 8 && second == 0 => Some(u16::from_be_bytes),
        () => None,
    }
}

/// UTF-8, or Windows-1252, or the one with a few bytes of the other, as when a file was put together from two: each odd byte is read by
/// itself, so that a single one does not garble the rest.
fn eight_bits(bytes: &[u8]) -> Cow<'_, str> {
    let (mut composed, mut odd) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        composed += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        odd += chunk.invalid().len();
    }
    if odd == 0 {
        return String::from_utf8_lossy(bytes);
    }
    if composed < odd {
        return Cow::Owned(bytes.iter().map(|&byte| windows_1252(byte)).collect());
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&byte| windows_1252(byte)));
    }
    Cow::Owned(text)
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => WINDOWS_1252_HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// The separator: what Excel's `sep=` line says, else the one that occurs most in the headings outside quotation marks.
fn delimiter(text: &str) -> (&str, u8) {
    if let Some(rest) = text.strip_prefix("sep=")
        && let Some(&said) = rest.as_bytes().first()
        && DELIMITERS.contains(&said)
    {
        return (rest[1..].trim_start_matches(['\r', '\n']), said);
    }
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => {
                if let Some(which) = DELIMITERS.iter().position(|&delimiter| delimiter == byte) {
                    counts[which] += 1;
                }
            }
        }
    }
    // The first of equals wins, so that a file of one column is read as comma-separated.
    let best = (0..DELIMITERS.len()).rev().max_by_key(|&which| counts[which]).unwrap_or(0);
    (text, DELIMITERS[best])
}
