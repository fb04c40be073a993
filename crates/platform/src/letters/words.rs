//! How the words of a template's part become the blocks of a letter. The words are plain: what they mean shows in how they are written.
//!
//! | written | printed |
//! |---|---|
//! | `# What you must do` | a heading |
//! | lines that begin with `- ` | a list |
//! | two or more lines `Label: words` | details, the label beside its words |
//! | lines that begin and end with a bar, cells between bars | a table, its first line the headings |
//! | `Yours sincerely` and all after it | the closing, kept on one page |
//! | blanks of name, address or date alone | nothing: on paper they stand in the window and above the letter |
//! | anything else | a paragraph |
//!
//! The blanks are filled after the words were taken apart, so that nothing in a name or in what a resident wrote can pass for a heading.

use super::Block;
use crate::Result;

/// A label is short; a sentence with a colon in it is none.
const LABEL_CHARACTERS_MAX: usize = 40;
/// What the window and the date line show already.
const HEAD: [&str; 3] = ["name", "address", "date"];

/// What a line is, by how it begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Heading,
    Point,
    Row,
    Words,
}

fn kind(line: &str) -> Kind {
    match line.as_bytes() {
        [b'#', b' ', ..] => Kind::Heading,
        [b'-', b' ', ..] => Kind::Point,
        [b'|', .., b'|'] => Kind::Row,
        _ => Kind::Words,
    }
}

/// The words as an e-mail or a text has them: a heading is a line like any other.
pub fn plain(words: &str) -> String {
    let lines: Vec<&str> = words.lines().map(|line| line.strip_prefix("# ").unwrap_or(line)).collect();
    lines.join("\n")
}

/// The blocks of these words, each text passed through `fill`.
pub fn blocks(words: &str, fill: impl Fn(&str) -> Result<String>) -> Result<Vec<Block>> {
    let mut found = Vec::new();
    for paragraph in paragraphs(words) {
        if paragraph.iter().all(|line| is_head(line)) {
            continue;
        }
        if paragraph[0].starts_with("Yours ") {
            found.push(Block::Closing(Vec::new()));
        }
        let text = paragraph.join("\n");
        if let Some(Block::Closing(closing)) = found.last_mut() {
            closing.push(fill(&text)?);
            continue;
        }
        for run in paragraph.chunk_by(|one, next| kind(one) == kind(next)) {
            found.extend(block(run, &fill)?);
        }
    }
    Ok(found)
}

/// Lines that stand together.
fn paragraphs(words: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = words.lines().map(str::trim).collect();
    lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty()).map(<[&str]>::to_vec).collect()
}

fn is_head(line: &str) -> bool {
    let blank = line.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    blank.is_some_and(|blank| HEAD.contains(&blank))
}

fn block(lines: &[&str], fill: &impl Fn(&str) -> Result<String>) -> Result<Vec<Block>> {
    Ok(match kind(lines[0]) {
        Kind::Heading => {
            lines.iter().map(|line| Ok(Block::Heading(fill(line[2..].trim())?))).collect::<Result<Vec<_>>>()?
        }
        Kind::Point => {
            vec![Block::List(lines.iter().map(|line| fill(line[2..].trim())).collect::<Result<Vec<_>>>()?)]
        }
        Kind::Row => {
            let mut rows = lines.iter().map(|line| cells(line, fill)).collect::<Result<Vec<_>>>()?;
            let headings = rows.remove(0);
            rows.iter_mut().for_each(|row| row.resize(headings.len(), String::new()));
            vec![Block::Table(headings, rows)]
        }
        Kind::Words => {
            let labelled: Option<Vec<(&str, &str)>> = lines.iter().map(|line| label(line)).collect();
            match labelled {
                Some(details) if details.len() > 1 => {
                    let filled = details.iter().map(|(label, words)| Ok((fill(label)?, fill(words)?)));
                    vec![Block::Details(filled.collect::<Result<Vec<_>>>()?)]
                }
                _ => vec![Block::Paragraph(fill(&lines.join("\n"))?)],
            }
        }
    })
}

fn cells(line: &str, fill: &impl Fn(&str) -> Result<String>) -> Result<Vec<String>> {
    line[1..line.len() - 1].split('|').map(|cell| fill(cell.trim())).collect()
}

/// `Your repair: {repair}` as label and words.
fn label(line: &str) -> Option<(&str, &str)> {
    let (label, words) = line.split_once(": ")?;
    let short = label.chars().count() <= LABEL_CHARACTERS_MAX && !label.contains(['.', '{']);
    short.then_some((label, words.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Vec<Block> {
        blocks(words, |text| Ok(text.replace("{name}", "Ada\n# Lovelace"))).unwrap()
    }

    #[test]
    fn words_become_blocks_by_how_they_are_written() {
        let words = "{name}\n{address}\n\n{date}\n\nDear {name}\n\n# The cost\n\nYour repair: Tap\nYour number: R-1\n\nTell us if:\n\
                     - it broke\n- it was old\n\n| Work | Cost |\n| Tap | £5 |\n| Pipe |\n\nRing: now\n\nYours sincerely\n\nAda";
        let text = |text: &str| text.to_owned();
        assert_eq!(
            read(words),
            [
                Block::Paragraph(text("Dear Ada\n# Lovelace")),
                Block::Heading(text("The cost")),
                Block::Details(vec![(text("Your repair"), text("Tap")), (text("Your number"), text("R-1"))]),
                Block::Paragraph(text("Tell us if:")),
                Block::List(vec![text("it broke"), text("it was old")]),
                Block::Table(
                    vec![text("Work"), text("Cost")],
                    vec![vec![text("Tap"), text("£5")], vec![text("Pipe"), text("")]]
                ),
                Block::Paragraph(text("Ring: now")),
                Block::Closing(vec![text("Yours sincerely"), text("Ada")]),
            ]
        );
    }

    #[test]
    fn an_email_has_the_same_words_without_marks() {
        assert_eq!(plain("# The cost\nof #1\n\n- this"), "The cost\nof #1\n\n- this");
    }

    #[test]
    fn odd_marks_are_words() {
        assert_eq!(read("|"), [Block::Paragraph("|".to_owned())]);
        assert_eq!(read("#"), [Block::Paragraph("#".to_owned())]);
        assert!(read("\n \n").is_empty());
    }
}
