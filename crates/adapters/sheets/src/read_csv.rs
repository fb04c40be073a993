//! Comma-separated text as people really send it: with or without a byte-order mark, in UTF-8, UTF-16 or Windows-1252,
//! separated by commas, semicolons, tabs or bars.

use crate::{Held, Limits, looks_like_formula, push_row, refuse};
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

pub(crate) fn rows(name: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<Vec<String>>, SheetError> {
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
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut rows, mut held) = (Vec::new(), Held::default());
    for record in reader.records() {
        let record = record.map_err(|error| SheetError(format!("‘{name}’ cannot be read as CSV: {error}")))?;
        // A line within quotation marks goes on in the next.
        if record.len() > LINE_CELLS_MAX {
            return refuse(too_wide(name));
        }
        push_row(name, &mut rows, record.iter().map(unmarked).collect(), limits)?;
        // The row of headings is no row of cells.
        let cells = rows.last().map_or(0, Vec::len);
        held.take(name, "", if rows.len() > 1 { cells } else { 0 }, limits)?;
    }
    Ok(rows)
}

fn too_wide(name: &str) -> String {
    format!(
        "‘{name}’ has a line of more than {LINE_CELLS_MAX} cells: remove the empty columns at its end, or save the sheet anew"
    )
}

/// Takes off the apostrophe that our own export puts before what looks like a formula.
fn unmarked(cell: &str) -> String {
    cell.strip_prefix('\'').filter(|rest| looks_like_formula(rest)).unwrap_or(cell).trim().to_owned()
}

fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |from: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| from([pair[0], pair[1]]));
        Cow::Owned(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    };
    if bytes.starts_with(&[0xFF, 0xFE]) {
        return utf16(u16::from_le_bytes);
    }
    if bytes.starts_with(&[0xFE, 0xFF]) {
        return utf16(u16::from_be_bytes);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| windows_1252(byte)).collect()),
    }
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
