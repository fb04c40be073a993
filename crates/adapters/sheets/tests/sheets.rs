//! Uploads as people really send them, and exports read back.

use proptest::prelude::*;
use rooftree_kernel::{Day, Moment, Pence};
use rooftree_platform::ports::{Sheet, SheetCell, SheetError, SheetFile, SheetReader, SheetWriter};
use rooftree_sheets::{Limits, Sheets};

fn read(bytes: &[u8]) -> Result<Sheet, String> {
    Sheets::default().read("homes.csv", bytes).map_err(|error| error.0)
}

fn write(headings: &[&str], rows: &[Vec<SheetCell>]) -> Vec<u8> {
    let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    finished(Sheets::default().xlsx("Homes", &headings).unwrap(), rows).unwrap()
}

#[test]
fn separators_and_marks_are_recognised() {
    let expected = Sheet {
        headings: vec!["UPRN".into(), "Address".into()],
        rows: vec![vec!["100120".into(), "1 High Street, Flat; 2".into()]],
        ..Sheet::default()
    };
    let comma = "UPRN,Address\r\n100120,\"1 High Street, Flat; 2\"\r\n";
    assert_eq!(read(comma.as_bytes()).unwrap(), expected);
    assert_eq!(read(format!("\u{FEFF}{comma}").as_bytes()).unwrap(), expected);
    assert_eq!(read(b"UPRN;Address\n100120;\"1 High Street, Flat; 2\"\n").unwrap(), expected);
    assert_eq!(read(b"UPRN\tAddress\n100120\t1 High Street, Flat; 2").unwrap(), expected);
    assert_eq!(read(b"sep=|\r\nUPRN|Address\r\n100120|1 High Street, Flat; 2").unwrap(), expected);
    let utf16: Vec<u8> = [0xFEFF].into_iter().chain(comma.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&utf16).unwrap(), expected);
}

#[test]
fn a_quoted_heading_does_not_mislead_the_separator() {
    let sheet = read(b"\"Name, first; middle; last; suffix\",Phone\nAnn,0123").unwrap();
    assert_eq!(sheet.headings, ["Name, first; middle; last; suffix", "Phone"]);
}

#[test]
fn windows_1252_is_understood() {
    let sheet = read(b"Name,Rent\nSi\xE2n O\x92Neill,\x80 or \xA3 90").unwrap();
    assert_eq!(sheet.rows[0], ["Siân O’Neill", "€ or £ 90"]);
}

#[test]
fn headings_are_made_usable_and_rows_even() {
    let sheet = read(b" Phone ,,Phone,\n1\n,,3\n,,,\n\n").unwrap();
    assert_eq!(sheet.headings, ["Phone", "Column 2", "Phone (2)"]);
    assert_eq!(sheet.rows, [vec!["1", "", ""], vec!["", "", "3"]]);
}

#[test]
fn bad_files_are_refused_with_the_row_and_the_remedy() {
    for (bytes, part) in [
        (&b""[..], "is empty"),
        (b",,\n\n", "first row of ‘homes.csv’ is empty"),
        (b"a,b,c\n1,\"2,3\n4,5,6\n7,8,9\n1,2,\"x\"\n", "row 2 of ‘homes.csv’ a quotation mark opens a cell"),
        (b"a,b\n1,\"2\n", "opens a cell that runs on"),
        (b"\xD0\xCF\x11\xE0rest", "save it as"),
        (b"PK\x03\x04rest", "not a readable XLSX workbook"),
        (b"\x89PNG\0\0", "neither a CSV nor an XLSX"),
    ] {
        let error = read(bytes).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
}

/// A file of the cases beside the workspace, where they are.
fn case(name: &str) -> Option<Sheet> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/cases/").to_owned() + name;
    let paths = [path.clone(), path.replace("/../shared", "/../../shared")];
    let Some(bytes) = paths.iter().find_map(|path| std::fs::read(path).ok()) else {
        eprintln!("skipped: ../shared/cases/{name} is not there");
        return None;
    };
    Some(Sheets::default().read(name, &bytes).unwrap())
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_shows_them() {
    let sheet = read(b"key,kind\n1,a\n\n\n4,b\r\n\r\n\"6\nsix\",c\n,,\n8,d\n").unwrap();
    let row = |number: usize| sheet.rows[number - sheet.heading_row - 1][0].as_str();
    assert_eq!([row(2), row(3), row(5), row(7), row(9)], ["1", "", "4", "6\nsix", "8"]);
    if let Some(sheet) = case("03-blank-lines.csv") {
        assert_eq!((sheet.rows[3][1].as_str(), sheet.rows[5][3].as_str()), ("castle", "NOTAPOSTCODE"));
    }
}

#[test]
fn a_row_that_is_too_wide_stands_by_itself() {
    let sheet = read(b"a,b\n1,2\n1,2,3\n4,5\n").unwrap();
    assert_eq!(sheet.rows.iter().map(Vec::len).collect::<Vec<_>>(), [2, 3, 2]);
}

#[test]
fn one_odd_byte_garbles_nothing() {
    let mixed = "Name\nCafé – East\nCafé".as_bytes().iter().chain(b"\nCaf\xE9").copied().collect::<Vec<u8>>();
    assert_eq!(read(&mixed).unwrap().rows, [["Café – East"], ["Café"], ["Café"]]);
    let unmarked: Vec<u8> = "Name,Road\nZoë,Café Row – East\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&unmarked).unwrap().rows, [["Zoë", "Café Row – East"]]);
    for name in ["12b-utf16le-no-bom.csv", "12e-mixed.csv"] {
        let Some(sheet) = case(name) else { continue };
        assert!(sheet.rows.iter().all(|row| row[2].contains("Café Row") && !row[2].contains('Ã')), "{name}");
    }
}

#[test]
fn a_title_above_the_headings_is_told_and_merged_cells_fill_their_rows() {
    let sheet = read(b"Stock list\n\nkey,kind,address\n1,home,1 Mill Lane\n").unwrap();
    assert_eq!((sheet.heading_row, sheet.headings[0].as_str(), sheet.rows.len()), (3, "key", 1));
    assert!(sheet.notes[0].contains("row 3"));
    let Some(sheet) = case("15-title-and-merged.xlsx") else { return };
    assert_eq!((sheet.heading_row, sheet.headings[3].as_str()), (4, "Postcode"));
    assert_eq!((sheet.rows[0][3].as_str(), sheet.rows[1][3].as_str()), ("OX4 9ZM", "OX4 9ZM"));
}

#[test]
fn an_apostrophe_of_ones_own_comes_back() {
    let bytes =
        finished(Sheets::default().csv(&["Text".to_owned()]).unwrap(), &[vec![SheetCell::Text("'=1+1".into())]])
            .unwrap();
    assert_eq!(read(&bytes).unwrap().rows[0][0], "'=1+1");
}

#[test]
fn limits_are_stated() {
    let limits = Limits {
        file_bytes_max: 3 << 20,
        unpacked_bytes_max: 1 << 20,
        rows_max: 2,
        columns_max: 2,
        cells_max: 3,
        cell_chars_max: 5,
        ..Limits::default()
    };
    let sheets = Sheets { limits };
    let error = |bytes: &[u8]| sheets.read("x", bytes).unwrap_err().0;
    assert!(error(&vec![b'a'; 4 << 20]).contains("the limit is 3 MB"));
    assert!(error(b"a\n1\n2\n3\n").contains("more than 2 rows"));
    assert!(error(b"a,b,c\n").contains("the limit is 2"));
    assert!(error(b"a,b\n1,2\n3,4\n").contains("more than 3 cells"));
    assert!(error(b"a\n123456\n").contains("more than 5 characters"));
    assert!(error(&write(&["a", "b", "c"], &[])).contains("the limit is 2 columns"));
    let bulky: Vec<Vec<SheetCell>> = (0..40_000).map(|n| vec![SheetCell::Text(format!("row {n}"))]).collect();
    assert!(error(&write(&["a"], &bulky)).contains("unpacks to"));
    assert!(sheets.read("x", b"a\n1\n2\n").is_ok());
}

#[test]
fn a_second_directory_in_the_comment_hides_nothing() {
    let bulky: Vec<Vec<SheetCell>> = (0..40_000).map(|n| vec![SheetCell::Text(format!("row {n}"))]).collect();
    let mut workbook = write(&["a"], &bulky);
    // An end record that counts no members, within the comment of the real one: whoever looks from the end finds it first.
    let mut end = b"PK\x05\x06".to_vec();
    end.extend([0; 16]);
    end.extend(5_u16.to_le_bytes());
    let comment_length = workbook.len() - 2;
    workbook[comment_length..].copy_from_slice(&(end.len() as u16).to_le_bytes());
    workbook.extend(end);
    let sheets = Sheets { limits: Limits { unpacked_bytes_max: 1 << 20, ..Limits::default() } };
    let error = sheets.read("x", &workbook).unwrap_err().0;
    assert!(error.contains("unpacks to"), "{error}");
}

#[test]
fn empty_cells_cost_no_memory_to_speak_of() {
    let commas = [b"a,b\n".to_vec(), vec![b','; 1 << 20]].concat();
    assert!(read(&commas).unwrap_err().contains("more than 16384 cells"));
    let hidden = format!("a\n{}", "\"\n\",".repeat(20_000));
    assert!(read(hidden.as_bytes()).unwrap_err().contains("more than 16384 cells"));
    let far_end = format!("a,b,c\n{}", ",,x\n".repeat(4));
    let sheets = Sheets { limits: Limits { cells_max: 10, ..Limits::default() } };
    assert!(sheets.read("x", far_end.as_bytes()).unwrap_err().0.contains("more than 10 cells"));
    assert_eq!(read(far_end.as_bytes()).unwrap().rows.len(), 4);
}

#[test]
fn a_text_that_many_cells_show_is_counted_for_each() {
    let long = SheetCell::Text("x".repeat(1000));
    let bytes = write(&["a", "b"], &vec![vec![long.clone(), long]; 1000]);
    assert!(bytes.len() < 100_000, "{} bytes", bytes.len());
    let sheets = Sheets { limits: Limits { text_bytes_max: 1 << 20, ..Limits::default() } };
    let error = sheets.read("x", &bytes).unwrap_err().0;
    assert!(error.contains("more than 1 MB of text"), "{error}");
    assert_eq!(read(&bytes).unwrap().rows.len(), 1000);
}

#[test]
fn a_workbook_is_read_back_as_written() {
    let day: Day = "2026-12-18".parse().unwrap();
    let summer: Moment = "2026-07-01T16:05".parse().unwrap();
    let rows = vec![
        vec![
            SheetCell::Text("=HYPERLINK(\"http://x\")".into()),
            SheetCell::Number(0.1 + 0.2),
            SheetCell::Day(day),
            SheetCell::Moment(summer),
            SheetCell::Pence(Pence(123_456)),
        ],
        vec![SheetCell::Empty, SheetCell::Number(f64::NAN), SheetCell::Empty, SheetCell::Empty, SheetCell::Number(7.0)],
    ];
    let bytes = write(&["Text", "Number", "Day", "Moment", "Amount"], &rows);
    let sheet = read(&bytes).unwrap();
    assert_eq!(sheet.headings, ["Text", "Number", "Day", "Moment", "Amount"]);
    assert_eq!(sheet.rows[0], ["=HYPERLINK(\"http://x\")", "0.3", "2026-12-18", "2026-07-01T16:05:00", "1234.56"]);
    assert_eq!(sheet.rows[1], ["", "", "", "", "7"]);
}

#[test]
fn text_that_looks_like_a_formula_is_stored_as_text() {
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(write(
        &["Text"],
        &[vec![SheetCell::Text("=1+1".into())]],
    )))
    .unwrap();
    let formulas = calamine::Reader::worksheet_formula(&mut workbook, "Homes").unwrap();
    assert!(formulas.is_empty());
}

/// What some program takes for a formula, though it does not begin with the sign, or with another one.
const DISGUISED: [&str; 12] = [
    " =1+1",
    "\u{a0}@SUM(1)",
    "\u{feff}=1",
    "\u{200b}+1+1",
    "\n=1",
    "\u{1}-1+1",
    "\t1",
    "\r1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠A1",
];

/// A CSV file of one cell, below its heading.
fn csv_cell(cell: SheetCell) -> String {
    let bytes = finished(Sheets::default().csv(&["Text".to_owned()]).unwrap(), &[vec![cell]]).unwrap();
    String::from_utf8(bytes).unwrap().strip_prefix("\u{FEFF}Text\n").unwrap().trim_end().to_owned()
}

#[test]
fn a_disguised_formula_leaves_as_text() {
    for text in DISGUISED {
        let written = csv_cell(SheetCell::Text(text.to_owned()));
        assert!(written.trim_start_matches('"').starts_with('\''), "{text:?} as {written:?}");
        let book = write(&["Text"], &[vec![SheetCell::Text(text.to_owned())]]);
        let mut workbook: calamine::Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(book)).unwrap();
        assert!(calamine::Reader::worksheet_formula(&mut workbook, "Homes").unwrap().is_empty(), "{text:?}");
    }
}

#[test]
fn a_number_stays_one() {
    for text in ["-5", "-1,234.50", "+44 7700 900123", "5", ""] {
        assert_eq!(csv_cell(SheetCell::Text(text.to_owned())).trim_matches('"'), text);
    }
    assert_eq!(csv_cell(SheetCell::Number(-5.5)), "-5.5");
    assert_eq!(csv_cell(SheetCell::Pence(Pence(-1_234))), "-12.34");
}

#[test]
fn a_csv_export_is_harmless_and_is_read_back_as_it_was() {
    let day: Day = "2026-12-18".parse().unwrap();
    let texts = ["=cmd|' /C calc'!A0", "@SUM(1)", "-1+2", "+44 7700 900123", "Zoë, \"Flat 2\"\nnext line", "'quoted'"];
    let mut rows: Vec<Vec<SheetCell>> =
        texts.iter().map(|text| vec![SheetCell::Text((*text).to_owned()), SheetCell::Day(day)]).collect();
    rows.push(vec![SheetCell::Pence(Pence(-5)), SheetCell::Moment("2026-07-01T16:05".parse().unwrap())]);
    let headings = ["Text".to_owned(), "When".to_owned()];
    let bytes = finished(Sheets::default().csv(&headings).unwrap(), &rows).unwrap();
    let raw = String::from_utf8(bytes.clone()).unwrap();
    assert!(raw.starts_with("\u{FEFF}Text,When"), "{raw}");
    for line in raw.lines() {
        assert!(!line.starts_with(['=', '@']) && !line.starts_with("\"="), "{line}");
    }
    let sheet = read(&bytes).unwrap();
    let first: Vec<&str> = sheet.rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(first[..6], texts);
    assert_eq!(sheet.rows[6], ["-0.05", "2026-07-01 16:05:00"]);
    assert_eq!(sheet.rows[6][1].parse::<Moment>().unwrap(), "2026-07-01T16:05".parse().unwrap());
}

#[test]
fn too_many_rows_for_a_spreadsheet_are_refused() {
    let rows = vec![Vec::new(); 1_048_576];
    let error = finished(Sheets::default().xlsx("x", &[]).unwrap(), &rows).unwrap_err().0;
    assert!(error.contains("at most 1048575 rows"), "{error}");
}

proptest! {
    #[test]
    fn no_upload_panics_and_every_row_fits_its_headings(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(sheet) = read(&bytes) {
            prop_assert!(sheet.rows.iter().all(|row| row.len() >= sheet.headings.len()));
        }
    }

    #[test]
    fn a_damaged_workbook_does_not_panic(at in 0_usize..6000, value in any::<u8>()) {
        let mut bytes = write(&["a", "b"], &[vec![SheetCell::Number(1.0), SheetCell::Text("x".into())]]);
        let at = at % bytes.len();
        bytes[at] = value;
        let _ = read(&bytes);
    }
}

/// A whole file of rows.
fn finished(mut file: Box<dyn SheetFile>, rows: &[Vec<SheetCell>]) -> Result<Vec<u8>, SheetError> {
    rows.iter().try_for_each(|row| file.row(row.clone()))?;
    file.finish()
}
