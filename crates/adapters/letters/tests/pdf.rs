//! Letters are printed, read back along their tags, and compared with what went in.

mod reader;

use reader::Read;
use rooftree_letters::Press;
use rooftree_platform::{
    letters::{Block, Letter, Letterhead, Picture, Window, languages},
    ports::{LetterPrinter, PrintError},
};

fn letter(blocks: Vec<Block>) -> Letter {
    Letter {
        letterhead: Letterhead {
            name: "Oxenford City Council".into(),
            address: vec!["Town Hall".into(), "High Street".into(), "Oxenford OX9 1ZZ".into()],
            phone: "01632 960100".into(),
            hours: "8am to 6pm, Monday to Friday".into(),
            logo: None,
        },
        window: Window::DL,
        address: vec!["Mrs Ada Yusuf".into(), "14 Mill Stream Walk".into(), "RV4 1AB".into()],
        date: "1 December 2026".into(),
        subject: "Your right to repair: R-104233".into(),
        large_print: false,
        for_reader: None,
        blocks,
    }
}

fn words(text: &str) -> String {
    text.to_owned()
}

/// One of each kind.
fn everything() -> Letter {
    letter(vec![
        Block::Paragraph(words("Dear Mrs Yusuf")),
        Block::Heading(words("Your right to repair")),
        Block::Details(vec![
            (words("Your repair"), words("Kitchen tap drips")),
            (words("Due"), words("3 December 2026")),
        ]),
        Block::Heading(words("What you must do")),
        Block::Paragraph(words("Please let us in.\nIt costs you nothing: £0.")),
        Block::List(vec![words("move the pets"), words("clear the way to the tap, and the office of the flat")]),
        Block::Table(
            vec![words("Work"), words("Cost")],
            vec![vec![words("Tap"), words("£5.00")], vec![words("Pipe"), words("")]],
        ),
        Block::Picture(picture()),
        Block::Closing(vec![words("Yours sincerely"), words("Repairs team\nOxenford City Council")]),
    ])
}

/// A PNG of one point.
fn picture() -> Picture {
    const PNG: &[u8] = &[
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00,
        0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53, 0xde, 0x00, 0x00, 0x00,
        0x0c, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x10, 0x4d, 0x0b, 0x02, 0x00, 0x01, 0x61, 0x00, 0xce, 0x5d,
        0xc5, 0x84, 0x9c, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
    ];
    Picture { bytes: PNG.into(), shows: "The stopcock under the sink".into(), width_mm: 20 }
}

fn print(letters: &[Letter]) -> Vec<u8> {
    let pdf = Press::new().print(letters).unwrap_or_else(|error| panic!("{error}"));
    // For whoever wants to look at them.
    if let Ok(folder) = std::env::var("ROOFTREE_KEEP_LETTERS") {
        let name = letters[0].blocks.len() * 100 + letters.len() * 10 + usize::from(letters[0].large_print);
        std::fs::write(format!("{folder}/{name}.pdf"), &pdf).unwrap();
    }
    pdf
}

#[test]
fn a_letter_says_what_it_is_in_which_language_and_that_all_can_read_it() {
    let read = Read::of(&print(&[everything()]));
    assert_eq!(reader::text(read.catalog(b"Lang").as_str().unwrap()), "en-GB");
    assert!(read.catalog(b"MarkInfo").as_dict().unwrap().get(b"Marked").unwrap().as_bool().unwrap());
    let shows_title = read.catalog(b"ViewerPreferences").as_dict().unwrap().get(b"DisplayDocTitle").unwrap().as_bool();
    assert!(shows_title.unwrap());
    let about = read.catalog(b"Metadata").as_stream().unwrap().get_plain_content().unwrap();
    let about = String::from_utf8(about).unwrap();
    assert!(about.contains("pdfuaid:part>1<") && about.contains("Your right to repair: R-104233"), "{about}");
    assert_eq!(read.fonts_missing(), 0);
}

#[test]
fn a_letter_is_heard_in_the_order_in_which_it_is_read() {
    let read = Read::of(&print(&[everything()]));
    let heard: Vec<(&str, &str)> = read
        .heard
        .iter()
        .map(|(path, words)| (path.strip_prefix("/Document/").unwrap_or(path), words.as_str()))
        .collect();
    assert_eq!(
        heard,
        [
            ("P", "Oxenford City Council"),
            ("P", "Town Hall High Street Oxenford OX9 1ZZ 01632 960100 8am to 6pm, Monday to Friday"),
            ("P", "Mrs Ada Yusuf 14 Mill Stream Walk RV4 1AB"),
            ("P", "1 December 2026"),
            ("P", "Dear Mrs Yusuf"),
            ("H1", "Your right to repair"),
            ("Table/TR/TH", "Your repair"),
            ("Table/TR/TD", "Kitchen tap drips"),
            ("Table/TR/TH", "Due"),
            ("Table/TR/TD", "3 December 2026"),
            ("H2", "What you must do"),
            ("P", "Please let us in. It costs you nothing: £0."),
            ("L/LI/Lbl", "•"),
            ("L/LI/LBody", "move the pets"),
            ("L/LI/Lbl", "•"),
            ("L/LI/LBody", "clear the way to the tap, and the office of the flat"),
            ("Table/TR/TH", "Work"),
            ("Table/TR/TH", "Cost"),
            ("Table/TR/TD", "Tap"),
            ("Table/TR/TD", "£5.00"),
            ("Table/TR/TD", "Pipe"),
            ("Table/TR/TD", "–"),
            ("Figure", "The stopcock under the sink"),
            ("P", "Yours sincerely"),
            ("P", "Repairs team Oxenford City Council"),
        ]
    );
}

#[test]
fn a_subject_heads_words_that_begin_with_no_heading() {
    let read =
        Read::of(&print(&[letter(vec![Block::Paragraph(words("Dear Ada")), Block::Paragraph(words("Hello."))])]));
    assert_eq!(read.under("/H1"), ["Your right to repair: R-104233"]);
    let heard = read.words();
    assert!(heard.find("Dear Ada") < heard.find("Your right"), "{heard}");
}

#[test]
fn a_long_letter_runs_on_with_its_words_whole_and_in_large_print_takes_more_pages() {
    let paragraph =
        "We will come between eight and twelve, and an adult must be in to open the door for us. ".repeat(7);
    let mut long = letter((0..14).map(|_| Block::Paragraph(paragraph.trim().to_owned())).collect());
    let plain = Read::of(&print(std::slice::from_ref(&long)));
    let pages = plain.document.get_pages().len();
    assert!((2..=4).contains(&pages), "{pages}");
    assert_eq!(plain.under("/P").iter().filter(|words| **words == paragraph.trim()).count(), 14);
    assert!(!plain.words().contains("Page 1"), "what stands on every page is not read aloud");
    long.large_print = true;
    let large = Read::of(&print(&[long]));
    assert!(large.document.get_pages().len() > pages + 1);
    assert_eq!(large.under("/P").iter().filter(|words| **words == paragraph.trim()).count(), 14);
}

#[test]
fn every_language_of_the_residents_can_be_printed() {
    for name in languages::all() {
        let line = languages::line(name, "01632 960100").unwrap();
        let with = Letter { for_reader: Some(line.clone()), ..letter(vec![Block::Paragraph(words("Dear Ada"))]) };
        let pdf = Press::new().print(&[with]).unwrap_or_else(|error| panic!("{name}: {error}"));
        let read = Read::of(&pdf);
        let squeezed = |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200c}').collect::<String>();
        assert!(squeezed(&read.words()).contains(&squeezed(&line.text)), "{name}: {}", read.words());
    }
    let names = [
        "Łukasz Żółć",
        "Nguyễn Thị Hồng",
        "Зоя Шевченко",
        "محمد علی",
        "ሰላም",
        "王小明",
        "Ọlá Adébáyọ̀",
        "Ștefan",
        "Στέλιος",
    ];
    for name in names {
        let addressed = Letter { address: vec![name.to_owned()], ..letter(vec![]) };
        assert!(Press::new().print(&[addressed]).is_ok(), "{name}");
    }
}

#[test]
fn a_character_that_no_typeface_has_is_named() {
    let refused = Press::new().print(&[letter(vec![Block::Paragraph(words("See you 🦊"))])]).unwrap_err();
    assert_eq!(refused, PrintError::Character('🦊'));
    assert!(refused.to_string().contains("‘🦊’ (U+1F98A); write it another way"), "{refused}");
    let damaged = Picture { bytes: b"\x89PNG\r\n\x1a\nno"[..].into(), ..picture() };
    let refused = Press::new().print(&[letter(vec![Block::Picture(damaged)])]).unwrap_err();
    assert!(refused.to_string().contains("‘The stopcock under the sink’ is not a sound PNG"), "{refused}");
}

#[test]
fn the_same_letter_gives_the_same_bytes() {
    let press = Press::new();
    assert_eq!(press.print(&[everything()]), press.print(&[everything()]));
    assert_eq!(press.print(&[everything()]), Press::new().print(&[everything()]));
}

#[test]
fn a_print_file_holds_each_letter_as_a_part_from_a_page_of_its_own() {
    let read = Read::of(&print(&[everything(), everything(), everything()]));
    assert_eq!(read.document.get_pages().len() % 3, 0);
    assert_eq!(read.under("Document/Part/H1").len(), 3);
    let about = read.catalog(b"Metadata").as_stream().unwrap().get_plain_content().unwrap();
    assert!(String::from_utf8(about).unwrap().contains("3 letters"));
}

#[test]
fn odd_words_are_printed_or_refused_and_never_stop_the_press() {
    let long = "x".repeat(3_000);
    let odd = [
        "",
        " ",
        "\u{200f}\u{202e}\u{feff}",
        "a\u{0}b\tc\u{7}",
        "مرحبا 123 abc",
        "e\u{301}\u{301}\u{301}",
        &long,
        "\u{ad}",
        "\u{2028}",
    ];
    for text in odd {
        let blocks = vec![
            Block::Heading(text.into()),
            Block::Paragraph(text.into()),
            Block::List(vec![text.into()]),
            Block::Details(vec![(text.into(), text.into())]),
            Block::Table(vec![], vec![]),
            Block::Closing(vec![text.into()]),
        ];
        let odd = Letter { address: vec![text.into()], subject: text.into(), ..letter(blocks) };
        if let Err(error) = Press::new().print(&[odd]) {
            assert!(matches!(error, PrintError::Character(_)), "{text:?}: {error}");
        }
    }
}

/// `cargo nextest run -p rooftree-letters --run-ignored only --no-capture`: what a batch of a thousand takes, letter by letter and in one file.
#[test]
#[ignore = "a measurement: it takes up to a minute without optimisation"]
fn a_thousand_letters_are_printed_within_a_minute() {
    let (press, begun) = (Press::new(), std::time::Instant::now());
    let letters: Vec<Letter> = (0..1_000)
        .map(|number| Letter { address: vec![format!("Resident {number}"), "RV4 1AB".into()], ..everything() })
        .collect();
    let single: usize = letters.iter().map(|letter| press.print(std::slice::from_ref(letter)).unwrap().len()).sum();
    let each = begun.elapsed();
    let together = press.print(&letters).unwrap().len();
    let all = begun.elapsed();
    println!("1,000 letters: each {each:.1?} ({single} bytes), one file {:.1?} ({together} bytes)", all - each);
    assert!(all.as_secs() < 60, "{all:?}");
}
