//! The traits through which the house reaches what lies outside it: mail, texts and letters, print, stored files, spreadsheets
//! and the sign-in of others. The adapters implement them; nothing else knows which product is behind one.

use crate::letters::Letter;
use async_trait::async_trait;
use bytes::Bytes;
use rooftree_kernel::{Day, Moment, Pence};

/// Sends one e-mail.
#[async_trait]
pub trait MailSender: Send + Sync {
    /// Hands the mail over and returns the provider's reference for it.
    async fn send(&self, mail: &OutgoingMail) -> Result<String, SendError>;
}

/// An e-mail ready to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The address it goes to.
    pub to: String,
    /// The subject line, without line breaks.
    pub subject: String,
    /// The plain text, which every mail has.
    pub text: String,
    /// The same as HTML, if there is one.
    pub html: Option<String>,
    /// Where an answer goes, when not to the sender.
    pub reply_to: Option<String>,
}

/// Sends texts and letters, and knows what became of them.
#[async_trait]
pub trait TextSender: Send + Sync {
    /// Sends a text message to a phone number; returns the provider's reference. `reference` is ours.
    async fn text(&self, to: &str, body: &str, reference: &str) -> Result<String, SendError>;
    /// Sends a letter by post; returns the provider's reference. `reference` is ours.
    async fn letter(&self, letter: &LetterBody, reference: &str) -> Result<String, SendError>;
    /// What became of the message with this provider's reference.
    async fn status(&self, provider_reference: &str) -> Result<DeliveryStatus, SendError>;
}

/// A letter as the provider prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterBody {
    /// The postal address, three to seven lines, the last a UK postcode or a country.
    pub address_lines: Vec<String>,
    /// The heading.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The letter as it was printed by us, if it was: it is sent as it is.
    pub pdf: Option<Bytes>,
}

/// Lays letters out as PDFs that a screen reader can read aloud (PDF/UA-1), with their typefaces in them.
pub trait LetterPrinter: Send + Sync {
    /// One file with these letters in their order, each from a new page and with page numbers of its own. The same letters give the same
    /// bytes. It takes the processor for some milliseconds a letter: [`crate::letters::print`] calls it where that holds up nobody.
    fn print(&self, letters: &[Letter]) -> Result<Vec<u8>, PrintError>;
}

/// Why a letter was not printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// No typeface has the character.
    #[error("the letter cannot be printed: no typeface here has the character ‘{0}’ (U+{code:04X}); write it another way", code = u32::from(*.0))]
    Character(char),
    /// A picture that is neither PNG nor JPEG, or is damaged.
    #[error("the letter cannot be printed: the picture ‘{0}’ is not a sound PNG or JPEG file; choose another")]
    Picture(String),
    /// A fault of the printer; the text is for the log.
    #[error("{0}")]
    Failed(String),
}

/// Why a message was not sent. The text is for staff and logs: it never contains personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Worth another try later.
    #[error("could not be sent now: {0}")]
    Temporary(String),
    /// Trying again would not help.
    #[error("cannot be sent: {0}")]
    Permanent(String),
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// On its way.
    Pending,
    /// It arrived (for a letter: it was dispatched).
    Delivered,
    /// It did not arrive, and why.
    Failed(String),
}

/// Calls another system when a fact is recorded.
#[async_trait]
pub trait WebhookSender: Send + Sync {
    /// Whether the address leads where calls may go; refused permanently when it does not. A name that leads nowhere yet is a temporary
    /// failure. Names can be pointed elsewhere afterwards, so each call is checked again.
    async fn check(&self, url: &str) -> Result<(), SendError>;
    /// Posts the body and returns the status the receiver answered with. The address is resolved here and refused, permanently, when
    /// it is private, loopback or link-local, unless the sender was made to allow that. Redirects are not followed.
    async fn post(&self, url: &str, headers: &[(&str, String)], body: Bytes) -> Result<u16, SendError>;
}

/// Stores bytes under a key.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Stores the bytes durably; an existing blob of that key is replaced whole.
    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError>;
    /// The bytes, or `None` when there is no such key.
    async fn get(&self, key: &str) -> Result<Option<Bytes>, BlobError>;
    /// Removes the blob; no error when it is not there.
    async fn delete(&self, key: &str) -> Result<(), BlobError>;
}

/// Why the blob store failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// The key is not one the store accepts.
    #[error("‘{0}’ is not a key of the file store")]
    Key(String),
    /// The store could not do it.
    #[error("the file store failed: {0}")]
    Store(String),
}

/// Reads an uploaded table.
pub trait SheetReader: Send + Sync {
    /// Reads the first sheet of a CSV or XLSX file; `name` is the file's name, used for messages and as a hint.
    fn read(&self, name: &str, bytes: &[u8]) -> Result<Sheet, SheetError>;
}

/// A table as text: every row has at least as many cells as there are headings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The names of the columns.
    pub headings: Vec<String>,
    /// The row in which they stand, as a spreadsheet counts: 1 unless a title stands above them.
    pub heading_row: usize,
    /// The rows below; wholly empty ones are left out at the end only, so that row numbers stay true. A row with more cells than there are
    /// headings keeps them: something is wrong with it.
    pub rows: Vec<Vec<String>>,
    /// What whoever sent the file should know of how it was read: that headings were found further down, that a sheet is hidden.
    pub notes: Vec<String>,
}

impl Default for Sheet {
    fn default() -> Self {
        Self { headings: Vec::new(), heading_row: 1, rows: Vec::new(), notes: Vec::new() }
    }
}

/// Writes tables as spreadsheets, row by row, so that a long list never stands in memory as a whole.
pub trait SheetWriter: Send + Sync {
    /// Begins an XLSX file with one sheet.
    fn xlsx(&self, title: &str, headings: &[String]) -> Result<Box<dyn SheetFile>, SheetError>;
    /// Begins a CSV file in UTF-8 with a byte-order mark (spreadsheet programs then read accents right).
    fn csv(&self, headings: &[String]) -> Result<Box<dyn SheetFile>, SheetError>;
}

/// A spreadsheet being written.
pub trait SheetFile: Send {
    /// Adds a row.
    fn row(&mut self, row: Vec<SheetCell>) -> Result<(), SheetError>;
    /// The finished file.
    fn finish(self: Box<Self>) -> Result<Vec<u8>, SheetError>;
}

/// One cell of a spreadsheet to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum SheetCell {
    /// Text, never read as a formula.
    Text(String),
    /// A number.
    Number(f64),
    /// A date.
    Day(Day),
    /// A date with a London clock time.
    Moment(Moment),
    /// An amount, written in pounds.
    Pence(Pence),
    /// Nothing.
    Empty,
}

impl From<&str> for SheetCell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

impl From<String> for SheetCell {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl From<i32> for SheetCell {
    fn from(number: i32) -> Self {
        Self::Number(f64::from(number))
    }
}

impl From<i64> for SheetCell {
    fn from(number: i64) -> Self {
        Self::Number(number as f64)
    }
}

impl From<bool> for SheetCell {
    fn from(it: bool) -> Self {
        Self::Text(if it { "yes" } else { "no" }.to_owned())
    }
}

impl From<Day> for SheetCell {
    fn from(day: Day) -> Self {
        Self::Day(day)
    }
}

impl From<Moment> for SheetCell {
    fn from(at: Moment) -> Self {
        Self::Moment(at)
    }
}

impl From<Pence> for SheetCell {
    fn from(amount: Pence) -> Self {
        Self::Pence(amount)
    }
}

impl<T: Into<SheetCell>> From<Option<T>> for SheetCell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// Why a spreadsheet was refused or could not be written; says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SheetError(pub String);

/// Signs people in through an organisation's own identity provider (OpenID Connect).
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// Begins a sign-in: where to send the browser, and what to remember until it returns.
    async fn start(&self, redirect_uri: &str) -> Result<LoginStart, String>;
    /// Ends a sign-in with the code the browser brought back.
    async fn finish(
        &self,
        redirect_uri: &str,
        code: &str,
        nonce: &str,
        pkce_verifier: &str,
    ) -> Result<Identity, String>;
}

/// A sign-in under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginStart {
    /// Where to send the browser.
    pub url: String,
    /// Must come back unchanged with the browser.
    pub state: String,
    /// Must stand in the identity token.
    pub nonce: String,
    /// Proves at the end that the one who finishes is the one who began.
    pub pkce_verifier: String,
}

/// Who signed in, as the provider vouches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider's lasting name for the person.
    pub subject: String,
    /// The e-mail address, when the provider gives one and does not call it unverified.
    pub email: Option<String>,
    /// The name to show.
    pub name: Option<String>,
}
