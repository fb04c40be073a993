//! Text as it comes in: one rule for forms, JSON, imports and messages of what is cleaned and what is refused.
//!
//! Nobody sees a mark that has no width, and what turns the direction of writing lets one name look like another: such marks go. A blank
//! that does not break looks like any other and compares like none: it becomes one. Accents are kept in their composed form, so that the
//! same name typed on two keyboards is the same text.

use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// The text without what cannot be seen, its blanks plain and its accents composed. Line ends and tabs stay.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.nfc().peekable();
    while let Some(c) = chars.next() {
        match c {
            // Joiners shape the letters of Persian and Indian scripts and compose emoji; elsewhere they only hide.
            '\u{200c}' | '\u{200d}' => {
                let joins = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !c.is_whitespace());
                if joins(out.chars().next_back()) && joins(chars.peek().copied()) {
                    out.push(c);
                }
            }
            '\u{2010}' | '\u{2011}' => out.push('-'),
            c if is_hidden(c) => {}
            c if is_blank(c) => out.push(' '),
            c => out.push(c),
        }
    }
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// A character that nobody sees and nobody types: controls but for tabs and line ends, marks of direction, marks without width.
pub fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// A blank other than the plain one.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// What ends a line, in any writing system.
pub const LINE_ENDS: [char; 4] = ['\n', '\r', '\u{2028}', '\u{2029}'];

/// Several lines in one, with this between them; borrowed where it is one already.
pub fn one_line<'a>(text: &'a str, between: &str) -> Cow<'a, str> {
    if !text.contains(LINE_ENDS) {
        return Cow::Borrowed(text);
    }
    let lines = text.split(LINE_ENDS).map(str::trim).filter(|line| !line.is_empty());
    Cow::Owned(lines.collect::<Vec<_>>().join(between))
}

/// A text in small letters without accents, as `search_form(text)` in the database has it, but for apostrophes, which stay.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.to_lowercase().nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')) {
        match c {
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ŧ' => folded.push('t'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ﬁ' => folded.push_str("fi"),
            'ﬂ' => folded.push_str("fl"),
            c => folded.push(c),
        }
    }
    folded
}

/// How a key of another system is compared: without regard to case and to blanks at its ends or repeated. Noughts in front count: `3001`
/// and `003001` are two keys. `key_form(text)` in the database is the same.
pub fn key_form(key: &str) -> String {
    clean(key).split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase()
}

/// What a spreadsheet writes where it could not compute or show a value.
const SPREADSHEET_ERRORS: &[&str] = &[
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#UNKNOWN!",
    "#CONNECT!",
    "#BUSY!",
    "#GETTING_DATA",
];

/// Whether the cell is no value but a spreadsheet's error, or the hashes of a column that was too narrow.
pub fn is_spreadsheet_error(cell: &str) -> bool {
    let cell = cell.trim();
    SPREADSHEET_ERRORS.iter().any(|error| error.eq_ignore_ascii_case(cell))
        || cell.len() >= 3 && cell.bytes().all(|byte| byte == b'#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_goes() {
        for (typed, kept) in [
            ("Ada\u{202e}kcab", "Adakcab"),
            ("\u{202a}07700 900836\u{202c}", "07700 900836"),
            ("07700 900837\u{200b}", "07700 900837"),
            ("\u{feff}nora@example.org", "nora@example.org"),
            ("07700\u{a0}900834", "07700 900834"),
            ("07700\u{2011}900835", "07700-900835"),
            ("Zoe\u{308} Quintal", "Zoë Quintal"),
            ("a\0b\u{7}\r\n\td", "ab\r\n\td"),
            ("Mary\u{200d}Ann", "MaryAnn"),
        ] {
            assert_eq!(clean(typed), kept, "{typed:?}");
        }
        for whole in ["O’Brien", "Łukasz Żółć", "محمد العلي", "می\u{200c}خواهم", "👩\u{200d}🚀 Ivy 🌿", "Llys-y-Tŷ 2"]
        {
            assert_eq!(clean(whole), whole);
        }
    }

    #[test]
    fn lines_become_one() {
        assert_eq!(one_line("7 Blankline Way\r\nCowley", ", "), "7 Blankline Way, Cowley");
        assert_eq!(one_line("one", " "), "one");
    }

    #[test]
    fn accents_fold_away() {
        for (text, folded) in
            [("Zoë", "zoe"), ("Łukasz Żółć", "lukasz zolc"), ("İpek Işık", "ipek isik"), ("ﬁona", "fiona")]
        {
            assert_eq!(fold(text), folded);
        }
        assert_eq!(fold("Llys-y-Tŷ 2"), "llys-y-ty 2");
    }

    #[test]
    fn a_key_is_compared_without_case_and_blanks() {
        assert_eq!(key_form(" zt-h1 "), key_form("ZT-H1"));
        assert_eq!(key_form("A\u{a0} 12"), "A 12");
        assert_ne!(key_form("3001"), key_form("003001"));
    }

    #[test]
    fn errors_of_a_spreadsheet_are_no_values() {
        assert!(is_spreadsheet_error(" #n/a ") && is_spreadsheet_error("#REF!") && is_spreadsheet_error("########"));
        assert!(!is_spreadsheet_error("N/A") && !is_spreadsheet_error("#12") && !is_spreadsheet_error("Null"));
    }
}
