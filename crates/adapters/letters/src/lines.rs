//! Text as lines of glyphs.

use crate::typefaces;
use krilla::{
    geom::Point,
    surface::Surface,
    text::{Font, GlyphId, KrillaGlyph},
};
use parley::{
    Alignment, AlignmentOptions, FontContext, LayoutContext, LineHeight, Run, StyleProperty,
    style::{FontFamily, FontFamilyName, FontWeight},
};
use rooftree_platform::ports::PrintError;
use std::{collections::HashMap, rc::Rc, sync::Arc};

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// In points.
    pub size: f32,
    pub bold: bool,
    /// The distance of two lines, in sizes.
    pub leading: f32,
}

/// One line, ready to be drawn.
#[derive(Clone)]
pub struct Line {
    text: Rc<str>,
    runs: Vec<Glyphs>,
    /// Of the line, with the space between lines.
    pub height: f32,
    /// From the line's upper edge.
    baseline: f32,
    /// Its words in the order in which they are read, where that is not the order in which they stand.
    pub read_as: Option<String>,
}

/// Glyphs of one typeface.
#[derive(Clone)]
struct Glyphs {
    font: Font,
    size: f32,
    x: f32,
    glyphs: Vec<KrillaGlyph>,
}

impl Line {
    /// Draws it with its upper left corner at this place.
    pub fn draw(&self, surface: &mut Surface<'_>, x: f32, y: f32) {
        for run in &self.runs {
            let start = Point::from_xy(x + run.x, y + self.baseline);
            surface.draw_glyphs(start, &run.glyphs, run.font.clone(), &self.text, run.size, false);
        }
    }

    /// How far its last glyph reaches.
    pub fn width(&self) -> f32 {
        let end = |run: &Glyphs| run.x + run.glyphs.iter().map(|glyph| glyph.x_advance).sum::<f32>() * run.size;
        self.runs.iter().map(end).fold(0.0, f32::max)
    }
}

/// Shapes text and breaks it into lines.
pub struct Typesetter {
    fonts: FontContext,
    layouts: LayoutContext<()>,
    families: Vec<FontFamilyName<'static>>,
    /// By the id that the shaper gives to a file.
    known: HashMap<u64, Font>,
}

impl Typesetter {
    pub fn new() -> Self {
        Self {
            fonts: typefaces::context(),
            layouts: LayoutContext::new(),
            families: typefaces::families(),
            known: HashMap::new(),
        }
    }

    /// The lines of a text that is this wide; a line break in it is kept.
    pub fn lines(&mut self, text: &str, style: Style, width: f32) -> Result<Vec<Line>, PrintError> {
        let mut lines = Vec::new();
        for part in text.lines() {
            // What only steers a screen has no glyph.
            let clean: String = part.chars().filter_map(printable).collect();
            if !clean.trim().is_empty() {
                self.break_up(clean.trim(), style, width, &mut lines)?;
            }
        }
        Ok(lines)
    }

    fn break_up(&mut self, text: &str, style: Style, width: f32, lines: &mut Vec<Line>) -> Result<(), PrintError> {
        let mut builder = self.layouts.ranged_builder(&mut self.fonts, text, 1.0, false);
        builder.push_default(StyleProperty::Brush(()));
        builder.push_default(StyleProperty::FontFamily(FontFamily::List(self.families.as_slice().into())));
        builder.push_default(StyleProperty::FontSize(style.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(style.leading)));
        builder.push_default(StyleProperty::FontWeight(FontWeight::new(if style.bold { 700.0 } else { 400.0 })));
        builder.push_default(StyleProperty::OverflowWrap(parley::style::OverflowWrap::BreakWord));
        let mut layout = builder.build(text);
        layout.break_all_lines(Some(width));
        layout.align(Alignment::Start, AlignmentOptions::default());
        let words: Rc<str> = text.into();
        let mut top = 0.0;
        for line in layout.lines() {
            let metrics = line.metrics();
            let mut x = metrics.offset;
            let mut runs = Vec::new();
            let backwards = line.runs().any(|run| run.is_rtl());
            let read_as = text.get(line.text_range()).filter(|_| backwards).map(str::to_owned);
            for run in line.runs() {
                let glyphs = self.glyphs(&run, text, x)?;
                x += run.advance();
                runs.push(glyphs);
            }
            let height = metrics.line_height;
            lines.push(Line { text: Rc::clone(&words), runs, height, baseline: metrics.baseline - top, read_as });
            top += height;
        }
        Ok(())
    }

    fn glyphs(&mut self, run: &Run<'_, ()>, text: &str, x: f32) -> Result<Glyphs, PrintError> {
        let size = run.font_size();
        let mut glyphs: Vec<KrillaGlyph> = Vec::with_capacity(run.len());
        for cluster in run.visual_clusters() {
            if cluster.is_ligature_continuation() {
                if let Some(glyph) = glyphs.last_mut() {
                    glyph.text_range.end = glyph.text_range.end.max(cluster.text_range().end);
                    glyph.text_range.start = glyph.text_range.start.min(cluster.text_range().start);
                }
                continue;
            }
            for glyph in cluster.glyphs() {
                if glyph.id == 0 {
                    let first = text.get(cluster.text_range()).and_then(|words| words.chars().next());
                    return Err(PrintError::Character(first.unwrap_or(char::REPLACEMENT_CHARACTER)));
                }
                glyphs.push(KrillaGlyph::new(
                    GlyphId::new(glyph.id),
                    glyph.advance / size,
                    glyph.x / size,
                    // Up is up in a PDF, and down in a layout.
                    -glyph.y / size,
                    0.0,
                    cluster.text_range(),
                    None,
                ));
            }
        }
        Ok(Glyphs { font: self.font(run)?, size, x, glyphs })
    }

    fn font(&mut self, run: &Run<'_, ()>) -> Result<Font, PrintError> {
        let (bytes, id) = run.font().data.clone().into_raw_parts();
        if let Some(font) = self.known.get(&id) {
            return Ok(font.clone());
        }
        let bytes: Arc<dyn AsRef<[u8]> + Send + Sync> = bytes;
        let font = Font::new(bytes.into(), run.font().index)
            .ok_or_else(|| PrintError::Failed("a typeface of the program cannot be read".to_owned()))?;
        self.known.insert(id, font.clone());
        Ok(font)
    }
}

/// The character as it is printed: marks of direction and byte order are not, and a tab is a space.
fn printable(c: char) -> Option<char> {
    match c {
        '\t' => Some(' '),
        '\u{feff}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}
