//! The flow of a letter over its pages: what stands where, and what it is to somebody who hears it read.

use crate::{
    MM,
    lines::{Line, Style, Typesetter},
};
use krilla::{
    Data,
    geom::Size,
    image::Image,
    tagging::{ListNumbering, TableHeaderScope, Tag, TagKind},
};
use rooftree_platform::{
    letters::{Block, Letter, Picture},
    ports::PrintError,
};
use std::num::NonZeroU16;

/// A4.
pub const PAGE: (f32, f32) = (210.0 * MM, 297.0 * MM);
/// The text's left edge: wide enough to be filed.
pub const LEFT: f32 = 24.0 * MM;
/// Its right edge.
pub const RIGHT: f32 = 188.0 * MM;
const WIDTH: f32 = RIGHT - LEFT;
/// The head of the first page.
const TOP: f32 = 14.0 * MM;
/// Where words begin on the pages after the first.
const NEXT_TOP: f32 = 26.0 * MM;
/// Where words end, above the foot.
const BOTTOM: f32 = 272.0 * MM;
/// Where the landlord's address stands beside the name.
const CONTACT_LEFT: f32 = 126.0 * MM;
const LOGO_HEIGHT_MAX: f32 = 22.0 * MM;
/// The address is for the postman: it is as large as the window lets it be, up to this.
const ADDRESS_SIZE_MAX: f32 = 11.0;

/// The sizes of type. Twelve points is what is called clear print, eighteen large print (UK Association for Accessible Formats).
pub struct Sizes {
    pub body: Style,
    pub title: Style,
    heading: Style,
    strong: Style,
    pub small: Style,
    name: Style,
}

impl Sizes {
    pub fn of(large_print: bool) -> Self {
        let style = |size, bold, leading| Style { size, bold, leading };
        if large_print {
            Self {
                body: style(18.0, false, 1.4),
                title: style(22.0, true, 1.25),
                heading: style(20.0, true, 1.3),
                strong: style(18.0, true, 1.4),
                small: style(14.0, false, 1.3),
                name: style(22.0, true, 1.2),
            }
        } else {
            Self {
                body: style(12.0, false, 1.38),
                title: style(15.0, true, 1.25),
                heading: style(13.0, true, 1.3),
                strong: style(12.0, true, 1.38),
                small: style(9.5, false, 1.35),
                name: style(18.0, true, 1.2),
            }
        }
    }
}

/// A letter, laid out.
pub struct Composed {
    /// In reading order.
    pub pieces: Vec<Piece>,
    /// What the pieces are, in reading order.
    pub tags: Vec<Node>,
    /// Headings: words, page, height.
    pub headings: Vec<(String, usize, f32)>,
    /// How many pages it takes.
    pub pages: usize,
    slots: usize,
}

/// Something on a page.
pub struct Piece {
    pub page: usize,
    pub x: f32,
    pub y: f32,
    pub shows: Shows,
}

/// What a piece is made of.
pub enum Shows {
    /// A line in ink or the colour of the house, and the leaf of the tags that it belongs to.
    Words(Line, Ink, usize),
    Picture(Image, Size, usize),
    /// A thin line across, this wide. It means nothing to a reader.
    Rule(f32),
}

/// The colour of words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Black,
    House,
}

/// The tree of tags.
pub enum Node {
    Group(TagKind, Vec<Node>),
    /// The pieces with this number.
    Slot(usize),
}

/// A column of lines that belongs to one leaf.
struct Column {
    x: f32,
    lines: Vec<Line>,
    slot: usize,
}

impl Column {
    fn height(&self) -> f32 {
        height(&self.lines)
    }
}

fn height(lines: &[Line]) -> f32 {
    lines.iter().map(|line| line.height).sum()
}

struct Composer<'a> {
    typesetter: &'a mut Typesetter,
    sizes: Sizes,
    y: f32,
    done: Composed,
}

/// Lays a letter out.
pub fn compose(typesetter: &mut Typesetter, letter: &Letter) -> Result<Composed, PrintError> {
    let sizes = Sizes::of(letter.large_print);
    let done = Composed { pieces: Vec::new(), tags: Vec::new(), headings: Vec::new(), pages: 1, slots: 0 };
    let mut composer = Composer { typesetter, sizes, y: TOP, done };
    composer.head(letter)?;
    composer.address(letter)?;
    let body = composer.sizes.body;
    composer.paragraph(&letter.date, body)?;
    if let Some(line) = &letter.for_reader {
        composer.for_reader(line)?;
    }
    composer.blocks(letter)?;
    Ok(composer.done)
}

impl Composer<'_> {
    fn slot(&mut self) -> usize {
        self.done.slots += 1;
        self.done.slots - 1
    }

    fn lines(&mut self, text: &str, style: Style, width: f32) -> Result<Vec<Line>, PrintError> {
        self.typesetter.lines(text, style, width)
    }

    fn put(&mut self, x: f32, y: f32, shows: Shows) {
        self.done.pieces.push(Piece { page: self.done.pages - 1, x, y, shows });
    }

    /// Puts lines one below the other, whatever room there is; gives where they end.
    fn put_lines(&mut self, lines: Vec<Line>, ink: Ink, x: f32, mut y: f32, slot: usize) -> f32 {
        for line in lines {
            let height = line.height;
            self.put(x, y, Shows::Words(line, ink, slot));
            y += height;
        }
        y
    }

    fn new_page(&mut self) {
        self.done.pages += 1;
        self.y = NEXT_TOP;
    }

    /// Goes on on the next page unless this much fits.
    fn make_room(&mut self, height: f32) {
        if self.y + height > BOTTOM && self.y > NEXT_TOP {
            self.new_page();
        }
    }

    fn gap(&self) -> f32 {
        self.sizes.body.size * 0.75
    }

    /// Name or logo to the left; address, telephone and hours to the right.
    fn head(&mut self, letter: &Letter) -> Result<(), PrintError> {
        let slot = self.slot();
        let width = CONTACT_LEFT - LEFT - 6.0 * MM;
        let under = match &letter.letterhead.logo {
            Some(logo) => {
                let (image, size) = picture(logo, width, LOGO_HEIGHT_MAX)?;
                self.put(LEFT, TOP, Shows::Picture(image, size, slot));
                self.done.tags.push(figure(logo, slot));
                TOP + size.height()
            }
            None => {
                let name = self.lines(&letter.letterhead.name, self.sizes.name, width)?;
                self.done.tags.push(Node::Group(Tag::P.into(), vec![Node::Slot(slot)]));
                self.put_lines(name, Ink::House, LEFT, TOP, slot)
            }
        };
        let head = &letter.letterhead;
        let contact: Vec<&str> = head
            .address
            .iter()
            .chain([&head.phone, &head.hours])
            .map(String::as_str)
            .filter(|l| !l.is_empty())
            .collect();
        let lines = self.lines(&contact.join("\n"), self.sizes.small, RIGHT - CONTACT_LEFT)?;
        let slot = self.slot();
        let beside = self.put_lines(lines, Ink::Black, CONTACT_LEFT, TOP + 1.0 * MM, slot);
        self.done.tags.push(Node::Group(Tag::P.into(), vec![Node::Slot(slot)]));
        self.y = under.max(beside);
        Ok(())
    }

    fn address(&mut self, letter: &Letter) -> Result<(), PrintError> {
        let window = letter.window;
        let room = window.height * MM / letter.address.len().max(1) as f32;
        let size = (room / 1.18).min(ADDRESS_SIZE_MAX);
        let style = Style { size, bold: false, leading: 1.18 };
        let lines = self.lines(&letter.address.join("\n"), style, window.width * MM)?;
        let slot = self.slot();
        self.put_lines(lines, Ink::Black, window.left * MM, window.top * MM, slot);
        self.done.tags.push(Node::Group(Tag::P.into(), vec![Node::Slot(slot)]));
        self.y = self.y.max((window.top + window.height) * MM) + 7.0 * MM;
        Ok(())
    }

    /// Between two thin lines, so that it is seen by somebody who reads nothing else of the letter.
    fn for_reader(&mut self, line: &rooftree_platform::letters::languages::Line) -> Result<(), PrintError> {
        let lines = self.lines(&line.text, self.sizes.strong, WIDTH)?;
        let pad = 2.0 * MM;
        self.put(LEFT, self.y, Shows::Rule(WIDTH));
        let slot = self.slot();
        let under = self.put_lines(lines, Ink::Black, LEFT, self.y + pad, slot) + pad;
        self.put(LEFT, under, Shows::Rule(WIDTH));
        let tag = Tag::P.with_lang(Some(line.language.to_owned()));
        self.done.tags.push(Node::Group(tag.into(), vec![Node::Slot(slot)]));
        self.y = under + self.gap() * 1.4;
        Ok(())
    }

    /// The first heading is the title: the words' own if they begin with one (a salutation may stand before it), else the subject.
    fn blocks(&mut self, letter: &Letter) -> Result<(), PrintError> {
        let greeted = matches!(letter.blocks.first(), Some(Block::Paragraph(text)) if text.starts_with("Dear "));
        let own_title = matches!(letter.blocks.get(usize::from(greeted)), Some(Block::Heading(_)));
        let mut level = 1;
        for (place, block) in letter.blocks.iter().enumerate() {
            if place == usize::from(greeted) && !own_title && !letter.subject.is_empty() {
                self.heading(&letter.subject, level)?;
                level = 2;
            }
            match block {
                Block::Heading(text) => {
                    self.heading(text, level)?;
                    level = 2;
                }
                Block::Paragraph(text) => self.paragraph(text, self.sizes.body)?,
                Block::List(points) => self.list(points)?,
                Block::Details(details) => self.details(details)?,
                Block::Table(headings, rows) => self.table(headings, rows)?,
                Block::Closing(paragraphs) => self.closing(paragraphs)?,
                Block::Picture(shown) => self.picture(shown)?,
            }
        }
        Ok(())
    }

    fn heading(&mut self, text: &str, level: u16) -> Result<(), PrintError> {
        let style = if level == 1 { self.sizes.title } else { self.sizes.heading };
        let lines = self.lines(text, style, WIDTH)?;
        if lines.is_empty() {
            return Ok(());
        }
        self.y += if level == 1 { 0.0 } else { self.gap() * 0.5 };
        // A heading stays with what it heads.
        let follows = self.sizes.body.size * self.sizes.body.leading * 2.0;
        self.make_room(height(&lines) + follows);
        let slot = self.slot();
        let words = text.replace('\n', " ");
        self.done.headings.push((words.clone(), self.done.pages - 1, self.y));
        self.y =
            self.put_lines(lines, Ink::House, LEFT, self.y, slot) + self.gap() * if level == 1 { 0.9 } else { 0.35 };
        let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
        self.done.tags.push(Node::Group(Tag::Hn(level, Some(words)).into(), vec![Node::Slot(slot)]));
        Ok(())
    }

    fn paragraph(&mut self, text: &str, style: Style) -> Result<(), PrintError> {
        let lines = self.lines(text, style, WIDTH)?;
        let slot = self.slot();
        self.flow(Column { x: LEFT, lines, slot });
        self.y += self.gap();
        self.done.tags.push(Node::Group(Tag::P.into(), vec![Node::Slot(slot)]));
        Ok(())
    }

    /// Lets lines run on over pages, with at least two on each side of the break.
    fn flow(&mut self, column: Column) {
        let mut lines = column.lines;
        while !lines.is_empty() {
            let mut room = BOTTOM - self.y;
            let mut fits = lines.iter().take_while(|line| take(&mut room, line.height)).count();
            if fits < lines.len() {
                fits = if lines.len() - fits == 1 { fits.saturating_sub(1) } else { fits };
                // On a page of its own a line that is too high goes over the edge rather than nowhere.
                fits = if fits < 2 && self.y > NEXT_TOP { 0 } else { fits.max(1) };
            }
            let rest = lines.split_off(fits);
            self.y = self.put_lines(lines, Ink::Black, column.x, self.y, column.slot);
            lines = rest;
            if !lines.is_empty() {
                self.new_page();
            }
        }
    }

    fn list(&mut self, points: &[String]) -> Result<(), PrintError> {
        let indent = self.sizes.body.size * 1.25;
        let mut items = Vec::new();
        for point in points {
            let bullet = self.lines("•", self.sizes.body, WIDTH)?;
            let lines = self.lines(point, self.sizes.body, WIDTH - indent)?;
            self.make_room(height(&lines[..lines.len().min(2)]));
            let (label, body) = (self.slot(), self.slot());
            self.put_lines(bullet, Ink::Black, LEFT + indent * 0.25, self.y, label);
            self.flow(Column { x: LEFT + indent, lines, slot: body });
            self.y += self.gap() * 0.3;
            let label = Node::Group(Tag::Lbl.into(), vec![Node::Slot(label)]);
            let body = Node::Group(Tag::LBody.into(), vec![Node::Slot(body)]);
            items.push(Node::Group(Tag::LI.into(), vec![label, body]));
        }
        self.y += self.gap() * 0.7;
        self.done.tags.push(Node::Group(Tag::L(ListNumbering::Disc).into(), items));
        Ok(())
    }

    /// A table without headings: what labels its rows heads them.
    fn details(&mut self, details: &[(String, String)]) -> Result<(), PrintError> {
        let label_width = WIDTH * 0.36;
        let mut rows = Vec::new();
        for (label, words) in details {
            let cells = [
                (label, self.sizes.strong, LEFT, label_width),
                (words, self.sizes.body, LEFT + label_width, WIDTH - label_width),
            ];
            let columns =
                self.row(&cells.map(|(text, style, x, width)| (text.as_str(), style, x, width - 3.0 * MM)))?;
            let heads = [Tag::TH(TableHeaderScope::Row).into(), Tag::TD.into()];
            rows.push(self.put_row(columns, heads.into_iter(), 0.25));
        }
        self.y += self.gap() * 0.75;
        self.done.tags.push(Node::Group(Tag::Table.into(), rows));
        Ok(())
    }

    fn table(&mut self, headings: &[String], rows: &[Vec<String>]) -> Result<(), PrintError> {
        let width = WIDTH / headings.len().max(1) as f32;
        let mut tagged = Vec::new();
        for (place, row) in std::iter::once(headings).chain(rows.iter().map(Vec::as_slice)).enumerate() {
            let style = if place == 0 { self.sizes.strong } else { self.sizes.body };
            let cells: Vec<(&str, Style, f32, f32)> = row
                .iter()
                .enumerate()
                .map(|(column, text)| (text.as_str(), style, LEFT + width * column as f32, width - 3.0 * MM))
                .collect();
            let columns = self.row(&cells)?;
            let tag = || if place == 0 { Tag::TH(TableHeaderScope::Column).into() } else { Tag::TD.into() };
            tagged.push(self.put_row(columns, std::iter::repeat_with(tag), 0.25));
            self.put(LEFT, self.y - self.gap() * 0.12, Shows::Rule(WIDTH));
        }
        self.y += self.gap() * 0.75;
        self.done.tags.push(Node::Group(Tag::Table.into(), tagged));
        Ok(())
    }

    /// The cells of a row; an empty one holds a dash, so that the row is heard whole.
    fn row(&mut self, cells: &[(&str, Style, f32, f32)]) -> Result<Vec<Column>, PrintError> {
        let column = |(text, style, x, width): &(&str, Style, f32, f32)| {
            let text = if text.trim().is_empty() { "–" } else { text };
            Ok(Column { x: *x, lines: self.lines(text, *style, *width)?, slot: self.slot() })
        };
        cells.iter().map(column).collect()
    }

    /// A row stays on one page. `space` is that below it, in gaps.
    fn put_row(&mut self, columns: Vec<Column>, tags: impl Iterator<Item = TagKind>, space: f32) -> Node {
        let height = columns.iter().map(Column::height).fold(0.0, f32::max);
        self.make_room(height);
        let mut cells = Vec::new();
        for (column, tag) in columns.into_iter().zip(tags) {
            cells.push(Node::Group(tag, vec![Node::Slot(column.slot)]));
            self.put_lines(column.lines, Ink::Black, column.x, self.y, column.slot);
        }
        self.y += height + self.gap() * space;
        Node::Group(Tag::TR.into(), cells)
    }

    fn closing(&mut self, paragraphs: &[String]) -> Result<(), PrintError> {
        let laid = paragraphs.iter().map(|text| self.lines(text, self.sizes.body, WIDTH));
        let laid = laid.collect::<Result<Vec<_>, _>>()?;
        self.make_room(laid.iter().map(|lines| height(lines) + self.gap()).sum());
        for lines in laid {
            let slot = self.slot();
            self.flow(Column { x: LEFT, lines, slot });
            self.y += self.gap();
            self.done.tags.push(Node::Group(Tag::P.into(), vec![Node::Slot(slot)]));
        }
        Ok(())
    }

    fn picture(&mut self, shown: &Picture) -> Result<(), PrintError> {
        let (image, size) = picture(shown, WIDTH, BOTTOM - NEXT_TOP)?;
        self.make_room(size.height());
        let slot = self.slot();
        self.put(LEFT, self.y, Shows::Picture(image, size, slot));
        self.y += size.height() + self.gap();
        self.done.tags.push(figure(shown, slot));
        Ok(())
    }
}

fn take(room: &mut f32, height: f32) -> bool {
    *room -= height;
    *room >= 0.0
}

fn figure(shown: &Picture, slot: usize) -> Node {
    Node::Group(Tag::Figure(Some(shown.shows.clone())).into(), vec![Node::Slot(slot)])
}

/// The picture and its size on paper: as wide as it wants to be, within these limits.
fn picture(shown: &Picture, width_max: f32, height_max: f32) -> Result<(Image, Size), PrintError> {
    let refused = || PrintError::Picture(shown.shows.clone());
    let data = || Data::from(shown.bytes.to_vec());
    let read = if shown.bytes.starts_with(b"\x89PNG") {
        Image::from_png(data(), true)
    } else {
        Image::from_jpeg(data(), true)
    };
    let image = read.map_err(|_| refused())?;
    let (across, down) = image.size();
    let scale = (f32::from(shown.width_mm) * MM).min(width_max) / across.max(1) as f32;
    let scale = scale.min(height_max / down.max(1) as f32);
    let size = Size::from_wh(across as f32 * scale, down as f32 * scale).ok_or_else(refused)?;
    Ok((image, size))
}
