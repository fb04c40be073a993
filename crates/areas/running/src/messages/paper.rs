//! A letter's words as a page shows them: what is a heading, a list or a table on paper is one here.

use maud::{Markup, html};
use rooftree_platform::letters::{Block, Letter};
use rooftree_ui::tables::{Column, Row, Table};

/// The letter as it is read, without the head of the page.
pub fn show(letter: &Letter) -> Markup {
    html! {
        p.rt-muted { "To: " (letter.address.join(", ")) }
        p { (letter.date) }
        @if let Some(line) = &letter.for_reader {
            p lang=(line.language) dir="auto" { strong { (line.text) } }
        }
        @for block in &letter.blocks { (shown(block)) }
    }
}

fn shown(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Heading(text) => h3 { (text) },
            Block::Paragraph(text) => (paragraph(text)),
            Block::Closing(paragraphs) => @for text in paragraphs { (paragraph(text)) },
            Block::List(points) => ul.govuk-list.govuk-list--bullet { @for point in points { li { (point) } } },
            Block::Details(details) => dl { @for (label, words) in details { dt { strong { (label) } } dd { (words) } } },
            Block::Table(headings, rows) => (table(headings, rows)),
            Block::Picture(picture) => p { "[Picture: " (picture.shows) "]" },
        }
    }
}

fn paragraph(text: &str) -> Markup {
    html! { p { @for (place, line) in text.lines().enumerate() { @if place > 0 { br; } (line) } } }
}

fn table(headings: &[String], rows: &[Vec<String>]) -> Markup {
    let columns = headings.iter().map(|heading| Column::new(heading.as_str())).collect();
    let row = |cells: &Vec<String>| Row::new(cells.iter().map(|cell| html! { (cell) }).collect());
    Table::new("In the letter", columns).caption_hidden().rows(rows.iter().map(row).collect()).render()
}
