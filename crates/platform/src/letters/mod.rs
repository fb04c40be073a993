//! Letters as they stand on paper. A [`Letter`] says what is on it; how it is laid out is the business of the adapter behind
//! [`crate::ports::LetterPrinter`]. The words come from a template's parts ([`words`]), the head of the page from [`Letterhead`].

pub mod batches;
pub mod drafts;
pub mod languages;
mod letterhead;
pub mod words;
pub mod written;

pub use letterhead::{Letterhead, Window};

use crate::{
    Error, Platform, Result, boxed,
    ports::{LetterPrinter, PrintError},
};
use bytes::Bytes;
use std::sync::Arc;

/// The language that letters are written in, as a tag of BCP 47.
pub const LANGUAGE: &str = "en-GB";

/// One letter, ready to be laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// Who writes.
    pub letterhead: Letterhead,
    /// Where the envelope shows the address.
    pub window: Window,
    /// The postal address, line by line.
    pub address: Vec<String>,
    /// The date as it is written out.
    pub date: String,
    /// What it is about: the title of the file, and its heading where the words begin with none.
    pub subject: String,
    /// In type of 18 points instead of 12.
    pub large_print: bool,
    /// A line in the language that the reader speaks best, if that is not English.
    pub for_reader: Option<languages::Line>,
    /// What it says, in order.
    pub blocks: Vec<Block>,
}

/// A piece of a letter.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading; the first of a letter is its title.
    Heading(String),
    /// A paragraph; a line break is kept.
    Paragraph(String),
    /// Points, one below the other.
    List(Vec<String>),
    /// What is the case: a label and what stands beside it.
    Details(Vec<(String, String)>),
    /// A table: its headings, then its rows.
    Table(Vec<String>, Vec<Vec<String>>),
    /// The paragraphs from *Yours sincerely* on, which stay on one page.
    Closing(Vec<String>),
    /// A picture.
    Picture(Picture),
}

/// A picture on a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// A PNG or JPEG file.
    pub bytes: Bytes,
    /// What it shows, for those who do not see it.
    pub shows: String,
    /// How wide it is printed, in millimetres; never wider than the text.
    pub width_mm: u16,
}

/// Lays letters out as one PDF, away from the threads that serve requests. They are refused, with what to do, when a character of one cannot
/// be printed.
#[boxed]
pub async fn print(platform: &Platform, letters: Vec<Letter>) -> Result<Bytes> {
    match at_the_press(platform, move |printer| printer.print(&letters)).await? {
        Ok(pdf) => Ok(pdf.into()),
        Err(PrintError::Failed(cause)) => Err(Error::Internal(format!("printing: {cause}"))),
        Err(refused) => Err(Error::conflict(refused.to_string())),
    }
}

/// The same, a PDF for each letter.
async fn print_each(platform: &Platform, letters: Vec<Letter>) -> Result<Vec<Result<Vec<u8>, PrintError>>> {
    let each = move |printer: &dyn LetterPrinter| {
        letters.iter().map(|letter| printer.print(std::slice::from_ref(letter))).collect::<Vec<_>>()
    };
    at_the_press(platform, each).await
}

async fn at_the_press<T: Send + 'static>(
    platform: &Platform,
    work: impl FnOnce(&dyn LetterPrinter) -> T + Send + 'static,
) -> Result<T> {
    let printer = Arc::clone(&platform.ports().printer);
    let done = tokio::task::spawn_blocking(move || work(printer.as_ref())).await;
    done.map_err(|error| Error::Internal(format!("printing stopped: {error}")))
}
